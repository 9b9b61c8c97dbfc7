"""The annotators, for the maintainer's eyes: speed, agreement with others, with gold and with themselves, drift.

Pseudonyms only. A low number is a reason to talk, not a mark: it may be the guideline that is unclear.
"""

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from goldpress.annotations.agreement.selection import comparable, repeated
from goldpress.annotations.gold.ballots import PRIMARY
from goldpress.annotations.gold.electorate import Electorate
from goldpress.annotations.gold.matching import Floats, number_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

SPARSE = 6
"""With fewer articles than this a trend over time is chance."""


@dataclass(frozen=True)
class Workload:
    """One annotator.

    Attributes:
        annotator: Pseudonym.
        articles: Articles read, skips not counted.
        skipped: Articles skipped.
        spans: Spans marked.
        seconds: Median time on an article's page; null where it is not known.
        seconds_per_span: Median time by spans marked.
        with_others: Strict F1 of all spans with the other annotators of the same articles.
        with_gold: Strict F1 of all spans with gold, where two or more annotators voted.
        with_self: Strict F1 of all spans between first and second reading.
        reread: Articles read twice.
        suggested: Share of the spans that came from a suggestion.
        kept: Share of those that were kept as they were.
        drift: ``with_others`` of the later half of the articles minus that of the earlier half.
    """

    annotator: str
    articles: int
    skipped: int
    spans: int
    seconds: float | None
    seconds_per_span: float | None
    with_others: float | None
    with_gold: float | None
    with_self: float | None
    reread: int
    suggested: float | None
    kept: float | None
    drift: float | None


def survey(raw: "Mapping[str, pa.Table]", gold_spans: "pa.Table | None" = None) -> list[Workload]:
    """Return what can be said about every primary annotator, by pseudonym.

    Args:
        raw: Staged raw tables by name.
        gold_spans: The staged ``gold_spans``.
    """
    return _Survey(raw, gold_spans).rows()


class _Survey:
    def __init__(self, raw: "Mapping[str, pa.Table]", gold_spans: "pa.Table | None") -> None:
        self.raw, self.gold = raw, gold_spans
        names = ["annotation_id", "article_id", "annotator_pid", "role", "state", "updated_at", "lead_time_s"]
        self.annotations = raw["annotations"].select(names).to_pylist()
        self.spans_of = Counter(raw["spans"]["annotation_id"].to_pylist())
        self.hits, self.gold_of = _in_gold(raw["spans"], gold_spans) if gold_spans is not None else ({}, {})
        roll, _, _ = comparable(raw["annotations"])
        self.others = Shared(Electorate(raw, roll=roll))
        again, _, _ = repeated(raw["annotations"])
        self.again = Shared(Electorate(raw, roll=again))

    def rows(self) -> list[Workload]:
        people = sorted({row["annotator_pid"] for row in self.annotations if row["role"] in PRIMARY})
        return [self._row(pid) for pid in people]

    def _row(self, pid: str) -> Workload:
        mine = [row for row in self.annotations if row["annotator_pid"] == pid and row["role"] in PRIMARY]
        done = [row for row in mine if row["state"] != "skipped"]
        ids = [row["annotation_id"] for row in done]
        timed = [(row["lead_time_s"], self.spans_of.get(row["annotation_id"], 0)) for row in done if row["lead_time_s"]]
        suggested, kept = self._suggestions(ids)
        per_span = [seconds / spans for seconds, spans in timed if spans]
        return Workload(
            annotator=pid,
            articles=len(done),
            skipped=len(mine) - len(done),
            spans=sum(self.spans_of.get(name, 0) for name in ids),
            seconds=median(seconds for seconds, _ in timed) if timed else None,
            seconds_per_span=median(per_span) if per_span else None,
            with_others=self.others.f1(ids),
            with_gold=self._with_gold(done),
            with_self=self.again.f1(ids),
            reread=self.again.articles(ids),
            suggested=suggested,
            kept=kept,
            drift=self._drift(done),
        )

    def _drift(self, done: list[dict[str, Any]]) -> float | None:
        """Later half minus earlier half, of what can be compared; None for a handful of articles."""
        compared = [row for row in done if self.others.articles([row["annotation_id"]])]
        if len(compared) < SPARSE:
            return None
        ordered = [row["annotation_id"] for row in sorted(compared, key=lambda row: str(row["updated_at"]))]
        early, late = (self.others.f1(part) for part in (ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]))
        return None if early is None or late is None else late - early

    def _with_gold(self, done: list[dict[str, Any]]) -> float | None:
        """Strict F1 with gold in the articles that others read too: where one person voted, gold is that person's."""
        read = [row for row in done if self.others.articles([row["annotation_id"]])]
        hits = sum(self.hits.get(row["annotation_id"], 0) for row in read)
        both = sum(self.spans_of[row["annotation_id"]] + self.gold_of.get(row["article_id"], 0) for row in read)
        return 2 * hits / both if self.gold is not None and both else None

    def _suggestions(self, ids: list[str]) -> tuple[float | None, float | None]:
        wanted = set(ids)
        columns = (self.raw["spans"][name].to_pylist() for name in ("annotation_id", "origin"))
        origins = [origin for name, origin in zip(*columns, strict=True) if name in wanted and origin]
        if not origins:
            return None, None
        taken = [origin for origin in origins if origin.startswith("prediction")]
        return len(taken) / len(origins), taken.count("prediction") / len(taken) if taken else None


