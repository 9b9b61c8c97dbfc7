"""``goldpress init``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.output import Output


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def init(folder: Path, as_json: bool, quiet: bool, debug: bool) -> None:
    """Make a new workspace with five rooms and the default scheme.

    Example: goldpress init my-corpus
    """
    del debug
    out = Output(as_json=as_json, quiet=quiet)
    made = goldpress.init(folder)
    out.result(made)
    out.line(f"A workspace lies at {made.root}. {len(made.written)} files were written.")
    out.line("Next: put articles into seeds/, then 'goldpress articles' and 'goldpress serve'.")
