"""Where rows lie in the texts: the characters at their edges and behind, and their words.

Texts are looked at a thousand articles at a time, as bytes; no row becomes a Python object.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import byte_array
from goldpress.annotations.tables.boundaries import FINAL
from goldpress.annotations.tables.codepoints import CodePoints, one_of
from goldpress.validation.columns import same
from goldpress.validation.texts import TOGETHER, Texts

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.validation.columns import Ints, Mask

FAR = 20
"""Characters behind a row within which its closing mark stands."""


@dataclass(frozen=True)
class Shard:
    """The texts of some articles, and the rows that lie in them.

    Attributes:
        points: The texts.
        rows: Rows of the table.
        text: Which of the texts each row lies in.
        start: Byte where each row begins, among those of all texts.
        end: One past its last.
    """

    points: CodePoints
    rows: "Ints"
    text: "Ints"
    start: "Ints"
    end: "Ints"

    def words(self) -> "pa.Array[Any]":
        """Return the words of each row."""
        return byte_array(*self.points.slices(self.start, self.end - self.start))


@dataclass(frozen=True)
class Edges:
    """The code points around both edges of each row: 0 where the text begins or ends, or is not there.

    ``behind`` is the first one after the row that is no final punctuation, as far as 20 characters go.
    """

    before: "Ints"
    first: "Ints"
    last: "Ints"
    after: "Ints"
    behind: "Ints"


def shards(texts: Texts, article: "Ints", start: "Ints", end: "Ints") -> Iterator[Shard]:
    """Yield the rows by the articles that they lie in, as far as their offsets do lie in the text.

    Args:
        texts: Text of each article.
        article: Article of each row; -1 where it has no text.
        start: First code point of each row.
        end: One past its last.
    """
    import numpy as np

    order = np.argsort(article, kind="stable")  # quick, since most tables are in this order
    bounds = np.searchsorted(article[order], np.arange(0, len(texts) + TOGETHER, TOGETHER))
    for number, (low, high) in enumerate(pairwise(bounds.tolist())):
        if low == high:
            continue
        rows = order[low:high]
        points = CodePoints(texts.piece(number))
        text = article[rows] - number * TOGETHER
        fits = (start[rows] >= 0) & (start[rows] < end[rows]) & (end[rows] <= np.diff(points.first)[text])
        rows, text = rows[fits], text[fits]
        base = points.first[text]
        yield Shard(points, rows, text, points.places(base + start[rows]), points.places(base + end[rows]))


def edges(found: Iterable[Shard], rows: int) -> Edges:
    """Return the characters at the edges of each row."""
    import numpy as np

    made = np.zeros((5, rows), dtype=np.int32)
    for shard in found:
        points, cuts = shard.points, shard.points.cuts
        head, tail = shard.start > cuts[shard.text], shard.end < cuts[shard.text + 1]
        made[0, shard.rows[head]] = points.at(points.before(shard.start[head]))
        made[1, shard.rows] = points.at(shard.start)
        made[2, shard.rows] = points.at(points.before(shard.end))
        made[3, shard.rows[tail]] = points.at(shard.end[tail])
        final = one_of(made[3, shard.rows], frozenset(FINAL))
        made[4, shard.rows] = made[3, shard.rows]
        made[4, shard.rows[final]] = _behind(points, shard.end[final], cuts[shard.text[final] + 1])
    return Edges(*made)


def _behind(points: CodePoints, places: "Ints", ends: "Ints") -> "Ints":
    """The first code point from each byte on that is no final punctuation; 0 where the text ends before."""
    import numpy as np

    places = places.copy()
    on = np.arange(len(places))
    for _ in range(FAR):
        on = on[places[on] < ends[on]]
        on = on[one_of(points.at(places[on]), frozenset(FINAL))]
        places[on] = points.after(places[on])
    found = np.where(places < ends, points.at(places), 0)
    found[on] = 0
    return found


def reads(found: Iterable[Shard], surfaces: "pa.Array[Any]") -> "Mask":
    """Return whether each row's words are those at its offsets."""
    import numpy as np

    alike = np.zeros(len(surfaces), dtype=bool)
    for shard in found:
        alike[shard.rows] = same(shard.words(), surfaces.take(shard.rows))
    return alike


def words(found: Iterable[Shard], rows: int) -> "Ints":
    """Return the number of words of each row, as ``str.split`` has them; -1 where there is no text."""
    import numpy as np

    counts = np.full(rows, -1, dtype=np.int64)
    for shard in found:
        counts[shard.rows] = [len(str(words).split()) for words in shard.words().to_pylist()]
    return counts
