"""Each defect, planted into the reference data, is found by its check and by no other but those that must follow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import goldpress
import validation_defects_claims  # noqa: F401 - their defects are registered
import validation_defects_process  # noqa: F401
import validation_defects_spans  # noqa: F401
import validation_defects_text  # noqa: F401
from goldpress.annotations import assemble, tabulate
from goldpress.schemas.checks import checks
from goldpress.workspace import open_workspace
from validation_cases import (
    ROOT,
    SCHEME,
    Tables,
    checks_of,
    found_in,
    frames_of,
    leaves_gold_alone,
)
from validation_defects_dataset import RELEASE_ALSO, release_defects
from validation_defects_pulls import TASKS, task_defects
from validation_reference import ALSO, DEFECTS, Reference

OF_RELEASES = ("D12", "D13", "D15", "D17", "D18")
JUDGED_UNDER = ("limits", "overlap", "split")
"""What of a case changes the judgement without a defect: the reference data is judged under the same first."""


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(dict(assemble(open_workspace(ROOT)).tables))


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, list[str]]]:
    """What is found in the reference data as it is, by the settings that it is judged under."""
    return {}


@pytest.fixture(scope="module")
def release() -> Path:
    return ROOT / "dataset" / str(goldpress.load(ROOT / "dataset").version)


def test_every_check_is_planted_into_the_reference_data_once() -> None:
    planted = [*DEFECTS, *OF_RELEASES, *TASKS]
    assert sorted(planted) == sorted(check_id for check_id in checks() if not check_id.startswith("X"))


@pytest.mark.parametrize("check_id", DEFECTS)
def test_a_defect_in_the_reference_data_is_found_and_nothing_else(
    check_id: str, reference: Reference, known: dict[str, dict[str, list[str]]], tmp_path: Path
) -> None:
    case = DEFECTS[check_id](reference)
    gold = not leaves_gold_alone(case)
    before = as_it_is(case, reference.tables, known, tmp_path)
    found = found_in(frames_of(case, reference.tables, Path(), tmp_path), gold=gold)
    assert_only(check_id, new(found, before), ALSO[check_id])


@pytest.mark.parametrize("check_id", OF_RELEASES)
def test_a_defect_in_the_files_of_the_newest_release_is_found(
    check_id: str, reference: Reference, known: dict[str, dict[str, list[str]]], release: Path, tmp_path: Path
) -> None:
    case = release_defects(release, reference)[check_id]
    if "release" not in known:
        known["release"] = found_in(frames_of({"files": []}, reference.tables, release, tmp_path / "as it is"))
    before = known["release"]
    found = found_in(frames_of(case, reference.tables, release, tmp_path))
    assert_only(check_id, new(found, before), RELEASE_ALSO.get(check_id, {}))


@pytest.mark.parametrize("check_id", TASKS)
def test_a_defect_in_what_label_studio_says_is_repaired_and_told(check_id: str) -> None:
    tasks = [task for task in pulled() if task["annotations"]]
    task, row = task_defects(tasks)[check_id]
    (clean,) = [one for one in tasks if one["id"] == task["id"]]
    repairs = [
        {(r["check_id"], r["row"]) for r in tabulate([one], SCHEME)["repairs"].to_pylist()} for one in (clean, task)
    ]
    fresh = repairs[1] - repairs[0]
    assert {check for check, _ in fresh} == {check_id}
    assert not row or fresh == {(check_id, row)}


def pulled() -> Iterator[dict[str, Any]]:
    """Every task of the reference data's pulls, in its newest version."""
    tasks: dict[tuple[str, int], dict[str, Any]] = {}
    for path in sorted((ROOT / "annotations").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines()[1:]:
            task = json.loads(line)
            tasks[path.stem[-8:], task["id"]] = task  # a pull is called by its time and project
    yield from tasks.values()


def as_it_is(
    case: dict[str, Any], tables: Tables, known: dict[str, dict[str, list[str]]], scratch: Path
) -> dict[str, list[str]]:
    under = {name: case[name] for name in JUDGED_UNDER if name in case}
    if "takedown" in under.get("limits", {}):
        del under["limits"]  # that article is the defect
    if "previous" in case:
        under["previous"] = {}
    key = json.dumps(under, sort_keys=True)
    if key not in known:
        known[key] = found_in(frames_of(under, tables, Path(), scratch))
    return known[key]


def new(found: dict[str, list[str]], before: dict[str, list[str]]) -> dict[str, set[str]]:
    """Rows by entry that were not found before."""
    rows = {entry: set(keys) - set(before.get(entry, ())) for entry, keys in found.items()}
    return {entry: keys for entry, keys in rows.items() if keys}


def assert_only(check_id: str, found: dict[str, set[str]], also: dict[str, str]) -> None:
    assert check_id in checks_of(found), sorted(found)
    assert checks_of(found) == {check_id, *also}, {entry: sorted(rows)[:3] for entry, rows in found.items()}
