"""What annotators disagree about, to read: every place with what each of them said there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from goldpress.annotations.agreement.concordance import split
from goldpress.annotations.agreement.selection import comparable
from goldpress.annotations.gold.electorate import Electorate
from goldpress.annotations.gold.matching import Ints
from goldpress.schemas.scheme import Scheme

if TYPE_CHECKING:
    import pyarrow as pa

CONTEXT = 90
"""Characters of text on both sides."""


@dataclass(frozen=True)
class Said:
    """What one annotator said about one place; without a label nothing was marked there."""

    annotator: str
    label: str = ""
    start: int = 0
    end: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Disagreement:
    """One place that annotators see differently.

    Attributes:
        article_id: The article.
        layer: The layer of the spans.
        about: What differs: ``existence``, ``boundary``, ``label``, or names of attributes.
        context: The text around it, empty where it may not be shown.
        begin: Offset of the context in the article.
        said: What each annotator said.
    """

    article_id: str
    layer: str
    about: tuple[str, ...]
    context: str
    begin: int
    said: tuple[Said, ...]


def find_disagreements(
    raw: "Mapping[str, pa.Table]", scheme: Scheme, *, most: int = 300
) -> tuple[list[Disagreement], int]:
    """Return the first places that annotators see differently, and how many there are in all."""
    found: list[Disagreement] = []
    total = 0
    for shard in split(raw):
        roll, _, _ = comparable(shard["annotations"])
        if roll.by_article:
            places = _Places(shard, scheme, Electorate(shard, roll=roll))
            clusters = places.disputed()
            total += len(clusters)
            found += places.tell(clusters[: max(0, most - len(found))])
    return found, total


class _Places:
    def __init__(self, raw: "Mapping[str, pa.Table]", scheme: Scheme, votes: Electorate) -> None:
        self.raw, self.scheme, self.votes, self.spans = raw, scheme, votes, votes.spans

    def disputed(self) -> Ints:
        """Clusters that somebody left out, or drew, named or described otherwise; in the order of the text."""
        spans = self.spans
        members = np.bincount(spans.cluster, minlength=spans.clusters)
        differ = members < self.votes.voters[spans.of_cluster(spans.article)]
        for column in (spans.places.start, spans.places.end, spans.label.numbers, *self._attributes()):
            low, high = np.full(spans.clusters, 1 << 62), np.full(spans.clusters, -(1 << 62))
            np.minimum.at(low, spans.cluster, column)
            np.maximum.at(high, spans.cluster, column)
            differ |= low != high
        return np.flatnonzero(differ)

    def _attributes(self) -> Iterator[Ints]:
        from goldpress.annotations.gold.electorate import encode, take

        for layer in self.scheme.span_layers:
            table = layer.table or "spans"
            key = "span_id" if layer.table is None else f"{layer.table.removesuffix('s')}_id"
            at = self.spans.find(self.raw[table][key])
            rows = np.flatnonzero(at >= 0)
            for entry in layer.attributes:
                if entry.published:
                    values = np.full(len(self.spans.rows), -1)
                    values[at[rows]] = encode(take(self.raw[table][entry.name], rows)).numbers
                    yield values

    def tell(self, clusters: Ints) -> list[Disagreement]:
        spans = self.spans
        if len(clusters) == 0:
            return []
        wanted = np.flatnonzero(np.isin(spans.cluster, clusters))
        rows = spans.table.take(spans.rows[wanted]).to_pylist()
        described = self._described({row["span_id"] for row in rows})
        by_cluster: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for cluster, row in zip(spans.cluster[wanted].tolist(), rows, strict=True):
            by_cluster[cluster].append({**row, **described.get(row["span_id"], {})})
        texts = dict(zip(self._column("articles", "article_id"), self._column("articles", "text"), strict=True))
        article = spans.of_cluster(spans.article)
        return [self._tell(self.votes.articles[article[c]], by_cluster[c], texts) for c in sorted(by_cluster)]

    def _described(self, span_ids: set[str]) -> dict[str, dict[str, Any]]:
        found = {}
        for layer in (layer for layer in self.scheme.span_layers if layer.table):
            key = f"{str(layer.table).removesuffix('s')}_id"
            for row in self.raw[str(layer.table)].to_pylist():
                if row[key] in span_ids:
                    found[row[key]] = row
        return found

    def _tell(self, article: str, rows: list[dict[str, Any]], texts: Mapping[str, Any]) -> Disagreement:
        ballots = self.votes.roll.by_article[article]
        by_annotation = {row["annotation_id"]: row for row in rows}
        said = tuple(self._said(ballot.annotator_pid, by_annotation.get(ballot.annotation_id)) for ballot in ballots)
        article_id = article.split("\x00", maxsplit=1)[0]
        text = texts.get(article_id) or ""
        first, last = min(row["start"] for row in rows), max(row["end"] for row in rows)
        # Whole words: up to the blank before and after.
        begin = text.rfind(" ", 0, max(0, first - CONTEXT)) + 1
        end = text.find(" ", last + CONTEXT)
        context = text[begin : end if end >= 0 else len(text)]
        return Disagreement(article_id, rows[0]["layer"], _about(said), context, begin, said)

    def _said(self, pid: str, row: Mapping[str, Any] | None) -> Said:
        if row is None:
            return Said(pid)
        names = [a.name for layer in self.scheme.span_layers for a in layer.attributes if a.published]
        values = {name: row.get(name) for name in names}
        shown = {
            name: ", ".join(sorted(value)) if isinstance(value, list) else str(value)
            for name, value in values.items()
            if value
        }
        return Said(pid, row["label"], row["start"], row["end"], shown)

    def _column(self, table: str, name: str) -> list[Any]:
        return self.raw[table][name].to_pylist() if table in self.raw else []


def _about(said: tuple[Said, ...]) -> tuple[str, ...]:
    marked = [one for one in said if one.label]
    found = ["existence"] if len(marked) < len(said) else []
    found += ["boundary"] if len({(one.start, one.end) for one in marked}) > 1 else []
    found += ["label"] if len({one.label for one in marked}) > 1 else []
    names = dict.fromkeys(name for one in marked for name in one.values)
    return (*found, *(name for name in names if len({one.values.get(name) for one in marked}) > 1))
