"""Which rows go into which file: a row stays in the file that it entered, new ones fill the last file or a new one.

So a corpus that grows by a week rewrites one file of each table, and a corrected label the file that holds it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.dataset.form.writing import rows_within

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.dataset.form.manifest import TableEntry

BATCH_BYTES = 96 * 2**20
"""Size of a file's rows in memory: some row groups, and far below what a store takes in one piece."""


class Batch(NamedTuple):
    """One file: its split, its number in it, and its rows in the order of their keys."""

    split: str
    number: int
    rows: "pa.Table"

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.split}-{self.number:04}.parquet"


def cut_batches(
    table: "pa.Table", key: str, splits: tuple[str, ...], entry: "TableEntry | None", before: "pa.Table | None"
) -> Iterator[Batch]:
    """Yield the files of a table; one without rows is a file of the first split.

    Args:
        table: The rows, sorted by key.
        key: The key column.
        splits: Every split, in the order in which files are listed.
        entry: What the previous release says of its files; None where it has no such table.
        before: The previous release's rows, one file's after the other's.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    present = {*table["split"].unique().to_pylist()} or {splits[0]}
    for split in (name for name in splits if name in present):
        rows = table if len(present) == 1 else table.filter(pc.equal(table["split"], pa.scalar(split)))
        known = _known(split, key, entry, before)
        if known is None or not rows.num_rows:
            yield from _cut(split, 0, rows)
        else:
            yield from _filed(split, rows, key, *known)


def _known(split: str, key: str, entry: "TableEntry | None", before: "pa.Table | None") -> "tuple[Any, Any] | None":
    """The keys of a split's files in the previous release, and the number of the file that each lies in."""
    import numpy as np
    import pyarrow as pa

    if entry is None or before is None or entry.primary_key != (key,):
        return None
    keys, numbers, at = [], [], 0
    for file in entry.files:
        if file.split == split and file.rows:
            keys.append(before[key].slice(at, file.rows).combine_chunks())
            numbers.append(np.full(file.rows, int(file.path.rpartition("-")[2].partition(".")[0])))
        at += file.rows
    return (pa.concat_arrays(keys), np.concatenate(numbers)) if keys else None


def _filed(split: str, rows: "pa.Table", key: str, keys: Any, numbers: Any) -> Iterator[Batch]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Any = pc.index_in(rows[key], value_set=keys)
    at = found.fill_null(-1).to_numpy()
    own = np.where(at < 0, -1, numbers[at])
    last = int(numbers.max())
    fresh = int((own < 0).sum())
    if fresh and (own >= last).sum() + fresh <= rows_within(rows, BATCH_BYTES):
        own = np.where(own < 0, last, own)
        fresh = 0
    for number in sorted({*own.tolist()} - {-1}):
        chosen = own == number
        yield Batch(split, number, rows if chosen.all() else rows.filter(pa.array(chosen)))
    if fresh:
        yield from _cut(split, last + 1, rows.filter(pa.array(own < 0)))


def _cut(split: str, number: int, rows: "pa.Table") -> Iterator[Batch]:
    size = rows_within(rows, BATCH_BYTES)
    for i, start in enumerate(range(0, max(rows.num_rows, 1), size)):
        yield Batch(split, number + i, rows.slice(start, size))
