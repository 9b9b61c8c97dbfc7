"""Sums of what annotators said about the same things, by subject and pair of annotators: they add up over shards."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from goldpress.annotations.gold.matching import Floats

NONE = "(none)"
"""No span, or no relation, where the other annotator has one."""
DOCUMENT = "document"
Pair = tuple[str, str]
ALL: Pair = ("", "")
"""All annotators together, in the place of a pair of them."""


class Subject(NamedTuple):
    """What is compared: the spans of a layer, an attribute of theirs, the relations of a layer, a document label.

    ``kind`` is ``spans``, ``words``, ``values``, ``links`` or ``ends``.
    """

    kind: str
    layer: str
    attribute: str = ""


@dataclass
class Counts:
    """Sums by cell, for the data and every sample: ``sums[cell]`` is a vector; who was compared; how much could be.

    ``squares`` sums over the values that occur in one article only, how often each was used, squared. Chance agreement
    needs no more of them, and a vector for each would grow with the corpus.
    """

    sums: dict[Any, Floats] = field(default_factory=dict)
    squares: Floats | None = None
    units: float = 0.0
    annotators: set[str] = field(default_factory=set)

    def add(self, other: "Counts") -> None:
        """Add what was counted of other articles."""
        for cell, sums in other.sums.items():
            self.sums[cell] = self.sums[cell] + sums if cell in self.sums else sums
        if other.squares is not None:
            self.squares = other.squares if self.squares is None else self.squares + other.squares
        self.units += other.units
        self.annotators |= other.annotators


@dataclass
class Ledger:
    """Sums over all shards so far.

    Attributes:
        counts: By subject and pair of annotators (or ``ALL``).
        possible: How many units there are, compared or not, by subject.
        matched: How many of them two annotators share, by subject.
        labelled: How many spans were marked, by layer and label.
        voted: Articles that anybody read.
        compared: Articles that two or more read under the same guidelines.
        skipped: Annotations that were skipped.
        mixed: Articles that were read under several versions of the guidelines.
        seated: Who sits in each pair of seats.
        heard: The pairs of seats that said anything, by subject.
    """

    counts: dict[tuple[Subject, Pair], Counts] = field(default_factory=lambda: defaultdict(Counts))
    possible: dict[Subject, float] = field(default_factory=lambda: defaultdict(float))
    matched: dict[Subject, float] = field(default_factory=lambda: defaultdict(float))
    labelled: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    voted: int = 0
    compared: int = 0
    skipped: int = 0
    mixed: int = 0
    seated: dict[tuple[int, int], set[Pair]] = field(default_factory=lambda: defaultdict(set))
    heard: dict[Subject, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))

    def name_all(self) -> None:
        """Give everybody an entry who sat where a subject was heard, though with nothing in it: in whatever shards."""
        for subject, seats in self.heard.items():
            for pair in {pair for seat in seats for pair in self.seated[seat]}:
                self.counts.setdefault((subject, pair), Counts())

    def add(self, other: "Ledger") -> None:
        """Add what was counted of other articles; what it holds may be shared afterwards."""
        for key, counts in other.counts.items():
            self.counts[key].add(counts)
        for mine, theirs in ((self.possible, other.possible), (self.matched, other.matched)):
            for subject, number in theirs.items():
                mine[subject] += number
        for label, spans in other.labelled.items():
            self.labelled[label] += spans
        for seats, pairs in other.seated.items():
            self.seated[seats] |= pairs
        for subject, heard in other.heard.items():
            self.heard[subject] |= heard
        self.voted += other.voted
        self.compared += other.compared
        self.skipped += other.skipped
        self.mixed += other.mixed
