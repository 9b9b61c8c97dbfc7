"""Which spans of different annotators are the same: optimal one-to-one matching, and clusters of matches.

Two annotators' spans are matched within one article and layer. Spans with the same place and label match first; the
rest is matched so that the sum of intersection over union is as large as it can be (the assignment problem, Kuhn 1955,
solved by ``scipy.optimize.linear_sum_assignment``). What is still tied is decided by label and place, never by who drew
it. All of it works on whole columns; Python sees only spans that several others compete for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SAME = 0.5
"""Two spans of one layer may be the same if intersection over union is at least this."""
LABEL_WEIGHT = 1e-6
PLACE_WEIGHT = 1e-9
"""What decides between assignments of the same overlap: equal labels, then the place."""
STRIDE = 1 << 31
"""Offsets are 32-bit, so group and offset fit one 64-bit key."""
BLOCK = 4_000_000
"""Candidate pairs held at once: an article with ten thousand spans in one place must not fill the memory."""
TANGLE = 4_000_000
"""Cells of the largest assignment that is solved; a greater tangle is matched greedily, best overlap first."""


@dataclass(frozen=True)
class Spans:
    """Spans as columns of equal length.

    Attributes:
        group: What is compared with each other: a number for each article and layer.
        seat: Number of the annotator inside the article, from 0.
        start: First character.
        end: One past the last character.
        label: A number for each label.
    """

    group: Ints
    seat: Ints
    start: Ints
    end: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.group)

    def take(self, rows: npt.NDArray[Any]) -> "Spans":
        """Return some of the spans."""
        return Spans(self.group[rows], self.seat[rows], self.start[rows], self.end[rows], self.label[rows])


@dataclass(frozen=True)
class Matches:
    """Pairs of spans that are the same: row numbers of both, and intersection over union."""

    left: Ints
    right: Ints
    share: Floats

    @staticmethod
    def gather(parts: "list[Matches]") -> "Matches":
        """Return several sets of pairs as one."""
        return Matches(
            np.concatenate([p.left for p in parts] or [np.empty(0, np.int64)]),
            np.concatenate([p.right for p in parts] or [np.empty(0, np.int64)]),
            np.concatenate([p.share for p in parts] or [np.empty(0)]),
        )


def match_pair(spans: Spans, left: Ints, right: Ints, *, least: float = SAME) -> Matches:
    """Return the one-to-one matches between two annotators' spans.

    Args:
        spans: All spans.
        left: Row numbers of one annotator's.
        right: Row numbers of the other's; several articles at once are fine.
        least: Least intersection over union of a match; 0 takes any overlap.
    """
    twins, left, right = _take_twins(spans, left, right)
    found = _choose(spans, _candidates(spans, left, right, least))
    return Matches.gather([twins, found])


def match_all(spans: Spans, *, least: float = SAME) -> Iterator[tuple[int, int, Matches]]:
    """Yield (seat, seat, matches) for every pair of seats."""
    by_seat = [np.flatnonzero(spans.seat == seat) for seat in range(int(spans.seat.max(initial=-1)) + 1)]
    for one, left in enumerate(by_seat):
        for other in range(one + 1, len(by_seat)):
            yield one, other, match_pair(spans, left, by_seat[other], least=least)


def cluster(spans: Spans, *, least: float = SAME) -> Ints:
    """Return the number of each span's cluster: connected best matches, at most one span of each annotator.

    Matches join clusters in the order of their overlap; one that would put two spans of the same annotator into one
    cluster is left out. Numbers follow the place of the first span, not the annotators.
    """
    atom, first, mask = _atoms(spans)
    atoms = spans.take(first)
    edges = Matches.gather([found for *_, found in match_all(spans, least=least)])
    # Of several matches between the same two atoms one is enough; those inside an atom are known.
    ends = np.sort(np.stack([atom[edges.left], atom[edges.right]]), axis=0)
    _, once = np.unique(ends[0] * (len(first) + 1) + ends[1], return_index=True)
    once = once[ends[0][once] != ends[1][once]]
    low, high, share = ends[0][once], ends[1][once], edges.share[once]
    root = np.arange(len(first))
    degree = np.bincount(low, minlength=len(first)) + np.bincount(high, minlength=len(first))
    lone = (degree[low] == 1) & (degree[high] == 1) & ((mask[low] & mask[high]) == 0)
    root[high[lone]] = low[lone]
    _join(root, mask, *_best_first(atoms, low[~lone], high[~lone], share[~lone]))
    return _number(root)[atom]


def overlap_share(spans: Spans, left: Ints, right: Ints) -> Floats:
    """Return intersection over union of pairs of spans, 0 where they do not overlap."""
    common = np.minimum(spans.end[left], spans.end[right]) - np.maximum(spans.start[left], spans.start[right])
    union = np.maximum(spans.end[left], spans.end[right]) - np.minimum(spans.start[left], spans.start[right])
    return np.where(common > 0, common / np.maximum(union, 1), 0.0)


def number_rows(*columns: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Return a number for each distinct row of some columns, in their order, and one row number for each."""
    length = len(columns[0])
    if length == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    packed = _pack(columns)
    order = np.lexsort(columns[::-1]) if packed is None else np.argsort(packed, kind="stable")
    changed = np.zeros(length, bool)
    for column in columns if packed is None else (packed,):
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    changed[0] = True
    numbers = np.empty(length, np.int64)
    numbers[order] = np.cumsum(changed) - 1
    return numbers, order[changed]


