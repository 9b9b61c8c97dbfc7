"""What must not happen in silence between two pulls: a text that changed under its labels, and labels that vanish."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from goldpress.annotations.transport.cleaning import text_hash
from goldpress.annotations.transport.store import Task

SHOWN_LINES = 12
SHOWN_CHARACTERS = 160


@dataclass(frozen=True)
class Drift:
    """A task whose text is not the one that was sent: its offsets would point at other words, so it is not stored.

    ``difference`` holds the lines that differ, sent with ``-``, found with ``+``; empty where the sent text is unknown.
    """

    article_id: str
    task_id: int
    difference: str


@dataclass(frozen=True)
class Vanished:
    """An annotation that was pulled before and is gone from the server, or was cut down; the earlier pull keeps it.

    ``regions`` is what it held, ``left`` what it holds now; None where it is gone.
    """

    article_id: str
    annotator: str
    annotation_id: str
    regions: int
    left: int | None = None


def find_drift(task: Task, sent: Mapping[str, str]) -> Drift | None:
    """Return how the text of a task differs from the one that was sent, or None.

    Args:
        task: As the server gives it. What was sent stands in ``meta``, which annotators do not see.
        sent: Texts by SHA-256, as far as they are known.
    """
    data = task["data"]
    promised = (task.get("meta") or {}).get("text_sha256") or data.get("text_sha256")
    text = data.get("text")
    if isinstance(text, str) and promised in (None, text_hash(text)):
        return None
    before = sent.get(str(promised))
    shown = "" if before is None else _difference(before, text if isinstance(text, str) else "")
    return Drift(str(data.get("article_id", "")), int(task["id"]), shown)


def find_vanished(before: Task, after: Task | None) -> Iterable[Vanished]:
    """Yield the annotations that the earlier version of a task has, and the later one has not or only in part."""
    held = {entry.get("unique_id"): entry for entry in after["annotations"]} if after is not None else {}
    for entry in before["annotations"]:
        now, regions = held.get(entry.get("unique_id")), len(entry.get("result") or ())
        left = None if now is None else len(now.get("result") or ())
        if now is None or was_cut(regions, left or 0, now.get("completed_by"), now.get("updated_by")):
            article, who = str(before["data"].get("article_id", "")), str(entry.get("completed_by", ""))
            yield Vanished(article, who, str(entry.get("unique_id", "")), regions, left)


def was_cut(before: int, left: int, completed_by: Any, updated_by: Any) -> bool:
    """Whether what an annotation lost is more than its author's second thought: all of it, or by another's hand."""
    return left < before and (not left or updated_by not in (None, completed_by))


def _difference(before: str, after: str) -> str:
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    lines = [row[:SHOWN_CHARACTERS] for row in rows if row[:3] not in ("---", "+++") and row[:2] != "@@"]
    return "\n".join(lines[:SHOWN_LINES])


def as_rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Return dataclasses as JSON objects."""
    return [dict(vars(entry)) for entry in found]
