"""Elections decided: what won, how, and the rows that say so in ``gold_provenance``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goldpress.annotations.gold.matching import Ints
from goldpress.annotations.gold.tallies import Bools, Tally

if TYPE_CHECKING:
    import pyarrow as pa

OPEN, UNANIMOUS, MAJORITY, ADJUDICATED, SINGLE = range(5)
SOURCES = (None, "unanimous", "majority", "adjudicated", "single")
ABSENT, PRESENT = 0, 1
PRESENCE = ("absent", "present")


@dataclass(frozen=True)
class Outcome:
    """How elections were decided.

    Attributes:
        winner: Number of the value, -1 where nothing was decided.
        source: Number of the gold source, ``OPEN`` where it is unresolved.
        votes: Votes for the winner.
        tally: The votes cast.
    """

    winner: Ints
    source: Ints
    votes: Ints
    tally: Tally

    def disputed(self) -> Bools:
        """Return where votes differ from each other, or the adjudicator from them."""
        return np.asarray((self.tally.distinct > 1) | ((self.winner >= 0) & (self.votes < self.tally.total)))

    def reopen(self, these: Bools) -> "Outcome":
        """Return the outcome with some elections unresolved."""
        return Outcome(
            np.where(these, -1, self.winner),
            np.where(these, OPEN, self.source),
            np.where(these, 0, self.votes),
            self.tally,
        )


def settle(tally: Tally, ruled: Bools, ruling: Ints, *, plurality: bool = False) -> Outcome:
    """Decide elections by strict majority of the votes cast, or by the most votes; a tie decides nothing.

    Args:
        tally: The votes.
        ruled: Where an adjudicator decided.
        ruling: What the adjudicator said, -1 for nothing; read only where ``ruled``.
        plurality: Most votes are enough.
    """
    carried = (tally.plurality() if plurality else tally.majority()) & ~ruled
    source = np.full(len(carried), OPEN)
    source[carried] = MAJORITY
    source[carried & (tally.distinct == 1)] = UNANIMOUS
    source[carried & (tally.total == 1)] = SINGLE
    source[ruled] = ADJUDICATED
    winner = np.where(ruled, ruling, np.where(carried, tally.winner, -1))
    return Outcome(winner, source, votes_for(tally, winner), tally)


def tally_presence(present: Ints, voters: Ints) -> Tally:
    """Return the votes for and against the existence of rows."""
    absent = voters - present
    election = np.repeat(np.arange(len(present)), 2)
    first_present = present > absent
    value = np.stack([np.where(first_present, PRESENT, ABSENT), np.where(first_present, ABSENT, PRESENT)], axis=1)
    votes = np.stack([np.maximum(present, absent), np.minimum(present, absent)], axis=1)
    cast = votes.ravel() > 0
    share = votes / np.maximum(voters, 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -np.where(share > 0, share * np.log2(share), 0.0).sum(axis=1)
    return Tally(
        total=voters,
        best=votes[:, 0],
        winner=value[:, 0],
        tie=(votes[:, 0] == votes[:, 1]) & (voters > 0),
        distinct=(votes > 0).sum(axis=1),
        entropy=np.where((votes > 0).all(axis=1), bits, 0.0),
        election=election[cast],
        value=value.ravel()[cast],
        votes=votes.ravel()[cast],
    )


def votes_for(tally: Tally, value: Ints) -> Ints:
    """Return how many votes one value of each election got."""
    hit = tally.value == value[tally.election]
    found = np.zeros(len(tally.total), np.int64)
    found[tally.election[hit]] = tally.votes[hit]
    return found


def take_strings(values: Any, codes: Ints) -> "pa.Array[Any]":
    """Return the text of value numbers; -1 is null."""
    import pyarrow as pa

    return pa.array(values, pa.string()).take(pa.array(codes, pa.int64(), mask=codes < 0))


def to_lists(election: Ints, values: "pa.Array[Any]", elections: npt.NDArray[Any]) -> "pa.Array[Any]":
    """Return one list for each of some elections: the values of its rows, which lie ordered by election."""
    import pyarrow as pa

    size = int(max(election.max(initial=-1), elections.max(initial=-1))) + 1
    counts = np.bincount(election, minlength=size)
    begin = np.cumsum(counts) - counts
    sizes = counts[elections]
    rows = np.repeat(begin[elections] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    offsets = pa.array(np.r_[0, np.cumsum(sizes)].astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values.take(pa.array(rows, pa.int64())))


def provenance(
    outcome: Outcome,
    elections: Ints,
    *,
    table: str,
    field: str,
    gold_id: "pa.Array[Any]",
    article_id: "pa.Array[Any]",
    voters: Ints,
    values: "pa.Array[Any]",
    members: "pa.Array[Any]",
    decided_by: "pa.Array[Any]",
    decided_at: "pa.Array[Any]",
) -> "pa.Table":
    """Return the provenance of some elections, without its key.

    Args:
        outcome: All elections of one kind.
        elections: The numbers of those to tell; every other column is as long as this one.
        table: The gold table.
        field: The column, or ``*``.
        gold_id: The rows.
        article_id: Their articles.
        voters: Who could vote.
        values: The text of every value, by its number.
        members: Lists of what voted.
        decided_by: The adjudicators' pseudonyms, null elsewhere.
        decided_at: When they decided.
    """
    import pyarrow as pa

    tally, count = outcome.tally, len(elections)
    ballots = pa.StructArray.from_arrays(
        [values.take(pa.array(tally.value, pa.int64())), pa.array(tally.votes.astype(np.int32))],
        names=["value", "votes"],
    )
    winner, source = outcome.winner[elections], outcome.source[elections]
    return pa.table(
        {
            "article_id": article_id,
            "table": pa.repeat(table, count),
            "gold_id": gold_id,
            "field": pa.repeat(field, count),
            "value": values.take(pa.array(winner, pa.int64(), mask=winner < 0)),
            "gold_source": take_strings(SOURCES, np.where(source == OPEN, -1, source)),
            "n_annotators": pa.array(voters.astype(np.int32)),
            "n_votes": pa.array(outcome.votes[elections].astype(np.int32)),
            "votes": to_lists(tally.election, ballots, elections),
            "entropy": pa.array(tally.entropy[elections]),
            "tie": pa.array(tally.tie[elections] & (source == OPEN)),
            "members": members,
            "adjudicator_pid": decided_by,
            "decided_at": decided_at,
        }
    )
