"""Digests of content: equal rows have equal digests, whatever their order, chunks, encoding or writer."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "rows-v1:"
BATCH = 4096
"""Rows that are Python objects at one time."""


def canonical_rows(table: "pa.Table") -> list[bytes]:
    """Return each row as canonical JSON, sorted: the lines that ``rows-v1`` is the digest of.

    A line is a JSON object with every column (null as ``null``), keys sorted also inside structs, no blanks,
    non-ASCII characters kept, UTF-8. Timestamps are ISO 8601 with offset, floats the shortest decimal of the
    double that they equal.

    Raises:
        DataError: A number is NaN or infinite (GP-DATASET-005).
    """
    encode = json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    ).encode
    try:
        lines = [
            encode(row).encode()
            for batch in _without_zone(table).to_batches(max_chunksize=BATCH)
            for row in batch.to_pylist()
        ]
    except ValueError as error:
        raise DataError(
            "GP-DATASET-005", "a number is NaN or infinite", hint="write null where a value is missing"
        ) from error
    return sorted(lines)


def rows_digest(lines: Iterable[bytes]) -> str:
    """Return the digest of canonical rows that are sorted: SHA-256 over each line and a newline."""
    mark = hashlib.sha256()
    for line in lines:
        mark.update(line)
        mark.update(b"\n")
    return PREFIX + mark.hexdigest()


def table_digest(table: "pa.Table") -> str:
    """Return the digest of a table's rows."""
    return rows_digest(canonical_rows(table))


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


def _without_zone(table: "pa.Table") -> "pa.Table":
    """Timestamps without their zone, which is UTC: Python objects with one need a time zone database."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            plain = table.column(i).cast(pa.timestamp(field.type.unit))
            table = table.set_column(i, pa.field(field.name, plain.type), plain)
    return table


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")
