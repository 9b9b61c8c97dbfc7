"""``goldpress export``."""

from pathlib import Path
from typing import Literal

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output

FORMATS = ("bio", "brat", "cas", "csv", "dna")


@click.command()
@click.argument("version", required=False)
@click.option("--format", required=True, type=click.Choice(FORMATS), help="CoNLL, brat, UIMA CAS, CSV, or DNA.")
@click.option(
    "--into",
    "--out",
    "into",
    type=click.Path(path_type=Path),
    help="A new folder; <name>-<version>-<format> by default.",
)
@click.option(
    "--texts",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder of your own copies of texts that the release has not.",
)
@shared
def export(
    version: str | None,
    format: Literal["bio", "brat", "cas", "csv", "dna"],  # noqa: A002 - the option's name
    into: Path | None,
    texts: Path | None,
    workspace: Path | None,
    out: Output,
) -> None:
    """Write a release's gold in another format.

    What the format cannot hold is counted and told. Without VERSION: of the newest release.

    Example: goldpress export 1.0.0 --format brat
    """
    made = goldpress.export(version, format=format, into=into, texts=texts, workspace=workspace)
    out.result(made)
    kept = ", ".join(f"{number:,} {what}" for what, number in made.kept.items())
    out.done(f"{made.into}: {kept or 'nothing that this format holds'}")
    for what, number in made.lost.items():
        out.line(f"{number:,} {what}")
    if texts is None and any("without text" in what for what in made.lost):
        out.line("--texts DIR takes your own copies of their texts")
