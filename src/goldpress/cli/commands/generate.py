"""``goldpress generate``."""

from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a generated file is stale.")
@click.option("--diff", is_flag=True, help="Write nothing; say what the scheme's changes mean for labels that exist.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --diff: the scheme before; else the one of the newest release.",
)
@shared
def generate(check: bool, diff: bool, against: Path | None, workspace: Path | None, out: Output) -> int:
    """Write everything that is derived from the scheme.

    Example: goldpress generate --check
    """
    if against is not None and not diff:
        raise click.UsageError("--against goes with --diff")
    report = goldpress.generate(workspace, check=check, diff=diff, against=against)
    out.result(report)
    if diff:
        _show_changes(report, out)
        return 0 if report.ok else 1
    if check:
        for path in report.stale:
            out.line(f"stale: {path}")
        out.line("Everything is up to date." if report.ok else "Run 'goldpress generate' and commit what changed.")
        return 0 if report.ok else 1
    for path in report.written:
        out.line(f"wrote {path}")
    out.line(f"{counted(len(report.written), 'file')} changed.")
    return 0


def _show_changes(report: Any, out: Output) -> None:
    for change in report.changes:
        out.line(f"{change.kind}: {change.where} {change.what}")
    renamed = dict(change.renamed for change in report.changes if change.renamed)
    if renamed:
        out.line(f"Renamed: {', '.join(f'{old} = {new}' for old, new in renamed.items())}")
    if not report.changes:
        out.line("The scheme has not changed.")
    elif report.ok:
        out.line(f"The scheme's version {report.version} says so.")
    else:
        out.line(f"The scheme still states version {report.version}; these changes ask for {report.least}.")
