"""Words of a text by the column: a word is a run of letters and digits, which needs no tokeniser."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from goldpress.annotations.gold.matching import Ints


class WordCounter:
    """How many words begin before each place of some texts.

    Args:
        texts: The texts, in the order in which they are asked about.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        # A blank between texts keeps the last word of one and the first of the next apart.
        points = np.frombuffer((" ".join(texts) + " ").encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.array([len(text) for text in texts], np.int64)
        self._begin = np.cumsum(lengths + 1) - lengths - 1
        self._length = lengths
        letter = _letters(points)
        begins = letter & ~np.r_[False, letter[:-1]]
        self._before = np.r_[0, np.cumsum(begins)].astype(np.int64)

    def before(self, text: Ints, offset: Ints) -> Ints:
        """Return how many words of a text begin before an offset; offsets outside count as the nearest end."""
        begin = self._begin[text]
        inside = np.clip(offset, 0, self._length[text])
        return np.asarray(self._before[begin + inside] - self._before[begin])

    def words(self) -> Ints:
        """Return how many words each text has."""
        return self.before(np.arange(len(self._length)), self._length)


def _letters(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which code points are letters or digits; each that occurs is looked up once."""
    table = np.bincount(points) > 0
    occurring = np.flatnonzero(table)
    table[occurring] = [chr(point).isalnum() for point in occurring.tolist()]
    return np.asarray(table[points])
