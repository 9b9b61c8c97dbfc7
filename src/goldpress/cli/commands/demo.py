"""``goldpress demo``."""

from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.displays import near, program, show_claims, show_release, wait_for_the_end
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.option("--serve", "keep", is_flag=True, help="Leave Label Studio running, to label by hand.")
@click.option("--port", type=click.IntRange(1024, 65535), help="Port on 127.0.0.1; a free one by default.")
@shared
def demo(keep: bool, port: int | None, workspace: Path | None, out: Output) -> None:
    """Run the whole loop on this repository's seeds.

    Example: goldpress demo --serve
    """
    with goldpress.demo(workspace, port=port, progress=out.progress, say=out.done) as shown:
        out.result(shown)
        out.heading("What was published")
        show_release(shown.release, out)
        show_claims(shown.release, out)
        _show_next_steps(shown, out, serving=keep)
        if keep:
            wait_for_the_end(shown.server, out)


def _show_next_steps(shown: Any, out: Output, *, serving: bool) -> None:
    tool, place = program("goldpress"), near(shown.workspace.root)
    if serving:
        email, password = shown.login
        out.heading("Label the next article by hand")
        out.line(f"  1. open      {shown.push.url}")
        out.line(f"  2. log in    {email}  {password}")
        out.line("  3. choose 'Label All Tasks', label, submit")
        out.line(f"  4. then, in another terminal: {tool} pull --workspace {place}")
        out.line(f"                                {tool} publish --workspace {place}")
        out.line("\nCtrl-C here stops the server.")
        return
    python = program("python")
    out.heading("Try next")
    out.line(f"  look at it       {near(shown.page)}")
    out.line(f"  what was checked {near(Path(shown.verdict.report))}")
    out.line(f"  who disagrees    {near(shown.disagreements)}")
    code = f'import goldpress as g; print(g.load("{place}").claims.to_pandas()[["claim_type", "text"]])'
    out.line(f"  load it          {python} -c '{code}'")
    out.line(f"  read a finding   {tool} validate --workspace {place}")
    out.line("  label by hand    make demo SERVE=1")
