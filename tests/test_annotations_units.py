"""Offsets of old exports that count UTF-16 units are found, task by task, and counted anew."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from goldpress.annotations import tabulate
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
