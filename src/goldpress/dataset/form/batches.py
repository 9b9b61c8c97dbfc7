"""Which rows go into which file: a row stays in the file that it entered, new ones fill the last file or a new one.

So a corpus that grows by a week rewrites one file of each table, and a corrected label the file that holds it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.dataset.form.writing import rows_within

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from goldpress.dataset.form.manifest import TableEntry

    Places = np.ndarray[Any, np.dtype[np.uint32]]

BATCH_BYTES = 96 * 2**20
"""Size of a file's rows in memory: some row groups, and far below what a store takes in one piece."""


class Batch(NamedTuple):
    """One file: its split, its number in it, and where its rows lie in the table."""

    split: str
    number: int
    table: "pa.Table"
    places: "range | Places"

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.split}-{self.number:04}.parquet"

    @property
    def rows(self) -> "pa.Table":
        """The rows in the order of their keys, put together when somebody asks: those of all files fill the memory."""
        import pyarrow as pa

        if isinstance(self.places, range):
            return self.table.slice(self.places.start, len(self.places))
        places: Any = pa.array(self.places)
        return self.table.take(places)


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
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    present = {*table["split"].unique().to_pylist()} or {splits[0]}
    for split in (name for name in splits if name in present):
        if len(present) == 1:
            places, rows = np.arange(table.num_rows, dtype=np.uint32), table
        else:
            found: Any = pc.indices_nonzero(pc.equal(table["split"], pa.scalar(split)))
            places, rows = found.to_numpy().astype(np.uint32), table.take(found)
        known = _known(split, key, entry, before)
        if known is None or not len(places):
            parts = _cut(0, places, rows_within(rows, BATCH_BYTES))
        else:
            parts = _filed(places, rows[key], rows_within(rows, BATCH_BYTES), *known)
        del rows
        for number, part in parts:
            yield Batch(split, number, table, _as_range(part))


def _known(split: str, key: str, entry: "TableEntry | None", before: "pa.Table | None") -> "tuple[Any, Any] | None":
    """The keys of a split's files in the previous release, and the number of the file that each lies in."""
    import numpy as np
    import pyarrow as pa

    if entry is None or before is None or entry.primary_key != (key,):
        return None
    keys, numbers, at = [], [], 0
    for file in entry.files:
        if file.split == split and file.rows:
            keys += before[key].slice(at, file.rows).chunks
            numbers.append(np.full(file.rows, int(file.path.rpartition("-")[2].partition(".")[0])))
        at += file.rows
    return (pa.chunked_array(keys), np.concatenate(numbers)) if keys else None


def _filed(
    places: "Places", own_keys: Any, size: int, keys: Any, numbers: "np.ndarray[Any, Any]"
) -> "Iterator[tuple[int, Places]]":
    import numpy as np
    import pyarrow.compute as pc

    found: Any = pc.index_in(own_keys, value_set=keys)
    at = found.fill_null(-1).to_numpy()
    own = np.where(at < 0, -1, numbers[at])
    last = int(numbers.max())
    fresh = int((own < 0).sum())
    if fresh and (own >= last).sum() + fresh <= size:
        own = np.where(own < 0, last, own)
        fresh = 0
    for number in np.unique(own[own >= 0]).tolist():
        yield number, places[own == number]
    if fresh:
        yield from _cut(last + 1, places[own < 0], size)


def _cut(number: int, places: "Places", size: int) -> "Iterator[tuple[int, Places]]":
    for i, start in enumerate(range(0, max(len(places), 1), size)):
        yield number + i, places[start : start + size]


def _as_range(places: "Places") -> "range | Places":
    """Places as a range where they follow one another: rows that need no copy."""
    if not len(places):
        return range(0)
    first, last = int(places[0]), int(places[-1])
    return range(first, last + 1) if last - first + 1 == len(places) else places
