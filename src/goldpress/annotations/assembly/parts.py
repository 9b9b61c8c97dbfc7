"""Tables of shards on disk, between the rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.annotations.tables.arrays import one_chunk
from goldpress.engine import map_shards
from goldpress.memory import give_back, load, save

if TYPE_CHECKING:
    import pyarrow as pa


def read_shard(scratch: str, number: int, name: str) -> "pa.Table":
    """Return one table of one shard, mapped from its file."""
    return load(part_path(scratch, number, name))


def part_path(folder: str, number: int, name: str) -> Path:
    """Return where one table of one shard lies."""
    return Path(folder) / f"{number:06d}.{name}.arrow"


@dataclass(frozen=True)
class Merge:
    """A table to be joined: the files of its parts, the column that orders it, and where its columns go."""

    parts: tuple[Path, ...]
    key: str
    target: Path


def merge(jobs: Sequence[Merge], *, workers: int = 1) -> "list[pa.Table]":
    """Return each table whole, sorted by key, mapped from files that are gone when nobody holds it any more.

    The largest begin, so that no process waits long for the last one.
    """
    order = sorted(range(len(jobs)), key=lambda at: -sum(path.stat().st_size for path in jobs[at].parts))
    done = map_shards(merge_parts, [jobs[at] for at in order], workers=workers)
    found = dict(zip(order, done, strict=True))
    return [_join(found[at]) for at in range(len(jobs))]


def merge_parts(job: Merge) -> list[Path]:
    """Write a table's columns, each sorted to a file of its own: the table is never twice in memory."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.concat_tables([load(path) for path in job.parts])
    for path in job.parts:
        path.unlink()
    order = pc.sort_indices(whole[job.key])
    files = [job.target.with_suffix(f".{i}") for i in range(whole.num_columns)]
    for i, file in enumerate(files):
        column = one_chunk(whole.column(i)).take(order)
        save(pa.Table.from_arrays([column], schema=pa.schema([whole.schema.field(i)])), file)
        del column
        give_back()
    return files


def _join(files: Sequence[Path]) -> "pa.Table":
    import pyarrow as pa

    columns = [load(file) for file in files]
    for file in files:
        file.unlink()
    schema = pa.schema([column.schema.field(0) for column in columns])
    return pa.Table.from_arrays([column.column(0) for column in columns], schema=schema)
