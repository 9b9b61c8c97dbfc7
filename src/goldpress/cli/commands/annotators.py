"""``goldpress annotators``."""

from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.group()
def annotators() -> None:
    """Add or list accounts for annotators."""


@annotators.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(["primary", "adjudicator"]), default="primary", help="Whose word decides.")
@click.option("--url", help="Address of the server.")
@shared
def annotators_add(email: str, role: Any, url: str | None, workspace: Path | None, out: Output) -> None:
    """Make an account through the server's invite link.

    Example: goldpress annotators add anna@example.org
    """
    report = goldpress.annotators_add(email, workspace, role=role, url=url)
    out.result(report)
    made = report.annotators[0]
    out.line(f"{made.email} ({made.role}) can log in at {report.url} with the password {made.password}")
    out.line(f"It is stored nowhere: pass it on now. Their pseudonym is {made.pid}.")


@annotators.command("list")
@click.option("--url", help="Address of the server.")
@shared
def annotators_list(url: str | None, workspace: Path | None, out: Output) -> None:
    """List the server's members with pseudonym and role.

    Example: goldpress annotators list
    """
    report = goldpress.annotators_list(workspace, url=url)
    out.result(report)
    out.table(("e-mail", "role", "pseudonym"), [(a.email, a.role, a.pid) for a in report.annotators])
