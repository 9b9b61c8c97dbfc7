"""``goldpress articles``."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output, counted, printable

if TYPE_CHECKING:
    from goldpress.seeds.inventory import ArticlesReport

SHOWN = 3


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
    _show_warnings(report, out)
    for problem in report.problems:
        out.line(f"not usable: {problem.where}: {problem.what} [{problem.code}]; {problem.hint}")
    out.line(
        f"{counted(len(report.articles), 'article')}, {counted(len(report.problems), 'file')} that cannot be used."
    )
    return 1 if report.problems else 0


def _show_warnings(report: "ArticlesReport", out: Output) -> None:
    """What each kind of warning says, with the articles that it is said of."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for article in report.articles:
        for warning in article.warnings:
            found[warning.code][warning.message].append(article.article_id)
    for code, messages in sorted(found.items()):
        for message, names in [*messages.items()][:SHOWN]:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            out.line(printable(f"{code}: {message} ({', '.join(names[:SHOWN])}{more})"))
        if len(messages) > SHOWN:
            out.line(f"{code}: and {sum(map(len, [*messages.values()][SHOWN:]))} more")
