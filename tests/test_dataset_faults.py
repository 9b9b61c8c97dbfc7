"""Publishing when things break: killed at any call, eight at once, a full disk, a folder that cannot be written."""

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import goldpress
from dataset_fixtures import changed, corpus, default_scheme, imprint, release, tree
from goldpress import validation
from goldpress.dataset import Release, write_release
from goldpress.errors import SurroundingsError, UsageError
from goldpress.schemas.tables import tables as contracts_of
from goldpress.timings import Step, recorded
from parts import need

TOUCHING = {
    "open",
    "os.chmod",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "shutil.rmtree",
}
"""Audit events of calls that touch the disk; ``fsync`` has none and is wrapped."""

NOBODY = 65534

_watch: list[Callable[[str], None]] = []
_hooked: list[bool] = []


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder that is quick to sync where there is one: what is killed is the process, not the machine."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    with TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


def small(root: Path, title: str, version: str | None = None) -> Release:
    """Publish two tables, so that a publication has few calls; the title changes one of them."""
    contracts = {name: contracts_of(default_scheme())[name] for name in ("articles", "annotations")}
    tables = {name: table for name, table in corpus().items() if name in contracts}
    tables = changed(tables, "articles", "title", [title] * tables["articles"].num_rows)
    return write_release(tables, contracts, root, imprint=imprint(), version=version)


def fork(work: Callable[[], object]) -> int:
    """Do something in a fork of this process, which is warm; return the child's id."""
    with warnings.catch_warnings():
        # Python warns of forks beside threads; Arrow's threads are made anew in the child.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except UsageError as error:
            code = int(error.code[-3:])
        finally:
            os._exit(code)
    return child


def outcome(child: int) -> int:
    """Wait for a child; return its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(number: int, work: Callable[[], object], report: Path | None = None) -> int:
    """Do something in a fork that is killed before its n-th call that touches the disk; 0 counts the calls."""

    def kill() -> None:
        calls = count(1)  # files are written by several threads: counting must be one step

        def called(_: str) -> None:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        if not _hooked:
            sys.addaudithook(_audit)
            _hooked.append(True)
        real = os.fsync

        def fsync(fd: Any) -> None:
            called("fsync")
            real(fd)

        os.fsync = fsync
        _watch.append(called)
        work()
        _watch.clear()
        if report is not None:
            report.write_text(str(next(calls) - 1), encoding="utf-8")

    return outcome(fork(kill))


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _watch and event in TOUCHING and not (event == "open" and args[1] in ("r", "rb")):
        _watch[-1](event)


def test_a_publication_killed_at_any_call_leaves_a_whole_release_or_none(memory: Path) -> None:
    origin = memory / "origin"
    small(origin, "first")
    counted = memory / "counted"
    shutil.copytree(origin, memory / "rehearsal")
    assert killed_at(0, lambda: small(memory / "rehearsal", "second"), counted) == 0
    calls = int(counted.read_text(encoding="utf-8"))
    assert calls > 40
    outcomes = set()
    for number in range(1, calls + 1):
        root = memory / "killed"
        shutil.copytree(origin, root)
        first = tree(root / "0.1.0")
        assert killed_at(number, partial(small, root, "second")) == -signal.SIGKILL, number
        whole = (root / "0.2.0").exists()
        outcomes.add(whole)
        assert not whole or goldpress.verify(root / "0.2.0").ok, number
        assert goldpress.load(root).version == ("0.2.0" if whole else "0.1.0")
        again = small(root, "third")
        assert goldpress.verify(again.path).ok
        assert tree(root / "0.1.0") == first
        index = json.loads((root / "index.json").read_bytes())
        assert index["latest"] == again.version
        assert set(index["versions"]) == {path.parent.name for path in root.glob("*/manifest.json")}
        assert sorted(path.name for path in root.glob(".*")) == [], number
        shutil.rmtree(root)
    assert outcomes == {True, False}


class _Killed(list[Step]):
    """Steps of a command that is killed when it has done so many."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def append(self, step: Step) -> None:
        super().append(step)
        if len(self) == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_whole_publish_killed_after_any_step_leaves_nothing_and_the_next_one_gives_the_same(
    repository: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    verdicts: list[validation.Verdict] = []
    judge = validation.judge

    def once(*args: Any, **named: Any) -> validation.Verdict:
        verdicts.extend([] if verdicts else [judge(*args, **named)])
        return verdicts[0]

    monkeypatch.setattr(validation, "judge", once)  # the same again is what takes long
    with recorded() as timings:
        whole = goldpress.publish(repository, into=memory / "whole")
    root = memory / "killed"

    def killed(number: int) -> None:
        with recorded() as mine:
            mine.steps = _Killed(number)
            goldpress.publish(repository, into=root)

    names = [step.name for step in timings.steps]
    assert {"validate", "write", "look for what may not leave"} <= {*names}
    for number, name in enumerate(names, start=1):
        assert outcome(fork(partial(killed, number))) == -signal.SIGKILL, name
        assert [path for path in root.glob("*") if not path.name.startswith(".staging-")] == [], name
    assert tree(goldpress.publish(repository, into=root).path) == tree(whole.path)
    assert list(root.glob(".*")) == []


def test_of_eight_processes_one_publishes_and_the_others_say_so(tmp_path: Path) -> None:
    release(tmp_path / "warm")
    root = tmp_path / "race"
    gate = os.pipe()

    def race() -> None:
        os.read(gate[0], 1)
        release(root, version="0.3.0")

    children = [fork(race) for _ in range(8)]
    os.write(gate[1], b"12345678")
    codes = [outcome(child) for child in children]
    assert codes.count(0) == 1
    assert set(codes) <= {0, 10, 14, 26}, "each of the others says that the version is there"
    assert goldpress.verify(root / "0.3.0").ok
    assert list(root.glob(".*")) == []


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path) -> None:
    need(os.geteuid() == 0, "root, who can mount a small disk,")
    mount = tmp_path / "small"
    mount.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)]
    need(subprocess.run(call, check=False).returncode == 0, "the right to mount")
    try:
        with pytest.raises(SurroundingsError, match="No space left") as refused:
            release(mount / "dataset")
        assert refused.value.code == "GP-DATASET-013"
        assert "make room" in refused.value.hint
        assert not list((mount / "dataset").iterdir())
    finally:
        subprocess.run(["umount", mount], check=True)  # noqa: S607


def test_a_target_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        release(tmp_path / "file" / "dataset")


def test_a_folder_that_may_only_be_read_is_an_error_that_says_so(tmp_path: Path) -> None:
    release(tmp_path / "warm")
    with TemporaryDirectory() as folder:
        root = Path(folder) / "dataset"
        release(root)
        before = tree(root)
        Path(folder).chmod(0o755)
        root.chmod(0o555)

        def refused() -> None:
            if os.geteuid() == 0:
                os.setuid(NOBODY)  # root may write anywhere
            with pytest.raises(SurroundingsError, match="cannot be written: Permission denied") as error:
                release(root, corpus(claim_type="prediction"))
            assert error.value.code == "GP-DATASET-013"
            assert "--into" in error.value.hint
            assert goldpress.load(root).version == "0.1.0"

        assert outcome(fork(refused)) == 0
        assert tree(root) == before
        root.chmod(0o755)
