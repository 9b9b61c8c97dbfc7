"""The commands, in the order in which a data set is made: one thin function a file (parse, call the twin, print).

A new command is a file here and a line below. Its module is imported when it runs or shows its help, so that
``goldpress --help`` stays fast; a test holds each summary against the first sentence of the command's own help.
"""

from importlib import import_module

import click

import goldpress

STAGES = {
    "Begin": {
        "init": "Make a new workspace with five rooms and the default scheme.",
        "demo": "Run the whole loop on this repository's seeds.",
        "articles": "List what seeds/ holds: id, language, length, rights, warnings.",
        "generate": "Write everything that is derived from the scheme.",
        "doctor": "Find what is wrong with this set-up, and the way out.",
    },
    "Label": {
        "serve": "Run an embedded Label Studio on this machine until Ctrl-C.",
        "login": "Store a token for a Label Studio elsewhere.",
        "annotators": "Add or list accounts for annotators.",
        "push": "Send articles to Label Studio; running it again adds nothing.",
        "status": "Show what each annotator has done with each article.",
        "pull": "Fetch what changed of the labels into a new file.",
    },
    "Check": {
        "agree": "Measure agreement per layer, label and pair of annotators.",
        "adjudicate": "Send disagreements back to Label Studio for a decision.",
        "validate": "Check the labels, or a release; exit 1 on findings.",
    },
    "Publish": {
        "publish": "Publish gold and raw as the next version under dataset/.",
        "verify": "Hold a release against its manifest; exit 1 if a byte differs.",
        "upload": "Send a release to another place, as it is.",
        "withdraw": "Take a release back, and say why.",
    },
    "Use a release": {
        "report": "Write a page about a release, to be opened in a browser.",
        "diff": "Show what changed between two releases, table by table.",
        "export": "Write a release's gold in another format.",
        "hydrate": "Put your own texts back into a release that has places only.",
    },
}
"""Stage by stage, command by command, what ``goldpress --help`` says of it."""

SUMMARIES = {name: summary for commands in STAGES.values() for name, summary in commands.items()}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in SUMMARIES:
            return None
        module = import_module(f"goldpress.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in SUMMARIES and not args[0].startswith("-"):
            _refuse(args[0], ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        width = max(map(len, SUMMARIES))
        for stage, own in STAGES.items():
            with formatter.section(stage):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in own.items()])


def _refuse(name: str, ctx: click.Context) -> None:
    import difflib

    near = difflib.get_close_matches(name, SUMMARIES, n=1)
    error = click.UsageError(f"there is no command '{name}'", ctx)
    error.hint = f"goldpress {near[0]}" if near else "goldpress --help"  # type: ignore[attr-defined]  # main() shows it
    raise error


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(goldpress.__version__, prog_name="goldpress")
def commands() -> None:
    """News articles to Label Studio and back, as versioned, validated Parquet.

    seeds -> push -> Label Studio -> pull -> validate -> publish -> load

    'goldpress COMMAND --help' shows options and an example.
    """
