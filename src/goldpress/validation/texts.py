"""The texts of articles, a thousand at a time: on disk where there are many, and looked through by several processes.

What is looked for in texts (sentences, marks, lines of the publisher) is found for all checks in one go, since a look
at a text takes longer than all that follows from it.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.engine import WORTH, default_workers, map_shards
from goldpress.errors import SurroundingsError
from goldpress.memory import load, save

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.validation.columns import Ints, Mask

TOGETHER = 1000
"""Texts that are looked at together: some megabytes."""
WIDE = 1 << 40
"""Further than any text is long: numbers articles and places in them through."""


class Text(NamedTuple):
    """A text, and what its article says of it."""

    words: str
    lang: str
    digest: str | None


Find = Callable[[Text], Iterable[int]]
"""Looks for something in a text: returns where it stands, in order, or one number. An importable function."""


class Found:
    """What was found in each text.

    Attributes:
        counts: How many numbers for each text; none for one that may not be looked at.
        values: The numbers, text by text.
    """

    def __init__(self, counts: "Ints", values: "Ints") -> None:
        import numpy as np

        self.counts, self.values = counts, values
        self._at = np.repeat(np.arange(len(counts)), counts) * WIDE + values

    @property
    def there(self) -> "Mask":
        """Texts in which there is any."""
        found: Mask = self.counts > 0
        return found

    def between(self, article: "Ints", start: "Ints", end: "Ints") -> "Ints":
        """Return how many lie in each half-open range; a negative number where the end is before the start."""
        import numpy as np

        base = article * WIDE
        found: Ints = np.searchsorted(self._at, base + end) - np.searchsorted(self._at, base + start)
        return found


@dataclass(frozen=True)
class Shelf:
    """Some texts, and what is to be found in them.

    Attributes:
        held: A table of ``text``, ``lang``, ``digest`` and ``open``, or the file that holds it.
        finds: What is looked for.
    """

    held: "pa.Table | Path"
    finds: tuple[Find, ...]


class Texts:
    """The texts of all articles, in their order.

    Attributes:
        open: Which have a text that may be looked at.
        given: Which have a text at all, be it that its shape is shown.
        wanted: What will be looked for: found at the first look, all at once.
    """

    def __init__(self, pieces: "Iterable[pa.Table]", rows: int, *, workers: int | None = None) -> None:
        """Take the texts.

        Args:
            pieces: Tables of ``text``, ``lang``, ``digest`` and ``access``, as many rows in each as there may be.
            rows: How many articles there are.
            workers: Processes that look through them; None takes one a core where there are many.

        Raises:
            SurroundingsError: There are many, and the folder for them cannot be written (GP-VALID-013).
        """
        import numpy as np

        self.wanted: set[Find] = set()
        self._workers, self._found = workers, dict[Find, Found]()
        self._folder = None if rows < WORTH * TOGETHER else tempfile.mkdtemp(prefix="goldpress-")
        if self._folder is not None:
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._held: list[pa.Table | Path] = []
        self._last: tuple[int, Any] = (-1, None)
        masks: list[Any] = [np.zeros((2, 0), dtype=bool)]
        for number, piece in enumerate(map(_judged, _thousands(pieces))):
            masks.append(np.stack([piece[column].to_numpy() for column in ("given", "open")]))
            self._held.append(piece if self._folder is None else _kept(piece, self._folder, number))
        self.given, self.open = np.concatenate(masks, axis=1)

    def __len__(self) -> int:
        return len(self.open)

    def found(self, find: Find) -> Found:
        """Return what is found in each text, and find what else is wanted in the same go."""
        if find not in self._found:
            finds = tuple(sorted({find, *self.wanted} - set(self._found), key=lambda one: one.__name__))
            shelves = [Shelf(held, finds) for held in self._held]
            # Tables stay where they are; files are read by whoever has time.
            workers = 1 if self._folder is None else default_workers(self._workers, len(shelves))
            read = map_shards(look_through, shelves, workers=workers)
            self._found |= {one: _joined([shelf[i] for shelf in read]) for i, one in enumerate(finds)}
        return self._found[find]

    def piece(self, number: int) -> "pa.Array[Any]":
        """Return a thousand texts; what is not there is empty."""
        if self._last[0] != number:
            self._last = (number, _filled(_opened(self._held[number])["text"]))
        held: pa.Array[Any] = self._last[1]
        return held

    def one(self, article: int) -> str:
        """Return one text; whoever wants many asks for them in order."""
        return str(self.piece(article // TOGETHER)[article % TOGETHER].as_py())

    def each(self) -> Iterator[str | None]:
        """Yield each text, None where it may not be looked at."""
        for number in range(len(self._held)):
            seen = self.open[number * TOGETHER : (number + 1) * TOGETHER]
            said = zip(self.piece(number).to_pylist(), seen, strict=True)
            yield from (words if looked_at else None for words, looked_at in said)


def look_through(shelf: Shelf) -> "list[tuple[Ints, Ints]]":
    """Return for each thing that is looked for how many numbers each text gives, and the numbers."""
    import numpy as np

    rows = _opened(shelf.held).to_pydict()
    texts = [
        Text(words, lang or "und", digest) if seen else None
        for words, lang, digest, seen in zip(*(rows[name] for name in ("text", "lang", "digest", "open")), strict=True)
    ]
    told = []
    for find in shelf.finds:
        found = [tuple(find(text)) if text is not None else () for text in texts]
        flat = np.array([value for own in found for value in own], dtype=np.int64)
        told.append((np.array([len(own) for own in found], dtype=np.int64), flat))
    return told


def _joined(parts: "Sequence[tuple[Ints, Ints]]") -> Found:
    import numpy as np

    none = np.zeros(0, dtype=np.int64)
    return Found(*(np.concatenate([none, *(part[i] for part in parts)]) for i in (0, 1)))


def _thousands(pieces: "Iterable[pa.Table]") -> "Iterator[pa.Table]":
    """The rows of some tables in tables of a thousand."""
    import pyarrow as pa

    held, size = list[pa.Table](), 0
    for piece in pieces:
        while len(piece):
            held.append(piece.slice(0, TOGETHER - size))
            piece = piece.slice(len(held[-1]))
            size += len(held[-1])
            if size == TOGETHER:
                yield pa.concat_tables(held)
                held, size = [], 0
    if held:
        yield pa.concat_tables(held)


def _judged(piece: "pa.Table") -> "pa.Table":
    """Some texts, each with whether it is given, and whether it may be looked at: it is no mere shape."""
    import pyarrow as pa
    import pyarrow.compute as pc

    given: Any = pc.is_valid(piece["text"])
    full: Any = pc.equal(piece["access"], pa.scalar("full"))
    judged: pa.Table = piece.append_column("given", given).append_column(
        "open", pc.and_(given, pc.fill_null(full, True))
    )
    return judged


def _kept(piece: "pa.Table", folder: str, number: int) -> Path:
    """The file that some texts are kept in."""
    path = Path(folder) / f"{number:06d}.arrow"
    try:
        save(piece, path)
    except OSError as error:
        raise SurroundingsError(
            "GP-VALID-013",
            f"the texts cannot be kept on the way: {error.strerror or error}",
            where=folder,
            hint="make room there, or set TMPDIR to a folder on a larger disk",
        ) from error
    return path


def _opened(held: "pa.Table | Path") -> "pa.Table":
    return load(held) if isinstance(held, Path) else held


def _filled(texts: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    """Texts as one plain array; what is not there is empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled: Any = pc.fill_null(texts, pa.scalar(""))
    array: pa.Array[Any] = filled.chunk(0) if filled.num_chunks == 1 else filled.combine_chunks()
    return array
