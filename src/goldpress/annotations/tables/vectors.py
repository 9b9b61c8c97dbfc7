"""Small operations on whole columns that several steps share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import bool_array, int_array, numbers, offsets, spread, take, validity
from goldpress.annotations.tables.decoding import LARGEST

if TYPE_CHECKING:
    import numpy as np

    from goldpress.annotations.tables.arrays import Ints, Mask

Columns = dict[str, Any]
PRIME = 0x9E3779B97F4A7C15


class Index:
    """Finds the place of a key."""

    def __init__(self, keys: "Ints") -> None:
        import numpy as np

        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        again = np.flatnonzero(np.diff(self.keys) == 0)
        self.repeated = self.order[again]

    def find(self, keys: "Ints") -> "Ints":
        """Return the place of each key, -1 where it is not."""
        import numpy as np

        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.order[at], -1)


def first_of(lists: Any, rows: "Ints") -> "tuple[Ints, Mask]":
    """Where the first value of each list stands, -1 for none, and which lists have several."""
    import numpy as np

    cuts, sizes = offsets(lists), sizes_of(lists)[rows]
    return np.where(sizes > 0, cuts[:-1][rows], -1), sizes > 1


def sizes_of(lists: Any) -> "Ints":
    import numpy as np

    return np.where(validity(lists), np.diff(offsets(lists)), 0) if len(lists) else np.zeros(0, dtype=np.int64)


def numbers_at(column: Any, rows: "Ints") -> "tuple[Ints, Mask]":
    import numpy as np

    values = numbers(column)[rows]
    there = validity(column)[rows] & (np.abs(values) <= LARGEST)
    return np.where(there, values, 0), there


def numbering(names: Sequence[str], known: Sequence[str], missing: int | None = None) -> "Ints":
    """For each name its number among the known ones; one more entry, for no name."""
    import numpy as np

    place = {name: i for i, name in enumerate(known)}
    other = len(known) if missing is None else missing
    return np.array([place.get(name, other) for name in names] + [other], dtype=np.int64)


def position(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -2


def mixed(*parts: "Ints") -> Any:
    """One number for several; equal parts give equal numbers, others nearly never."""
    import numpy as np

    mixed: Any = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        mixed = (mixed ^ part.astype(np.int64).view(np.uint64)) * np.uint64(PRIME)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def repeats(keys: "np.ndarray[Any, Any]") -> "Ints":
    import numpy as np

    order = np.argsort(keys)
    again: Ints = order[1:][keys[order][1:] == keys[order][:-1]]
    return again


def swapped(first: Any, second: Any, swap: "Mask") -> tuple[Any, Any]:
    import pyarrow.compute as pc

    if not swap.any():
        return first, second
    mask = bool_array(swap)
    return pc.if_else(mask, second, first), pc.if_else(mask, first, second)


def decimal(values: "Ints") -> Any:
    import pyarrow as pa

    return int_array(values).cast(pa.string())


def filtered(columns: Columns, keep: "Mask") -> Columns:
    """The rows to keep; a column may be codes with what they stand for."""
    import numpy as np

    rows = np.flatnonzero(keep)
    whole = len(rows) == len(keep)

    def chosen(column: Any) -> Any:
        if isinstance(column, tuple):
            return spread(column[0] if whole else column[0][rows], column[1])
        return column if whole else take(column, rows)

    return {name: chosen(column) for name, column in columns.items()}


def stacked(parts: Sequence[Columns]) -> Columns:
    import pyarrow as pa

    parts = [part for part in parts if part]
    if not parts:
        return {}
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}


def parents(lists: Any) -> "Ints":
    import numpy as np

    return np.repeat(np.arange(len(lists)), sizes_of(lists))


def field_of(struct: Any, name: str) -> Any:
    return struct.field(name)


def blank_names(names: Sequence[str]) -> "Mask":
    import numpy as np

    return np.array([not name for name in names] + [False], dtype=bool)
