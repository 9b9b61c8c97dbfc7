"""One map over shards: the same result for any number of processes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from goldpress.engine import default_workers, map_shards
from goldpress.errors import DataError, SurroundingsError, UsageError


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def fail(number: int) -> int:
    if number == 2:
        raise DataError("GP-TEST-001", "two is broken", where="shard 2", hint="take three")
    return number


def die(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_the_order_is_that_of_the_shards_for_any_number_of_workers() -> None:
    alone, spread = map_shards(double, range(9)), map_shards(double, range(9), workers=2)
    assert [number for number, _ in alone] == [number for number, _ in spread] == list(range(0, 18, 2))
    assert {pid for _, pid in alone} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in spread}


def test_no_shards_give_nothing_and_start_nothing() -> None:
    assert map_shards(double, [], workers=4) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_shard_is_the_same_error_here(workers: int) -> None:
    with pytest.raises(DataError, match="two is broken") as caught:
        map_shards(fail, range(4), workers=workers)
    assert (caught.value.code, caught.value.where, caught.value.hint) == ("GP-TEST-001", "shard 2", "take three")


def test_a_process_that_was_killed_is_an_error_that_says_so() -> None:
    with pytest.raises(SurroundingsError, match="GP-ENGINE-001"):
        map_shards(die, range(3), workers=2)


def test_workers_end_when_the_process_that_started_them_is_killed() -> None:
    script = "import time; from goldpress.engine import map_shards; map_shards(time.sleep, [600, 600], workers=2)"
    parent = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    while len(pids := _workers(parent.pid)) < 2:
        assert parent.poll() is None
        time.sleep(0.01)
    time.sleep(0.5)  # the workers begin to look after their parent when they have begun at all
    parent.kill()
    parent.wait()
    while any(_is_alive(pid) for pid in pids):
        time.sleep(0.01)


def _workers(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in listed if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_script_without_a_guard_does_not_run_again_in_each_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once')\nfrom math import sqrt\nfrom goldpress.engine import map_shards\n"
        "print(map_shards(sqrt, [1, 4, 9], workers=2))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == "once\n[1.0, 2.0, 3.0]\n"


def test_workers_are_what_is_wanted_then_what_is_set_then_what_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (default_workers(3, 100), default_workers(0, 100), default_workers(None, 1)) == (3, 1, 1)
    monkeypatch.setenv("GOLDPRESS_WORKERS", "5")
    assert default_workers(None, 1) == 5
    monkeypatch.setenv("GOLDPRESS_WORKERS", "zwei")
    with pytest.raises(UsageError, match="GP-ENGINE-002"):
        default_workers(None, 1)
