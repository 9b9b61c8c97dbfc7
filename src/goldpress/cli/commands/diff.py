"""``goldpress diff``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output

MOST = 20
"""Rows of a kind that a terminal shows; ``--json`` has all of them."""


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page about it, too.")
@shared
def diff(a: str, b: str, html: Path | None, workspace: Path | None, out: Output) -> int:
    """Show what changed between two releases, table by table.

    Example: goldpress diff 0.1.0 0.2.0
    """
    found = goldpress.diff(a, b, html=html, workspace=workspace)
    out.result(found)
    changed = [table for table in found.tables if not table.empty]
    rows = [(t.name, t.added, t.removed, t.changed, t.unchanged) for t in changed]
    out.table(("table", "added", "removed", "changed", "unchanged"), rows, right=(1, 2, 3, 4))
    moved = [
        (f"{table.name}.{column}", old or "(none)", new or "(none)", number)
        for table in changed
        for column, becomes in table.transitions.items()
        if f"{table.name}.{column}" in found.labels
        for old, news in becomes.items()
        for new, number in news.items()
    ]
    if moved:
        out.table(("column", "was", "is", "rows"), sorted(moved, key=lambda row: -row[3])[:MOST], right=(3,))
    for measure, (old, new) in list(found.agreement.items())[:MOST]:
        out.line(f"agreement {measure}: {_number(old)} -> {_number(new)}")
    for name, (before, after) in found.documents.items():
        out.line(f"{name}: {before or '(none)'} -> {after or '(none)'}")
    if found.articles:
        more = f" and {len(found.articles) - MOST} more" if len(found.articles) > MOST else ""
        out.line(f"articles concerned: {', '.join(found.articles[:MOST])}{more}")
    for split in found.splits:
        state = "unchanged" if split.same else "same texts, other labels" if split.same_texts else "changed"
        out.line(f"split {split.split}: {state}")
    if found.empty:
        out.line("All tables are equal.")
    if html is not None:
        out.line(f"The page lies at {html}")
    return 0


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
