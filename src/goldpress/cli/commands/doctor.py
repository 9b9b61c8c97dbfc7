"""``goldpress doctor``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@shared
def doctor(workspace: Path | None, out: Output) -> int:
    """Find what is wrong with this set-up, and the way out.

    Example: goldpress doctor
    """
    examination = goldpress.doctor(workspace)
    out.result(examination)
    for check in examination.checks:
        out.line(f"{'ok ' if check.ok else 'BAD'} {check.name}: {check.found}")
        if not check.ok:
            out.line(f"    try: {check.hint}")
    return 0 if examination.ok else 3
