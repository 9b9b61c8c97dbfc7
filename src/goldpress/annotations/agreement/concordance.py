"""Agreement: from counted comparisons to numbers, each with its interval, its base and its reason where it has none."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from goldpress.annotations.agreement.alpha import Metric, alpha_of_cells, alpha_of_local, alpha_of_value
from goldpress.annotations.agreement.comparisons import Comparison
from goldpress.annotations.agreement.figures import EVERY, AgreementRow, Draft
from goldpress.annotations.agreement.ledger import ALL, DOCUMENT, NONE, Counts, Ledger, Pair, Subject
from goldpress.annotations.agreement.resampling import Resampling
from goldpress.annotations.agreement.selection import comparable
from goldpress.annotations.gold.matching import Floats
from goldpress.schemas.scheme import Attribute, Scheme
from goldpress.schemas.tables import tables as contracts
from goldpress.workspace import AgreementSettings

if TYPE_CHECKING:
    import pyarrow as pa

SHARD = 1000
"""Articles counted at once: what is held in memory grows with this, not with the corpus."""


def agreement_table(
    raw: "Mapping[str, pa.Table]", scheme: Scheme, settings: AgreementSettings | None = None
) -> "pa.Table":
    """Return the ``agreement`` table of raw tables: primary annotators only, before any adjudication.

    Args:
        raw: Staged raw tables by name, and ``articles`` for the words of their texts.
        scheme: The scheme.
        settings: Gates, bootstrap and the least number of units.
    """
    rules = settings or AgreementSettings()
    return to_table(agreement_rows(count_agreement(raw, scheme, rules), scheme, rules), scheme)


def count_agreement(
    raw: "Mapping[str, pa.Table]", scheme: Scheme, settings: AgreementSettings, choose: Any = comparable
) -> Ledger:
    """Return everything that agreement is computed from, counted shard by shard.

    Args:
        raw: Staged raw tables by name, and ``articles`` for the words of their texts.
        scheme: The scheme.
        settings: Bootstrap and its seed.
        choose: Chooses who is compared: ``comparable`` or ``repeated``.
    """
    roll, _, _ = choose(raw["annotations"])
    ledger = Ledger()
    sampling = Resampling(len(roll.by_article), settings.replicas, settings.seed)
    for shard in split(raw):
        Comparison(shard, scheme, ledger, sampling.draw, choose).count()
    return ledger


def split(raw: "Mapping[str, pa.Table]", size: int = SHARD) -> "Iterator[dict[str, pa.Table]]":
    """Yield tables of whole articles, at most ``size`` articles at once."""
    import pyarrow as pa

    from goldpress.annotations.gold.electorate import look_up

    articles = pa.array(sorted(map(str, {*raw["annotations"]["article_id"].to_pylist()})), pa.string())
    parts = max(1, -(-len(articles) // size))
    rows = {}
    for name, table in raw.items():
        if "article_id" in table.column_names:
            at = look_up(table["article_id"], articles)
            part = np.where(at >= 0, at // size, parts)
            order = np.argsort(part, kind="stable")
            rows[name] = order, np.searchsorted(part[order], np.arange(parts + 1))
    for number in range(parts):
        yield {
            name: raw[name].take(pa.array(order[bounds[number] : bounds[number + 1]], pa.int64()))
            for name, (order, bounds) in rows.items()
        }


def to_table(rows: list[AgreementRow], scheme: Scheme) -> "pa.Table":
    """Return rows as the staged Arrow table, sorted by key."""
    import pyarrow as pa

    contract = contracts(scheme)["agreement"]
    ordered = sorted(rows, key=lambda row: row.agreement_id)
    columns = {column.name: [getattr(row, column.name) for row in ordered] for column in contract.columns}
    return pa.table(columns, schema=contract.to_arrow(staged=True))


def agreement_rows(ledger: Ledger, scheme: Scheme, settings: AgreementSettings) -> list[AgreementRow]:
    """Return every number, in the order of the scheme: for all annotators, and for each pair of them."""
    ledger.name_all()
    return [row.judged(settings) for row in _Rows(ledger, scheme, settings).every()]


class _Rows:
    """Numbers from a ledger."""

    def __init__(self, ledger: Ledger, scheme: Scheme, settings: AgreementSettings) -> None:
        self.ledger, self.scheme, self.settings = ledger, scheme, settings
        self.pairs = [ALL, *sorted({pair for _, pair in ledger.counts if pair != ALL})]

    def every(self) -> Iterator[Draft]:
        for layer in self.scheme.span_layers:
            columns = dict.fromkeys(layer.column_layer(label.name) for label in layer.labels)
            for column in columns:
                labels = [label.name for label in layer.labels if layer.column_layer(label.name) == column]
                yield from self._spans(column, labels)
                yield from self._words(column, labels)
            for entry in layer.attributes:
                if entry.published:
                    yield from self._values(Subject("values", layer.name, entry.name), entry)
        for relation in self.scheme.relation_layers:
            labels = [label.name for label in relation.labels]
            yield from self._links(relation.name, labels)
            yield from self._choices(Subject("values", relation.name), "nominal", labels if len(labels) > 1 else [])
        for entry in self.scheme.document_labels:
            if entry.published:
                yield from self._values(Subject("values", DOCUMENT, entry.name), entry)

    # ── F1 ──────────────────────────────────────────────────────────────────────────────────────────────

    def _spans(self, layer: str, labels: list[str]) -> Iterator[Draft]:
        subject = Subject("spans", layer)
        for pair, counts in self._counts(subject):
            used = self._sum(counts, lambda cell: cell[0] == "used")
            for measure, weigh in _SPAN_MEASURES.items():
                common = self._sum(counts, weigh)
                yield self._f1(subject, EVERY, measure, pair, counts, common, used, counts.units)
        counts = self.ledger.counts[subject, ALL]
        for label in labels if len(labels) > 1 else ():
            used = self._sum(counts, lambda cell, label=label: cell == ("used", label))
            for measure in ("f1_strict", "f1_partial", "f1_type", "f1_half"):
                weigh = _SPAN_MEASURES[measure]
                both = [cell for cell in counts.sums if cell[0] != "used" and cell[1] == cell[2] == label]
                common = self._sum(counts, weigh, both)
                units = self.ledger.labelled[layer, label]
                yield self._f1(subject, label, measure, ALL, counts, common, used, units)

    def _links(self, layer: str, labels: list[str]) -> Iterator[Draft]:
        subject = Subject("links", layer)
        measures = {"f1_strict": ("strict", "used"), "f1_entity": ("entity", "used entity")}
        for pair, counts in self._counts(subject):
            for measure, (what, whole) in measures.items():
                common = self._sum(counts, lambda cell, what=what: cell[0] == what)
                used = self._sum(counts, lambda cell, whole=whole: cell[0] == whole)
                yield self._f1(subject, EVERY, measure, pair, counts, common, used, counts.units)
        counts = self.ledger.counts[subject, ALL]
        for label in labels if len(labels) > 1 else ():
            for measure, (what, whole) in measures.items():
                common = self._sum(counts, lambda cell, what=what, label=label: cell == (what, label))
                used = self._sum(counts, lambda cell, whole=whole, label=label: cell == (whole, label))
                yield self._f1(subject, label, measure, ALL, counts, common, used, float(used[0]))

    def _f1(
        self,
        subject: Subject,
        label: str,
        measure: str,
        pair: Pair,
        counts: Counts,
        common: Floats,
        used: Floats,
        units: float,
    ) -> Draft:
        with np.errstate(divide="ignore", invalid="ignore"):
            samples = np.where(used > 0, 2 * common / used, np.nan)
        people = len(counts.annotators) or (2 if self.ledger.compared and pair == ALL else 0)
        return self._make(subject, label, measure, pair, samples, units, people, self._read())

    # ── alpha ───────────────────────────────────────────────────────────────────────────────────────────

    def _words(self, layer: str, labels: list[str]) -> Iterator[Draft]:
        subject = Subject("words", layer)
        for pair, counts in self._counts(subject):
            cells, sums = self._cells(counts)
            doubt = self._too_few(sum(self.ledger.labelled[layer, label] for label in labels), counts)
            yield self._draft(subject, EVERY, "alpha_words", pair, alpha_of_cells(cells, sums), counts, doubt)
        counts = self.ledger.counts[subject, ALL]
        for label in labels if len(labels) > 1 else ():
            cells, sums = self._cells(counts)
            binary = [(label in a, label in b) for a, b in cells]
            doubt = self._too_few(self.ledger.labelled[layer, label], counts)
            samples = alpha_of_value(binary, sums, value=True)
            yield self._draft(subject, label, "alpha_words", ALL, samples, counts, doubt)

    def _values(self, subject: Subject, entry: Attribute) -> Iterator[Draft]:
        order = [value.name for value in entry.values]
        metric: Metric = "masi" if entry.kind == "topic" else "ordinal" if entry.ordinal else "nominal"
        values = list(self.scheme.topic_leaves()) if entry.kind == "topic" else order
        yield from self._choices(subject, metric, values if len(values) > 2 else values[:1], order)

    def _choices(
        self, subject: Subject, metric: Metric, values: list[str], order: list[str] | None = None
    ) -> Iterator[Draft]:
        coverage = self._matched(subject)
        for pair, counts in self._counts(subject):
            cells, sums = self._cells(counts)
            if counts.squares is None:
                found = alpha_of_cells(cells, sums, metric, order or ())
            else:
                found = alpha_of_local(cells, sums, NONE, counts.squares)
            yield self._draft(subject, EVERY, f"alpha_{metric}", pair, found, counts, coverage=coverage)
            yield self._draft(subject, EVERY, "agreement", pair, _share_equal(cells, sums), counts, coverage=coverage)
        counts = self.ledger.counts[subject, ALL]
        cells, sums = self._cells(counts)
        for value in values:
            binary = [(_holds(a, value), _holds(b, value)) for a, b in cells]
            samples = alpha_of_value(binary, sums, value=True)
            used = sum((a + b) * sums[0, at] for at, (a, b) in enumerate(binary))
            doubt = self._too_rare(float(used), counts)
            yield self._draft(subject, value, "alpha_nominal", ALL, samples, counts, doubt, coverage=coverage)

    def _draft(
        self,
        subject: Subject,
        label: str,
        measure: str,
        pair: Pair,
        samples: Floats,
        counts: Counts,
        doubt: str | None = None,
        *,
        coverage: float | None = None,
    ) -> Draft:
        share = self._read() if coverage is None else coverage
        people = len(counts.annotators)
        return self._make(subject, label, measure, pair, samples, counts.units, people, share, doubt)

    def _make(
        self,
        subject: Subject,
        label: str,
        measure: str,
        pair: Pair,
        samples: Floats,
        units: float,
        people: int,
        share: float,
        doubt: str | None = None,
    ) -> Draft:
        kind = self._kind(subject)
        return Draft(kind, subject, label, measure, pair, samples, units, people, share, self.ledger.compared, doubt)

    def _kind(self, subject: Subject) -> str:
        if subject.kind in ("spans", "words"):
            return "spans"
        if subject.kind == "links" or not subject.attribute:
            return "relation"
        return DOCUMENT if subject.layer == DOCUMENT else "attribute"

    # ── what the numbers rest on ────────────────────────────────────────────────────────────────────────

    def _counts(self, subject: Subject) -> Iterator[tuple[Pair, Counts]]:
        for pair in self.pairs:
            if pair == ALL or (subject, pair) in self.ledger.counts:
                yield pair, self.ledger.counts[subject, pair]

    def _cells(self, counts: Counts) -> tuple[list[Any], Floats]:
        cells = list(counts.sums)
        size = self.settings.replicas + 1
        return cells, np.stack([counts.sums[cell] for cell in cells], axis=1) if cells else np.zeros((size, 0))

    def _sum(self, counts: Counts, weigh: Any, cells: Any = None) -> Floats:
        total: Floats = np.zeros(self.settings.replicas + 1)
        for cell in counts.sums if cells is None else cells:
            weight = float(weigh(cell))
            if weight:
                total = total + weight * counts.sums[cell]
        return total

    def _read(self) -> float:
        return self.ledger.compared / self.ledger.voted if self.ledger.voted else 0.0

    def _matched(self, subject: Subject) -> float:
        possible = self.ledger.voted if subject.layer == DOCUMENT else self.ledger.possible.get(subject, 0.0)
        return self.ledger.matched.get(subject, 0.0) / possible if possible else 0.0

    def _too_rare(self, used: float, counts: Counts) -> str | None:
        """A value that hardly anybody chose is measured on the few who did, however many units there are."""
        if counts.units < self.settings.units or used >= self.settings.units:
            return None
        return f"chosen fewer than {self.settings.units} times" if used else "nobody chose it"

    def _too_few(self, spans: int, counts: Counts) -> str | None:
        if len(counts.annotators) < 2:
            return None
        if spans == 0:
            return "nobody marked any"
        return f"fewer than {self.settings.units} spans" if spans < self.settings.units else None


def _strict(cell: Any) -> bool:
    return bool(cell[0] == "overlap" and cell[1] == cell[2] and cell[3])


def _exact(cell: Any) -> bool:
    return bool(cell[0] == "overlap" and cell[3])


def _partial(cell: Any) -> float:
    return (1.0 if cell[3] else 0.5) if cell[0] == "overlap" else 0.0


def _type(cell: Any) -> bool:
    return bool(cell[0] == "overlap" and cell[1] == cell[2])


def _half(cell: Any) -> bool:
    return bool(cell[0] == "half")


_SPAN_MEASURES = {
    "f1_strict": _strict,
    "f1_exact": _exact,
    "f1_partial": _partial,
    "f1_type": _type,
    "f1_half": _half,
}


def _share_equal(cells: list[Any], sums: Floats) -> Floats:
    equal = np.array([a == b for a, b in cells], bool)
    total = sums.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, sums[:, equal].sum(axis=1) / total, np.nan))


def _holds(value: Any, one: str) -> bool:
    return one in value if isinstance(value, tuple) else value == one
