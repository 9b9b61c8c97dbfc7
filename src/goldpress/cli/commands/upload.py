"""``goldpress upload``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version", required=False)
@click.option("--to", required=True, help="s3://bucket/prefix, hf://datasets/owner/name, zenodo: or a folder.")
@shared
def upload(version: str | None, to: str, workspace: Path | None, out: Output) -> None:
    """Send a release to another place, as it is.

    Sending it again adds nothing, and nothing that lies there is overwritten.

    Example: goldpress upload 1.0.0 --to s3://press/news
    """
    with out.progress("upload") as progress:
        receipt = goldpress.upload(version, to=to, workspace=workspace, progress=progress)
    out.result(receipt)
    counted = {"sent": receipt.sent, "copied there": receipt.copied, "there already": receipt.present}
    counts = ", ".join(f"{number} {what}" for what, number in counted.items() if number)
    out.done(f"{receipt.version} -> {receipt.to}: files {counts}")
    for name, value in receipt.facts.items():
        out.line(f"{name}: {value}")