class Shared:
    """How many spans each annotation shares, exactly, with the others of its article."""

    def __init__(self, votes: Electorate) -> None:
        ballots = votes.roll.ballots
        self._row = {ballot.annotation_id: at for at, ballot in enumerate(ballots)}
        size = len(ballots)
        self._common: Floats = np.zeros(size)
        self._used: Floats = np.zeros(size)
        if size == 0:
            return
        spans = votes.spans
        same, _ = number_rows(spans.places.group, spans.places.start, spans.places.end, spans.label.numbers)
        sharers = np.bincount(same)[same] - 1
        self._common = np.bincount(spans.ballot, sharers, minlength=size).astype(np.float64)
        own = np.bincount(spans.ballot, minlength=size)
        everybody = np.bincount(votes.ballot_article, own, minlength=len(votes.articles))[votes.ballot_article]
        others = np.bincount(votes.ballot_article, minlength=len(votes.articles))[votes.ballot_article] - 1
        self._used = (own * others + everybody - own).astype(np.float64)

    def f1(self, annotation_ids: list[str]) -> float | None:
        """Return strict F1 of these annotations with the others of their articles; None without any."""
        rows = [self._row[name] for name in annotation_ids if name in self._row]
        used = self._used[rows].sum() if rows else 0.0
        return float(2 * self._common[rows].sum() / used) if used else None

    def articles(self, annotation_ids: list[str]) -> int:
        """Return how many of these annotations can be compared."""
        return sum(name in self._row for name in annotation_ids)


def _in_gold(spans: "pa.Table", gold: "pa.Table") -> tuple[dict[str, int], dict[str, int]]:
    """How many spans of each annotation are in gold as they are, and how many spans gold has in each article."""
    import pyarrow as pa

    from goldpress.annotations.gold.electorate import encode, read_offsets

    names = ["article_id", "layer", "label", "start", "end"]
    both = pa.concat_tables([spans.select(names), gold.select(names).cast(spans.select(names).schema)])
    columns = [encode(both[name]).numbers for name in names[:3]]
    columns += [read_offsets(both[name]) for name in names[3:]]
    keys, _ = number_rows(*columns)
    mine = np.isin(keys[: spans.num_rows], keys[spans.num_rows :])
    found = spans["annotation_id"].filter(pa.array(mine)).to_pylist()
    return Counter(map(str, found)), Counter(map(str, gold["article_id"].to_pylist()))
