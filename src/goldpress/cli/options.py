"""The options that every command takes."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from goldpress.cli.output import Output

Command = TypeVar("Command", bound=Callable[..., Any])


def shared(command: Command) -> Callable[..., Any]:
    """Add ``--workspace``, ``--json``, ``--quiet`` and ``--debug``; the command gets ``workspace`` and ``out``."""

    @click.option(
        "--workspace",
        type=click.Path(file_okay=False, path_type=Path),
        help="The workspace; the nearest one upwards by default.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @click.option("--quiet", is_flag=True, help="Print nothing but errors.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(command)
    def run(*args: Any, as_json: bool, quiet: bool, debug: bool, **kwargs: Any) -> Any:
        del debug  # main() looks for it, so that it also holds for errors before the command runs
        return command(*args, out=Output(as_json=as_json, quiet=quiet), **kwargs)

    return run
