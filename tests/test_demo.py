"""The demo as a newcomer runs it: everything real, on a copy of the repository's rooms."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import duckdb
import httpx
import pandas as pd
import polars as pl
import pytest

import goldpress
from command_line import goldpress as goldpress_command
from goldpress.demonstration import STEPS
from goldpress.labelstudio import Client, mint_token
from parts import need

ROOT = Path(__file__).parent.parent
LAST_LINE = "Ctrl-C here stops the server."

# Two starts of a server and the whole loop: minutes on a busy machine.
pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]


@dataclass
class Run:
    """One ``goldpress demo --serve``, and what it printed until it waited."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.text)
        assert found, self.text
        return found[0]

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if LAST_LINE in line:
                return
        pytest.fail(f"the demo ended with {self.process.wait()}:\n{self.text}")

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the repository's articles, scheme and labels, and a state folder of its own."""
    need(find_spec("label_studio"), "Label Studio")
    root = tmp_path_factory.mktemp("demo") / "w"
    for room in ("seeds", "schemas", "annotations", "validation"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("reports"))
    (root / "dataset").mkdir()
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@contextmanager
def demo_at(place: Path) -> Iterator[Run]:
    """Run the demo until it waits for Ctrl-C; it is killed at the end, if it is still there."""
    environment = {
        **os.environ,
        "GOLDPRESS_STATE": str(place.parent / "state"),
        "PYTHONIOENCODING": "utf-8",
        "GOLDPRESS_KEYRING": "off",
    }
    with (
        (place.parent / "progress.txt").open("w") as progress,
        subprocess.Popen(
            [sys.executable, "-m", "goldpress", "demo", "--serve", "--workspace", str(place)],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=progress,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
        ) as process,
    ):
        try:
            run = Run(process)
            run.read()
            yield run
        finally:
            process.kill()


@pytest.fixture(scope="module")
def first(place: Path) -> Iterator[Run]:
    with demo_at(place) as run:
        yield run


def test_the_demo_tells_each_step_and_what_came_of_it(first: Run) -> None:
    steps = [line.split()[:2] for line in first.lines if re.match(r" ?\d+/\d+  ", line)]
    assert [number for number, _ in steps] == [f"{n}/{STEPS}" for n in range(1, STEPS + 1)]
    assert {"push", "label", "pull", "validate", "publish", "load", "report"} <= {name for _, name in steps}
    assert "20 articles sent, 0 were there already" in first.text
    assert re.search(r"19 articles, 3 annotators, \d+ checks, \d+ findings", first.text)
    assert "Wolodymyr Selenskyj" in first.text or "Trump" in first.text, "claims with their claimers"


def test_the_progress_goes_to_stderr_and_no_password_into_it(first: Run, place: Path) -> None:
    progress = (place.parent / "progress.txt").read_text("utf-8")
    assert f"2/{STEPS} push: 20/20" in progress
    password = re.search(r"log in\s+anna@example\.org\s+(\S+)", first.text)
    assert password, first.text
    assert password[1] not in progress


def test_a_person_can_log_in_to_the_project_that_is_named(first: Run) -> None:
    found = re.search(r"log in\s+(\S+)\s+(\S+)", first.text)
    assert found
    token = mint_token(first.url, found[1], found[2], replace=True)
    project = re.search(r"open\s+\S+/projects/(\d+)", first.text)
    assert project, "the project has an address"
    with Client(first.url, token) as client:
        assert len(list(client.task_index(int(project[1])))) == 20
        offered = client._exchange.send("GET", f"/api/projects/{project[1]}/next/").json()
        assert offered["data"]["article_id"] == "beispiel", "the label stream has an article to label by hand"


def test_what_was_published_loads_with_everything_that_reads_parquet(first: Run, place: Path) -> None:
    assert first.lines
    release = goldpress.load(place / "demo")
    (file,) = map(str, release.claims.files)
    rows = release.claims.num_rows
    assert rows > 50
    assert len(pd.read_parquet(file)) == len(pl.read_parquet(file)) == rows
    assert len(duckdb.read_parquet(file)) == rows
    assert len(pd.read_parquet(release.path / "data" / "gold_claims")) == rows, "the whole folder, as README says"
    assert goldpress.verify(release.version, workspace=place / "demo").ok


def test_no_address_of_a_person_is_in_what_the_demo_keeps(first: Run, place: Path) -> None:
    assert first.lines
    for room in ("annotations", "dataset"):
        for path in (place / "demo" / room).rglob("*"):
            assert not path.is_file() or b"@example.org" not in path.read_bytes(), path


def test_the_real_rooms_are_only_read(first: Run, place: Path) -> None:
    assert first.lines
    assert not list((place / "dataset").iterdir())
    assert sorted(p.name for p in (place / "annotations").iterdir()) == sorted(
        p.name for p in (ROOT / "annotations").iterdir()
    )


def test_a_second_demo_at_the_same_time_is_refused_and_changes_nothing(first: Run, place: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in (place / "demo" / "seeds").iterdir())
    ended = goldpress_command("demo", "--workspace", place, GOLDPRESS_STATE=str(place.parent / "state"))
    assert ended.returncode == 3
    assert "GP-SERVE-003" in ended.stderr
    assert first.answers()
    assert sorted((path, path.stat().st_mtime_ns) for path in (place / "demo" / "seeds").iterdir()) == before


def test_ctrl_c_stops_the_server_and_a_second_run_adds_nothing_and_a_kill_stops_it_too(first: Run, place: Path) -> None:
    assert first.answers()
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(60) == 0
    assert not first.answers()

    with demo_at(place) as second:
        assert "0 articles sent, 20 were there already" in second.text
        assert re.search(r"label +0 annotations submitted, \d+ were there already", second.text)
        assert "nothing has changed since the demo's last release" in second.text
        assert second.answers()
        second.process.kill()
        second.process.wait()
        for _ in range(60):
            if not second.answers():
                break
            time.sleep(0.5)
        assert not second.answers(), "a killed demo leaves no server behind"


def test_a_workspace_without_labels_has_nothing_to_show(tmp_path: Path) -> None:
    goldpress.init(tmp_path / "w")
    with pytest.raises(goldpress.DataError, match="GP-DEMO-001"), goldpress.demo(tmp_path / "w"):
        pytest.fail("it must not start")


def test_another_folder_called_demo_is_left_alone(place: Path, tmp_path: Path) -> None:
    root = tmp_path / "w"
    shutil.copytree(place, root, ignore=shutil.ignore_patterns("demo"))
    (root / "demo").mkdir()
    (root / "demo" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(goldpress.UsageError, match="GP-DEMO-002"), goldpress.demo(root):
        pytest.fail("it must not start")
    assert (root / "demo" / "mine.txt").read_text("utf-8") == "mine"
