"""Code points of many texts at once: lengths, characters and slices, on UTF-8 bytes, without Python strings."""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import offsets
from goldpress.annotations.tables.boundaries import MARKS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask

LONGEST = 4
"""Bytes of a code point, at most."""
EIGHT = 8
"""Bytes that are compared at once."""
INNER = -64
"""Bytes below this, taken as signed, begin no code point."""
TABLED = 0x3100
"""Code points below this have their class in a table; above are neither blanks nor marks."""


class CodePoints:
    """The code points of all texts of an array, numbered through, and the bytes where they begin.

    Most bytes of news begin a code point. So not every code point is listed but every byte that begins none, and a
    search in that short list turns one count into the other.

    Attributes:
        data: The bytes of all texts, one after the other, and some zeros.
        cuts: Where each text begins, and at the end how many bytes there are.
        first: Number of the first code point of each text, and at the end how many there are.
    """

    def __init__(self, texts: "pa.Array[Any]") -> None:
        import numpy as np

        self.cuts, self.data = bytes_of(texts)
        self.inner: Ints = np.flatnonzero(self.data.view(np.int8) < INNER)
        self._begun = self.inner - np.arange(len(self.inner))
        self.first = self.points(self.cuts)

    def points(self, places: "Ints") -> "Ints":
        """Return how many code points begin before each byte."""
        import numpy as np

        return places - np.searchsorted(self.inner, places)

    def places(self, points: "Ints") -> "Ints":
        """Return the byte where each code point begins."""
        import numpy as np

        return points + np.searchsorted(self._begun, points, side="right")

    def at(self, places: "Ints") -> "Ints":
        """Return the code point that begins at each byte; 0 past the end."""
        import numpy as np

        a, b, c, d = (self.data[places + i].astype(np.int64) for i in range(LONGEST))
        two = (a & 0x1F) << 6 | b & 0x3F
        three = (a & 0x0F) << 12 | (b & 0x3F) << 6 | c & 0x3F
        four = (a & 0x07) << 18 | (b & 0x3F) << 12 | (c & 0x3F) << 6 | d & 0x3F
        return np.select([a < 0x80, a < 0xE0, a < 0xF0], [a, two, three], four)

    def are(self, places: "Ints", characters: frozenset[str]) -> "Mask":
        """Return whether one of these characters begins at each byte."""
        import numpy as np

        # Their first bytes are few: most places are sorted out by these, the others read.
        found: Mask = _heads(characters)[self.data[places]]
        at = np.flatnonzero(found)
        found[at] = one_of(self.at(places[at]), characters)
        return found

    def after(self, places: "Ints") -> "Ints":
        """Return where the code point after the one at each byte begins."""
        heads = self.data[places]
        return places + 1 + (heads >= 0xC0) + (heads >= 0xE0) + (heads >= 0xF0)

    def before(self, places: "Ints") -> "Ints":
        """Return where the code point before each byte begins."""
        import numpy as np

        places = places - 1
        for _ in range(LONGEST - 1):
            places = places - (self.data.view(np.int8)[places] < INNER)
        return places

    def slices(self, starts: "Ints", sizes: "Ints") -> "tuple[np.ndarray[Any, Any], Ints]":
        """Return the bytes of slices, one after the other, and where they are cut; past the end are zeros."""
        import numpy as np

        cuts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes, out=cuts[1:])
        return self.data.take(np.arange(cuts[-1]) + np.repeat(starts - cuts[:-1], sizes), mode="clip"), cuts

    def equal(self, starts: "Ints", ends: "Ints", strings: "pa.Array[Any]") -> "Mask":
        """Return whether the bytes of each slice are those of a string."""
        import numpy as np

        cuts, data = bytes_of(strings)
        sizes = np.diff(cuts)
        found: Mask = sizes == ends - starts
        rows = np.flatnonzero(found)
        # Eight bytes at a time; of the last ones of a slice those count that are still in it, which are the lowest.
        number = (sizes[rows] + EIGHT - 1) // EIGHT
        row = np.repeat(rows, number)
        done = EIGHT * (np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number))
        differ = _eights(self.data)[starts[row] + done] ^ _eights(data)[cuts[row] + done]
        beyond = (EIGHT - (sizes[row] - done)).clip(min=0).astype(np.uint64)
        differ &= ~np.uint64(0) >> (beyond * np.uint64(8))
        found[row[differ != 0]] = False
        return found

    def text(self, start: int, end: int) -> str:
        """Return the words between two bytes."""
        return bytes(self.data[start:end]).decode()

    @cached_property
    def marks(self) -> "Ints":
        """The bytes where quotation marks begin, in order."""
        import numpy as np

        plain = np.concatenate([np.flatnonzero(self.data == ord(mark)) for mark in MARKS if mark.isascii()])
        heads = self.inner[np.diff(self.inner, prepend=-LONGEST) > 1] - 1
        return np.sort(np.concatenate([plain, heads[self.are(heads, frozenset(MARKS))]]))

    def holds_marks(self, starts: "Ints", ends: "Ints") -> "Mask":
        """Return whether there is a quotation mark in each slice."""
        import numpy as np

        held: Mask = np.searchsorted(self.marks, starts) < np.searchsorted(self.marks, ends)
        return held

    @cached_property
    def astral(self) -> "Mask":
        """Which texts hold a character outside the basic plane: there code points and UTF-16 units differ."""
        import numpy as np

        heads = np.flatnonzero(self.data >= 0xF0)
        held: Mask = np.searchsorted(heads, self.cuts[:-1]) < np.searchsorted(heads, self.cuts[1:])
        return held


def bytes_of(strings: "pa.Array[Any]") -> "tuple[Ints, np.ndarray[Any, Any]]":
    """Return where each string begins and the last one ends, and the bytes of all of them with some zeros behind."""
    import numpy as np

    cuts = offsets(strings)
    held: Any = strings.buffers()[2]
    data = np.frombuffer(held if held is not None else b"", dtype=np.uint8)[cuts[0] : cuts[-1]]
    return cuts - cuts[0], np.concatenate([data, np.zeros(EIGHT, dtype=np.uint8)])


def one_of(codes: "Ints", characters: frozenset[str]) -> "Mask":
    """Return which code points are one of these characters."""
    found: Mask = _table(characters)[codes.clip(max=TABLED - 1)] & (codes < TABLED)
    return found


BLANKS = frozenset(chr(code) for code in range(TABLED) if chr(code).isspace())


@lru_cache
def _table(characters: frozenset[str]) -> "Mask":
    import numpy as np

    table = np.zeros(TABLED, dtype=bool)
    table[[ord(character) for character in characters]] = True
    return table


@lru_cache
def _heads(characters: frozenset[str]) -> "Mask":
    """Which bytes are the first of one of these characters."""
    import numpy as np

    table = np.zeros(256, dtype=bool)
    table[[character.encode()[0] for character in characters]] = True
    return table


def _eights(data: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """The eight bytes from each byte on, as one number."""
    import numpy as np

    return np.ndarray(len(data) - EIGHT + 1, dtype="<u8", buffer=data, strides=(1,))
