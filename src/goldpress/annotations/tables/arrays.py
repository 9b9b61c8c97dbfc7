"""Between Arrow and numpy without pandas: buffers are looked at, not converted.

``pa.array``, ``pa.scalar`` and ``to_numpy`` import pandas where it is installed, which costs more than a thousand
tasks do; so arrays are made from buffers here.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def one_chunk(column: Any) -> Any:
    """Return a table's column as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks()


def validity(array: "pa.Array[Any]") -> "Mask":
    """Return which values are not null."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=bool)
    if array.null_count == 0:
        return np.ones(len(array), dtype=bool)
    return _bits(array.buffers()[0], array)


def numbers(array: "pa.Array[Any]") -> "np.ndarray[Any, Any]":
    """Return the values of an int32, int64 or double array; what stands at a null is anything."""
    import numpy as np

    kinds = {"int32": np.int32, "int64": np.int64, "double": np.float64, "timestamp[us, tz=UTC]": np.int64}
    found = np.frombuffer(_buffer(array, 1), dtype=kinds[str(array.type)])
    return found[array.offset : array.offset + len(array)]


def booleans(array: "pa.Array[Any]") -> "Mask":
    """Return the values of a bool array, null as false."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_null(array.type) or not len(array):
        return np.zeros(len(array), dtype=bool)
    return _bits(array.buffers()[1], array) & validity(array)


def offsets(array: "pa.Array[Any]") -> "Ints":
    """Return where the values of a string or list array begin, and where the last one ends."""
    import numpy as np

    if not len(array):
        return np.zeros(1, dtype=np.int64)
    found = np.frombuffer(_buffer(array, 1), dtype=np.int32)
    return found[array.offset : array.offset + len(array) + 1].astype(np.int64)


def codes_of(array: "pa.Array[Any]") -> "tuple[Ints, Any]":
    """Return a string array as numbers, and the array of what they stand for; null is -1."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_null(array.type):
        return np.full(len(array), -1, dtype=np.int64), string_array([])
    made: Any = array.dictionary_encode()
    codes = numbers(made.indices).astype(np.int64)
    if made.indices.null_count:
        codes[~validity(made.indices)] = -1
    return codes, made.dictionary


def int_array(values: "np.ndarray[Any, Any]", valid: "Mask | None" = None, kind: Any = None) -> "pa.Array[Any]":
    """Return numbers as an Arrow array (int32 by default), null where not valid."""
    import numpy as np
    import pyarrow as pa

    kind = kind if kind is not None else pa.int32()
    width = {"int32": np.int32, "double": np.float64}.get(str(kind), np.int64)
    data = _held(np.ascontiguousarray(values, dtype=width))
    return pa.Array.from_buffers(kind, len(values), [_bitmap(valid), data])


def bool_array(values: "Mask", valid: "Mask | None" = None) -> "pa.Array[Any]":
    """Return truth values as an Arrow array."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), len(values), [_bitmap(valid), _bitmap(values, always=True)])


def string_array(values: Sequence[str | None]) -> "pa.Array[Any]":
    """Return Python strings as an Arrow array, None as null."""
    import numpy as np
    import pyarrow as pa

    encoded = [value.encode() if value is not None else b"" for value in values]
    ends = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum([len(value) for value in encoded], out=ends[1:], dtype=np.int32)
    valid = _there(values)
    return pa.Array.from_buffers(
        pa.string(),
        len(values),
        [_bitmap(None if valid.all() else valid), _held(ends), _held(b"".join(encoded))],
    )


def byte_array(data: "np.ndarray[Any, Any]", ends: "Ints", valid: "Mask | None" = None) -> "pa.Array[Any]":
    """Return UTF-8 bytes, cut at ``ends`` (one more than there are strings), as an Arrow array."""
    import numpy as np
    import pyarrow as pa

    cuts = _held(ends.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(ends) - 1, [_bitmap(valid), cuts, _held(data)])


def time_array(values: Sequence[datetime | None]) -> "pa.Array[Any]":
    """Return points in time as an Arrow array of microseconds in UTC."""
    import numpy as np
    import pyarrow as pa

    gaps = [value - EPOCH if value is not None else None for value in values]
    micros = [(g.days * 86_400 + g.seconds) * 10**6 + g.microseconds if g is not None else 0 for g in gaps]
    valid = _there(values)
    return int_array(np.array(micros, dtype=np.int64), valid, pa.timestamp("us", tz="UTC"))


