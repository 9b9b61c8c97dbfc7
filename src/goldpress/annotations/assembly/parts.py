"""Tables of shards on disk, between the rounds."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.annotations.tables.arrays import one_chunk

if TYPE_CHECKING:
    import pyarrow as pa


def read_shard(scratch: str, number: int, name: str) -> "pa.Table":
    """Return one table of one shard, mapped from its file."""
    return load(part_path(scratch, number, name))


def part_path(folder: str, number: int, name: str) -> Path:
    """Return where one table of one shard lies."""
    return Path(folder) / f"{number:06d}.{name}.arrow"


def save(table: "pa.Table", path: Path) -> None:
    """Write a table, whole or not at all."""
    import pyarrow as pa

    fresh = path.with_suffix(".new")
    with pa.OSFile(str(fresh), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    fresh.replace(path)


def load(path: Path) -> "pa.Table":
    """Return a table, mapped from its file."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def merge(paths: Sequence[Path], key: str, target: Path) -> "pa.Table":
    """Return the shards' parts of a table as one, sorted: a column at a time, so that it is never twice in memory."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.concat_tables([load(path) for path in paths])
    for path in paths:
        path.unlink()
    order = pc.sort_indices(whole[key])
    columns = []
    for i, field_ in enumerate(whole.schema):
        column = one_chunk(whole.column(i)).take(order)
        file = target.with_suffix(f".{i}")
        save(pa.Table.from_arrays([column], schema=pa.schema([field_])), file)
        columns.append(load(file).column(0))
        file.unlink()
    return pa.Table.from_arrays(columns, schema=whole.schema)
