"""What a command prints: text for people on stdout, or one JSON document; progress and errors on stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from goldpress.errors import GoldpressError

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, int], None]

PIPE_WIDTH = 120
"""Width of tables where no terminal says its own."""
PAUSE = 2.0
"""Seconds between two lines of progress where there is no terminal; the last is always written."""
MOST_WIDTH, LEAST_WIDTH, GAP = 28, 20, 3
"""Of a column beside one that is cut; of one that is cut; between two of them."""


class Output:
    """Prints a command's result as its options say."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json, self.quiet = as_json, quiet

    @property
    def silent(self) -> bool:
        """Whether nothing is printed for people on stdout."""
        return self.as_json or self.quiet

    def result(self, report: Any) -> None:
        """Print a report as the JSON document of the command, if that was asked for."""
        if self.as_json:
            print_json(report if isinstance(report, dict) else report.to_dict())

    def line(self, text: str = "") -> None:
        """Print a line for people, at once: who reads a pipe waits for it."""
        if not self.silent:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def done(self, text: str) -> None:
        """Print a line about a step that is finished, with a tick on a terminal."""
        if not self.silent and sys.stdout.isatty() and speaks_unicode(sys.stdout):
            from rich.text import Text

            _console().print(Text.assemble(("✔ ", "green"), text), soft_wrap=True)
        else:
            self.line(text)

    def heading(self, text: str) -> None:
        """Print a heading after an empty line."""
        if not self.silent:
            from rich.text import Text

            _console().print(Text.assemble("\n", (text, "bold")), soft_wrap=True)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        right: Sequence[int] = (),
        clip: Sequence[int] = (),
    ) -> None:
        """Print rows under headings.

        Args:
            columns: The headings.
            rows: The cells; whatever is in square brackets is no markup.
            right: Numbers of the columns that hold numbers.
            clip: Numbers of the columns whose text is cut where the line ends; the others are folded.
        """
        if self.silent or not rows:
            return
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        console = _console()
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        widths = _widths([columns, *cells], clip, console.width)
        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for number, column in enumerate(columns):
            cut = number in clip
            table.add_column(
                column,
                justify="right" if number in right else "left",
                no_wrap=cut,
                overflow="ellipsis" if cut else "fold",
                max_width=widths[number],
            )
        for row in cells:
            table.add_row(*map(Text, row))
        console.print(table)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress | None]:
        """Show a bar on a terminal, which goes when it is full; plain lines elsewhere; nothing if it is quiet."""
        if self.quiet:
            yield None
        elif sys.stderr.isatty():
            with _bar(title) as advance:
                yield advance
        else:
            yield _lines(title)


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, in ASCII where the terminal does not speak UTF-8."""
    text = json.dumps(document, ensure_ascii=not speaks_unicode(sys.stdout), indent=2, sort_keys=True, default=str)
    # A lone surrogate is written as JSON writes it.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stdout.flush()


def show_error(error: GoldpressError, *, as_json: bool) -> None:
    """Print what broke, where and what to try; as JSON on stdout too, if that was asked for."""
    sys.stderr.write(f"error: {error}\n")
    if as_json:
        print_json({"error": {"code": error.code, "what": error.what, "where": error.where, "hint": error.hint}})


def speaks_unicode(stream: TextIO) -> bool:
    """Return whether a stream takes every character."""
    return (stream.encoding or "").lower().replace("_", "-").startswith("utf")


def _console() -> "Console":
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # main() decides the exit code

    return Plain(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def _widths(rows: Sequence[Sequence[str]], clip: Sequence[int], width: int) -> list[int | None]:
    """Most characters for each column: what the others leave is shared by those that are cut."""
    if not clip:
        return [None] * len(rows[0])
    wanted = [min(MOST_WIDTH, max(len(row[number]) for row in rows)) for number in range(len(rows[0]))]
    taken = sum(most + GAP for number, most in enumerate(wanted) if number not in clip)
    left = max(LEAST_WIDTH, (width - taken) // len(clip) - GAP)
    return [left if number in clip else most for number, most in enumerate(wanted)]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 article``, ``1,184 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """Return the text on one line and without control characters: a headline must not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(title: str) -> Progress:
    shown, ended = time.monotonic(), False

    def advance(done: int, total: int) -> None:
        nonlocal shown, ended
        if (done >= total and not ended) or time.monotonic() - shown >= PAUSE:
            shown, ended = time.monotonic(), done >= total
            sys.stderr.write(f"{title}: {done}/{total}\n")
            sys.stderr.flush()

    return advance
