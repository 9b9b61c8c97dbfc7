"""The command line as tests run it: in a process of its own, and command by command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from goldpress.cli.commands import commands


def goldpress(
    *arguments: str | Path, cwd: Path | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m goldpress`` and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "goldpress", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "GOLDPRESS_KEYRING": "off", **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def every_command(group: click.Group = commands, before: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its full name, those of groups too: ``annotators add``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every_command(command, (*before, name))
        else:
            yield " ".join((*before, name)), command


COMMANDS = dict(every_command())
