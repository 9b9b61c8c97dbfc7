"""``goldpress withdraw``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version")
@click.option("--reason", required=True, help="Why, in a few words that anybody may read.")
@click.option("--replacement", help="The version to use; the newest that stays by default.")
@click.option("--all-sharing", is_flag=True, help="Every other version that holds some of the same bytes, too.")
@shared
def withdraw(
    version: str, reason: str, replacement: str | None, all_sharing: bool, workspace: Path | None, out: Output
) -> None:
    """Take a release back, and say why.

    Every file but the manifest is deleted.

    Example: goldpress withdraw 1.0.0 --reason "takedown request"
    """
    done = goldpress.withdraw(
        version, reason=reason, replacement=replacement, all_sharing=all_sharing, workspace=workspace
    )
    out.result(done)
    out.line(f"withdrawn: {', '.join(done.withdrawn)}; use {done.replacement or 'nothing yet'}")
    for other, files in done.still_shared.items():
        out.line(f"version {other} still holds {len(files)} of the same files: --all-sharing takes it back too")
