"""``goldpress diff``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("a")
@click.argument("b")
@shared
def diff(a: str, b: str, workspace: Path | None, out: Output) -> int:
    """Show what changed between two releases, table by table.

    Example: goldpress diff 0.1.0 0.2.0
    """
    difference = goldpress.diff(a, b, workspace=workspace)
    out.result(difference)
    rows = [(t.name, t.added, t.removed, t.changed, t.unchanged) for t in difference.tables]
    out.table(("table", "added", "removed", "changed", "unchanged"), rows, right=(1, 2, 3, 4))
    for table in difference.tables:
        for cell in table.examples[:3]:
            out.line(f"{table.name} {cell.key} {cell.column}: {cell.old} -> {cell.new}")
    return 0
