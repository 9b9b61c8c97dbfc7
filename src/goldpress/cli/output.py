"""What a command prints: text for people on stdout, or one JSON document; progress and errors on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from goldpress.errors import GoldpressError

Progress = Callable[[int, int], None]


class Output:
    """Prints a command's result as its options say."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json, self.quiet = as_json, quiet

    def result(self, report: Any) -> None:
        """Print a report as the JSON document of the command, if that was asked for."""
        if self.as_json:
            document = report if isinstance(report, dict) else report.to_dict()
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n")

    def line(self, text: str = "") -> None:
        """Print a line for people."""
        if not self.as_json and not self.quiet:
            sys.stdout.write(f"{text}\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
        """Print rows under headings; the columns numbered in ``right`` are numbers."""
        if self.as_json or self.quiet or not rows:
            return
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for number, column in enumerate(columns):
            table.add_column(column, justify="right" if number in right else "left", overflow="fold")
        for row in rows:
            # Text, not str: a label in square brackets is no markup.
            table.add_row(*(Text(str(cell)) for cell in row))
        Console(width=None if sys.stdout.isatty() else 120).print(table)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress | None]:
        """Show a bar on a terminal, plain lines elsewhere, nothing if it is quiet."""
        if self.quiet:
            yield None
        elif sys.stderr.isatty():
            with _bar(title) as advance:
                yield advance
        else:
            yield _lines(title)


def show_error(error: GoldpressError, *, as_json: bool) -> None:
    """Print what broke, where and what to try; as JSON on stdout too, if that was asked for."""
    sys.stderr.write(f"error: {error}\n")
    if as_json:
        document = {"error": {"code": error.code, "what": error.what, "where": error.where, "hint": error.hint}}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(title: str) -> Progress:
    shown = -1

    def advance(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total else 10
        if tenth > shown:
            shown = tenth
            sys.stderr.write(f"{title}: {done}/{total}\n")

    return advance
