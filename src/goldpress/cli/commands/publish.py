"""``goldpress publish``."""

from pathlib import Path

import click

import goldpress
from goldpress.cli.displays import show_release, show_seen
from goldpress.cli.options import shared
from goldpress.cli.output import Output
from goldpress.timings import recorded


@click.command()
@click.option("--version", help="The new version; computed from what changed by default.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Another dataset folder.")
@click.option("--dry-run", is_flag=True, help="Build and check everything, publish nothing.")
@click.option("--keep-going", is_flag=True, help="Leave broken tasks out and list them, instead of ending there.")
@click.option("--allow-shrink", is_flag=True, help="Publish although annotations that were there are missing.")
@click.option("--timings", is_flag=True, help="Say where the time went, step by step, on stderr.")
@shared
def publish(
    version: str | None,
    into: Path | None,
    dry_run: bool,
    keep_going: bool,
    allow_shrink: bool,
    timings: bool,
    workspace: Path | None,
    out: Output,
) -> None:
    """Publish gold and raw as the next version under dataset/.

    Example: goldpress publish
    """
    with recorded() as times:
        try:
            with out.progress("publish") as progress:
                release = goldpress.publish(
                    workspace,
                    version=version,
                    into=into,
                    dry_run=dry_run,
                    keep_going=keep_going,
                    allow_shrink=allow_shrink,
                    progress=progress,
                )
        finally:
            # A refused release has taken its time too.
            for line in times.lines() if timings else ():
                click.echo(line, err=True)
    out.result(release)
    show_release(release, out, made=not dry_run)
    show_seen(release.seen, out)
