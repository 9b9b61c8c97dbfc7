"""Writing files: the same rows give the same bytes, and what is said to be written is on the disk."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,  # pyarrow's default, 1, is 15 % larger; 9 takes five times as long for 5 %
    "version": "2.6",
    "data_page_version": "1.0",  # old readers
    "use_dictionary": True,
    "use_content_defined_chunking": True,  # a row more or less does not change the bytes of all later pages
    "write_page_index": True,
    "write_page_checksum": True,
    "store_schema": True,
}
GROUP_BYTES = 24 * 2**20
"""Size of a row group in memory: fetching one article stays cheap, and data set viewers accept it."""
GROUP_ROWS = 2**20
UNFINISHED = ".tmp"
"""How the name of a file ends that is about to replace another."""


def write_parquet(table: "pa.Table", path: Path) -> None:
    """Write a table, sorted already, as one Parquet file that depends on its rows and schema only."""
    import pyarrow.parquet as pq

    # Chunks and table metadata (pandas' own, for one) would show in the bytes.
    plain = table.combine_chunks().replace_schema_metadata(None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pq.write_table(plain, file, row_group_size=group_rows(plain), **PARQUET)
        _flush(file.fileno(), file)


def write_file(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        _flush(file.fileno(), file)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file: a reader sees the old or the new one, never a part."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        write_file(fresh, data)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def group_rows(table: "pa.Table") -> int:
    """Return rows per row group."""
    return min(GROUP_ROWS, rows_within(table, GROUP_BYTES))


def rows_within(table: "pa.Table", most: int) -> int:
    """Return how many rows have a size, from the values alone: the sizes of buffers vary with how they were made."""
    size = sum(_bytes(column) for column in table.columns)
    return max(1, most * table.num_rows // max(size, 1))


def _bytes(column: "pa.ChunkedArray[Any]") -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        return int(pc.sum(pc.binary_length(column)).as_py() or 0)
    return 8 * len(column)


def _flush(handle: int, file: Any) -> None:
    file.flush()
    os.fsync(handle)
