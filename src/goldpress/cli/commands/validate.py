"""``goldpress validate``."""

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

import goldpress
from goldpress.cli.displays import show_seen
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted, printable

if TYPE_CHECKING:
    from goldpress.validation import Finding, Verdict

SHOWN = 3
FOLDER, FILE = (click.Path(file_okay=is_file, dir_okay=not is_file, path_type=Path) for is_file in (False, True))


@click.command()
@click.argument("version", required=False)
@click.option("--folder", type=FOLDER, help="A folder of Parquet tables instead.")
@click.option("--report", type=FOLDER, help="Where the pages with all findings go.")
@click.option("--junit", type=FILE, help="Write JUnit XML for a CI to show.")
@click.option("--by-annotator", is_flag=True, help="List who has what to mend where, in German.")
@click.option("--send-back", is_flag=True, help="Write notes onto the articles concerned in Label Studio.")
@shared
def validate(
    version: str | None,
    folder: Path | None,
    report: Path | None,
    junit: Path | None,
    by_annotator: bool,
    send_back: bool,
    workspace: Path | None,
    out: Output,
) -> int:
    """Check the labels, or a release; exit 1 on findings.

    Without VERSION the suites run over the pulls: is there anything that stops a release?

    Example: goldpress validate 1.0.0
    """
    with out.progress("validate") as progress:
        verdict = goldpress.validate(
            workspace, version, folder=folder, report=report, junit=junit, send_back=send_back, progress=progress
        )
    out.result(verdict)
    if by_annotator:
        _show_work(verdict, out)
    else:
        _show_findings(verdict, out)
    show_seen(verdict.seen, out)
    _show_sum(verdict, out, past=version is not None or folder is not None)
    return 0 if verdict.ok else 1


def _show_findings(verdict: "Verdict", out: Output) -> None:
    listed = [finding for finding in verdict.findings if finding.severity != "repair"]
    rows = [(f.check_id, "waived" if f.waived_by else f.severity, f.table, f.count, f.sentence) for f in listed]
    out.table(("check", "severity", "table", "rows", "what"), rows, right=(3,))
    for finding in (finding for finding in listed if not finding.waived_by):
        for example in finding.examples[:SHOWN]:
            out.line(f"  {finding.check_id}: {_place(example)}")
        if finding.count > SHOWN:
            out.line(f"  {finding.check_id}: and {finding.count - min(SHOWN, len(finding.examples))} more")
        if finding.hint:
            out.line(f"  {finding.check_id}: try: {finding.hint}")


def _show_work(verdict: "Verdict", out: Output) -> None:
    """By annotator and article, the task's page behind the article: an address in a column would be folded."""
    for annotator, rows in groupby(verdict.work(), key=itemgetter(0)):
        out.line(f"{annotator}:")
        for (article, page), found in groupby(rows, key=itemgetter(1, 5)):
            out.line(f"  {printable(article)} {page}".rstrip())
            for _, _, place, check, sentence, _ in found:
                out.line(f"    {' '.join(word for word in (place, check) if word)}: {sentence}")


def _show_sum(verdict: "Verdict", out: Output, *, past: bool) -> None:
    repaired = [finding for finding in verdict.findings if finding.severity == "repair"]
    if repaired:
        out.line(f"Repaired on the way: {', '.join(_repair(finding) for finding in repaired)}.")
    if not past and verdict.rows.get("annotations") == 0:
        out.line("Nobody has submitted anything yet: label an article, then 'goldpress pull'.")
    if verdict.absent:
        out.line(f"Not there, and not judged: {', '.join(verdict.absent)}.")
    if verdict.notes:
        out.line(f"Not computable: {counted(len(verdict.notes), 'measure')} with too few units; --json names them.")
    number = len(verdict.findings) - len(repaired)
    stopped = "as a release it would be stopped" if past else "a release is stopped"
    end = "nothing stops a release" if verdict.ok else stopped
    out.line(f"{verdict.checks_run} checks, {counted(number, 'finding')}: {end}.")
    if verdict.sent_back is not None:
        sent = verdict.sent_back
        out.line(f"Notes: {len(sent['noted'])} written, {len(sent['cleared'])} taken away, {sent['kept']} as before.")
        if sent["url"]:
            out.line(f"Annotators find the articles in this tab: {sent['url']}")
    if verdict.report:
        out.line(f"All of it as a page: {verdict.report}")


def _repair(finding: "Finding") -> str:
    return f"{finding.check_id} {finding.count}"


def _place(example: dict[str, object]) -> str:
    return printable(", ".join(f"{key} {value}" for key, value in example.items() if value is not None))
