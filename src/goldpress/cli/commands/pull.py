"""``goldpress pull``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted, printable

if TYPE_CHECKING:
    from goldpress.annotations.transport.reports import PullReport


@click.command()
@click.option("--full", is_flag=True, help="Fetch every task, changed or not.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="Take a JSON export of Label Studio instead of a server.",
)
@click.option("--text-field", default="text", show_default=True, help="In an export: the field that was labelled.")
@click.option("--keep-going", is_flag=True, help="In an export: leave broken tasks out and list them.")
@click.option("--url", help="Address of the server.")
@shared
def pull(
    full: bool,
    file: Path | None,
    text_field: str,
    keep_going: bool,
    url: str | None,
    workspace: Path | None,
    out: Output,
) -> int:
    """Fetch what changed of the labels into a new file.

    It lies in annotations/ and is never changed. Exit 1 if a text was changed on the server.

    Example: goldpress pull --from export.json
    """
    with out.progress("pull") as progress:
        report = goldpress.pull(
            workspace,
            full=full,
            file=file,
            text_field=text_field,
            keep_going=keep_going,
            url=url,
            progress=progress,
        )
    out.result(report)
    if not report.path:
        out.line(f"Nothing has changed in {report.tasks} tasks.")
    else:
        annotations = counted(report.annotations, "annotation")
        out.line(f"{report.changed:,} of {counted(report.tasks, 'task')}, {annotations}: {report.path}")
    if report.resumed:
        out.line(f"{report.resumed} of them had been fetched before an interruption")
    if report.drafts:
        out.line(f"{counted(report.drafts, 'draft')} not submitted yet")
    _show_trouble(report, out)
    return 1 if report.drifted else 0


def _show_trouble(report: "PullReport", out: Output) -> None:
    """What is not as it should be: with the export, or with what became of tasks on the server."""
    if report.set_aside:
        out.line(f"{counted(len(report.set_aside), 'broken task')} of the export set aside:")
    for row in report.set_aside:
        out.line(printable(f"  {row['what']} [{row['code']}]"))
    if report.gone:
        out.line(f"{counted(len(report.gone), 'task')} gone from the server; what was pulled of them stays")
    for row in report.vanished:
        what = "is gone from the server" if row["left"] is None else f"holds {row['left']} of them now"
        out.line(
            f"vanished: an annotation of {row['article_id']} by {row['annotator']} ({row['regions']} regions) {what}; "
            "the earlier pull keeps it"
        )
    for article_id in report.edited:
        out.line(f"edited: somebody changed another person's annotation of {article_id}")
    for article_id in report.repeated:
        out.line(f"twice: one person annotated {article_id} more than once; the latest counts")
    for row in report.drifted:
        out.line(f"drifted: the text of {row['article_id']} was changed on the server, so it is not stored")
        out.line(row["difference"])
