"""What the command line prints, where, and with which exit code; in a process of its own, as people run it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import COMMANDS, goldpress
from goldpress.cli.commands import commands
from goldpress.cli.displays import show_seen
from goldpress.cli.output import Output
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.validation import Verdict

ESCAPE = "\x1b["

OF_A_MISSING_WORKSPACE = {
    "init": ["/dev/null/nowhere"],
    "login": ["http://127.0.0.1:1", "--email", "a@example.org", "--password", "b"],
    "annotators add": ["a@example.org"],
    "diff": ["0.1.0", "0.2.0"],
    "verify": ["0.1.0"],
    "export": ["0.1.0", "--format", "csv"],
}
"""Arguments without which a command is not called at all."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as ``goldpress init`` makes it: articles, no server, no pulls, no releases."""
    root = tmp_path_factory.mktemp("cli") / "corpus"
    made = goldpress("init", root, "--json")
    assert json.loads(made.stdout)["root"] == str(root)
    return root


@pytest.mark.parametrize("name", COMMANDS)
def test_with_json_stdout_is_one_document_also_when_the_command_fails(name: str, tmp_path: Path) -> None:
    ended = goldpress(*name.split(), *OF_A_MISSING_WORKSPACE.get(name, []), "--json", cwd=tmp_path)
    error = json.loads(ended.stdout)["error"]
    assert set(error) == {"code", "what", "where", "hint"}
    assert all(error.values()), "what, where and what to try, under a code"
    assert ended.returncode in {2, 3}
    assert ended.stderr.startswith(f"error: {error['what']} [{error['code']}]\n  at:  {error['where']}\n  try: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["generate", "--check"], 0), (["verify", "0.1.0"], 1), (["status"], 2)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_json_and_text_say_the_same_with_the_same_exit_code(workspace: Path, arguments: list[str], code: int) -> None:
    document = goldpress(*arguments, "--workspace", workspace, "--json")
    told = goldpress(*arguments, "--workspace", workspace)
    quiet = goldpress(*arguments, "--workspace", workspace, "--quiet")
    assert (document.returncode, told.returncode, quiet.returncode) == (code, code, code), told.stderr
    assert isinstance(json.loads(document.stdout), dict)
    assert quiet.stdout == ""
    if "error" not in json.loads(document.stdout):
        assert told.stdout.strip()


def test_doctor_names_what_is_wrong_and_leaves_with_3(workspace: Path) -> None:
    ended = goldpress("doctor", "--workspace", workspace, "--json")
    checks = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert ended.returncode == 3
    assert checks["scheme"]["ok"]
    assert not checks["label studio"]["ok"]
    assert "goldpress serve" in checks["label studio"]["hint"]


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (["pusch"], "there is no command 'pusch'", "goldpress push"),
        (["xyz"], "there is no command 'xyz'", "goldpress --help"),
        (["push", "--limt", "3"], "no such option '--limt'", "goldpress push --help"),
        (["push", "--limit", "0"], "invalid value for '--limit'", "goldpress push --help"),
        (["verify"], "missing argument 'VERSION'", "goldpress verify --help"),
        (["annotators", "ad"], "no such command 'ad'", "goldpress annotators --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_has_the_shape_of_every_other_error(arguments: list[str], what: str, hint: str) -> None:
    ended = goldpress(*arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {what}")
    assert "[GP-CLI-001]\n  at:  goldpress" in ended.stderr
    assert ended.stderr.rstrip().endswith(f"try: {hint}")
    assert ended.stdout == ""


def test_a_wrong_call_with_json_says_so_in_json() -> None:
    assert json.loads(goldpress("push", "--limt", "--json").stdout)["error"]["code"] == "GP-CLI-001"


def test_an_unknown_setting_is_refused_with_the_nearest_one(workspace: Path, tmp_path: Path) -> None:
    text = (workspace / "goldpress.toml").read_text("utf-8")
    assert "overlap" in text
    (tmp_path / "goldpress.toml").write_text(text.replace("overlap", "overlapp"), "utf-8")
    ended = goldpress("articles", "--workspace", tmp_path)
    assert ended.returncode == 2
    assert "overlapp" in ended.stderr
    assert "try: did you mean 'overlap'?" in ended.stderr


def test_a_question_that_nobody_can_answer_is_an_error(tmp_path: Path) -> None:
    ended = goldpress("login", "http://127.0.0.1:1", cwd=tmp_path)
    assert ended.returncode == 2
    assert "[GP-CLI-004]" in ended.stderr


def test_a_fault_of_goldpress_is_named_so_and_debug_shows_the_traceback(workspace: Path) -> None:
    script = (
        "import sys, goldpress.seeds, goldpress.cli\n"
        "def broken(*_):\n    raise RuntimeError('out of cheese')\n"
        "goldpress.seeds.articles = broken\ngoldpress.cli.main()"
    )
    call = [sys.executable, "-c", script, "articles", "--workspace", str(workspace)]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    assert ended.returncode == 70
    assert "goldpress has a fault: RuntimeError: out of cheese [GP-CLI-003]" in ended.stderr
    assert "Traceback" not in ended.stderr
    told = subprocess.run([*call, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" in told.stderr


def test_a_refusal_of_the_system_is_no_fault_of_goldpress(workspace: Path) -> None:
    script = (
        "import sys, goldpress.seeds, goldpress.cli\n"
        "def full(*_):\n    raise OSError(28, 'No space left on device', '/full')\n"
        "goldpress.seeds.articles = full\ngoldpress.cli.main()"
    )
    call = [sys.executable, "-c", script, "articles", "--workspace", str(workspace)]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "No space left on device [GP-CLI-002]\n  at:  /full" in ended.stderr


def test_a_reader_that_goes_away_is_no_error(workspace: Path) -> None:
    call = [sys.executable, "-m", "goldpress", "articles", "--workspace", str(workspace)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 3), (">&-", 0), ("<&- >&- 2>&-", 0)])
def test_an_output_that_is_full_or_closed_is_no_fault_of_goldpress(
    workspace: Path, redirection: str, code: int
) -> None:
    call = f'"{sys.executable}" -m goldpress articles --json --workspace "{workspace}" {redirection}'
    ended = subprocess.run(["/bin/sh", "-c", call], capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert ("No space left on device [GP-CLI-002]" in ended.stderr) == (code == 3)


def test_an_interrupt_ends_with_130() -> None:
    script = (
        "import goldpress.seeds, goldpress.cli\n"
        "def stop(*_):\n    raise KeyboardInterrupt\n"
        "goldpress.seeds.articles = stop\ngoldpress.cli.main()"
    )
    call = [sys.executable, "-c", script, "articles"]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert "interrupted" in ended.stderr


def test_an_interrupt_before_anything_is_imported_ends_with_130_too() -> None:
    script = (
        "import sys\n"
        "had = set(sys.modules)\n"
        "import goldpress.cli\n"
        "late = {name.partition('.')[0] for name in set(sys.modules) - had}\n"
        "assert late <= {'goldpress', 'importlib', 'warnings', 'errno'}, late\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "goldpress.cli.main()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "interrupted\n")


def test_a_terminal_of_windows_1252_gets_what_it_can_show(workspace: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "goldpress", "articles", "--workspace", str(workspace)],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "beispiel" in told.stdout.decode("cp1252")


def test_json_is_whole_on_a_terminal_of_windows_1252(tmp_path: Path) -> None:
    goldpress("init", tmp_path / "w")
    (tmp_path / "w" / "seeds" / "kyiv.txt").write_text("Київ → Kyiv 🗞", "utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "goldpress", "articles", "--json", "--workspace", str(tmp_path / "w")],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    utf8 = goldpress("articles", "--json", "--workspace", tmp_path / "w").stdout
    assert json.loads(told.stdout.decode("ascii")) == json.loads(utf8)


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """Run goldpress with a pseudo terminal on stdout and stderr, and return what it shows."""
    own, its = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "goldpress", *arguments],
            stdout=its,
            stderr=its,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LC_ALL": "C.UTF-8", **environment},
        )
        os.close(its)
        shown = b""
        while True:
            try:
                part = os.read(own, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
        process.wait(60)
    finally:
        os.close(own)
    return shown.decode("utf-8", "replace")


def test_colours_only_on_a_terminal_and_never_with_no_color(workspace: Path) -> None:
    call = ["articles", "--workspace", str(workspace)]
    assert ESCAPE in on_a_terminal(call)
    plain = on_a_terminal(call, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain), "bold is no colour"
    assert ESCAPE not in goldpress(*call).stdout


def test_a_headline_cannot_steer_the_terminal(tmp_path: Path) -> None:
    goldpress("init", tmp_path / "w")
    hostile = '+++\nid = "x"\ntitle = "[bold]red[/bold] \\u001b[31m\\u202e"\n+++\nEin Text, der lang genug ist.\n'
    (tmp_path / "w" / "seeds" / "x.md").write_text(hostile, "utf-8")
    shown = goldpress("articles", "--workspace", tmp_path / "w").stdout
    assert "[bold]red[/bold]" in shown.replace("\n", ""), "brackets are text"
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_families_of_errors_are_the_exit_codes_that_the_design_names() -> None:
    assert [kind.exit_code for kind in (DataError, UsageError, SurroundingsError)] == [1, 2, 3]


def test_what_no_table_holds_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    known = {f"fields that are not read: {name}": 9 for name in ("task.inner_id", "annotation.import_id")}
    unread = {f"fields that are not read: {name}": 9 for name in ("a", "b", "c", "data.inner_id")}
    show_seen({"tasks": 9, **known}, Output(as_json=False, quiet=False))
    assert capsys.readouterr().out == "", "nobody needs to hear of Label Studio's own fields"
    seen = {**known, "drafts": 2, **unread, "predictions": 0, "rows of an unknown kind: brush": 3, "tasks": 9}
    show_seen(seen, Output(as_json=False, quiet=False))
    assert capsys.readouterr().out == (
        "Of 9 tasks, not in the tables as they are: 2 drafts, 4 fields that are not read (a, b, c …), "
        "3 rows of an unknown kind (brush).\n"
    )
    show_seen({"fields that are not read: data.x": 1, "drafts": 1, "tasks": 1}, Output(as_json=False, quiet=False))
    assert (
        "Of 1 task, not in the tables as they are: 1 field that is not read (data.x), 1 draft."
        in capsys.readouterr().out
    )
    show_seen({"tasks": 9}, Output(as_json=False, quiet=False))
    show_seen(seen, Output(as_json=True, quiet=False))
    assert capsys.readouterr().out == ""


def test_before_anybody_has_submitted_validation_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("goldpress.validation.validate", lambda *_, **__: Verdict([], 1, {"annotations": 0}))
    for arguments, told in ((["validate"], True), (["validate", "1.0.0"], False)):
        commands(arguments, standalone_mode=False)
        assert ("label an article, then 'goldpress pull'" in capsys.readouterr().out) == told
