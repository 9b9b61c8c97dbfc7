"""``goldpress hydrate``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version")
@click.option(
    "--texts",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder of your own copies, one article a file or row, as in seeds/.",
)
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new folder.")
@click.option("--require-complete", is_flag=True, help="Fail where a text is missing or a span has no certain place.")
@shared
def hydrate(version: str, texts: Path, into: Path, require_complete: bool, workspace: Path | None, out: Output) -> None:
    """Put your own texts back into a release that has places only.

    Example: goldpress hydrate 1.0.0 --texts articles --into hydrated
    """
    found = goldpress.hydrate(version, texts=texts, into=into, require_complete=require_complete, workspace=workspace)
    out.result(found)
    for what, count in found.counts().items():
        out.line(f"{count:,} {what}")
    out.line(f"tables: {found.into}")
