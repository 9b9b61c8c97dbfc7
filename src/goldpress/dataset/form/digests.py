"""Digests of content: equal rows have equal digests, whatever their order, chunks, encoding or writer."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.contents import characters
from goldpress.errors import DataError
from goldpress.memory import give_back

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "columns-v1:"
SUMS = "SHA256SUMS"
LARGE = 2**24
"""Bytes of a column from which it is worth giving back what was read of it before the next one."""


def table_digest(table: "pa.Table", key: str) -> str:
    """Return the digest of a table's rows: of equal rows it is equal, whatever their order, chunks or encoding.

    ``columns-v1`` is SHA-256 over the rows in the order of their key (as UTF-8 bytes), column by column in the order of
    their names. A column gives its name, a NUL, its Arrow type, a NUL, and its values: one byte a row, 1 where there is
    a value and 0 where there is null; then, with null as zero or as empty,

    - numbers, times (whole numbers since 1970 in their unit) and truth values: the values, little endian;
    - strings: the lengths in bytes as int32, then all the bytes;
    - lists: the lengths as int32, then all items as a column has them, without name and type;
    - structs: each field by name, as a column has them.

    Args:
        table: The rows.
        key: The column that orders them; its values differ.

    Raises:
        DataError: A number is NaN or infinite (GP-DATASET-005).
    """
    import pyarrow as pa

    if not rises(table[key]):
        table = table.sort_by(key)
    mark = hashlib.sha256()
    for name in sorted(table.column_names):
        column = table[name]
        mark.update(f"{name}\0{_type_name(column.type)}\0".encode())
        _feed(mark, [chunk for chunk in column.chunks if len(chunk)] or [pa.array([], column.type)])
        if column.nbytes >= LARGE:
            give_back()
    return PREFIX + mark.hexdigest()


def rises(keys: "pa.ChunkedArray[Any]") -> bool:
    """Return whether each key is greater than the one before it: they are sorted, and none stands twice."""
    import pyarrow.compute as pc

    whole = keys.combine_chunks()
    return len(whole) < 2 or bool(pc.all(pc.less(whole.slice(0, len(whole) - 1), whole.slice(1))).as_py())


def release_digest(tables: Mapping[str, str]) -> str:
    """Return the digest of a release: SHA-256 over the sorted JSON list of its tables with their digests."""
    return f"sha256:{json_digest(sorted([name, digest] for name, digest in tables.items()))}"


def json_digest(value: object) -> str:
    """Return the SHA-256 of a JSON value in its canonical form, in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def json_text(value: object) -> str:
    """Return a JSON value as a file for people: indented, keys sorted."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def render_sums(sha256: dict[str, str]) -> bytes:
    """Return ``SHA256SUMS`` as ``sha256sum -c`` reads it."""
    return "".join(f"{mark}  {path}\n" for path, mark in sorted(sha256.items())).encode()


def _type_name(kind: Any) -> str:
    """The type as Arrow prints it; Parquet has another name for the items of lists."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(sorted(f'{field.name}: {_type_name(field.type)}' for field in kind))}>"
    return str(kind)


def _feed(mark: Any, chunks: list[Any]) -> None:
    """Feed a column; each step goes over all chunks, so that their borders do not show."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = chunks[0].type
    for chunk in chunks:
        mark.update(_bytes(pc.is_valid(chunk).cast(pa.uint8())) if chunk.null_count else b"\1" * len(chunk))
    if pa.types.is_string(kind):
        filled = [chunk.fill_null("") if chunk.null_count else chunk for chunk in chunks]
        for chunk in filled:
            mark.update(_bytes(pc.binary_length(chunk)))
        for chunk in filled:
            mark.update(characters(chunk))
    elif pa.types.is_list(kind):
        for chunk in chunks:
            mark.update(_bytes(pc.list_value_length(chunk).fill_null(0)))
        _feed(mark, [chunk.flatten() for chunk in chunks])
    elif pa.types.is_struct(kind):
        names = [field.name for field in kind]
        parts = [dict(zip(names, chunk.flatten(), strict=True)) for chunk in chunks]
        for name in sorted(names):
            _feed(mark, [part[name] for part in parts])
    else:
        for chunk in chunks:
            mark.update(_bytes(_numbers(chunk)))


def _numbers(chunk: Any) -> Any:
    """Values as plain numbers, zero where there is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = chunk.type
    if pa.types.is_boolean(kind):
        return chunk.cast(pa.uint8()).fill_null(0)
    if pa.types.is_timestamp(kind):
        return chunk.cast(pa.int64()).fill_null(0)
    if pa.types.is_date32(kind):
        return chunk.cast(pa.int32()).fill_null(0)
    if pa.types.is_floating(kind):
        if not pc.all(pc.is_finite(chunk)).as_py() and len(chunk.drop_null()):
            raise DataError("GP-DATASET-005", "a number is NaN or infinite", hint="write null where a value is missing")
        return pc.add(chunk.fill_null(0.0), 0.0)  # minus zero is zero
    if pa.types.is_integer(kind):
        return chunk.fill_null(0)
    raise TypeError(f"no canonical form for {kind}")


def _bytes(numbers: Any) -> Any:
    """The values one after the other, as something with a buffer."""
    import numpy as np

    values = numbers.to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
