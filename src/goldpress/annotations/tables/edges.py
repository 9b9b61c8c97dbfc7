"""Edges and words of all spans of a block at once: checked, repaired, derived from the text.

What vectors can decide is decided by vectors; the few spans that hold quotation marks, or that were shown with other
words, are looked at one by one, by the same rules.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import byte_array, offsets, validity
from goldpress.annotations.tables.boundaries import FINAL, NAME_FINAL, trim_name, trim_proposition
from goldpress.annotations.tables.codepoints import BLANKS, CodePoints, one_of
from goldpress.annotations.tables.lexicon import BLANKS_ONLY, NAME, PROPOSITION
from goldpress.annotations.tables.words import fold

if TYPE_CHECKING:
    import numpy as np
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
    base = first[at]
    drawn = base + start[at], base + end[at]
    bare = _strip(points, *drawn, BLANKS, BLANKS)
    new = bare[0].copy(), bare[1].copy()
    marked = points.holds_marks(*bare)
    for kind, (left, right) in STRIPPED.items():
        here = np.flatnonzero((boundary[at] == kind) & ~marked)
        new[0][here], new[1][here] = _strip(points, bare[0][here], bare[1][here], left, right)
    for i in np.flatnonzero(marked & (boundary[at] != BLANKS_ONLY)).tolist():
        text = texts[int(row[at[i]])].as_py()
        s, e = TRIMS[int(boundary[at[i]])](text, int(bare[0][i] - base[i]), int(bare[1][i] - base[i]))
        new[0][i], new[1][i] = s + base[i], e + base[i]
    text, doubtful = _words(points, at, drawn, new, shown)
    return Edges(
        valid,
        (_placed(start, at, bare[0] - base), _placed(end, at, bare[1] - base)),
        _placed(start, at, new[0] - base),
        _placed(end, at, new[1] - base),
        text,
        doubtful,
    )


def _strip(
    points: CodePoints, start: "Ints", end: "Ints", left: frozenset[str], right: frozenset[str]
) -> "tuple[Ints, Ints]":
    """Take characters off both ends; a slice of nothing else stays as it is."""
    import numpy as np

    s, e = start.copy(), end.copy()
    live = np.arange(len(s))
    while len(live):
        live = live[one_of(points.at(s[live]), left) & (s[live] < e[live])]
        s[live] += 1
    live = np.arange(len(s))
    while len(live):
        live = live[(s[live] < e[live]) & one_of(points.at(e[live] - 1), right)]
        e[live] -= 1
    empty = s >= e
    s[empty], e[empty] = start[empty], end[empty]
    return s, e


def _words(
    points: CodePoints, at: "Ints", drawn: "tuple[Ints, Ints]", new: "tuple[Ints, Ints]", shown: "pa.Array[Any]"
) -> "tuple[pa.Array[Any], Mask]":
    import numpy as np

    size = len(shown)
    there, cuts = validity(shown), offsets(shown)
    held: Any = shown.buffers()[2] if shown.buffers()[2] is not None else b""
    said = np.frombuffer(held, dtype=np.uint8)
    same = np.zeros(size, dtype=bool)
    same[at] = _equal(points, *drawn, said, cuts[at], cuts[at + 1]) & there[at]
    doubtful = there.copy()
    doubtful[at] = there[at] & ~same[at]
    for i in np.flatnonzero(doubtful[at]).tolist():
        drawn_words = _string(points, int(drawn[0][i]), int(drawn[1][i]))
        doubtful[at[i]] = fold(drawn_words) != fold(shown[int(at[i])].as_py())
    # One gather for all: spans whose words are not those of the text have theirs from what was shown.
    fine = np.zeros(size, dtype=bool)
    fine[at] = ~doubtful[at]
    begin, sizes = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    begin[at], sizes[at] = points.lead[new[0]], points.lead[new[1]] - points.lead[new[0]]
    other = ~fine
    begin[other], sizes[other] = cuts[:-1][other] + len(points.data), (cuts[1:] - cuts[:-1])[other]
    ends = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    source = np.concatenate([points.data, said]) if other.any() else points.data
    data = source[np.arange(ends[-1]) + np.repeat(begin - ends[:-1], sizes)]
    missing = other & ~there
    return byte_array(data, ends, ~missing), doubtful


def _equal(
    points: CodePoints, start: "Ints", end: "Ints", said: "np.ndarray[Any, Any]", begin: "Ints", stop: "Ints"
) -> "Mask":
    """Whether the bytes of each slice are those between ``begin`` and ``stop``."""
    import numpy as np

    at = points.lead[start]
    sizes = points.lead[end] - at
    equal: Mask = sizes == stop - begin
    chosen = np.flatnonzero(equal)
    sizes, at, begin = sizes[chosen], at[chosen], begin[chosen]
    ends = np.cumsum(sizes)
    run = np.arange(ends[-1] if len(ends) else 0)
    shift = ends - sizes
    differs = points.data[run + np.repeat(at - shift, sizes)] != said[run + np.repeat(begin - shift, sizes)]
    wrong = np.searchsorted(ends, np.flatnonzero(differs), side="right")
    equal[chosen[wrong]] = False
    return equal


def _string(points: CodePoints, start: int, end: int) -> str:
    return bytes(points.data[points.lead[start] : points.lead[end]]).decode()


def _placed(values: "Ints", at: "Ints", new: "Ints") -> "Ints":
    out = values.copy()
    out[at] = new
    return out
