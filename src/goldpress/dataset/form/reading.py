"""Reading a release's Parquet files as the tables that were written."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def read_rows(path: Path) -> "pa.Table":
    """Return the rows of a Parquet file.

    Raises:
        ArrowException: The file is no Parquet.
    """
    import pyarrow.parquet as pq

    # One file at a time, and nothing is guessed from the names of folders.
    table = pq.read_table(path, partitioning=None)
    return table.cast(_item_named(table.schema))


def read_first(path: Path, rows: int) -> "pa.Table":
    """Return the first rows of a Parquet file, and hold the pages that they are on against their checksums.

    Raises:
        OSError: A page is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, page_checksum_verification=True)
    batch = next(file.iter_batches(batch_size=max(rows, 1)), None)
    table = file.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
    return table.cast(_item_named(table.schema)).slice(0, rows)


def read_columns(path: Path) -> "pa.Schema":
    """Return the schema of a Parquet file, meanings and units as field metadata."""
    import pyarrow.parquet as pq

    return _item_named(pq.read_schema(path))


def _item_named(schema: "pa.Schema") -> "pa.Schema":
    """The schema with Arrow's name for the items of lists: Parquet calls them ``element``."""
    import pyarrow as pa

    return pa.schema([field.with_type(_with_items(field.type)) for field in schema])


def _with_items(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(pa.field("item", _with_items(kind.value_type), nullable=kind.value_field.nullable))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_with_items(field.type)) for field in kind])
    return kind
