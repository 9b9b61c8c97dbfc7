"""``goldpress push``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


def read_share(ctx: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """Return ``5%`` or ``0.05`` as a number."""
    del ctx
    if value is None:
        return None
    try:
        number = float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        raise click.BadParameter("say 5% or 0.05", param=option)
    return number


@click.command()
@click.option("--only", multiple=True, metavar="ID", help="Send this article; may be given several times.")
@click.option("--limit", type=click.IntRange(1), help="Send at most this many new articles.")
@click.option("--sample", type=int, metavar="SEED", help="Draw the --limit by lot, in proportion to source and month.")
@click.option("--batch", metavar="NAME", help="Freeze what is sent under a name; later pushes send the same.")
@click.option("--overlap", type=click.IntRange(1), help="Annotators per article, for the whole project.")
@click.option("--split", metavar="A,B", help="Share the work: a project for each person.")
@click.option("--overlap-fraction", callback=read_share, metavar="SHARE", help="With --split: what all of them get.")
@click.option(
    "--suggest",
    multiple=True,
    metavar="SOURCE",
    help="Mark beforehand: gazetteer:FILE, quotations, gold, or an entry point.",
)
@click.option(
    "--reannotate", callback=read_share, metavar="SHARE", help="Have a share of what was read, such as 5%, read again."
)
@click.option("--url", help="Address of the server.")
@shared
def push(
    only: tuple[str, ...],
    limit: int | None,
    sample: int | None,
    batch: str | None,
    overlap: int | None,
    split: str | None,
    overlap_fraction: float | None,
    suggest: tuple[str, ...],
    reannotate: float | None,
    url: str | None,
    workspace: Path | None,
    out: Output,
) -> None:
    """Send articles to Label Studio; running it again adds nothing.

    Example: goldpress push --limit 20
    """
    with out.progress("push") as progress:
        report = goldpress.push(
            workspace,
            only=only,
            limit=limit,
            sample=sample,
            batch=batch,
            overlap=overlap,
            split=[name.strip() for name in split.split(",")] if split else (),
            overlap_fraction=overlap_fraction or 0.0,
            suggest=suggest,
            reannotate=reannotate,
            url=url,
            progress=progress,
        )
    out.result(report)
    out.line(f"{counted(len(report.created), 'article')} sent, {len(report.present)} there already: {report.url}")
    for article_id in report.stale:
        out.line(f"stale: an older revision of {article_id} stays beside the new one")
    if report.again:
        out.line(f"{counted(len(report.again), 'article')} sent to be read a second time")
    for article_id in report.doubled:
        out.line(f"doubled: {article_id} lies there twice; delete the one that nobody has labelled")
    for name, address in report.shares.items():
        out.line(f"{name}: {address}")
    if report.suggested:
        out.line("{found} of {looked} articles got suggestions, {known} had been looked at".format(**report.suggested))
