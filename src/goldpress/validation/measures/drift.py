"""The data set beside its last release, and its parts and sources beside each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.frames import Frames
from goldpress.validation.measures.process import divergence
from goldpress.validation.measures.registry import Measure, measure, too_few

if TYPE_CHECKING:
    import pandas as pd

BY = ("lang", "source")


@measure("D6")
def known_holders(frames: Frames) -> Iterator[Measure]:
    """Share of the holders of stances in the later parts that train knows."""
    for name, column in _holder_columns(frames):
        frame = frames[name].dropna(subset=[column])
        if "split" not in frame.columns or frame["split"].nunique() < 2:
            continue
        known = set(frame[frame["split"] == "train"][column])
        for part, own in frame[frame["split"] != "train"].groupby("split"):
            people = set(own[column])
            share = len(people & known) / len(people)
            yield Measure("D6", f"{column} in {part}", holds=share == 0, value=share, limit=0, n_units=len(people))


@measure("D7")
def drifted_labels(frames: Frames) -> Iterator[Measure]:
    """Divergence of the labels from those of the last release, by language and source."""
    if "spans" not in frames.previous or "articles" not in frames.previous:
        return
    now, then = _labels(frames["spans"], frames["articles"]), _labels(*_previous(frames, "spans", "articles"))
    least, limit = frames.limits.least, frames.limits.divergence
    for by in BY:
        for name in sorted({*now[by].dropna()} & {*then[by].dropna()}):
            one, other = now[now[by] == name]["label"], then[then[by] == name]["label"]
            few = min(len(one), len(other))
            if few < least:
                yield too_few("D7", f"{by} {name}", few, least)
                continue
            apart = divergence(one, other)
            yield Measure("D7", f"{by} {name}", apart <= limit, apart, limit, len(one))


@measure("D8")
def labels_by_part(frames: Frames) -> Iterator[Measure]:
    """Spans of each label in each part; a label that no part has is not asked for."""
    name = "gold_spans" if "gold_spans" in frames and len(frames["gold_spans"]) else "spans"
    frame = frames[name]
    if "split" not in frame.columns or frame["split"].nunique() < 2:
        return
    counts = frame.groupby(["label", "split"]).size()
    for label in sorted(frame["label"].dropna().unique()):
        for part in sorted(frame["split"].unique()):
            found = int(counts.get((label, part), 0))
            limit = frames.limits.split_least
            yield Measure("D8", f"{label} in {part}", found >= limit, found, limit, len(frame))


@measure("D9")
def shares_of_sources(frames: Frames) -> Iterator[Measure]:
    """Share of the articles that come from each source."""
    articles, least, limit = frames["articles"], frames.limits.least, frames.limits.source_share
    if len(articles) < least:
        yield too_few("D9", "all sources", len(articles), least)
        return
    for source, share in articles["source"].value_counts(normalize=True).items():
        yield Measure("D9", f"source {source}", share <= limit, float(share), limit, len(articles))


@measure("D10")
def lost_rows(frames: Frames) -> Iterator[Measure]:
    """Rows of each table as a share of those in the last release."""
    least, limit = frames.limits.least, frames.limits.shrink
    for name in contracts_of(frames.scheme):
        if name not in frames.previous or name not in frames:
            continue
        before, now = frames.previous[name].num_rows, frames.tables[name].num_rows
        if before < least:
            yield too_few("D10", name, before, least)
            continue
        yield Measure("D10", name, now / before >= limit, now / before, limit, before)


@measure("D11")
def columns_of_the_contract(frames: Frames) -> Iterator[Measure]:
    """Columns of each table that are missing, or of another type than the contract's."""
    for name, contract in contracts_of(frames.scheme).items():
        if name not in frames:
            continue
        given = {field.name: field.type for field in frames.tables[name].schema}
        wrong = [field.name for field in contract.to_arrow() if given.get(field.name) != field.type]
        scope = f"{name}: {', '.join(wrong)}" if wrong else name
        yield Measure("D11", scope, not wrong, len(wrong), 0, len(given))


def _holder_columns(frames: Frames) -> Iterator[tuple[str, str]]:
    for layer in frames.scheme.relation_layers:
        column = f"{layer.holder or 'holder'}_entity_id"
        for name in (f"gold_{layer.table}", str(layer.table)):
            if name in frames and column in frames[name].columns:
                yield name, column
                break


def _labels(spans: "pd.DataFrame", articles: "pd.DataFrame") -> "pd.DataFrame":
    return spans[["article_id", "label"]].merge(articles[["article_id", *BY]], on="article_id")


def _previous(frames: Frames, *names: str) -> Iterator["pd.DataFrame"]:
    for name in names:
        yield frames.previous[name].to_pandas()