def date_array(values: Sequence[date | None]) -> "pa.Array[Any]":
    """Return days as an Arrow array."""
    import numpy as np
    import pyarrow as pa

    days = [value.toordinal() - EPOCH.toordinal() if value is not None else 0 for value in values]
    valid = _there(values)
    data = _held(np.array(days, dtype=np.int32))
    return pa.Array.from_buffers(pa.date32(), len(values), [_bitmap(valid), data])


def list_array(ends: "Ints", values: Any, valid: "Mask | None" = None) -> "pa.Array[Any]":
    """Return values, cut at ``ends``, as an array of lists."""
    import numpy as np
    import pyarrow as pa

    cuts = _held(ends.astype(np.int32))
    return pa.Array.from_buffers(pa.list_(pa.string()), len(ends) - 1, [_bitmap(valid), cuts], children=[values])


def typed_array(values: Sequence[Any], kind: "pa.DataType") -> Any:
    """Return Python values as an Arrow array of a type that our tables have."""
    import pyarrow as pa

    makers: dict[str, Callable[[Sequence[Any]], Any]] = {
        "string": string_array,
        "timestamp[us, tz=UTC]": time_array,
        "date32[day]": date_array,
        "bool": _bools,
        "int32": lambda found: _numbers(found, kind),
        "double": lambda found: _numbers(found, kind),
        "list<item: string>": _lists,
    }
    make = makers.get(str(kind))
    return make(values) if make is not None else pa.array(list(values), kind)


def _bools(values: Sequence[Any]) -> "pa.Array[Any]":
    import numpy as np

    return bool_array(np.array([bool(value) for value in values], dtype=bool), _there(values))


def _numbers(values: Sequence[Any], kind: "pa.DataType") -> "pa.Array[Any]":
    import numpy as np

    return int_array(np.array([value if value is not None else 0 for value in values]), _there(values), kind)


def _lists(values: Sequence[Any]) -> "pa.Array[Any]":
    import numpy as np

    ends = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum([len(value or ()) for value in values], out=ends[1:])
    return list_array(ends, string_array([item for value in values for item in value or ()]), _there(values))


def _there(values: Sequence[Any]) -> "Mask":
    import numpy as np

    return np.fromiter((value is not None for value in values), dtype=bool, count=len(values))


def spread(codes: "Ints", values: Sequence[str | None]) -> Any:
    """Return the value of each code as a string array; a negative code is null."""
    return take(string_array(values), codes)


def take(array: Any, index: "Ints") -> Any:
    """Return the values at ``index``; null where it is negative."""
    if not len(index) or index.min() >= 0:
        return array.take(int_array(index, None, _int64()))
    return array.take(int_array(index.clip(min=0), index >= 0, _int64()))


def text_scalar(value: str) -> Any:
    """Return one string for all rows of a kernel."""
    return string_array([value])[0]


def joined(separator: str, *parts: Any, missing: str | None = None) -> Any:
    """Return strings joined element by element; a part may be one string for all, null makes null or is ``missing``."""
    import pyarrow.compute as pc

    columns = [text_scalar(part) if isinstance(part, str) else part for part in parts]
    if missing is None:
        return pc.binary_join_element_wise(*columns, text_scalar(separator))
    join: Any = pc.binary_join_element_wise
    return join(*columns, text_scalar(separator), null_handling="replace", null_replacement=missing)


def _int64() -> "pa.DataType":
    import pyarrow as pa

    return pa.int64()


def _buffer(array: Any, index: int) -> Any:
    buffer = array.buffers()[index]
    return buffer if buffer is not None else b""


def _bits(buffer: Any, array: Any) -> "Mask":
    import numpy as np

    bits = np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].view(bool)


def _held(data: Any) -> "pa.Buffer":
    """A buffer over the memory of a numpy array or of bytes."""
    import pyarrow as pa

    return pa.py_buffer(data)


def _bitmap(mask: "Mask | None", *, always: bool = False) -> "pa.Buffer | None":
    import numpy as np

    if mask is None or (not always and bool(mask.all())):
        return None
    return _held(np.packbits(mask, bitorder="little"))
