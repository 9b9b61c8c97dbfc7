"""Edges and words of all spans of a block at once: checked, repaired, derived from the text.

What vectors can decide is decided by vectors; the few spans that hold quotation marks, or that were shown with other
words, are looked at one by one, by the same rules.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import byte_array, take, validity
from goldpress.annotations.tables.boundaries import FINAL, NAME_FINAL, trim_name, trim_proposition
from goldpress.annotations.tables.codepoints import BLANKS, CodePoints
from goldpress.annotations.tables.lexicon import BLANKS_ONLY, NAME, PROPOSITION
from goldpress.annotations.tables.words import fold

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask

TRIMS = {NAME: trim_name, PROPOSITION: trim_proposition}
STRIPPED = {NAME: (BLANKS | set(NAME_FINAL), BLANKS | set(NAME_FINAL)), PROPOSITION: (BLANKS, BLANKS | set(FINAL))}
"""What leaves the start and the end of a span without quotation marks, by boundary."""


@dataclass(frozen=True)
class Edges:
    """Spans after repair.

    Attributes:
        valid: Whether the offsets lie in the text; only those are repaired.
        bare: Start and end without blanks (T6).
        start: Start after all repairs, in the text of the span.
        end: End after all repairs.
        text: The words at the offsets; what was shown where it was something else, or where there are no offsets.
        doubtful: Whether words were shown that do not stand at the offsets.
    """

    valid: "Mask"
    bare: "tuple[Ints, Ints]"
    start: "Ints"
    end: "Ints"
    text: "pa.Array[Any]"
    doubtful: "Mask"


def repair_edges(
    points: CodePoints,
    texts: Any,
    row: "Ints",
    ends: "tuple[Ints, Ints, Mask]",
    boundary: "Ints",
    shown: "pa.Array[Any]",
) -> Edges:
    """Return the repaired edges and the words of spans.

    Args:
        points: The code points of the texts.
        texts: The texts as an Arrow array.
        row: Number of the text of each span.
        ends: Start and end as drawn, and whether both are there.
        boundary: How each span's edges are repaired.
        shown: The words that came with each span; null where none did.
    """
    import numpy as np

    start, end, there = ends
    first = points.first[row]
    valid = there & (start >= 0) & (start < end) & (end <= points.first[row + 1] - first)
    at = np.flatnonzero(valid)
    drawn = points.places(first[at] + start[at]), points.places(first[at] + end[at])
    bare = _strip(points, *drawn, BLANKS, BLANKS)
    new = bare[0].copy(), bare[1].copy()
    marked = points.holds_marks(*bare)
    for kind, (left, right) in STRIPPED.items():
        here = np.flatnonzero((boundary[at] == kind) & ~marked)
        new[0][here], new[1][here] = _strip(points, bare[0][here], bare[1][here], left, right)
    for i in np.flatnonzero(marked & (boundary[at] != BLANKS_ONLY)).tolist():
        text = texts[int(row[at[i]])].as_py()
        s, e = (points.points(np.array([bare[0][i], bare[1][i]])) - first[at[i]]).tolist()
        new[0][i], new[1][i] = points.places(np.array(TRIMS[int(boundary[at[i]])](text, s, e)) + first[at[i]])
    text, doubtful = _words(points, at, drawn, new, shown)

    def counted(whole: "Ints", before: "Ints", after: "Ints") -> "Ints":
        moved = np.flatnonzero(before != after)
        out = whole.copy()
        out[at[moved]] = points.points(after[moved]) - first[at[moved]]
        return out

    return Edges(
        valid,
        (counted(start, drawn[0], bare[0]), counted(end, drawn[1], bare[1])),
        counted(start, drawn[0], new[0]),
        counted(end, drawn[1], new[1]),
        text,
        doubtful,
    )


def _strip(
    points: CodePoints, start: "Ints", end: "Ints", left: frozenset[str], right: frozenset[str]
) -> "tuple[Ints, Ints]":
    """Take characters off both ends; a slice of nothing else stays as it is. All are places of bytes."""
    import numpy as np

    s, e = start.copy(), end.copy()
    live: Ints = np.arange(len(s))
    while len(live):
        live = live[points.are(s[live], left) & (s[live] < e[live])]
        s[live] = points.after(s[live])
    live = np.flatnonzero(s < e)
    while len(live):
        before = points.before(e[live])
        fits = points.are(before, right)
        live = live[fits]
        e[live] = before[fits]
        live = live[s[live] < e[live]]
    empty = s >= e
    s[empty], e[empty] = start[empty], end[empty]
    return s, e


def _words(
    points: CodePoints, at: "Ints", drawn: "tuple[Ints, Ints]", new: "tuple[Ints, Ints]", shown: "pa.Array[Any]"
) -> "tuple[pa.Array[Any], Mask]":
    """The words of each span, and whether others were shown than those that stand where it was drawn."""
    import numpy as np
    import pyarrow as pa

    size = len(shown)
    there = validity(shown)
    begin, stop = np.zeros((2, size), dtype=np.int64)
    begin[at], stop[at] = drawn
    same = there & (stop > begin) & points.equal(begin, stop, shown)
    doubtful = there & ~same
    for i in np.flatnonzero(doubtful & (stop > begin)).tolist():
        doubtful[i] = fold(points.text(begin[i], stop[i])) != fold(shown[i].as_py())
    # What was shown is taken where it is right and stays whole; the text is asked for the others.
    moved = (drawn[0] != new[0]) | (drawn[1] != new[1])
    asked = np.flatnonzero(~doubtful[at] & (moved | ~same[at]))
    if not len(asked):
        return shown, doubtful
    index = np.where(there, np.arange(size), -1)
    index[at[asked]] = size + np.arange(len(asked))
    found = byte_array(*points.slices(new[0][asked], (new[1] - new[0])[asked]))
    return take(pa.concat_arrays([shown, found]), index), doubtful
