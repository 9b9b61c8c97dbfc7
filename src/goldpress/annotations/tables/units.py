"""Offsets of old exports: UTF-16 units where code points belong (T5)."""

from collections.abc import Callable, Iterable, Sequence

from goldpress.annotations.tables.decoding import Mark, Reading
from goldpress.annotations.tables.words import fold

Ends = tuple[int | None, int | None]


def recount(readings: Sequence[Reading], text: str) -> bool:
    """Count the offsets of one task in code points if they were UTF-16 units; return whether they were.

    The words that came with each span decide, for the task as a whole: as code points the offsets of at least one span
    point at other words, and as UTF-16 units those of all spans point at theirs. Where both readings agree, or where
    nothing was shown, nothing is touched.

    Args:
        readings: All annotations of the task; changed in place, each mark keeping what was drawn.
        text: The canonical text.
    """
    marks = [mark for reading in readings for mark in reading.marks]
    if max(text, default="") <= "\uffff":
        return False
    shown = [mark for mark in marks if mark.shown is not None]
    place = _units(text)
    if _agree(shown, text, lambda mark: (mark.start, mark.end)):
        return False
    if not _agree(shown, text, lambda mark: _ends(mark, place)):
        return False
    for mark in marks:
        start, end = _ends(mark, place)
        if None not in (start, end) and (start, end) != (mark.start, mark.end):
            mark.drawn = mark.start, mark.end
            mark.start, mark.end = start, end
    return True


def _agree(marks: Iterable[Mark], text: str, ends: Callable[[Mark], Ends]) -> bool:
    for mark in marks:
        start, end = ends(mark)
        if start is None or end is None or not 0 <= start < end <= len(text):
            return False
        if fold(text[start:end]) != fold(mark.shown or ""):
            return False
    return True


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
