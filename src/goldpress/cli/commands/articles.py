"""``goldpress articles``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted


@click.command()
@shared
def articles(workspace: Path | None, out: Output) -> int:
    """List what seeds/ holds: id, language, length, rights, warnings.

    Example: goldpress articles --json
    """
    report = goldpress.articles(workspace)
    out.result(report)
    rows = [
        (
            a.article_id,
            a.lang,
            len(a.text),
            a.licence or "-",
            a.title or "-",
            ", ".join(w.code for w in a.warnings) or "-",
        )
        for a in report.articles
    ]
    out.table(("article", "lang", "length", "licence", "title", "warnings"), rows, right=(2,))
    for problem in report.problems:
        out.line(f"not usable: {problem.where}: {problem.what} [{problem.code}]; {problem.hint}")
    out.line(
        f"{counted(len(report.articles), 'article')}, {counted(len(report.problems), 'file')} that cannot be used."
    )
    return 1 if report.problems else 0
