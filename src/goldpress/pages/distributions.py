"""How often each label was given: one chart for every column with a closed set of values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goldpress.dataset.loading.release import Release
from goldpress.pages.palette import Palette

MOST_BARS = 15
FACTS = {
    "languages": "Languages",
    "sources": "Sources",
    "licences": "Licences of the texts",
    "states": "What annotators did",
    "gold_sources": "How gold was decided",
}


@dataclass(frozen=True)
class Chart:
    """Bars under a title: names with how often each occurs."""

    title: str
    about: str
    counts: list[tuple[str, int]]


def distributions(release: Release, palette: Palette) -> list[Chart]:
    """Return a chart for each label column of gold, and for the counts that the manifest holds."""
    charts = [*_labels(release, palette), *_document_labels(release), *_facts(release.manifest.facts)]
    return [chart for chart in charts if chart.counts]


def _labels(release: Release, palette: Palette) -> Iterator[Chart]:
    scheme = palette.scheme
    wanted = [("spans", ("label", "mention")), ("relations", ("type",))]
    for layer in scheme.span_layers if scheme else ():
        if layer.table:
            names = tuple(entry.name for entry in layer.attributes if entry.kind in {"choice", "topic"})
            wanted.append((layer.table, names))
    wanted += [(layer.table, ("polarity",)) for layer in (scheme.relation_layers if scheme else ()) if layer.table]
    for name, columns in wanted:
        if not {name, f"gold_{name}"} & set(release.manifest.tables):
            continue
        table = release.table(name)
        told = {column.name: column.description for column in table.entry.schema}
        known = [column for column in columns if column in told]
        if known:
            rows = table.to_arrow()
            for column in known:
                yield Chart(f"{name}: {column}", told[column], _count(rows[column]))


def _document_labels(release: Release) -> Iterator[Chart]:
    import pyarrow.compute as pc

    if not {"doc_labels", "gold_doc_labels"} & set(release.manifest.tables):
        return
    rows = release.table("doc_labels").to_arrow()
    for name in rows["name"].unique().to_pylist():
        yield Chart(f"article: {name}", "", _count(rows.filter(pc.field("name") == name)["value"]))


def _facts(facts: Mapping[str, Mapping[str, int]]) -> Iterator[Chart]:
    for name, title in FACTS.items():
        yield Chart(title, "", _most(list(facts.get(name, {}).items())))


def _count(column: Any) -> list[tuple[str, int]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pc.list_flatten(column) if pa.types.is_list(column.type) else column
    counted: Any = pc.value_counts(values.drop_null())
    names, numbers = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    return _most(list(zip(map(str, names), numbers, strict=True)))


def _most(counts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    ordered = sorted(counts, key=lambda entry: (-entry[1], entry[0]))
    rest = sum(number for _, number in ordered[MOST_BARS:])
    return [*ordered[:MOST_BARS], *([("others", rest)] if rest else [])]