def _pack(columns: tuple[npt.NDArray[Any], ...]) -> Ints | None:
    """One number for each row, in the order of the rows; None where they do not fit into 62 bits."""
    packed: Ints = np.zeros(len(columns[0]), np.int64)
    size = 1
    for column in columns:
        least = int(column.min())
        extent = int(column.max()) - least + 1
        size *= extent
        if size >= 1 << 62:
            return None
        packed = packed * extent + (column.astype(np.int64) - least)
    return packed


def _atoms(spans: Spans) -> tuple[Ints, Ints, Ints]:
    """Spans with the same place and label are one atom: its number, its first row, and who has it as a bit mask."""
    twin = _occurrence(spans)
    atom, first = number_rows(spans.group, spans.start, spans.end, spans.label, twin)
    mask = np.zeros(len(first), np.int64)
    np.bitwise_or.at(mask, atom, np.int64(1) << spans.seat)
    return atom, first, mask


def _occurrence(spans: Spans) -> Ints:
    """0 for the first span of an annotator at a place with a label, 1 for the second: nobody has a span twice."""
    same, _ = number_rows(spans.group, spans.start, spans.end, spans.label, spans.seat)
    order = np.argsort(same, kind="stable")
    begins = np.r_[0, np.cumsum(np.bincount(same))[:-1]] if len(same) else np.empty(0, np.int64)
    rank = np.empty(len(same), np.int64)
    rank[order] = np.arange(len(same)) - begins[same[order]]
    return rank


def _take_twins(spans: Spans, left: Ints, right: Ints) -> tuple[Matches, Ints, Ints]:
    both = np.r_[left, right]
    part = spans.take(both)
    atom, _ = number_rows(part.group, part.start, part.end, part.label, _occurrence(part))
    mine, theirs = atom[: len(left)], atom[len(left) :]
    _, at_left, at_right = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    twins = Matches(left[at_left], right[at_right], np.ones(len(at_left)))
    return twins, np.delete(left, at_left), np.delete(right, at_right)


def _candidates(spans: Spans, left: Ints, right: Ints, least: float) -> Matches:
    """Every pair that overlaps enough. A pair is found from the side that starts later, so exactly once."""
    forth = _starting_inside(spans, left, right, least, strictly=False)
    back = _starting_inside(spans, right, left, least, strictly=True)
    return Matches.gather([*forth, *(Matches(p.right, p.left, p.share) for p in back)])


def _starting_inside(spans: Spans, outer: Ints, inner: Ints, least: float, *, strictly: bool) -> list[Matches]:
    """Pairs of an outer span and an inner one that starts inside it."""
    inner = inner[np.lexsort((spans.start[inner], spans.group[inner]))]
    keys = spans.group[inner] * STRIDE + spans.start[inner]
    base = spans.group[outer] * STRIDE
    begin = np.searchsorted(keys, base + spans.start[outer] + int(strictly))
    count = np.maximum(np.searchsorted(keys, base + spans.end[outer]) - begin, 0)
    found = []
    for rows in _blocks(count):
        sizes = count[rows]
        one = np.repeat(outer[rows], sizes)
        offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        other = inner[np.repeat(begin[rows], sizes) + offset]
        share = overlap_share(spans, one, other)
        enough = (share > 0) & (share >= least)
        found.append(Matches(one[enough], other[enough], share[enough]))
    return found


def _blocks(count: Ints) -> Iterator[Ints]:
    rows = np.flatnonzero(count)
    if len(rows):
        block = np.cumsum(count[rows]) // BLOCK
        yield from np.split(rows, np.flatnonzero(np.diff(block)) + 1)


