"""One task of Label Studio to rows: what was said, before any repair.

Label Studio's ``result`` is a flat list; a span and its per-region attributes share an id. Nothing is dropped here:
what does not fit the scheme becomes a row that a check can point at, or is counted; what a skip left behind is counted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from goldpress.errors import DataError
from goldpress.schemas.scheme import Attribute, Scheme, SpanLayer

Row = dict[str, Any]

SKIPPED = "left in an article that was skipped"
"""What is counted and no label: suggestions that nobody judged, and half a reading."""
PLACE = "\0"
"""Between what is unknown and the article that has it, where it is counted."""

LARGEST = 2**31 - 1
"""The largest offset that a table can hold; what is beyond is no offset."""


@dataclass
class Mark:
    """One span as drawn: region id, control, label, raw offsets, attributes, origin and the text that came with it."""

    region: str
    control: str | None
    label: str | None
    start: int | None
    end: int | None
    attributes: Row = field(default_factory=dict)
    origin: str | None = None
    shown: str | None = None
    drawn: tuple[int | None, int | None] | None = None
    """The offsets as drawn, where a repair has counted them anew (T5)."""
    named: bool = True
    """Whether the region has an id of its own; one without is called by its place (S14)."""


@dataclass
class Link:
    """One relation as drawn; ``label`` is None where nobody chose one."""

    start: str
    end: str
    label: str | None
    direction: str = "right"


@dataclass
class Reading:
    """What one annotator said about one article.

    Attributes:
        row: The row of the ``annotations`` table.
        marks: Spans in the order of the result.
        links: Relations in the order of the result.
        answers: Document labels by name.
        strays: Rows of per-region controls without a region (C23), to be dropped and logged.
        unknown: How many rows had a control or type that the scheme does not know.
    """

    row: Row
    marks: list[Mark] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    strays: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def annotation_id(self) -> str:
        """Label Studio's ``unique_id``."""
        return str(self.row["annotation_id"])


def read_annotations(
    task: Mapping[str, Any], scheme: Scheme, *, config_sha256: str, guideline_version: str
) -> Iterator[Reading]:
    """Yield a reading for every submitted or skipped annotation of a task.

    Raises:
        DataError: An annotation is no JSON object, or has no result list (GP-TAB-001).
    """
    for number, annotation in enumerate(task.get("annotations") or ()):
        if not isinstance(annotation, Mapping) or not isinstance(annotation.get("result"), list):
            raise DataError(
                "GP-TAB-001",
                f"annotation {number} of the task has no list of results",
                where=f"task {task.get('id')}",
                hint="export again as JSON (not JSON-MIN, CSV or a list of ids)",
            )
        yield _read(annotation, task, scheme, config_sha256, guideline_version)


def _read(annotation: Mapping[str, Any], task: Mapping[str, Any], scheme: Scheme, config: str, version: str) -> Reading:
    result = [entry for entry in annotation["result"] if isinstance(entry, Mapping)]
    skipped = bool(annotation.get("was_cancelled"))
    row = {
        "annotation_id": str(annotation.get("unique_id") or f"task{task.get('id')}-annotation{annotation.get('id')}"),
        "article_id": task["data"]["article_id"],
        "annotator_pid": person(annotation.get("completed_by")),
        "role": _text(annotation.get("role")) or "primary",
        "state": "skipped" if skipped else "labelled" if result else "empty",
        "guideline_version": version,
        "config_sha256": config,
        "created_at": parse_time(annotation.get("created_at")),
        "updated_at": parse_time(annotation.get("updated_at")),
        "lead_time_s": _number(annotation.get("lead_time")),
        "ground_truth": bool(annotation.get("ground_truth")),
        "parent_prediction": _suggester(annotation, task),
    }
    reading = Reading(row)
    if skipped:
        reading.unknown[SKIPPED] += len(annotation["result"])
        return reading
    reading.unknown["result rows that are no objects"] += len(annotation["result"]) - len(result)
    _Reader(scheme, reading).read(result)
    return reading


