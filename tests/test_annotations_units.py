"""Offsets of old exports that count UTF-16 units are found, by task and by export, and counted anew."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from goldpress.annotations import assemble, pull, tabulate
from goldpress.annotations.assembly.intake import tabulate_all
from goldpress.annotations.tables.words import fold
from goldpress.schemas.scheme import load_scheme
from task_fixtures import make_task

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
TEXT = "Hallo 😀😀 Selenskyj, hier ist Mirow."


def units(text: str, point: int) -> int:
    return len(text[:point].encode("utf-16-le")) // 2


def task(*spans: tuple[int, int, str | None], text: str = TEXT) -> dict[str, Any]:
    result = []
    for number, (start, end, shown) in enumerate(spans):
        value = {"start": start, "end": end, "labels": ["PER"]} | ({"text": shown} if shown is not None else {})
        result.append({"id": f"r{number}", "from_name": "entity", "to_name": "text", "type": "labels", "value": value})
    annotation = {"id": 1, "unique_id": "u", "completed_by": "ann-1", "result": result}
    return {"id": 1, "data": {"article_id": "a", "text": text}, "annotations": [annotation]}


def spans(*tasks: dict[str, Any]) -> list[tuple[int, int, str]]:
    rows = tabulate(tasks, SCHEME, gold=False)["spans"].to_pylist()
    return [(row["start"], row["end"], row["text"]) for row in rows]


def test_the_known_case_is_counted_anew_and_logged() -> None:
    start = TEXT.index("Selenskyj")
    assert (start, units(TEXT, start)) == (9, 11)
    tables = tabulate([task((11, 20, "Selenskyj"))], SCHEME, gold=False)
    (span,) = tables["spans"].to_pylist()
    assert (span["start"], span["end"], span["text"]) == (9, 18, "Selenskyj")
    assert (span["start_raw"], span["end_raw"]) == (11, 20)
    repairs = {(row["check_id"], row["field"], row["old"], row["new"]) for row in tables["repairs"].to_pylist()}
    assert repairs == {("T5", "start", "11", "9"), ("T5", "end", "20", "18")}


@pytest.mark.parametrize(
    "marks",
    [
        [(9, 18, "Selenskyj")],  # code points already
        [(0, 5, "Hallo")],  # before the first emoji both readings agree
        [(11, 20, None)],  # nothing was shown, so nothing can be compared
        [(11, 20, "Selenskyj"), (9, 18, "Selenskyj")],  # neither reading fits all
        [(12, 21, "Selenskyj")],  # simply wrong
    ],
)
def test_without_proof_nothing_is_touched(marks: list[tuple[int, int, str | None]]) -> None:
    tables = tabulate([task(*marks)], SCHEME, gold=False)
    found = {(row["start_raw"], row["end_raw"]) for row in tables["spans"].to_pylist()}
    assert found == {(start, end) for start, end, _ in marks}
    assert "T5" not in tables["repairs"]["check_id"].to_pylist()


def test_one_task_decides_for_itself_and_its_spans_together() -> None:
    old = task((11, 20, "Selenskyj"), (units(TEXT, 29), units(TEXT, 34), None))
    new = task((9, 18, "Selenskyj"))
    new["data"]["article_id"], new["annotations"][0]["unique_id"] = "b", "v"
    assert spans(old, new) == [(9, 18, "Selenskyj"), (29, 34, TEXT[29:34]), (9, 18, "Selenskyj")]


def test_old_exports_give_the_spans_of_new_ones() -> None:
    chance = random.Random(3)  # noqa: S311 - the same tasks every time
    tasks = [make_task(chance, SCHEME, i, odd=0.0) for i in range(1, 60)]
    old = copy.deepcopy(tasks)
    for one in old:
        text = one["data"]["text"]
        for row in (row for annotation in one["annotations"] for row in annotation["result"] if "value" in row):
            row["value"] |= {key: units(text, row["value"][key]) for key in ("start", "end") if key in row["value"]}
    before, after = (tabulate(source, SCHEME, gold=False) for source in (tasks, old))
    assert (
        after["spans"]
        .select(["span_id", "start", "end", "text"])
        .equals(before["spans"].select(["span_id", "start", "end", "text"]))
    )
    assert "T5" in after["repairs"]["check_id"].to_pylist()
    assert fold("a\\nb") == "a b"


def other(name: str, *spans: tuple[int, int, str | None]) -> dict[str, Any]:
    found = task(*spans)
    found["data"]["article_id"], found["annotations"][0]["unique_id"] = name, name
    return found


OLD, NEW, MUTE = (11, 20, "Selenskyj"), (9, 18, "Selenskyj"), (11, 20, None)


def write(path: Path, *tasks: dict[str, Any]) -> Path:
    path.write_text(json.dumps(tasks), "utf-8")
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_cannot_say_it_has_what_the_others_of_its_export_have(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldpress.annotations.assembly.rounds.SHARD", 1)
    old = write(tmp_path / "old.json", other("a", OLD), other("b", MUTE), other("c", (0, 5, "Hallo"), MUTE))
    new = write(tmp_path / "new.json", other("d", NEW), other("e", (9, 18, None)))
    mute = write(tmp_path / "mute.json", other("f", MUTE))
    made = tabulate_all([old, new, mute], SCHEME, gold=False, workers=workers)
    found = {row["article_id"]: (row["start"], row["end"]) for row in made.tables["spans"].to_pylist() if row["start"]}
    assert found == {"a": (9, 18), "b": (9, 18), "c": (9, 18), "d": (9, 18), "e": (9, 18), "f": (11, 18)}
    repaired = {row["article_id"] for row in made.tables["repairs"].to_pylist() if row["check_id"] == "T5"}
    assert repaired == {"a", "b", "c"}
    assert {name: n for name, n in made.counts.items() if "UTF-16" in name or "points" in name} == {
        "tasks with offsets in UTF-16 units, counted anew: old.json": 1
    }


def test_an_export_that_contradicts_itself_decides_nothing_for_others(tmp_path: Path) -> None:
    path = write(tmp_path / "both.json", other("a", OLD), other("b", NEW), other("c", MUTE))
    rows = tabulate(path, SCHEME, gold=False)["spans"].to_pylist()
    assert {row["article_id"]: row["start"] for row in rows} == {"a": 9, "b": 9, "c": 11}


def test_a_pull_of_an_old_export_decides_for_its_tasks(tmp_path: Path) -> None:
    for name in ("annotations", "schemas"):
        (tmp_path / name).mkdir()
    (tmp_path / "goldpress.toml").touch()
    (tmp_path / "schemas" / "scheme.toml").write_bytes(
        (Path(__file__).parent.parent / "schemas" / "scheme.toml").read_bytes()
    )
    pull(tmp_path, file=write(tmp_path / "old.json", other("a", OLD), other("b", MUTE)))
    pull(tmp_path, file=write(tmp_path / "new.json", other("c", NEW), other("d", (9, 18, None))))
    corpus = assemble(tmp_path)
    rows = corpus.tables["spans"].to_pylist()
    assert {row["article_id"]: row["start"] for row in rows} == dict.fromkeys("abcd", 9)
    assert [n for name, n in corpus.counts.items() if "UTF-16" in name] == [1]
