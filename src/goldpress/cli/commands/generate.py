"""``goldpress generate``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a generated file is stale.")
@shared
def generate(check: bool, workspace: Path | None, out: Output) -> int:
    """Write everything that is derived from the scheme.

    Example: goldpress generate --check
    """
    report = goldpress.generate(workspace, check=check)
    out.result(report)
    if check:
        for path in report.stale:
            out.line(f"stale: {path}")
        out.line("Everything is up to date." if report.ok else "Run 'goldpress generate' and commit what changed.")
        return 0 if report.ok else 1
    for path in report.written:
        out.line(f"wrote {path}")
    out.line(f"{len(report.written)} files changed.")
    return 0
