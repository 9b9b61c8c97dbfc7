"""Small moves over whole columns: what facts are made of. All take and give Arrow arrays or numpy arrays."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

LARGEST = 0x110000
"""One more than the last code point."""


def plain(column: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    """Return a table's column as one array; strings are plain ones, however they were stored."""
    import pyarrow as pa

    array: Any = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    made: pa.Array[Any] = array if array.type == kind else array.cast(kind)
    return made


def coded(column: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    """Return a column whose values come again and again as numbers and a list of what they stand for."""
    import pyarrow as pa

    one: Any = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    array: Any = one.chunk(0) if one.num_chunks == 1 else one.combine_chunks()
    if not (pa.types.is_dictionary(array.type) and array.type.value_type == pa.string()):
        array = plain(column).dictionary_encode()
    made: pa.Array[Any] = array
    return made


def _values(array: "pa.Array[Any]") -> "pa.Array[Any]":
    """The values of a column, coded or not."""
    import pyarrow as pa

    made: Any = array
    found: pa.Array[Any] = made.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array
    return found


def each(array: "pa.Array[Any]", judge: "Callable[[pa.Array[Any]], Any]") -> "np.ndarray[Any, Any]":
    """Return what is said of each value; of a coded column each different value is asked once. Null is none."""
    import numpy as np
    import pyarrow as pa

    if not isinstance(array, pa.DictionaryArray):
        found: np.ndarray[Any, Any] = judge(array)
        return found
    made: Any = array
    said = judge(made.dictionary)
    nothing = np.full(1, fill_value=-1 if said.dtype == np.int64 else 0).astype(said.dtype)
    return np.append(said, nothing)[numbers(made.indices)]


def numbers(array: "pa.Array[Any]") -> "Ints":
    """Return whole numbers; -1 where there is none.

    Raises:
        TypeError: The column holds something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_null(array.type)):
        raise TypeError(f"whole numbers are expected, and not {array.type}")
    filled: Any = pc.fill_null(array.cast(pa.int64()), pa.scalar(-1))
    found: Ints = filled.to_numpy(zero_copy_only=False)
    return found


def mask(values: Any) -> "Mask":
    """Return truth values of an Arrow array: null is false."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    filled: Any = pc.fill_null(found, pa.scalar(False))
    truth: Mask = filled.to_numpy(zero_copy_only=False)
    return truth


def given(array: "pa.Array[Any]") -> "Mask":
    """Return which values are there."""
    import pyarrow.compute as pc

    return mask(pc.is_valid(array))


def is_in(array: "pa.Array[Any]", values: "pa.Array[Any] | Iterable[Any]") -> "Mask":
    """Return which values are among some; null is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = _values(values) if isinstance(values, pa.Array) else None

    def judge(own: "pa.Array[Any]") -> "Mask":
        among = wanted if wanted is not None else pa.array(sorted(values), own.type)
        return mask(pc.is_in(own, value_set=among, skip_nulls=True))

    return each(array, judge)


def same(one: "pa.Array[Any]", other: Any) -> "Mask":
    """Return where two columns, or a column and a value, are equal; null equals nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(other, pa.Array):
        return mask(pc.equal(_values(one), _values(other)))
    return each(one, lambda own: mask(pc.equal(own, other)))


def places(array: "pa.Array[Any]", keys: "pa.Array[Any]") -> "Ints":
    """Return the row in which each key stands first; -1 where it does not."""
    import pyarrow.compute as pc

    return each(array, lambda own: numbers(pc.index_in(own, value_set=_values(keys), skip_nulls=True)))


def at(array: "pa.Array[Any]", rows: "Ints") -> "pa.Array[Any]":
    """Return the values in some rows; null for row -1."""
    import pyarrow as pa

    return array.take(pa.array(rows, pa.int64(), mask=rows < 0))


def codes(array: Any) -> "Ints":
    """Return equal numbers for equal values; -1 for null."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if isinstance(array, np.ndarray):
        found: Ints = pd.factorize(array)[0]
        return found
    return numbers(array.dictionary_encode().indices) if not pa.types.is_null(array.type) else numbers(array)


def groups(*columns: Any) -> "Ints":
    """Return equal numbers for rows that are equal in all columns; -1 where one is null."""
    import numpy as np

    found = codes(columns[0])
    for column in columns[1:]:
        other = codes(column)
        gap = (found < 0) | (other < 0)
        found = codes(found * (other.max(initial=0) + 1) + other)
        found = np.where(gap, -1, found)
    return found


def has_one_value(group: "Ints", value: Any) -> "Mask":
    """Return whether all rows of each row's group have the same value; nulls and rows without a group do not count."""
    import numpy as np

    own = codes(value)
    rows = np.flatnonzero((group >= 0) & (own >= 0))
    first = np.full(group.max(initial=-1) + 1, -1)
    first[group[rows[::-1]]] = own[rows[::-1]]
    mixed = np.zeros(len(first) + 1, dtype=bool)  # the last one is that of rows without a group
    mixed[group[rows[own[rows] != first[group[rows]]]]] = True
    return ~mixed[group]


def is_one_of(points: "Ints", predicate: Callable[[str], bool]) -> "Mask":
    """Return which code points are characters of which something holds; it is asked once a character."""
    import numpy as np

    there = np.zeros(LARGEST, dtype=bool)
    there[points] = True
    table = np.zeros(LARGEST, dtype=bool)
    table[[point for point in np.flatnonzero(there).tolist() if point and predicate(chr(point))]] = True
    return table[points]