class _Reader:
    """Sorts the rows of one result into a reading."""

    def __init__(self, scheme: Scheme, reading: Reading) -> None:
        self.layers: dict[str, SpanLayer] = {layer.name: layer for layer in scheme.span_layers}
        self.attributes: dict[str, Attribute] = {a.name: a for layer in scheme.span_layers for a in layer.attributes}
        self.questions = {entry.name: entry for entry in scheme.document_labels}
        self.labels = scheme.span_labels()
        self.reading = reading
        self.regions: dict[str, list[Mark]] = {}

    def read(self, result: list[Mapping[str, Any]]) -> None:
        later = []
        for entry in result:
            if entry.get("type") == "relation":
                self._read_link(entry)
            elif _text(entry.get("from_name")) in self.layers:
                self._read_mark(entry)
            else:
                later.append(entry)
        # Attributes may stand before their span.
        for entry in later:
            self._read_answer(entry)
        self.reading.marks.extend(mark for marks in self.regions.values() for mark in marks)

    def _read_link(self, entry: Mapping[str, Any]) -> None:
        direction = _text(entry.get("direction")) or "right"
        for label in _labels(entry):
            self.reading.links.append(Link(str(entry.get("from_id")), str(entry.get("to_id")), label, direction))

    def _read_mark(self, entry: Mapping[str, Any]) -> None:
        value = _object(entry.get("value"))
        shown = value.get("text")
        for label in _labels(value):
            mark = Mark(
                region=_region(entry, value),
                control=entry["from_name"],
                label=label,
                start=_offset(value.get("start")),
                end=_offset(value.get("end")),
                origin=_text(entry.get("origin")),
                shown=shown if isinstance(shown, str) else None,
                named=entry.get("id") is not None,
            )
            self.regions.setdefault(mark.region, []).append(mark)

    def _read_answer(self, entry: Mapping[str, Any]) -> None:
        name = _text(entry.get("from_name"))
        value = _object(entry.get("value"))
        if name in self.questions:
            answer = _answer(self.questions[name], value)
            if answer is not None:
                self.reading.answers[name] = ", ".join(answer) if isinstance(answer, list) else str(answer)
        elif name in self.attributes:
            self._read_attribute(self.attributes[name], entry, value)
        else:
            self.reading.unknown[f"{entry.get('type')} '{entry.get('from_name')}'"] += 1

    def _read_attribute(self, attribute: Attribute, entry: Mapping[str, Any], value: Mapping[str, Any]) -> None:
        answer = _answer(attribute, value)
        region = _region(entry, value)
        marks = self.regions.get(region, [])
        if not marks and value.get("start") is None:
            # A `selected` default leaves a row without a region in every submission.
            self.reading.strays.append((region, attribute.name, str(answer)))
        elif not marks:
            # Its span is gone: kept as a span without a label, which a check points at.
            mark = Mark(
                region,
                None,
                None,
                _offset(value.get("start")),
                _offset(value.get("end")),
                {attribute.name: answer},
            )
            self.regions[region] = [mark]
        for mark in marks:
            mark.attributes[attribute.name] = answer


def parse_time(text: Any) -> datetime | None:
    """Return an ISO time in UTC, which is taken for granted where no zone stands; None for what is no time."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def person(user: Any) -> str | None:
    """Return who made an annotation: the pseudonym of a pull, else Label Studio's number; never a name or address."""
    if isinstance(user, Mapping):
        user = user.get("id")
    return user if isinstance(user, str) else f"user-{user}" if user is not None else None


def _suggester(annotation: Mapping[str, Any], task: Mapping[str, Any]) -> str | None:
    """Return the suggestion that an annotation began with: its model's version, else its number."""
    number = annotation.get("parent_prediction")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    suggested = task.get("predictions")
    for entry in suggested if isinstance(suggested, list) else ():
        if isinstance(entry, Mapping) and entry.get("id") == number:
            version = entry.get("model_version")
            return version if version and isinstance(version, str) else f"prediction-{number}"
    return f"prediction-{number}"


def _offset(value: Any) -> int | None:
    # JSON has no integers: old exports hold 12.0, and a string is no offset.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        return None
    return int(value) if int(value) == value else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _region(entry: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    """The id of a region; without one its place, which its answers repeat."""
    if entry.get("id") is None and value.get("start") is not None:
        return f"{value['start']}-{value.get('end')}"
    return str(entry.get("id"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _labels(holder: Mapping[str, Any]) -> list[str | None]:
    """The labels of a span or of a relation; None where nobody chose one."""
    found = holder.get("labels")
    labels = found if isinstance(found, list) else [found]
    return [str(label) if label is not None else None for label in labels] or [None]


def _answer(attribute: Attribute, value: Mapping[str, Any]) -> Any:
    """Return the value of one row: a string, a date, or the leaves of a topic."""
    if attribute.kind == "topic":
        paths = value.get("taxonomy")
        found = [path[-1] for path in (paths if isinstance(paths, list) else ()) if isinstance(path, list) and path]
        return [str(leaf) for leaf in found if leaf is not None]
    typed = value.get("choices") if attribute.kind == "choice" else value.get("text")
    text = typed[0] if isinstance(typed, list) and typed else typed
    if not isinstance(text, str) or not text.strip():
        return None
    return read_date(text) if attribute.kind == "date" else text.strip()


def read_date(text: str) -> date | str:
    """Return the day that was typed, or what was typed where it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return text
