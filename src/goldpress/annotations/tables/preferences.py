"""Which of several names or labels is taken: the one with most weight, then the shortest, then the first in order."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import numbers

if TYPE_CHECKING:
    from goldpress.annotations.tables.arrays import Ints


def most_common(counts: Counter[str]) -> str | None:
    """Return the most frequent value; of equally frequent ones the shortest, then the first in order."""
    return min(counts, key=lambda value: (-counts[value], len(value), value), default=None)


def fullest(counts: Counter[str]) -> str | None:
    """Return the name of most words, so that Vogt is Anna Vogt where both are linked; of these the most common."""
    most = max((name.count(" ") for name in counts), default=0)
    return most_common(Counter({name: count for name, count in counts.items() if name.count(" ") == most}))


def heaviest(
    place: "Ints", codes: "Ints", values: Any, number: int, *, weights: Any = None, full: bool = False
) -> "Ints":
    """Return the code of the value that each place prefers, as ``most_common`` does; -1 for a place without any.

    Args:
        place: Where each value was found.
        codes: The number of each value, negative for none.
        values: What the numbers stand for, as an Arrow array of strings.
        number: How many places there are.
        weights: What each finding counts; 1 by default.
        full: Names of most words come first, as ``fullest`` has it.
    """
    import numpy as np

    best = np.full(number, -1, dtype=np.int64)
    held = np.flatnonzero(codes >= 0)
    if not len(held):
        return best
    width = len(values)
    pairs, inverse = np.unique(place[held] * width + codes[held], return_inverse=True)
    weight = np.bincount(inverse, weights[held] if weights is not None else None)
    at, value = pairs // width, pairs % width
    keys = [_rank(values)[value], -weight, at]
    if full:
        keys.insert(2, -np.array([name.count(" ") for name in values.to_pylist()])[value])
    order = np.lexsort(keys)
    at, value = at[order], value[order]
    first = np.flatnonzero(np.diff(at, prepend=-1))
    best[at[first]] = value[first]
    return best


def _rank(values: Any) -> "Ints":
    """The place of each string among all, shorter ones first."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.table({"length": pc.utf8_length(values), "value": values})
    order = numbers(pc.sort_indices(table, [("length", "ascending"), ("value", "ascending")]).cast("int64"))
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank
