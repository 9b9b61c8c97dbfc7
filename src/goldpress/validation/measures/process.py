"""How each annotator worked, beside the others."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from goldpress.validation.frames import Frames
from goldpress.validation.measures.registry import Measure, measure, too_few

if TYPE_CHECKING:
    import pandas as pd


@measure("P6")
def longest_runs(frames: Frames) -> Iterator[Measure]:
    """The longest run of claims with the same answers, in the order in which they were labelled."""
    layer = next((layer for layer in frames.scheme.span_layers if layer.table), None)
    if layer is None or layer.table is None or layer.table not in frames:
        return
    answers = [a.name for a in layer.attributes if a.kind == "choice" and a.required and a.published]
    work = _primary(frames)[["annotation_id", "annotator_pid", "created_at"]]
    rows = frames[layer.table].merge(work, on="annotation_id").sort_values(["annotator_pid", "created_at", "start"])
    limit = frames.limits.longest_run
    for person, own in rows.groupby("annotator_pid"):
        said = zip(*(own[name] for name in answers), strict=True)
        longest = max((sum(1 for _ in run) for _, run in groupby(said)), default=0)
        yield Measure("P6", str(person), longest < limit, longest, limit, len(own))


@measure("P7")
def articles_without_claims(frames: Frames) -> Iterator[Measure]:
    """Probability of so unlike a share of articles without a claim, if the annotator worked like the others."""
    if "doc_labels" not in frames:
        return
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    propositions = {label for label, layer in frames.scheme.span_labels().items() if layer.boundary == "proposition"}
    spans = frames["spans"]
    holds_one = set(spans[spans["label"].isin(propositions)]["annotation_id"])
    work = _primary(frames)
    empty = ~work["annotation_id"].isin(holds_one)
    for person in sorted(work["annotator_pid"].unique()):
        own, others = empty[work["annotator_pid"] == person], empty[work["annotator_pid"] != person]
        least = frames.limits.least
        if min(len(own), len(others)) < least:
            yield too_few("P7", person, min(len(own), len(others)), least)
            continue
        # Half a row is added on each side, so that a pool without any such article does not make one impossible.
        pool = (others.sum() + 0.5) / (len(others) + 1)
        chance = float(binomtest(int(own.sum()), len(own), pool).pvalue)
        yield Measure("P7", person, chance >= frames.limits.chance, chance, frames.limits.chance, len(own))


@measure("P8")
def labels_by_annotator(frames: Frames) -> Iterator[Measure]:
    """Divergence of each annotator's labels from those of the others."""
    spans = frames["spans"].merge(_primary(frames)[["annotation_id", "annotator_pid"]], on="annotation_id")
    least, limit = frames.limits.least, frames.limits.divergence
    for person in sorted(spans["annotator_pid"].unique()):
        own = spans["annotator_pid"] == person
        few = min(int(own.sum()), int((~own).sum()))
        if few < least:
            yield too_few("P8", person, few, least)
            continue
        apart = divergence(spans["label"][own], spans["label"][~own])
        yield Measure("P8", person, apart <= limit, apart, limit, int(own.sum()))


@measure("P9")
def accepted_suggestions(frames: Frames) -> Iterator[Measure]:
    """Share of each annotator's spans that were taken over from suggestions as they were."""
    spans = frames["spans"].merge(_primary(frames)[["annotation_id", "annotator_pid"]], on="annotation_id")
    if not spans["origin"].isin(("prediction", "prediction-changed")).any():
        return
    least, limit = frames.limits.least, frames.limits.accepted
    for person, own in spans.groupby("annotator_pid"):
        if len(own) < least:
            yield too_few("P9", str(person), len(own), least)
            continue
        share = float((own["origin"] == "prediction").mean())
        yield Measure("P9", str(person), share <= limit, share, limit, len(own))


@measure("P11")
def overlap(frames: Frames) -> Iterator[Measure]:
    """Share of the articles of a month that more than one person labelled."""
    work = _primary(frames)
    people = work.groupby("article_id")["annotator_pid"].nunique()
    month = work.groupby("article_id")["created_at"].min().dt.strftime("%Y-%m")
    limit = frames.limits.overlap_share if frames.overlap > 1 else 0.0
    for name, own in people.groupby(month):
        share = float((own > 1).mean())
        yield Measure("P11", str(name), share >= limit, share, limit, len(own))


@measure("P12")
def own_repeats(frames: Frames) -> Iterator[Measure]:
    """F1 of the spans that an annotator marked in an article, and marked there again later."""
    work = frames["annotations"]
    spans = frames["spans"].merge(work[["annotation_id", "annotator_pid", "role"]], on="annotation_id")
    again = set(work[work["role"] == "repeat"]["annotator_pid"])
    least, limit = frames.limits.least, frames.limits.repeat
    for person in sorted(again):
        own = work[work["annotator_pid"] == person]
        both = set(own[own["role"] == "repeat"]["article_id"]) & set(own[own["role"] == "primary"]["article_id"])
        mine = spans[(spans["annotator_pid"] == person) & spans["article_id"].isin(both)]
        first, second = (_places(mine[mine["role"] == role]) for role in ("primary", "repeat"))
        units = len(first) + len(second)
        if units < least:
            yield too_few("P12", person, units, least)
            continue
        alike = 2 * len(first & second) / units
        yield Measure("P12", person, alike >= limit, alike, limit, units)


def divergence(one: "pd.Series[str]", other: "pd.Series[str]") -> float:
    """Return the divergence of Jensen and Shannon of two distributions, base 2: 0 equal, 1 nothing in common.

    Unlike that of Kullback and Leibler it is finite where a value occurs on one side alone (Lin 1991).
    """
    import numpy as np

    left, right = Counter(one.dropna()), Counter(other.dropna())
    if not left or not right:
        return 0.0 if left == right else 1.0
    values = sorted({*left, *right})
    p, q = (np.array([side[v] for v in values], float) / sum(side.values()) for side in (left, right))
    middle = (p + q) / 2
    return float(sum((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum() for x in (p, q)) / 2)


def _primary(frames: Frames) -> "pd.DataFrame":
    work = frames["annotations"]
    return work[(work["role"] == "primary") & (work["state"] != "skipped")]


def _places(spans: "pd.DataFrame") -> set[tuple[str, int, int, str]]:
    return set(zip(spans["article_id"], spans["start"], spans["end"], spans["label"], strict=True))
