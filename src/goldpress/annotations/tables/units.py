"""Offsets of old exports: UTF-16 units where code points belong (T5).

A task can say which it has, if words were shown behind a character outside the basic plane. Many cannot; then the other
tasks of the same file are asked.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from goldpress.annotations.tables.decoding import Mark, Reading
from goldpress.annotations.tables.words import fold

Ends = tuple[int | None, int | None]

UNITS = "tasks with offsets in UTF-16 units, counted anew: "
POINTS = "tasks with offsets in code points: "
"""What is counted by file: tasks that say what they count. One export has one convention."""


def recount(readings: Sequence[Reading], text: str, *, old: bool = False) -> str | None:
    """Count the offsets of one task in code points if they were UTF-16 units; return what the task says they were.

    The words that came with each span decide, for the task as a whole: as code points the offsets of at least one span
    point at other words, and as UTF-16 units those of all spans point at theirs. A task that has no such span says
    nothing, and what the other tasks of its export say is true of it too.

    Args:
        readings: All annotations of the task; changed in place, each mark keeping what was drawn.
        text: The canonical text.
        old: Whether the export counts UTF-16 units, as far as it says anything.
    """
    marks = [mark for reading in readings for mark in reading.marks]
    if max(text, default="") <= "\uffff":
        return None
    shown = [mark for mark in marks if mark.shown is not None]
    place = _units(text)
    as_points = [_fits(mark, text, (mark.start, mark.end)) for mark in shown]
    as_units = [_fits(mark, text, _ends(mark, place)) for mark in shown]
    said = UNITS if not all(as_points) and all(as_units) else None
    if said is None and any(one and not other for one, other in zip(as_points, as_units, strict=True)):
        return POINTS
    for mark in marks if said or old else ():
        start, end = _ends(mark, place)
        if None not in (start, end) and (start, end) != (mark.start, mark.end):
            mark.drawn = mark.start, mark.end
            mark.start, mark.end = start, end
    return said


def says_points(text: str, spans: Iterable[tuple[int, int]]) -> bool:
    """Return whether one of these spans, which are right as code points, would be another one as UTF-16 units."""
    packed = text.encode("utf-16-le")

    def other(start: int, end: int) -> bool:
        try:
            return 2 * end > len(packed) or fold(packed[2 * start : 2 * end].decode("utf-16-le")) != fold(
                text[start:end]
            )
        except UnicodeDecodeError:
            return True

    return any(other(start, end) for start, end in spans)


def old_exports(counts: Counter[str]) -> set[str]:
    """Return the files whose offsets count UTF-16 units: some of their tasks say so, and none says otherwise."""
    return {
        name.removeprefix(UNITS)
        for name, number in counts.items()
        if number and name.startswith(UNITS) and not counts[POINTS + name.removeprefix(UNITS)]
    }


def _fits(mark: Mark, text: str, ends: Ends) -> bool:
    start, end = ends
    if start is None or end is None or not 0 <= start < end <= len(text):
        return False
    return fold(text[start:end]) == fold(mark.shown or "")


def _units(text: str) -> dict[int, int]:
    """The code point at each UTF-16 unit; the second unit of a pair is no place to cut."""
    place, unit = {}, 0
    for point, character in enumerate(text):
        place[unit] = point
        unit += 2 if character > "\uffff" else 1
    place[unit] = len(text)
    return place


def _ends(mark: Mark, place: dict[int, int]) -> Ends:
    return place.get(mark.start if mark.start is not None else -1), place.get(mark.end if mark.end is not None else -1)
