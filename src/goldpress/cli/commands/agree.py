"""``goldpress agree``."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to read here.")
@shared
def agree(to: Path | None, workspace: Path | None, out: Output) -> None:
    """Measure agreement per layer, label and pair of annotators.

    Example: goldpress agree --to agreement.html
    """
    report = goldpress.agree(workspace, to=to)
    out.result(report)
    # Where nothing was compared, a table of nulls would only hide the sentence that says so.
    whole = [row for row in report.rows if report.compared and row.annotator_a is None and row.label == "*"]
    rows = [_cells(row) for row in whole if row.value is not None]
    numbers = ("measure", "value", "95 %", "n", "coverage", "gate")
    out.table(("what", *numbers), rows, right=(2, 3, 4, 5))
    low = [row for row in report.rows if row.gate in ("tentative", "fail") and row.label != "*"]
    out.table(("below the limit", *numbers), [_cells(row) for row in low], right=(2, 3, 4, 5))
    if silent := Counter(str(row.reason) for row in whole if row.value is None):
        reasons = ", ".join(f"{reason} ({number})" for reason, number in silent.most_common())
        out.line(f"Not computable: {counted(silent.total(), 'number')}: {reasons}. --json names them.")
    _show_people(report, out)
    for remark in report.remarks:
        out.line(remark)
    open_values = sum(report.open_values.values())
    differ = counted(report.disputed, "difference")
    out.line(f"{report.compared} of {counted(report.articles, 'article')} compared, {differ}.")
    if open_values:
        out.line(
            f"{counted(open_values, 'value')} open in gold: 'goldpress adjudicate' sends what is open to be decided."
        )
    out.line(
        f"The page lies at {report.page}" if report.page else "A page to read: goldpress agree --to agreement.html"
    )


def _cells(row: Any) -> tuple[str, ...]:
    interval = "" if row.ci_low is None else f"{row.ci_low:.2f} {row.ci_high:.2f}"
    value = "-" if row.value is None else f"{row.value:.2f}"
    return row.name, row.measure, value, interval, str(row.n_units), f"{row.coverage:.2f}", row.gate or row.reason or ""


def _show_people(report: Any, out: Output) -> None:
    def number(value: float | None, digits: int = 2) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    rows = [
        (
            one.annotator,
            one.articles,
            one.skipped,
            one.spans,
            number(None if one.seconds is None else one.seconds / 60, 1),
            number(one.with_others),
            number(one.with_gold),
            number(one.with_self),
            number(one.drift),
        )
        for one in report.annotators
    ]
    columns = ("annotator", "articles", "skipped", "spans", "min/article", "F1 others", "F1 gold", "F1 self", "drift")
    out.table(columns, rows, right=tuple(range(1, 9)))
