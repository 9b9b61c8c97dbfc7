"""``goldpress adjudicate``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@click.option("--allow-own", is_flag=True, help="Send also what every adjudicator annotated themselves.")
@click.option("--limit", type=click.IntRange(1), help="Send at most this many articles.")
@click.option("--url", help="Address of the server.")
@shared
def adjudicate(allow_own: bool, limit: int | None, url: str | None, workspace: Path | None, out: Output) -> None:
    """Send disagreements back to Label Studio for a decision.

    Example: goldpress adjudicate --limit 10
    """
    with out.progress("adjudicate") as progress:
        report = goldpress.adjudicate(workspace, allow_own=allow_own, limit=limit, url=url, progress=progress)
    out.result(report)
    out.table(("article", "open points"), list(report.sent.items()), right=(1,))
    sent = counted(len(report.sent), "article")
    out.line(f"{sent} sent, {len(report.present)} there already, {len(report.decided)} decided.")
    if report.agreed:
        out.line(f"{counted(len(report.agreed), 'article')} with nothing open.")
    if report.alone:
        out.line(f"{counted(len(report.alone), 'article')} read by one person: nobody disagrees with them.")
    for article in report.own:
        out.line(f"not sent: every adjudicator annotated {article}; another one, or --allow-own")
    if report.url:
        out.line(f"Decide here: {report.url} ('Label All Tasks'), then: goldpress pull")
