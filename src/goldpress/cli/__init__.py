"""The command line: parse, call the library function of the same name, print."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code.

    0 done, 1 findings, 2 wrong use, 3 the surroundings, 130 interrupted.
    """
    import click

    from goldpress.cli.commands import commands
    from goldpress.cli.output import show_error
    from goldpress.errors import GoldpressError

    try:
        outcome = commands(standalone_mode=False)
    except click.exceptions.Exit as stop:
        outcome = stop.exit_code
    except click.ClickException as error:
        error.show()
        outcome = 2
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        outcome = 130
    except GoldpressError as error:
        if "--debug" in sys.argv:
            raise
        show_error(error, as_json="--json" in sys.argv)
        outcome = error.exit_code
    sys.exit(outcome if isinstance(outcome, int) else 0)
