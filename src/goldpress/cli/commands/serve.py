"""``goldpress serve``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.displays import wait_for_the_end
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Port on 127.0.0.1; a free one by default.")
@shared
def serve(port: int | None, workspace: Path | None, out: Output) -> None:
    """Run an embedded Label Studio on this machine until Ctrl-C.

    Example: goldpress serve
    """
    with (
        out.progress("Label Studio starts") as progress,
        goldpress.serve(workspace, port=port, progress=progress) as server,
    ):
        out.result({"url": server.url, "email": server.email, "password_file": str(server.login_file)})
        out.line(f"Label Studio: {server.url}")
        out.line(f"Login: {server.email}, password in {server.login_file}")
        out.line("Stop it with Ctrl-C. Another terminal: goldpress push, goldpress status, goldpress pull")
        wait_for_the_end(server, out)
