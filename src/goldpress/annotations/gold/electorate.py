"""Raw tables as the columns that gold and agreement count: who voted where, and which spans are the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from goldpress.annotations.gold.ballots import VOTING, Roll, call_roll
from goldpress.annotations.gold.matching import SAME, Ints, Spans, cluster
from goldpress.annotations.gold.tallies import Bools

pc: Any = pyarrow.compute
"""The stubs of Arrow's functions know neither numbers nor strings as arguments."""


@dataclass(frozen=True)
class Codes:
    """A column as numbers: the number of each row's value (-1 for null), and the values in order."""

    numbers: Ints
    values: list[Any]

    def texts(self) -> list[str]:
        """Return each value as it is shown."""
        return [", ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in self.values]


def encode(column: "pa.ChunkedArray[Any] | pa.Array[Any]") -> Codes:
    """Return a column as numbers, in the order of the values' text; lists count as sets, empty ones as null."""
    if pa.types.is_string(column.type):
        coded = whole(column).dictionary_encode()
        found = coded.dictionary.to_pylist()
        numbers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    else:
        place: dict[Any, int] = {}
        rows = [tuple(sorted(set(v))) or None if isinstance(v, list) else v for v in column.to_pylist()]
        numbers = np.array([-1 if v is None else place.setdefault(v, len(place)) for v in rows], np.int64)
        found = list(place)
    order = sorted(range(len(found)), key=lambda at: str(found[at]))
    rank = np.empty(len(found) + 1, np.int64)
    rank[order] = np.arange(len(found))
    rank[-1] = -1
    return Codes(rank[numbers], [found[at] for at in order])


def look_up(wanted: Any, known: Any) -> Ints:
    """Return for each value its row in another column, -1 where it is not there."""
    if len(wanted) == 0:
        return np.empty(0, np.int64)
    found = pc.index_in(wanted, value_set=whole(known))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False)).astype(np.int64)


def whole(column: Any) -> Any:
    """Return a column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def take(column: Any, rows: Any) -> Any:
    """Return some rows of a column."""
    return column.take(pa.array(rows, pa.int64()))


def equals(column: Any, value: Any) -> Bools:
    """Return where a column holds a value; null is no value."""
    found = pc.fill_null(pc.equal(whole(column), value), False)
    return np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.bool_)


def inside(column: Any, known: Any) -> Bools:
    """Return where a column holds one of the values of another."""
    found = pc.is_in(whole(column), value_set=whole(known))
    return np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.bool_)


class Electorate:
    """The voters of some articles and what they said.

    Args:
        raw: Staged raw tables by name; every article in them is whole.
        roles: Whose annotations vote.
        least: Least intersection over union of two spans that are the same.
        roll: The voters, where they are chosen already.
    """

    def __init__(
        self,
        raw: Mapping[str, pa.Table],
        *,
        roles: Iterable[str] = VOTING,
        least: float = SAME,
        roll: Roll | None = None,
    ) -> None:
        self.raw, self.least = raw, least
        self.roll: Roll = roll or call_roll(raw["annotations"], roles=roles)
        ballots = self.roll.ballots
        self.articles = list(self.roll.by_article)
        place = {article: at for at, article in enumerate(self.articles)}
        self.ballot_article = np.array([place[b.article_id] for b in ballots], np.int64)
        self.ballot_seat = np.array([b.seat for b in ballots], np.int64)
        self.ballot_decides = np.array([b.decides for b in ballots], bool)
        size = len(self.articles)
        primaries = np.bincount(self.ballot_article[~self.ballot_decides], minlength=size).astype(np.int64)
        self.ruled = np.bincount(self.ballot_article[self.ballot_decides], minlength=size) > 0
        # An adjudicator is no voter among voters, but where nobody else read the article theirs is the one vote.
        self.alone = self.ruled & (primaries == 0)
        self.voters = np.where(self.alone, 1, primaries)
        self.ballot_counts = ~self.ballot_decides | self.alone[self.ballot_article]

    def ballots_of(self, table: str) -> Ints:
        """Return the ballot of each row of a table, -1 for what does not vote."""
        known = pa.array([b.annotation_id for b in self.roll.ballots], pa.string())
        return look_up(self.raw[table]["annotation_id"], known)

    @cached_property
    def spans(self) -> "SpanColumns":
        """Return the usable spans of the voters, clustered."""
        return SpanColumns(self)


class SpanColumns:
    """The spans that can be compared, with the cluster of each.

    Attributes:
        rows: Rows of ``raw["spans"]`` that the other columns are about.
        ballot: Number of the ballot.
        layer: Codes of the layer.
        label: Codes of the label.
        places: Offsets, article and layer, as matching takes them.
        cluster: Number of the cluster.
        clusters: How many clusters there are.
        row_of: For every row of ``raw["spans"]`` its position here, -1 where it cannot be compared.
    """

    def __init__(self, electorate: Electorate) -> None:
        table = electorate.raw["spans"]
        ballot = electorate.ballots_of("spans")
        start, end = read_offsets(table["start"]), read_offsets(table["end"])
        layers, labels = encode(table["layer"]), encode(table["label"])
        usable = (ballot >= 0) & (start >= 0) & (start < end) & (layers.numbers >= 0) & (labels.numbers >= 0)
        self.table = table
        self.rows = np.flatnonzero(usable)
        self.ballot = ballot[usable]
        self.layer = Codes(layers.numbers[usable], layers.values)
        self.label = Codes(labels.numbers[usable], labels.values)
        self.article = electorate.ballot_article[self.ballot]
        group = self.article * max(len(layers.values), 1) + self.layer.numbers
        seat = electorate.ballot_seat[self.ballot]
        self.places = Spans(group, seat, start[usable], end[usable], self.label.numbers)
        self.cluster = cluster(self.places, least=electorate.least)
        self.clusters = int(self.cluster.max(initial=-1)) + 1
        self.row_of = np.full(table.num_rows, -1)
        self.row_of[self.rows] = np.arange(len(self.rows))

    def of_cluster(self, column: Ints) -> Ints:
        """Return what all spans of each cluster share."""
        found = np.zeros(self.clusters, np.int64)
        found[self.cluster] = column
        return found

    def find(self, span_ids: Any) -> Ints:
        """Return the position here of each span id, -1 for what cannot be compared."""
        at = look_up(span_ids, self.table["span_id"])
        padded = np.r_[self.row_of, -1]
        return np.asarray(padded[at])


def read_offsets(column: Any) -> Ints:
    """Return a column of offsets; null is -1, which is outside of every text."""
    return np.asarray(column.fill_null(-1).to_numpy()).astype(np.int64)


def choose(values: Ints, cells: Ints, these: Bools, size: int) -> Ints:
    """Return for each of ``size`` cells the value of one row among ``these``, -1 where there is none."""
    found = np.full(size, -1)
    found[cells[these]] = values[these]
    return found
