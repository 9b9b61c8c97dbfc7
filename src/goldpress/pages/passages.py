"""A text cut into pieces at the borders of its spans, so that nested and crossing spans can all be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True)
class Mark:
    """A span to be shown.

    Attributes:
        start: First character.
        end: One past the last character.
        kind: Number of its colour.
        label: What it is called.
        boxed: Shaded, as names are; else underlined, as claims are.
        number: A claim's number in its article; 0 for what has none.
    """

    start: int
    end: int
    kind: int
    label: str
    boxed: bool = True
    number: int = 0


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is covered by the same marks throughout.

    Attributes:
        text: The characters.
        box: The innermost shaded mark.
        line: The innermost underlined mark.
        opens: Numbers of the claims that begin here.
        about: Labels of all marks here, for the tooltip.
        last: Whether the shaded mark ends here, where its label is shown.
    """

    text: str
    box: Mark | None = None
    line: Mark | None = None
    opens: tuple[int, ...] = field(default=())
    about: str = ""
    last: bool = False


def cut_text(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """Return the text as pieces in order: joined, they give the text again.

    A mark that is empty or lies outside of the text is left out.

    Args:
        text: The article's text.
        marks: Spans in any order; they may nest and cross.
    """
    inside = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    borders = sorted({0, len(text), *(m.start for m in inside), *(m.end for m in inside)})
    by_start = sorted(inside, key=lambda mark: (mark.start, -mark.end))
    open_marks: list[Mark] = []
    pieces, waiting = [], 0
    for start, end in pairwise(borders):
        open_marks = [mark for mark in open_marks if mark.end > start]
        while waiting < len(by_start) and by_start[waiting].start == start:
            open_marks.append(by_start[waiting])
            waiting += 1
        pieces.append(_piece(text[start:end], start, end, open_marks))
    return pieces


def _piece(text: str, start: int, end: int, marks: Sequence[Mark]) -> Piece:
    box = min((mark for mark in marks if mark.boxed), key=_length, default=None)
    line = min((mark for mark in marks if not mark.boxed), key=_length, default=None)
    return Piece(
        text,
        box,
        line,
        opens=tuple(mark.number for mark in marks if mark.number and mark.start == start),
        about=", ".join(dict.fromkeys(mark.label for mark in marks)),
        last=box is not None and box.end == end,
    )


def _length(mark: Mark) -> int:
    return mark.end - mark.start
