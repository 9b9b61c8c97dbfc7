"""Every check finds the defect that is planted for it, on the right rows and only there, and leaves the near miss."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataset_fixtures import release as make_release
from goldpress.schemas.checks import checks
from goldpress.schemas.suites import MEASURES
from goldpress.validation.engine import Engine, quiet
from goldpress.validation.facts import facts
from goldpress.validation.frames import Frames
from goldpress.validation.measures.registry import measured
from validation_cases import (
    CASES,
    ROOT,
    Tables,
    checks_of,
    clean_tables,
    found_in,
    frames_of,
    leaves_gold_alone,
    plant,
    view_of,
)

IDS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
FLAGGED, NEAR = (
    sorted(path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.glob(f"*/{name}*.json"))
    for name in ("flagged", "near_miss")
)
LISTED = {
    f"{kind}{i}" for kind, last in (("T", 20), ("S", 14), ("C", 24), ("P", 15), ("D", 18)) for i in range(1, last + 1)
}
VARIANTS = {"T9-claim", "P10a"}
"""Checks that are two on the list, since their severity depends on the row."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return clean_tables(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, clean: Tables) -> Path:
    return make_release(tmp_path_factory.mktemp("released"), clean).path


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with quiet():
        yield Engine(ROOT / "validation")


def read(check_id: str, name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((CASES / check_id / f"{name}.json").read_text("utf-8"))
    return case


def test_the_list_of_checks_is_whole() -> None:
    """Checks that begin with X are somebody's own."""
    assert {check_id for check_id in checks() if not check_id.startswith("X")} == LISTED | VARIANTS


def test_every_check_has_its_cases_and_every_case_its_check() -> None:
    assert set(IDS) == set(checks())
    for check_id in IDS:
        names = {path.stem for path in (CASES / check_id).iterdir()}
        assert {"flagged", "near_miss"} <= names, check_id
        assert {name.partition("-")[0] for name in names} == {"flagged", "near_miss"}, check_id


def test_every_fact_and_measure_belongs_to_a_check_and_the_other_way_round() -> None:
    judged = {check_id for check_id, check in checks().items() if check.tables}
    of_tables = {check_id for check_id, check in checks().items() if MEASURES in check.tables}
    assert set(facts()) == judged - of_tables
    assert measured() == of_tables


def test_nothing_is_found_in_the_clean_corpus(clean: Tables, released: Path, tmp_path: Path) -> None:
    assert found_in(frames_of({}, clean, released, tmp_path)) == {}
    assert found_in(frames_of({"files": []}, clean, released, tmp_path)) == {}


@pytest.mark.parametrize("planted", FLAGGED)
def test_a_planted_defect_is_found_where_it_is(
    planted: str, clean: Tables, released: Path, engine: Engine, tmp_path: Path
) -> None:
    check_id, _, name = planted.partition("/")
    case = read(check_id, name)
    frames = frames_of(case, clean, released, tmp_path)
    found = found_in(frames, gold=not leaves_gold_alone(case))
    rows = {row for entry, keys in found.items() if entry.partition(".")[0] == check_id for row in keys}
    assert sorted(rows) == case["rows"]
    assert checks_of(found) - {check_id} == set(case.get("also", ()))
    if "task" not in case:
        assert_the_engine_says_the_same(found, check_id, frames, engine)


@pytest.mark.parametrize("near", NEAR)
def test_a_near_miss_is_left_alone(near: str, clean: Tables, released: Path, tmp_path: Path) -> None:
    check_id, _, name = near.partition("/")
    frames = frames_of(read(check_id, name), clean, released, tmp_path)
    assert check_id not in checks_of(found_in(frames, only=check_id))


def test_all_defects_of_rows_planted_at_once_are_all_found(clean: Tables) -> None:
    """A defect must not hide another: those that set single cells are planted into one corpus."""
    together = [check_id for check_id in IDS if set(read(check_id, "flagged")) <= {"about", "set", "rows", "also"}]
    tables, touched = clean, set[str]()
    planted: list[str] = []
    for check_id in together:
        places = {json.dumps([c["table"], c["where"]]) for c in read(check_id, "flagged")["set"]}
        if not places & touched:
            tables, planted, touched = plant(tables, read(check_id, "flagged")), [*planted, check_id], touched | places
    assert len(planted) > 10
    found = checks_of(found_in(Frames(tables, frames_of({}, clean, Path(), Path()).scheme, overlap=2)))
    assert set(planted) <= found


def assert_the_engine_says_the_same(found: dict[str, list[str]], check_id: str, frames: Frames, engine: Engine) -> None:
    """The rows above were found beside the engine: it must judge each entry of those tables alike."""
    entries = {entry for entry in found if entry.partition(".")[0] == check_id}
    tables = {entry.split(".")[1] for entry in entries}
    for table in tables:
        judged = {one.check_id: one for one in engine.judge(table, view_of(frames, table))}
        assert {name for name, one in judged.items() if not one.success} == {
            e for e in found if e.split(".")[1] == table
        }
        assert not any(one.broken for one in judged.values())
        for entry in (entry for entry in entries if entry.split(".")[1] == table):
            assert judged[entry].count == len(found[entry])
