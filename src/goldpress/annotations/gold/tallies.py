"""Votes counted by the column: many small elections at once, without a Python object for each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldpress.annotations.gold.matching import Floats, Ints, number_rows

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """The votes of elections 0 … n-1.

    Attributes:
        total: Votes cast, by election.
        best: Votes for the first value, by election; 0 where nobody voted.
        winner: The first value, by election: most votes, then the smaller number; -1 where nobody voted.
        tie: Whether a second value has as many votes, by election.
        distinct: How many values got votes, by election.
        entropy: Shannon entropy of the votes over the logarithm of the number of values, by election.
        election: Election of each count.
        value: Value of each count; within an election most votes first, then the smaller number.
        votes: Votes of each count.
    """

    total: Ints
    best: Ints
    winner: Ints
    tie: Bools
    distinct: Ints
    entropy: Floats
    election: Ints
    value: Ints
    votes: Ints

    def majority(self) -> Bools:
        """Return whether the first value has more than half of the votes cast."""
        return np.asarray((self.total > 0) & (2 * self.best > self.total))

    def plurality(self) -> Bools:
        """Return whether the first value has more votes than any other."""
        return np.asarray((self.total > 0) & ~self.tie)


def count_votes(election: Ints, value: Ints, elections: int) -> Tally:
    """Count votes.

    Args:
        election: Which election each vote belongs to, from 0.
        value: What each vote is for; numbers in the order of the values' names, so that results do not depend on who
            voted first.
        elections: How many elections there are; some may have no votes.
    """
    cell, first = number_rows(election, value)
    votes = np.bincount(cell, minlength=len(first)).astype(np.int64)
    order = np.lexsort((value[first], -votes, election[first]))
    of, what, votes = election[first][order], value[first][order], votes[order]
    total = _sums(of, votes, elections)
    distinct = np.bincount(of, minlength=elections).astype(np.int64)
    begin = np.cumsum(distinct) - distinct
    some, more = distinct > 0, distinct > 1
    best, winner, tie = np.zeros(elections, np.int64), np.full(elections, -1, np.int64), np.zeros(elections, bool)
    best[some], winner[some] = votes[begin[some]], what[begin[some]]
    tie[more] = votes[begin[more] + 1] == best[more]
    return Tally(total, best, winner, tie, distinct, _entropy(of, votes, total, distinct), of, what, votes)


def _entropy(of: Ints, votes: Ints, total: Ints, distinct: Ints) -> Floats:
    share = votes / total[of]
    bits = np.bincount(of, -share * np.log(share), minlength=len(total))
    return np.where(distinct > 1, bits / np.log(np.maximum(distinct, 2)), 0.0)


def _sums(of: Ints, amounts: Ints, size: int) -> Ints:
    return np.bincount(of, amounts, minlength=size).astype(np.int64)
