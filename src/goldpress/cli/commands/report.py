"""``goldpress report``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version", required=False)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Where the page is written.")
@shared
def report(version: str | None, to: Path | None, workspace: Path | None, out: Output) -> None:
    """Write a page about a release, to be opened in a browser.

    It is one file that loads nothing. Without VERSION: of the newest release.

    Example: goldpress report 0.1.0
    """
    path = goldpress.report(version, workspace=workspace, to=to)
    out.result({"path": str(path)})
    out.line(f"The page lies at {path}")
