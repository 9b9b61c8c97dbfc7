"""``goldpress push``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.option("--only", multiple=True, metavar="ID", help="Send this article; may be given several times.")
@click.option("--limit", type=click.IntRange(1), help="Send at most this many new articles.")
@click.option("--overlap", type=click.IntRange(1), help="Annotators per article, when the project is made.")
@click.option("--url", help="Address of the server.")
@shared
def push(
    only: tuple[str, ...],
    limit: int | None,
    overlap: int | None,
    url: str | None,
    workspace: Path | None,
    out: Output,
) -> None:
    """Send articles to Label Studio; running it again adds nothing.

    Example: goldpress push --limit 20
    """
    with out.progress("push") as progress:
        report = goldpress.push(workspace, only=only, limit=limit, overlap=overlap, url=url, progress=progress)
    out.result(report)
    out.line(f"{len(report.created)} articles sent, {len(report.present)} were there already: {report.url}")
    for article_id in report.stale:
        out.line(f"stale: an older revision of {article_id} stays beside the new one")
