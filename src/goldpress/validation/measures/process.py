"""How each annotator worked, beside the others."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from goldpress.validation.columns import at, codes, groups, is_in, places, same
from goldpress.validation.frames import Frames
from goldpress.validation.measures.counts import Counts, counts, divergence
from goldpress.validation.measures.registry import Measure, measure, too_few

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from goldpress.validation.columns import Mask


@measure("P6")
def longest_runs(frames: Frames) -> Iterator[Measure]:
    """The longest run of claims with the same answers, in the order in which they were labelled."""
    import numpy as np

    layer = next((layer for layer in frames.scheme.span_layers if layer.table), None)
    if layer is None or layer.table is None or layer.table not in frames:
        return
    asked = [a.name for a in layer.attributes if a.kind == "choice" and a.required and a.published]
    answers = groups(*(codes(frames.column(layer.table, name)) for name in asked))  # no answer is one too
    person = _persons(frames, layer.table)
    row = places(frames.column(layer.table, "annotation_id"), frames.column("annotations", "annotation_id"))
    moment = frames.frame("annotations", "created_at")["created_at"].to_numpy()[row]
    who, limit = codes(person), frames.limits.longest_run
    order = np.lexsort((frames.numbers(layer.table, "start"), moment, who))
    order = order[who[order] >= 0]
    begins = np.flatnonzero(np.diff(groups(who[order], answers[order]), prepend=-1))
    lengths = np.diff(begins, append=len(order))
    longest = np.zeros(who.max(initial=-1) + 1, dtype=np.int64)
    np.maximum.at(longest, who[order[begins]], lengths)
    for name, rows, run in sorted(zip(_names(person), np.bincount(who[order]), longest, strict=True)):
        yield Measure("P6", name, bool(run < limit), int(run), limit, int(rows))


@measure("P7")
def articles_without_claims(frames: Frames) -> Iterator[Measure]:
    """Probability of so unlike a share of articles without a claim, if the annotator worked like the others."""
    if "doc_labels" not in frames:
        return
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    propositions = {label for label, layer in frames.scheme.span_labels().items() if layer.boundary == "proposition"}
    found = is_in(frames.column("spans", "label"), propositions)
    work = _primary(frames)
    empty = ~work["annotation_id"].isin(frames.column("spans", "annotation_id").filter(found).unique().to_pylist())
    for person in sorted(work["annotator_pid"].dropna().unique()):
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
    found = counts(_persons(frames, "spans"), frames.column("spans", "label"))
    least, limit = frames.limits.least, frames.limits.divergence
    for person in found.names():
        own, others = found.of(person), found.but(person)
        few = min(found.rows[person], found.all_rows - found.rows[person])
        if few < least:
            yield too_few("P8", person, few, least)
            continue
        apart = divergence(own, others)
        yield Measure("P8", person, apart <= limit, apart, limit, found.rows[person])


@measure("P9")
def accepted_suggestions(frames: Frames) -> Iterator[Measure]:
    """Share of each annotator's spans that were taken over from suggestions as they were."""
    found: Counts = counts(_persons(frames, "spans"), frames.column("spans", "origin"))
    if not {"prediction", "prediction-changed"} & {*found.values}:
        return
    least, limit = frames.limits.least, frames.limits.accepted
    for person in found.names():
        rows = found.rows[person]
        if rows < least:
            yield too_few("P9", person, rows, least)
            continue
        share = found.of(person).get("prediction", 0) / rows
        yield Measure("P9", person, share <= limit, share, limit, rows)


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
    work = frames.frame("annotations", "annotation_id", "article_id", "annotator_pid", "role")
    least, limit = frames.limits.least, frames.limits.repeat
    for person in sorted(set(work[work["role"] == "repeat"]["annotator_pid"].dropna())):
        own = work[work["annotator_pid"] == person]
        first, again = (own[own["role"] == role] for role in ("primary", "repeat"))
        both = set(first["article_id"]) & set(again["article_id"])
        marked = [_marked(frames, rows[rows["article_id"].isin(both)]["annotation_id"]) for rows in (first, again)]
        units = len(marked[0]) + len(marked[1])
        if units < least:
            yield too_few("P12", person, units, least)
            continue
        alike = 2 * len(marked[0] & marked[1]) / units
        yield Measure("P12", person, alike >= limit, alike, limit, units)


def _primary(frames: Frames) -> "pd.DataFrame":
    """The annotations that were made to be published, and were not skipped."""
    columns = ("annotation_id", "article_id", "annotator_pid", "role", "state", "created_at")
    work = frames.frame("annotations", *columns)
    return work[_counts(frames)].astype({"annotation_id": object, "article_id": object, "annotator_pid": object})


def _counts(frames: Frames) -> "Mask":
    role, state = frames.column("annotations", "role"), frames.column("annotations", "state")
    return same(role, "primary") & ~same(state, "skipped")


def _persons(frames: Frames, name: str) -> "pa.Array[Any]":
    """Who made each row of a table; null where it is not to be published."""
    import numpy as np

    row = places(frames.column(name, "annotation_id"), frames.column("annotations", "annotation_id"))
    counted = np.append(_counts(frames), False)
    return at(frames.column("annotations", "annotator_pid"), np.where(counted[row], row, -1))


def _names(array: "pa.Array[Any]") -> list[str]:
    return [str(name) for name in array.dictionary_encode().dictionary.to_pylist()]


def _marked(frames: Frames, annotations: "pd.Series[str]") -> set[tuple[Any, ...]]:
    """What was marked: article, place and label."""
    rows = is_in(frames.column("spans", "annotation_id"), annotations.tolist())
    columns = (
        frames.column("spans", name).filter(rows).to_pylist() for name in ("article_id", "start", "end", "label")
    )
    return set(zip(*columns, strict=True))
