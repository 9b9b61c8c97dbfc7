"""Agreement of a workspace, with everything that a person wants to read beside the numbers."""

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.assembly.corpus import assemble
from goldpress.workspace import AgreementSettings, Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.annotations.agreement.disagreements import Disagreement
    from goldpress.annotations.agreement.figures import AgreementRow
    from goldpress.annotations.agreement.ledger import Ledger
    from goldpress.annotations.agreement.workload import Workload
    from goldpress.schemas.scheme import Scheme


@dataclass(frozen=True)
class Confusion:
    """What two annotators called the same thing: a symmetric table, pooled over pairs.

    Attributes:
        name: Layer, or layer and attribute.
        labels: Labels or values; ``(none)`` where only one of them marked it.
        counts: How often, row by row; what two annotators agree on counts once, on the diagonal.
    """

    name: str
    labels: list[str]
    counts: list[list[float]]


@dataclass(frozen=True)
class AgreementReport:
    """How far annotators agree.

    Attributes:
        articles: Articles that anybody read.
        compared: Articles that two or more read under the same guidelines.
        skipped: Skips: no votes.
        remarks: What a reader of the numbers should know.
        rows: The numbers.
        itself: The same numbers between first and second readings; empty without second readings.
        annotators: What can be said about each annotator.
        confusions: One table for each layer and each question with a closed set of answers.
        disagreements: Places that annotators see differently, the first few hundred.
        disputed: How many there are in all.
        open_values: Values that gold leaves open, by table and field.
        page: The HTML page, where one was written.
    """

    articles: int
    compared: int
    skipped: int
    remarks: list[str]
    rows: "list[AgreementRow]"
    itself: "list[AgreementRow]"
    annotators: "list[Workload]"
    confusions: list[Confusion]
    disagreements: "list[Disagreement]"
    disputed: int
    open_values: dict[str, int] = field(default_factory=dict)
    page: str = ""

    @property
    def ok(self) -> bool:
        """Whether no gate fails."""
        return all(row.gate != "fail" for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {**asdict(self), "ok": self.ok}


def measure_agreement(workspace: Workspace | Path | str | None = None) -> AgreementReport:
    """Return the agreement of the workspace's pulls, before any adjudication.

    Raises:
        DataError: There are no pulls, or one is damaged.
        UsageError: The scheme does not hold.
    """
    from goldpress.annotations.agreement.concordance import agreement_rows, count_agreement
    from goldpress.annotations.agreement.disagreements import find_disagreements
    from goldpress.annotations.agreement.selection import repeated
    from goldpress.annotations.agreement.workload import survey

    workspace = open_workspace(workspace)
    corpus, rules = assemble(workspace), workspace.settings.agreement
    raw, scheme = corpus.tables, corpus.scheme
    ledger = count_agreement(raw, scheme, rules)
    again = count_agreement(raw, scheme, rules, repeated)
    found, total = find_disagreements(raw, scheme)
    rows = agreement_rows(ledger, scheme, rules)
    return AgreementReport(
        articles=ledger.voted,
        compared=ledger.compared,
        skipped=ledger.skipped,
        remarks=[*_remarks(ledger, corpus.counts), *idle_gates(rows, rules)],
        rows=rows,
        itself=agreement_rows(again, scheme, rules) if again.compared else [],
        annotators=survey(raw, raw.get("gold_spans")),
        confusions=confusions(ledger, scheme),
        disagreements=found,
        disputed=total,
        open_values=_open_values(raw["gold_provenance"]),
    )


def confusions(ledger: "Ledger", scheme: "Scheme") -> list[Confusion]:
    """Return the confusion tables of a ledger, in the order of the scheme."""
    from goldpress.annotations.agreement.ledger import ALL, DOCUMENT, NONE, Subject

    found = []
    for layer in scheme.span_layers:
        for column in dict.fromkeys(layer.column_layer(label.name) for label in layer.labels):
            labels = [label.name for label in layer.labels if layer.column_layer(label.name) == column]
            sums = ledger.counts[Subject("spans", column), ALL].sums
            cells = _with_unmatched({cell: float(total[0]) for cell, total in sums.items()}, labels)
            found.append(_table(column, [*labels, NONE], cells))
        asked = [(Subject("values", layer.name, a.name), a) for a in layer.attributes if a.kind == "choice"]
        found += [_values(ledger, subject, [v.name for v in entry.values]) for subject, entry in asked]
    for relation in scheme.relation_layers:
        if len(relation.labels) > 1:
            labels = [*(label.name for label in relation.labels), NONE]
            found.append(_values(ledger, Subject("values", relation.name), labels))
    for entry in scheme.document_labels:
        if entry.kind == "choice" and entry.published:
            found.append(_values(ledger, Subject("values", DOCUMENT, entry.name), [v.name for v in entry.values]))
    return [table for table in found if any(map(any, table.counts))]


def _with_unmatched(cells: dict[Any, float], labels: list[str]) -> dict[tuple[str, str], float]:
    """Overlaps by both labels, and what of each label found no partner."""
    from goldpress.annotations.agreement.ledger import NONE

    found: dict[tuple[str, str], float] = {}
    alone = {label: cells.get(("used", label), 0.0) for label in labels}
    for cell, total in cells.items():
        if cell[0] == "overlap":
            found[cell[1], cell[2]] = found.get((cell[1], cell[2]), 0.0) + total
            for label in cell[1:3]:
                alone[label] = alone.get(label, 0.0) - total
    return {**found, **{(label, NONE): count for label, count in alone.items() if count > 0}}


def _values(ledger: "Ledger", subject: Any, values: list[str]) -> Confusion:
    from goldpress.annotations.agreement.ledger import ALL

    sums = ledger.counts[subject, ALL].sums
    name = f"{subject.layer}.{subject.attribute}" if subject.attribute else subject.layer
    return _table(name, values, {cell: float(total[0]) for cell, total in sums.items()})


def _table(name: str, labels: list[str], cells: dict[Any, float]) -> Confusion:
    labels = [*labels, *sorted({str(value) for cell in cells for value in cell} - set(labels))]
    place = {label: at for at, label in enumerate(labels)}
    counts = [[0.0] * len(labels) for _ in labels]
    for (a, b), total in cells.items():
        counts[place[a]][place[b]] += total
        if a != b:
            counts[place[b]][place[a]] += total
    return Confusion(name, labels, counts)


def _remarks(ledger: "Ledger", counts: Any) -> Any:
    if ledger.compared == 0:
        yield "No article was read by two annotators: there is nothing to compare."
    elif ledger.compared < ledger.voted:
        alone = ledger.voted - ledger.compared
        yield f"{alone} of {ledger.voted} articles {'was' if alone == 1 else 'were'} read by one annotator only."
    if ledger.mixed:
        yield (
            f"{ledger.mixed} articles were read under different versions of the guidelines; readings under different "
            "versions are not compared."
        )
    if counts.get("tasks of a superseded revision"):
        yield f"{counts['tasks of a superseded revision']} tasks hold an older text of an article; they are left out."
    if ledger.skipped:
        yield f"{ledger.skipped} {'skip' if ledger.skipped == 1 else 'skips'}: a skip is no vote."


def idle_gates(rows: "list[AgreementRow]", settings: AgreementSettings) -> Iterator[str]:
    """Yield a remark for every gate of the settings that is for nothing: a misspelt name must not pass in silence."""
    names = {row.layer for row in rows}
    for row in rows:
        whole = f"{row.layer}.{row.attribute}" if row.attribute else row.layer
        names |= {whole, f"{whole}.{row.label}"}
    measures = {row.measure for row in rows}
    names |= {f"{name}:{measure}" for name in list(names) for measure in measures}
    for gate in sorted(set(settings.labels) - names):
        near = difflib.get_close_matches(gate, names, n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        yield f"The settings have a gate for '{gate}', and nothing is called that{guess}"


def _open_values(provenance: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    columns = (provenance[name].to_pylist() for name in ("table", "field", "gold_source"))
    for table, name, source in zip(*columns, strict=True):
        if source is None:
            key = f"{table}.{name}"
            found[key] = found.get(key, 0) + 1
    return dict(sorted(found.items()))
