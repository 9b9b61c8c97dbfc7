"""Planted into what Label Studio says of an article: what is repaired on the way into the tables."""

import json
from collections.abc import Callable

from validation_reference import (
    Row,
)


def task_defects(tasks: list[Row]) -> dict[str, tuple[Row, str]]:
    """What is planted into what Label Studio says of an article: the task, and the row that must be repaired."""
    return {check_id: plant(json.loads(json.dumps(tasks))) for check_id, plant in TASKS.items()}


def _regions(task: Row) -> tuple[list[Row], str]:
    annotation = next(a for a in task["annotations"] if not a.get("was_cancelled"))
    return annotation["result"], str(annotation["unique_id"])


def _named(result: list[Row], label: str) -> Row:
    return next(r for r in result if label in r.get("value", {}).get("labels", ()))


def a_region_drawn_twice(tasks: list[Row]) -> tuple[Row, str]:
    result, annotation = _regions(tasks[0])
    result.append(_named(result, "PER") | {"id": "planted"})
    return tasks[0], f"{annotation}:planted"


def a_region_without_an_id(tasks: list[Row]) -> tuple[Row, str]:
    result, annotation = _regions(tasks[0])
    planted = json.loads(json.dumps(_named(result, "PER")))
    del planted["id"]
    planted["value"]["labels"] = ["ORG"]
    result.append(planted)
    return tasks[0], f"{annotation}:{planted['value']['start']}-{planted['value']['end']}"


def a_relation_drawn_twice(tasks: list[Row]) -> tuple[Row, str]:
    result, _ = _regions(tasks[0])
    result.append(dict(next(r for r in result if r["type"] == "relation" and r.get("labels"))))
    return tasks[0], ""


def a_relation_that_nobody_named(tasks: list[Row]) -> tuple[Row, str]:
    result, _ = _regions(tasks[0])
    relation = next(r for r in result if r["type"] == "relation" and r.get("labels") == ["claimer"])
    del relation["labels"]
    return tasks[0], ""


def an_answer_without_a_span(tasks: list[Row]) -> tuple[Row, str]:
    result, annotation = _regions(tasks[0])
    choice = next(r for r in result if r["from_name"] == "claim_polarity")
    result.append(choice | {"id": "planted", "value": {"choices": ["affirm"]}})
    return tasks[0], f"{annotation}:planted"


def a_claim_with_its_marks(tasks: list[Row]) -> tuple[Row, str]:
    for task in tasks:
        result, annotation = _regions(task)
        text = task["data"]["text"]
        for row in result:
            value = row.get("value", {})
            if "CLAIM" in value.get("labels", ()) and text[value["end"] : value["end"] + 1] == ".":
                for other in (r for r in result if r.get("id") == row["id"]):
                    other["value"]["end"] += 1
                value["text"] = text[value["start"] : value["end"]]
                return task, f"{annotation}:{row['id']}"
    raise AssertionError


def offsets_in_units_of_utf_16(tasks: list[Row]) -> tuple[Row, str]:
    task = next(t for t in tasks if any(ord(c) > 0xFFFF for c in t["data"]["text"]))
    text = task["data"]["text"]
    for annotation in task["annotations"]:
        for row in annotation["result"]:
            for edge in ("start", "end"):
                if edge in row.get("value", {}):
                    row["value"][edge] = len(text[: row["value"][edge]].encode("utf-16-le")) // 2
    return task, ""


TASKS: dict[str, Callable[[list[Row]], tuple[Row, str]]] = {
    "S2": a_region_drawn_twice,
    "S14": a_region_without_an_id,
    "C8": a_relation_drawn_twice,
    "C9": a_relation_that_nobody_named,
    "C23": an_answer_without_a_span,
    "T20": a_claim_with_its_marks,
    "T5": offsets_in_units_of_utf_16,
}
