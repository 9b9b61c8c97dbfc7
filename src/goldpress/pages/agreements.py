"""The page of an agreement study: numbers with their base, who agrees with whom, what is confused, what to read."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.measurement import AgreementReport, Confusion, measure_agreement
from goldpress.pages.layout import render_page, write_page
from goldpress.pages.passages import Mark, cut_text
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.annotations.agreement.disagreements import Disagreement, Said
    from goldpress.annotations.agreement.figures import AgreementRow

MEASURES = {
    "f1_strict": "F1, boundaries and label",
    "f1_exact": "F1, boundaries",
    "f1_partial": "F1, overlap counts half",
    "f1_type": "F1, label with any overlap",
    "f1_half": "F1, half of the union shared",
    "f1_entity": "F1, same entity at the end",
    "alpha_words": "alpha, word by word",
    "alpha_nominal": "alpha",
    "alpha_ordinal": "alpha, ranks",
    "alpha_masi": "alpha, sets",
    "agreement": "share of equal answers",
}
"""What each measure is called where people read it; docs/agreement.md has the formulas."""

GATES = ("fail", "tentative")
"""What is named first on the page: where conclusions do not hold, or not yet."""

COLOURS = ("#1f77b4", "#c8402f", "#2a9d5c", "#c9a800", "#6a51a3", "#d62779", "#17a2a2", "#8c6d31")


def agree(workspace: Workspace | Path | str | None = None, *, to: Path | str | None = None) -> AgreementReport:
    """Return how far annotators agree, before any adjudication, and write a page about it where ``to`` names one.

    Args:
        workspace: The workspace, or a folder in it.
        to: Where the page is written; the file may exist.

    Raises:
        DataError: There are no pulls (GP-CORPUS-001), or one is damaged.
        UsageError: The scheme or the settings do not hold.
        SurroundingsError: The page cannot be written (GP-PAGES-001).
    """
    from dataclasses import replace

    workspace = open_workspace(workspace)
    report = measure_agreement(workspace)
    if to is None:
        return report
    html = agreement_page(report, title=workspace.settings.dataset.title)
    return replace(report, page=str(write_page(Path(to), html)))


def agreement_page(report: AgreementReport, *, title: str) -> str:
    """Return the page of a report as HTML, without anything that is loaded from elsewhere."""
    from goldpress import __version__

    together = [row for row in report.rows if row.annotator_a is None]
    whole = [row for row in together if row.label == "*"]
    people = sorted({name for row in report.rows for name in (row.annotator_a, row.annotator_b) if name})
    # Of two people a square says one number, which stands above.
    maps = heat_maps(report.rows, people) if len(people) > 2 else ()
    return render_page(
        "agreement.html",
        {
            "title": f"Agreement: {title}",
            "tool_version": __version__,
            "report": report,
            "gates": [
                (gate, named) for gate in GATES if (named := [_line(row) for row in together if row.gate == gate])
            ],
            "gated": [_line(row) for row in whole if row.gate],
            "whole": [_line(row) for row in whole if not row.gate],
            "parts": [_line(row) for row in together if row.label != "*" and row.value is not None],
            "silent": [_line(row) for row in together if row.label != "*" and row.value is None],
            "itself": [_line(row) for row in report.itself if row.label == "*" and row.annotator_a is None],
            "people": people,
            "maps": [{"name": name, "rows": rows} for name, rows in maps],
            "confusions": [_shaded(table) for table in report.confusions],
            "workload": [_workload(one) for one in report.annotators],
            "open_values": sorted(report.open_values.items(), key=lambda item: -item[1]),
            "places": [_passage(place) for place in report.disagreements],
            "colours": COLOURS,
        },
    )


def show_number(value: float | None, digits: int = 2) -> str:
    """Return a number as it is shown; nothing for null."""
    return "" if value is None else f"{value:.{digits}f}"


def heat_maps(rows: "Sequence[AgreementRow]", people: list[str]) -> Iterator[tuple[str, list[list[float | None]]]]:
    """Yield every measure of pairs as a name and a square of values: who agrees with whom."""
    values = {(row.name, row.measure, row.annotator_a, row.annotator_b): row.value for row in rows if row.annotator_a}
    for name, measure in dict.fromkeys(key[:2] for key in values):
        if measure in ("f1_strict", "alpha_words") or (measure.startswith("alpha") and "." in name):
            cells = [[values.get((name, measure, min(a, b), max(a, b))) for b in people] for a in people]
            if any(value is not None for row in cells for value in row):
                yield f"{name}: {MEASURES[measure]}", cells


def _line(row: "AgreementRow") -> dict[str, Any]:
    interval = "" if row.ci_low is None else f"{show_number(row.ci_low)} to {show_number(row.ci_high)}"
    return {
        "name": row.name,
        "measure": MEASURES.get(row.measure, row.measure),
        "value": show_number(row.value),
        "interval": interval,
        "units": row.n_units,
        "annotators": row.n_annotators,
        "coverage": f"{100 * row.coverage:.0f} %",
        "gate": row.gate or "",
        "reason": row.reason or "",
    }


def _shaded(table: Confusion) -> dict[str, Any]:
    """A confusion table with how dark each cell is: its share of the row."""
    rows = []
    for label, counts in zip(table.labels, table.counts, strict=True):
        total = sum(counts) or 1.0
        cells = [(f"{count:.0f}" if count == round(count) else f"{count:.1f}", 100 * count / total) for count in counts]
        rows.append((label, cells))
    return {"name": table.name, "labels": table.labels, "rows": rows}


def _workload(one: Any) -> tuple[Any, ...]:
    share = (one.with_others, one.with_gold, one.with_self, one.suggested, one.kept)
    pace = None if one.seconds is None else one.seconds / 60
    drift = "" if one.drift is None else f"{one.drift:+.2f}"
    return (
        one.annotator,
        one.articles,
        one.skipped,
        one.spans,
        show_number(pace, 1),
        show_number(one.seconds_per_span, 0),
        *map(show_number, share),
        drift,
    )


def _passage(place: "Disagreement") -> dict[str, Any]:
    """One place: its text for each different marking, and what each annotator said, differences marked."""
    return {
        "article": place.article_id,
        "layer": place.layer,
        "about": ", ".join(place.about),
        "said": [
            {
                "who": one.annotator,
                "label": one.label,
                "start": one.start,
                "end": one.end,
                "values": list(_values(one, place)),
                "pieces": _cut(one, place),
            }
            for one in place.said
        ],
    }


def _values(one: "Said", place: "Disagreement") -> Iterator[tuple[str, str, bool]]:
    names = dict.fromkeys(name for other in place.said for name in other.values)
    for name in names if one.label else ():
        yield name, one.values.get(name, "–"), name in place.about


def _cut(one: "Said", place: "Disagreement") -> Any:
    if not one.label or not place.context:
        return []
    number = [other.annotator for other in place.said].index(one.annotator) % len(COLOURS)
    mark = Mark(one.start - place.begin, one.end - place.begin, number, one.label)
    return cut_text(place.context, [mark])
