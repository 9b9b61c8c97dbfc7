"""``goldpress login``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("url")
@click.option("--email", prompt=True, help="Your address on that server.")
@click.option("--password", prompt=True, hide_input=True, help="Asked for if it is not given; better so.")
@click.option("--replace", is_flag=True, help="Revoke your present token; it may be in use on another machine.")
@shared
def login(url: str, email: str, password: str, replace: bool, workspace: Path | None, out: Output) -> None:
    """Store a token for a Label Studio elsewhere.

    It lies in your keyring or a private folder, outside the workspace.

    Example: goldpress login https://labels.example.org --email me@example.org
    """
    report = goldpress.login(url, workspace, email=email, password=password, replace=replace)
    out.result(report)
    out.line(f"A token for {report.email} at {report.url} is stored. Next: goldpress push")
