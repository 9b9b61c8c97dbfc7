"""The pages: generated ones are up to date, links lead somewhere, and what they tell people to type works."""

import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dataset_fixtures
from command_line import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[a-z]*/README.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MACHINE = re.compile(r"/(work|tmp|root|home)/\w|127\.0\.0\.1:\d{4,}.*index|pypi\.org/simple")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    """The names of docs/generate.py."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_the_reference_pages_follow_from_the_source(generator: dict[str, Any]) -> None:
    stale = [relative(path) for path, text in generator["pages"]().items() if path.read_text("utf-8") != text]
    assert not stale, "run 'make docs' and commit what changed"


def test_check_names_a_stale_page_and_leaves_with_1(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    script = (ROOT / "docs" / "generate.py").read_text("utf-8")
    script = script.replace(
        'SOURCE = ROOT / "src" / "goldpress"', f"SOURCE = Path({str(ROOT / 'src' / 'goldpress')!r})"
    )
    (tmp_path / "docs" / "generate.py").write_text(script, "utf-8")
    call = [sys.executable, str(tmp_path / "docs" / "generate.py")]
    assert subprocess.run(call, check=False, capture_output=True).returncode == 0
    assert subprocess.run([*call, "--check"], check=False, capture_output=True).returncode == 0
    (tmp_path / "docs" / "reference" / "cli.md").write_text("old", "utf-8")
    checked = subprocess.run([*call, "--check"], check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (1, "")
    assert "stale: docs/reference/cli.md" in checked.stderr


def test_an_error_code_has_one_meaning(generator: dict[str, Any]) -> None:
    entries = generator["raised"]()
    assert len(entries) > 100
    # Two places may raise it for the same reason; two rooms or two families cannot mean the same.
    homes = {(entry.code, entry.module.split(".")[1], entry.family) for entry in entries}
    assert len(homes) == len({entry.code for entry in entries}), "a code belongs to one room and one family"


def test_every_error_says_what_to_try(generator: dict[str, Any]) -> None:
    assert not [entry.code for entry in generator["raised"]() if not entry.what or not entry.hint]


def test_every_variable_of_the_environment_is_documented(generator: dict[str, Any]) -> None:
    asked = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"environ(?:\.get\(|\[)\"(GOLDPRESS_\w+|SOURCE_DATE_EPOCH)\"", path.read_text("utf-8"))
    }
    # What goldpress sets itself, for the server that it starts, is nobody's to set.
    assert asked - {"GOLDPRESS_TEMPLATE"} == set(generator["VARIABLES"])


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        address, _, anchor = target.partition("#")
        if "://" in address or address.startswith("mailto:"):
            continue
        found = page.parent / address if address else page
        assert found.exists(), f"{relative(page)} links to {target}"
        if anchor and found.suffix == ".md":
            assert anchor in _anchors(found), f"{relative(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not MACHINE.search(page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_line_to_type_is_a_command_with_options_that_exist(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.core.prompt", lambda *_, **__: "x")
    for line in _shell_lines(page.read_text("utf-8")):
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            named = {word for word in words[1:] if "=" not in word}
            assert named <= _make_targets(), line
        elif words[:1] == ["goldpress"] and len(words) > 1 and not words[1].startswith("-"):
            name = " ".join(words[1:3]) if words[1] == "annotators" else words[1]
            assert name in COMMANDS, line
            COMMANDS[name].make_context(name, words[1 + len(name.split()) :])


def test_the_readme_s_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_fixtures.release(tmp_path / "dataset")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - it is ours


def test_the_readme_names_the_commands_of_the_first_day(repository: Path) -> None:
    text = (repository / "README.md").read_text("utf-8")
    first = ("init", "articles", "serve", "annotators add", "push", "status", "pull", "agree", "validate", "publish")
    assert not [name for name in (*first, "report", "diff", "doctor") if f"goldpress {name}" not in text]


def _shell_lines(text: str) -> list[str]:
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [part.strip() for line in lines for part in line.split("&&")]


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
