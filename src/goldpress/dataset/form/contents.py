"""What a release says, as the last looks before it leaves see it: rows of tables, and the texts of other files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.reading import read_rows

if TYPE_CHECKING:
    import pyarrow as pa

DATA, CHANGES = "data", "changes"
PIECE = 2**24
"""Bytes of a column that are looked through at once: a copy of them is made, or two."""


@dataclass(frozen=True)
class Contents:
    """What a release says.

    Attributes:
        tables: Rows by folder: ``data/claims``, ``changes/claims`` …
        texts: Every other file, by its path.
    """

    tables: Mapping[str, "pa.Table"]
    texts: Mapping[str, str]


def read_contents(folder: Path) -> Contents:
    """Return what the release in a folder says, its tables read from their files."""
    import pyarrow as pa

    pieces: dict[str, list[pa.Table]] = {}
    for path in sorted(folder.rglob("*.parquet")):
        name = path.relative_to(folder)
        at = name.with_suffix("") if name.parts[0] == CHANGES else name.parent
        pieces.setdefault(at.as_posix(), []).append(read_rows(path))
    return Contents({name: pa.concat_tables(found) for name, found in pieces.items()}, read_texts(folder))


def read_texts(folder: Path) -> dict[str, str]:
    """Return the files of a release that are no tables, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".parquet"
    }


def string_bytes(column: Any) -> Iterator[bytes]:
    """Yield all characters of a column in pieces of whole values, as UTF-8; those of lists and structs too.

    Only good to say that something is *not* there: what is found may begin in one value and end in the next.
    """
    import pyarrow as pa

    chunks: list[Any] = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    for chunk in chunks:
        kind = chunk.type
        if pa.types.is_list(kind):
            yield from string_bytes(chunk.flatten())
        elif pa.types.is_struct(kind):
            for part in chunk.flatten():
                yield from string_bytes(part)
        elif pa.types.is_string(kind) and len(chunk):
            rows = max(1, PIECE * len(chunk) // max(len(characters(chunk)), 1))
            for at in range(0, len(chunk), rows):
                yield bytes(characters(chunk.slice(at, rows)))


def may_hold(column: Any, words: Iterable[bytes], *, any_case: bool = False) -> bool:
    """Return False if none of some words stands in a column; True may be wrong."""
    words = [word.lower() for word in words] if any_case else [*words]
    for found in string_bytes(column):
        said = found.lower() if any_case else found
        if any(word in said for word in words):
            return True
    return False


def characters(chunk: Any) -> memoryview:
    """Return the bytes of all strings of an array, without what lies before or behind a slice."""
    import numpy as np

    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return memoryview(b"")
    places = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return memoryview(data)[int(places[0]) : int(places[-1])]
