"""Shards in processes of their own: a killed one and a full disk are errors that say so, and nothing is left behind."""

import contextlib
import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldpress.annotations.assembly.intake import tabulate, tabulate_into
from goldpress.annotations.assembly.parts import Merge, merge
from goldpress.errors import SurroundingsError
from goldpress.schemas.scheme import load_scheme
from parts import need
from task_fixtures import make_task

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
POOLS = 3
"""Times that processes are started: for raw and gold tables, for what follows from entities, for the order."""


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    chance = random.Random(5)  # noqa: S311 - the same tasks every time
    path = tmp_path / "tasks.jsonl"
    made = (json.dumps(make_task(chance, SCHEME, i, odd=0.0)) for i in range(1, 13))
    path.write_text("\n".join(made), encoding="utf-8")
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files on the way lie, and shards so small that there are several."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("goldpress.annotations.assembly.rounds.SHARD", 5_000)
    return folder


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    need(os.geteuid() == 0, "root, who can mount a small disk,")
    call = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    need(subprocess.run(call, check=False).returncode == 0, "the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


def workers() -> list[int]:
    """The processes that this one has spread work over."""
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for pid in listed.read_text(encoding="ascii").split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
    return found


def kill_first_of(pool: int) -> threading.Thread:
    """Kill the first of two workers of the pool of this number, as soon as it is there."""

    def watch() -> None:
        seen: set[int] = set()
        while len(seen) < 2 * pool - 1:
            for pid in workers():
                seen.add(pid)
                if len(seen) == 2 * pool - 1:
                    os.kill(pid, signal.SIGKILL)
                    break
            time.sleep(0.005)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("pool", range(1, POOLS + 1))
def test_a_worker_that_is_killed_ends_all_of_it_and_leaves_nothing(pool: int, tasks: Path, scratch: Path) -> None:
    killer = kill_first_of(pool)
    with pytest.raises(SurroundingsError, match="a worker process died") as caught:
        tabulate(tasks, SCHEME, workers=2)
    killer.join()
    assert caught.value.code == "GP-ENGINE-001"
    assert list(scratch.iterdir()) == []
    assert workers() == []


def test_a_worker_that_is_killed_while_it_sorts_is_an_error_that_says_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never written")  # who opens it waits
    job = Merge((tmp_path / "never written",), "span_id", tmp_path / "spans")

    def kill() -> None:
        while len(found := workers()) < 2:
            time.sleep(0.01)
        time.sleep(0.7)  # by then it has begun; it waits however long that takes
        os.kill(found[0], signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(SurroundingsError, match="GP-ENGINE-001"):
        merge([job, job], workers=2)
    assert [path.name for path in tmp_path.iterdir()] == ["never written"]


@pytest.mark.parametrize("size", ["64k", "640k"])
def test_a_full_disk_on_the_way_is_an_error_that_says_so(size: str, tasks: Path, scratch: Path) -> None:
    with small_disk(scratch, size):
        with pytest.raises(SurroundingsError, match="No space left") as caught:
            tabulate(tasks, SCHEME, workers=2)
        assert caught.value.code == "GP-TAB-011"
        assert "TMPDIR" in caught.value.hint
        assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("linked", [True, False])
def test_a_full_disk_leaves_no_folder_of_parquet(linked: bool, tasks: Path, tmp_path: Path, scratch: Path) -> None:
    del scratch
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "64k"):
        with pytest.raises(SurroundingsError, match="No space left") as caught:
            tabulate_into(tasks, SCHEME, disk / "tables", linked=linked, workers=2)
        assert caught.value.code == "GP-TAB-008"
        assert list(disk.iterdir()) == []
