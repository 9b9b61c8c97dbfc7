"""The data set beside its last release, and its parts and sources beside each other."""

from collections.abc import Iterator

from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.columns import at, places, plain
from goldpress.validation.frames import Frames
from goldpress.validation.measures.counts import Counts, counts, divergence
from goldpress.validation.measures.files import manifest_of
from goldpress.validation.measures.registry import Measure, measure, too_few
from goldpress.validation.sources import Tables, read_columns, read_rows

BY = ("lang", "source")


@measure("D6")
def known_holders(frames: Frames) -> Iterator[Measure]:
    """Share of the holders of stances in the later parts that train knows."""
    for name, column in _holder_columns(frames):
        if not frames.has(name, "split"):
            continue
        by_part = counts(frames.column(name, "split"), frames.column(name, column)).found
        if len(by_part) < 2:
            continue
        for part in sorted(part for part in by_part if part != "train" and by_part[part]):
            people, known = set(by_part[part]), set(by_part.get("train", ()))
            share = len(people & known) / len(people)
            yield Measure("D6", f"{column} in {part}", holds=share == 0, value=share, limit=0, n_units=len(people))


@measure("D7")
def drifted_labels(frames: Frames) -> Iterator[Measure]:
    """Divergence of the labels from those of the last release, by language and source."""
    if "spans" not in frames.previous or "articles" not in frames.previous:
        return
    least, limit = frames.limits.least, frames.limits.divergence
    for by in BY:
        now, then = (_labels_by(tables, by) for tables in (frames.tables, frames.previous))
        for name in sorted({*now.found} & {*then.found}):
            few = min(now.rows[name], then.rows[name])
            if few < least:
                yield too_few("D7", f"{by} {name}", few, least)
                continue
            apart = divergence(now.of(name), then.of(name))
            yield Measure("D7", f"{by} {name}", apart <= limit, apart, limit, now.rows[name])


@measure("D8")
def labels_by_part(frames: Frames) -> Iterator[Measure]:
    """Spans of each label in each part; a label that no part has is not asked for."""
    name = "gold_spans" if "gold_spans" in frames and frames.rows("gold_spans") else "spans"
    if not frames.has(name, "split"):
        return
    by_part, limit = counts(frames.column(name, "split"), frames.column(name, "label")), frames.limits.split_least
    if len(by_part.rows) < 2:
        return
    for label in sorted(by_part.values):
        for part in by_part.names():
            found = by_part.of(part)[label]
            yield Measure("D8", f"{label} in {part}", found >= limit, found, limit, frames.rows(name))


@measure("D9")
def shares_of_sources(frames: Frames) -> Iterator[Measure]:
    """Share of the articles that come from each source."""
    sources, least, limit = (
        frames.frame("articles", "source")["source"],
        frames.limits.least,
        frames.limits.source_share,
    )
    if len(sources) < least:
        yield too_few("D9", "all sources", len(sources), least)
        return
    for source, share in sources.value_counts(normalize=True).items():
        yield Measure("D9", f"source {source}", bool(share <= limit), float(share), limit, len(sources))


@measure("D10")
def lost_rows(frames: Frames) -> Iterator[Measure]:
    """Rows of each table as a share of those in the last release."""
    least, limit = frames.limits.least, frames.limits.shrink
    for name in contracts_of(frames.scheme):
        if name not in frames.previous or name not in frames:
            continue
        before, now = read_rows(frames.previous, name), frames.rows(name)
        if before < least:
            yield too_few("D10", name, before, least)
            continue
        yield Measure("D10", name, now / before >= limit, now / before, limit, before)


@measure("D11")
def columns_of_the_contract(frames: Frames) -> Iterator[Measure]:
    """Columns of each table that are missing, or of another type than the contract's.

    What may be empty and was added after a release is not missing from it: its own manifest does not name it.
    """
    manifest = manifest_of(frames) or {"tables": {}}
    for name, contract in contracts_of(frames.scheme).items():
        if name not in frames:
            continue
        given = {field.name: field.type for field in frames.schema(name)}
        promised = manifest["tables"].get(name)
        told = None if promised is None else {*given, *(column["name"] for column in promised["schema"])}
        later = {c.name for c in contract.columns if told is not None and c.nullable and c.name not in told}
        fields = (field for field in contract.to_arrow() if field.name not in later)
        wrong = [field.name for field in fields if given.get(field.name) != field.type]
        scope = f"{name}: {', '.join(wrong)}" if wrong else name
        yield Measure("D11", scope, not wrong, len(wrong), 0, len(given))


def _holder_columns(frames: Frames) -> Iterator[tuple[str, str]]:
    for layer in frames.scheme.relation_layers:
        column = f"{layer.holder or 'holder'}_entity_id"
        for name in (f"gold_{layer.table}", str(layer.table)):
            if name in frames and frames.has(name, column):
                yield name, column
                break


def _labels_by(tables: Tables, by: str) -> Counts:
    """How often each label comes with each language or source."""
    spans = read_columns(tables, "spans", ["article_id", "label"])
    articles = read_columns(tables, "articles", ["article_id", by])
    article = places(plain(spans["article_id"]), plain(articles["article_id"]))
    return counts(at(plain(articles[by]), article), plain(spans["label"]))
