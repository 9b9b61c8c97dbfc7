"""The command line: parse, call the library function of the same name, print."""

import errno
import os
import sys

TYPE_CHECKING = False
"""As in ``typing``: until main() runs, every import is a moment in which Ctrl-C shows a traceback."""
if TYPE_CHECKING:
    from typing import TextIO

    import click

    from goldpress.errors import GoldpressError

__all__ = ["main"]

INTERRUPTED = 130
BROKEN_PIPE = 141
"""As the shell says of a program that died of SIGPIPE."""
OWN_FAULT = 70
"""EX_SOFTWARE: goldpress itself is wrong, neither the data nor the call."""


def main() -> None:
    """Run the command line and leave with its exit code.

    0 done, 1 findings, 2 wrong use, 3 the surroundings, 70 a fault in goldpress, 130 interrupted, 141 nobody reads.
    """
    try:
        _stand_in()
        for stream in (sys.stdout, sys.stderr):
            _never_fail(stream)
        # Our products of matrices are small: a second thread would mostly wait, and burn a core doing so.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        # While click was imported, or a second time while the first was told.
        sys.stderr.write("interrupted\n")
        code = INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        code = BROKEN_PIPE
    except OSError as error:
        # A full disk behind standard output: there, not even the error can be told.
        if "--debug" in sys.argv:
            raise
        _drop_output()
        code = _tell(error)
    sys.exit(code)


def _stand_in() -> None:
    """Open what the caller has closed: else a file of ours gets its number, and what is printed goes into it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _drop_output() -> None:
    """Let go of what is in the buffer: it would fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: OSError) -> int:
    from goldpress.cli.output import show_error

    shown = _explain(error)
    show_error(shown, as_json=False)
    return shown.exit_code


def _run() -> int:
    import click

    from goldpress.cli.commands import commands
    from goldpress.cli.output import show_error
    from goldpress.errors import GoldpressError

    try:
        outcome = commands(standalone_mode=False, prog_name="goldpress")
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        if isinstance(stop.__context__, EOFError):
            show_error(_nobody_answers(), as_json="--json" in sys.argv)
            return 2
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except BrokenPipeError:
        raise
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        shown = error if isinstance(error, GoldpressError) else _explain(error)
        show_error(shown, as_json="--json" in sys.argv)
        return OWN_FAULT if shown.code == "GP-CLI-003" else shown.exit_code
    return outcome if isinstance(outcome, int) else 0


def _explain(error: Exception) -> "GoldpressError":
    """Return an error of the same form for what is not one of ours."""
    import click

    from goldpress.errors import SurroundingsError, UsageError

    if isinstance(error, click.ClickException):
        return UsageError("GP-CLI-001", _message(error), where=_command(error), hint=_way_out(error))
    if isinstance(error, OSError):
        what = f"the system refuses: {error.strerror or error}"
        return SurroundingsError(
            "GP-CLI-002",
            what,
            where=error.filename or "",
            hint="make room there" if error.errno == errno.ENOSPC else "--debug shows what was tried",
        )
    return SurroundingsError(
        "GP-CLI-003",
        f"goldpress has a fault: {type(error).__name__}: {error}",
        where=_origin(error),
        hint="run the command again with --debug and report what it shows",
    )


def _nobody_answers() -> "GoldpressError":
    from goldpress.errors import UsageError

    return UsageError(
        "GP-CLI-004",
        "a question waits for an answer, and there is no terminal to give one",
        where="standard input",
        hint="give every value as an option; --help lists them",
    )


def _message(error: "click.ClickException") -> str:
    text = error.format_message().rstrip(".")
    return text[:1].lower() + text[1:]


def _command(error: "click.ClickException") -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "goldpress"


def _way_out(error: "click.ClickException") -> str:
    return str(getattr(error, "hint", "") or f"{_command(error)} --help")


def _origin(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def _never_fail(stream: "TextIO") -> None:
    """Replace what a terminal cannot show, on Windows-1252 an arrow or Cyrillic, instead of failing on it."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
