"""Code points of many texts at once: lengths, characters and slices, on UTF-8 bytes, without Python strings."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import byte_array, offsets
from goldpress.annotations.tables.boundaries import MARKS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask

PADDING = 4
TABLED = 0x3100
"""Code points below this have their class in a table; above are neither blanks nor marks."""


class CodePoints:
    """The code points of all texts of an array, numbered through.

    Attributes:
        first: Number of the first code point of each text, and at the end how many there are.
    """

    def __init__(self, texts: "pa.Array[Any]") -> None:
        import numpy as np

        cuts = offsets(texts)
        held: Any = texts.buffers()[2]
        data = np.frombuffer(held if held is not None else b"", dtype=np.uint8)[cuts[0] : cuts[-1]]
        self.data = np.concatenate([data, np.zeros(PADDING, dtype=np.uint8)])
        self.lead = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))
        self.first: Ints = np.searchsorted(self.lead, cuts - cuts[0])

    def lengths(self) -> "Ints":
        """Return the number of code points of each text."""
        import numpy as np

        return np.diff(self.first)

    def at(self, positions: "Ints") -> "Ints":
        """Return the code point at each position; 0 past the end."""
        import numpy as np

        at = self.lead[positions]
        a, b, c, d = (self.data[at + i].astype(np.int64) for i in range(PADDING))
        two = (a & 0x1F) << 6 | b & 0x3F
        three = (a & 0x0F) << 12 | (b & 0x3F) << 6 | c & 0x3F
        four = (a & 0x07) << 18 | (b & 0x3F) << 12 | (c & 0x3F) << 6 | d & 0x3F
        return np.select([a < 0x80, a < 0xE0, a < 0xF0], [a, two, three], four)

    def slices(self, starts: "Ints", ends: "Ints") -> "tuple[np.ndarray[Any, Any], Ints]":
        """Return the bytes of many slices, one after the other, and where they are cut."""
        import numpy as np

        begin = self.lead[starts]
        sizes = self.lead[ends] - begin
        cuts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes, out=cuts[1:])
        return self.data[np.arange(cuts[-1]) + np.repeat(begin - cuts[:-1], sizes)], cuts

    def strings(self, starts: "Ints", ends: "Ints") -> "pa.Array[Any]":
        """Return many slices as a string array."""
        return byte_array(*self.slices(starts, ends))

    @cached_property
    def marks(self) -> "Ints":
        """Positions of all quotation marks, in order."""
        import numpy as np

        heads = np.zeros(256, dtype=bool)
        heads[[mark.encode()[0] for mark in MARKS]] = True
        found = np.flatnonzero(heads[self.data[:-PADDING]])
        positions = np.searchsorted(self.lead, found)
        marks: Ints = positions[one_of(self.at(positions), frozenset(MARKS))]
        return marks

    def holds_marks(self, starts: "Ints", ends: "Ints") -> "Mask":
        """Return whether there is a quotation mark in each slice."""
        import numpy as np

        held: Mask = np.searchsorted(self.marks, starts) < np.searchsorted(self.marks, ends)
        return held

    @cached_property
    def astral(self) -> "Mask":
        """Which texts hold a character outside the basic plane: there code points and UTF-16 units differ."""
        import numpy as np

        places = np.flatnonzero(self.data[:-PADDING] >= 0xF0)
        at = self.lead[self.first]
        held: Mask = np.searchsorted(places, at[:-1]) < np.searchsorted(places, at[1:])
        return held


def one_of(codes: "Ints", characters: frozenset[str]) -> "Mask":
    """Return which code points are one of these characters."""
    found: Mask = _table(characters)[codes.clip(max=TABLED - 1)] & (codes < TABLED)
    return found


def blanks(codes: "Ints") -> "Mask":
    """Return which code points are white space, as ``str.isspace`` has it."""
    return one_of(codes, BLANKS)


BLANKS = frozenset(chr(code) for code in range(TABLED) if chr(code).isspace())
_TABLES: "dict[frozenset[str], Mask]" = {}


def _table(characters: frozenset[str]) -> "Mask":
    import numpy as np

    if characters not in _TABLES:
        table = np.zeros(TABLED, dtype=bool)
        table[[ord(character) for character in characters]] = True
        _TABLES[characters] = table
    return _TABLES[characters]
