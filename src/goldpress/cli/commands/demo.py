"""``goldpress demo``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.displays import show_claims, show_release
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.option("--serve", "keep", is_flag=True, help="Leave Label Studio running, to label by hand.")
@click.option("--port", type=click.IntRange(1024, 65535), help="Port on 127.0.0.1; a free one by default.")
@shared
def demo(keep: bool, port: int | None, workspace: Path | None, out: Output) -> None:
    """Run the whole loop on this repository's seeds.

    Example: goldpress demo --serve
    """
    with goldpress.demo(workspace, port=port, progress=out.progress, say=out.line) as shown:
        out.result(shown)
        show_release(shown.release, out)
        out.line(f"Findings: {len(shown.verdict.findings)}")
        show_claims(shown.release, out)
        for line in shown.next_steps(serving=keep):
            out.line(line)
        if keep:
            shown.server.wait()