def _choose(spans: Spans, pairs: Matches) -> Matches:
    """The best assignment: pairs without a rival at once, the others tangle by tangle."""
    if len(pairs.left) == 0:
        return pairs
    left, right = np.unique(pairs.left, return_inverse=True)[1], np.unique(pairs.right, return_inverse=True)[1]
    lone = (np.bincount(left)[left] == 1) & (np.bincount(right)[right] == 1)
    chosen = [np.flatnonzero(lone)]
    if not lone.all():
        chosen += [rows[_assign(spans, pairs, rows)] for rows in _tangles(left, right, np.flatnonzero(~lone))]
    kept = np.sort(np.concatenate(chosen))
    return Matches(pairs.left[kept], pairs.right[kept], pairs.share[kept])


def _tangles(left: Ints, right: Ints, rows: Ints) -> list[Ints]:
    """Pairs that compete, together."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    shift = int(left.max()) + 1
    size = shift + int(right.max()) + 1
    graph = coo_array((np.ones(len(rows)), (left[rows], shift + right[rows])), shape=(size, size))
    component = connected_components(graph, directed=False)[1][left[rows]]
    order = np.argsort(component, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(component[order])) + 1)


def _assign(spans: Spans, pairs: Matches, rows: Ints) -> Ints:
    """Positions in ``rows`` of the best assignment of one tangle."""
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    one, other, weight = pairs.left[rows], pairs.right[rows], _weigh(spans, pairs, rows)
    lefts, at_left = np.unique(one, return_inverse=True)
    rights, at_right = np.unique(other, return_inverse=True)
    if len(lefts) * len(rights) > TANGLE:
        return _greedy(at_left, at_right, weight)
    cells = np.zeros((len(lefts), len(rights)))
    cells[at_left, at_right] = weight
    position = np.full(cells.shape, -1)
    position[at_left, at_right] = np.arange(len(rows))
    found = position[linear_sum_assignment(cells, maximize=True)]
    return np.asarray(found[found >= 0])


def _weigh(spans: Spans, pairs: Matches, rows: Ints) -> Floats:
    one, other = pairs.left[rows], pairs.right[rows]
    same = spans.label[one] == spans.label[other]
    rank = np.argsort(_by_place(spans, one, other))
    place = np.exp2(-np.minimum(rank, 60.0))
    return np.asarray(np.round(pairs.share[rows], 9) + LABEL_WEIGHT * same + PLACE_WEIGHT * place)


def _greedy(left: Ints, right: Ints, weight: Floats) -> Ints:
    taken_left, taken_right, kept = set(), set(), []
    for at in np.argsort(-weight, kind="stable").tolist():
        if left[at] not in taken_left and right[at] not in taken_right:
            taken_left.add(left[at])
            taken_right.add(right[at])
            kept.append(at)
    return np.array(kept, np.int64)


def _by_place(spans: Spans, one: Ints, other: Ints, *first: npt.NDArray[Any]) -> Ints:
    """Order of pairs by ``first``, then by the places and labels of both ends, whoever has which."""
    keys = [np.stack([spans.start[of], spans.end[of], spans.label[of]]) for of in (one, other)]
    swap = np.zeros(len(one), bool)
    equal = np.ones(len(one), bool)
    for a, b in zip(*keys, strict=True):
        swap |= equal & (a > b)
        equal &= a == b
    low, high = np.where(swap, keys[1], keys[0]), np.where(swap, keys[0], keys[1])
    return np.asarray(np.lexsort((*high[::-1], *low[::-1], *first[::-1])))


def _best_first(atoms: Spans, low: Ints, high: Ints, share: Floats) -> tuple[list[int], list[int]]:
    differ = atoms.label[low] != atoms.label[high]
    order = _by_place(atoms, low, high, atoms.group[low], -np.round(share, 9), differ)
    return low[order].tolist(), high[order].tolist()


def _join(root: Ints, mask: Ints, low: list[int], high: list[int]) -> None:
    """Join atoms in this order, in place, as long as a cluster has one span of each annotator."""
    who = {at: int(mask[at]) for at in {*low, *high}}
    for one, other in zip(low, high, strict=True):
        a, b = _root(root, one), _root(root, other)
        if a != b and not who[a] & who[b]:
            a, b = min(a, b), max(a, b)
            root[b] = a
            who[a] |= who[b]


def _root(root: Ints, at: int) -> int:
    while root[at] != at:
        at = int(root[at])
    return at


def _number(root: Ints) -> Ints:
    """Number clusters from 0 in the order of their first atom."""
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return np.unique(root, return_inverse=True)[1].astype(np.int64)
        root = further
