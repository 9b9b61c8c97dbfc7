"""Every command: a twin in the library, a help text with an example, one summary, quick to show."""

import inspect
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import goldpress
from command_line import COMMANDS
from command_line import goldpress as run
from goldpress.cli.commands import SUMMARIES, commands

OF_THE_SHELL = {"as_json", "quiet", "debug", "keep", "by_annotator", "timings"}
"""Options that say how a command prints or how long it stays; a library function returns instead."""
OF_THE_LIBRARY = {"progress", "say", "password"}
"""Parameters that a person at a terminal does not pass: callbacks, and a secret that the command makes."""
HEAVY = (
    "pandas",
    "pyarrow",
    "numpy",
    "great_expectations",
    "label_studio",
    "label_studio_sdk",
    "nltk",
    "scipy",
    "duckdb",
)

each = pytest.mark.parametrize("name", COMMANDS)


@each
def test_every_command_has_a_library_twin_with_the_same_parameters(name: str) -> None:
    twin = getattr(goldpress, name.replace(" ", "_").replace("-", "_"))
    options = {str(entry.name) for entry in COMMANDS[name].params} - OF_THE_SHELL
    parameters = set(inspect.signature(twin).parameters) - OF_THE_LIBRARY
    assert options - {"password"} == parameters


@each
def test_every_command_says_what_it_does_and_shows_one_line_to_type(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    help_text = inspect.cleandoc(COMMANDS[name].help or "")
    examples = [line.removeprefix("Example: ") for line in help_text.splitlines() if line.startswith("Example: ")]
    assert len(examples) == 1
    words = shlex.split(examples[0])
    assert words[: 1 + len(name.split())] == ["goldpress", *name.split()]
    # The example is parsed as the shell would hand it over, not run.
    monkeypatch.setattr("click.core.prompt", lambda *_, **__: "a password")
    context = COMMANDS[name].make_context(name, words[1 + len(name.split()) :])
    assert context.args == []


@each
def test_every_option_is_explained(name: str) -> None:
    silent = [entry.opts for entry in COMMANDS[name].params if isinstance(entry, click.Option) and not entry.help]
    assert not silent


@each
def test_every_command_takes_the_options_that_all_commands_take(name: str) -> None:
    options = {option for entry in COMMANDS[name].params for option in entry.opts}
    assert {"--json", "--quiet", "--debug"} <= options
    assert "--workspace" in options or name == "init"


def test_the_summaries_of_the_list_are_the_first_sentences_of_the_commands() -> None:
    context = click.Context(commands)
    for name, summary in SUMMARIES.items():
        command = commands.get_command(context, name)
        assert command is not None
        assert inspect.cleandoc(command.help or "").splitlines()[0] == summary


def test_the_list_of_commands_is_read_without_a_line_that_is_folded() -> None:
    shown = CliRunner().invoke(commands, ["--help"], terminal_width=80).stdout
    for name, summary in SUMMARIES.items():
        assert f"  {name:<10}  {summary}\n" in shown


def test_a_shell_completes_commands_and_values() -> None:
    asked = {"_GOLDPRESS_COMPLETE": "bash_complete", "COMP_CWORD": "3", "COMP_WORDS": "goldpress export --format b"}
    script = [sys.executable, "-c", "import goldpress.cli\ngoldpress.cli.main()"]
    ended = subprocess.run(script, env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert ended.stdout.split() == ["plain,bio", "plain,brat"]


def test_a_command_has_a_file_and_a_file_has_a_command() -> None:
    folder = Path(inspect.getfile(commands.callback or commands)).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == {name.replace("-", "_") for name in SUMMARIES}


def test_the_list_of_commands_imports_no_command_and_nothing_heavy() -> None:
    script = (
        "import sys, goldpress.cli\nsys.argv = ['goldpress', '--help']\n"
        "try:\n    goldpress.cli.main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    assert "goldpress.cli.commands" in loaded, "the list was shown"
    assert not loaded & {*HEAVY, "rich", "httpx", "msgspec", "jinja2"}
    assert not {module for module in loaded if module.startswith("goldpress.cli.commands.")}
    for name, summary in SUMMARIES.items():
        assert f"  {name} " in ended.stdout
        assert summary.split(";")[0][:40] in ended.stdout


def test_the_commands_themselves_import_nothing_heavy() -> None:
    modules = ", ".join(f"goldpress.cli.commands.{name.replace('-', '_')}" for name in SUMMARIES)
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(ended.stdout.split()) & {*HEAVY, "rich", "httpx", "msgspec"}


def test_importing_the_library_imports_nothing_heavy() -> None:
    script = "import sys, goldpress; print(*sys.modules); assert goldpress.push and goldpress.open_workspace"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(ended.stdout.split()) & {*HEAVY, "click", "rich", "httpx"}


def test_an_unknown_name_of_the_library_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'pusch'"):
        goldpress.pusch  # noqa: B018


def test_both_ways_to_start_it_say_the_same_version() -> None:
    script = next(entry for entry in entry_points(group="console_scripts") if entry.name == "goldpress")
    assert script.value == "goldpress.cli:main"
    assert run("--version").stdout.split()[-1] == goldpress.__version__


def test_the_command_line_of_an_empty_call_shows_the_list_and_is_wrong_use() -> None:
    ended = run()
    assert ended.returncode == 2
    assert "Use a release:" in ended.stderr
