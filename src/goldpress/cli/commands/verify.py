"""``goldpress verify``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version")
@shared
def verify(version: str, workspace: Path | None, out: Output) -> int:
    """Hold a release against its manifest; exit 1 if a byte differs.

    Example: goldpress verify 0.1.0
    """
    verification = goldpress.verify(version, workspace=workspace)
    out.result(verification)
    for fault in verification.faults:
        out.line(f"fault: {fault}")
    out.line(f"{verification.files} files hold." if verification.ok else f"{len(verification.faults)} faults.")
    return 0 if verification.ok else 1
