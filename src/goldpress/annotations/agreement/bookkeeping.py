"""From counts of one shard, by article and pair of seats, to the sums of a ledger."""

from collections import defaultdict
from typing import Any

import numpy as np

from goldpress.annotations.agreement.ledger import ALL, NONE, Ledger, Pair, Subject
from goldpress.annotations.gold.ballots import Roll
from goldpress.annotations.gold.matching import Floats, Ints, number_rows

LOCAL_CELLS: list[tuple[str, str]] = [(NONE, NONE), (NONE, "(some)"), ("(some)", "(some)"), ("(some)", "(others)")]
"""Cells of values of which each occurs in one article only, apart from ``NONE``: what each is called is not kept."""


class Bookkeeper:
    """Enters what one shard's people said into a ledger, for every pair of them and for all, in every sample.

    Args:
        ledger: Added to.
        roll: Who is compared.
        articles: The ids of the articles, in the order in which counts come.
        seats: Most people of one article.
        weights: Weights of the articles, samples x articles.
    """

    def __init__(self, ledger: Ledger, roll: Roll, articles: list[str], seats: int, weights: Floats) -> None:
        self.ledger, self.seats, self.weights = ledger, seats, weights
        self.size = len(articles)
        self.pairs = _pair_up(roll, articles)
        for pair_of_seats, pairs in self.pairs.items():
            ledger.seated[pair_of_seats].update(pair for pair, _ in pairs)
        # Drawn once for each pair: every subject is weighed by them.
        self.drawn = {at: [self.weights[:, rows] for _, rows in pairs] for at, pairs in self.pairs.items()}

    def enter_table(
        self, subject: Subject, table: Ints, article: Ints, names: list[Any] | None, amount: Floats | None = None
    ) -> None:
        """Values of units (rows) by seat (columns), -1 where there is none: the cells of every pair of seats.

        Without names, 0 is ``NONE``, and every other value occurs in one article only.
        """
        per_unit = np.maximum((table >= 0).sum(axis=1) - 1, 1)
        amount = np.ones(len(table)) if amount is None else amount
        self.ledger.counts[subject, ALL].units += float(amount[(table >= 0).sum(axis=1) > 1].sum())
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = (table[:, one] >= 0) & (table[:, other] >= 0)
                low = np.minimum(table[both, one], table[both, other])
                high = np.maximum(table[both, one], table[both, other])
                column, cells = _local_cells(low, high) if names is None else _named_cells(low, high, names)
                self.enter(subject, one, other, article[both], column, cells, amount[both], 1.0 / per_unit[both])
                self.enter_units(subject, one, other, article[both], amount[both])
        if names is None:
            self._count_squares(subject, table, article, 1.0 / per_unit)

    def _count_squares(self, subject: Subject, table: Ints, article: Ints, share: Floats) -> None:
        """How often each value but 0 was used, squared, by article; a sample weighs it by its squared weight."""
        size = int(table.max(initial=0)) + 1
        home = np.zeros(size, np.int64)
        home[np.maximum(table, 0)] = article[:, None]
        whole = np.zeros(size)
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = (table[:, one] >= 0) & (table[:, other] >= 0)
                values, twice = table[both][:, [one, other]].ravel(), np.repeat(share[both], 2)
                whole += np.bincount(values, twice, size)
                squares = self._squares(home, np.bincount(values, minlength=size))
                seats = one, other
                for (pair, rows), weights in zip(self.pairs.get(seats, ()), self.drawn.get(seats, ()), strict=True):
                    self._add_squares(subject, pair, squares[rows], weights)
        self._add_squares(subject, ALL, self._squares(home, whole), self.weights)

    def _squares(self, home: Ints, used: Any) -> Floats:
        return np.asarray(np.bincount(home[1:], used[1:] ** 2.0, minlength=self.size), np.float64)

    def _add_squares(self, subject: Subject, pair: Pair, found: Floats, weights: Floats) -> None:
        if found.any():
            counts, more = self.ledger.counts[subject, pair], weights**2 @ found
            counts.squares = more if counts.squares is None else counts.squares + more

    def enter_units(self, subject: Subject, one: int, other: int, article: Ints, amount: Floats | None = None) -> None:
        """Count the units of every pair of people, and note who they are."""
        sums = np.bincount(article, amount, minlength=self.size)
        for pair, rows in self.pairs.get((one, other), ()):
            units = float(sums[rows].sum())
            if units:
                self.ledger.counts[subject, pair].units += units
                self.ledger.counts[subject, pair].annotators.update(pair)
                self.ledger.counts[subject, ALL].annotators.update(pair)

    def enter(
        self,
        subject: Subject,
        one: int,
        other: int,
        article: Ints,
        column: Ints,
        cells: list[Any],
        amount: Floats | None = None,
        share: Floats | None = None,
    ) -> None:
        """Add amounts by article and cell, weighed for every sample: to the pair as they are, to all by ``share``."""
        if len(article) == 0:
            return
        size = len(cells)
        flat = article * size + column
        amount = np.ones(len(article)) if amount is None else amount
        by_pair = np.bincount(flat, amount, self.size * size).reshape(self.size, size)
        seats = one, other
        self.ledger.heard[subject].add(seats)
        # Where nothing is shared out, all annotators together are the sum of the pairs.
        undivided = share is None or bool((share == 1).all())
        for (pair, rows), weights in zip(self.pairs.get(seats, ()), self.drawn.get(seats, ()), strict=True):
            self._add(subject, (pair, ALL) if undivided else (pair,), cells, by_pair[rows], weights)
        if share is not None and not undivided:
            whole = np.bincount(flat, amount * share, self.size * size).reshape(self.size, size)
            self._add(subject, (ALL,), cells, whole, self.weights)

    def _add(self, subject: Subject, pairs: tuple[Pair, ...], cells: list[Any], found: Any, weights: Floats) -> None:
        used = np.flatnonzero(found.any(axis=0))
        sums = weights @ found[:, used].astype(np.float64)
        for pair in pairs:
            into = self.ledger.counts[subject, pair].sums
            for at, cell in enumerate(cells[number] for number in used.tolist()):
                into[cell] = into[cell] + sums[:, at] if cell in into else sums[:, at].copy()


def _pair_up(roll: Roll, articles: list[str]) -> dict[tuple[int, int], list[tuple[Pair, Ints]]]:
    """The people behind every pair of seats, and the articles that they share."""
    found: dict[tuple[int, int], dict[Pair, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, article in enumerate(articles):
        names = [ballot.annotator_pid for ballot in roll.by_article[article]]
        for one in range(len(names)):
            for other in range(one + 1, len(names)):
                found[one, other][names[one], names[other]].append(at)
    return {seats: [(pair, np.array(rows)) for pair, rows in by.items()] for seats, by in found.items()}


def _named_cells(low: Ints, high: Ints, names: list[Any]) -> tuple[Ints, list[Any]]:
    column, first = number_rows(low, high)
    return column, [(names[low[at]], names[high[at]]) for at in first]


def _local_cells(low: Ints, high: Ints) -> tuple[Ints, list[Any]]:
    column = np.where(high == 0, 0, np.where(low == 0, 1, np.where(low == high, 2, 3)))
    return np.asarray(column, np.int64), list(LOCAL_CELLS)
