"""``goldpress verify``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@click.argument("version")
@click.option("--rebuild", is_flag=True, help="Make it again from what it was made from, and compare every byte.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Keep what was made again in a folder.")
@shared
def verify(version: str, rebuild: bool, into: Path | None, workspace: Path | None, out: Output) -> int:
    """Hold a release against its manifest; exit 1 if a byte differs.

    Example: goldpress verify 0.1.0
    """
    verification = goldpress.verify(version, workspace=workspace, rebuild=rebuild, into=into)
    out.result(verification)
    for fault in verification.faults:
        out.line(f"{fault.where}: {fault.what}")
    made = ", and come out the same when the release is made again" if verification.rebuilt else ""
    if verification.apart:
        made = f"; made again, {verification.files - len(verification.apart)} files of rows come out the same"
        out.line(
            f"{counted(len(verification.apart), 'paper')} in another form than this goldpress writes: not compared."
        )
    fine = f"{verification.files} files are as the manifest says{made}."
    out.line(fine if verification.ok else f"{counted(len(verification.faults), 'fault')}.")
    return 0 if verification.ok else 1
