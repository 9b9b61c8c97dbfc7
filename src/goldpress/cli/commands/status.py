"""``goldpress status``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@click.option("--url", help="Address of the server.")
@shared
def status(url: str | None, workspace: Path | None, out: Output) -> None:
    """Show what each annotator has done with each article.

    Example: goldpress status
    """
    report = goldpress.status(workspace, url=url)
    out.result(report)
    pids = sorted({pid for state in report.articles for pid in state.by})
    rows = [
        (s.article_id, *(s.by.get(pid, "open") for pid in pids), "stale" if s.stale else "") for s in report.articles
    ]
    out.table(("article", *pids, ""), rows)
    finished = sum(len([v for v in s.by.values() if v != "draft"]) >= s.overlap for s in report.articles)
    drafts = sum(state == "draft" for s in report.articles for state in s.by.values())
    out.line(f"{finished} of {len(report.articles)} articles have all annotations that are asked for: {report.url}")
    if drafts:
        out.line(f"{counted(drafts, 'unsubmitted draft')}: not pulled until somebody submits")
    if report.not_pushed:
        out.line(f"{counted(len(report.not_pushed), 'article')} of seeds/ not pushed yet")
