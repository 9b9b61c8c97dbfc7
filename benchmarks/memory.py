"""What Linux says of the memory of a process and of those that it started, in MiB."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """Memory of one process: its own, pages of mapped files, and its share where what several hold counts once."""

    own: float = 0.0
    files: float = 0.0
    share: float = 0.0


def held(pid: int) -> Held:
    """Return what a process holds at this moment; nothing once it is gone."""
    with contextlib.suppress(OSError):
        rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
        found = {row[0]: int(row[1]) / 1024 for row in rows}
        return Held(found["Anonymous:"], found["Rss:"] - found["Anonymous:"], found["Pss:"])
    return Held()


def below(pid: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that these started."""
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (thread / "children").read_text().split()):
                yield child
                yield from below(child)


def shares(pids: Iterable[int]) -> float:
    """Return what some processes hold together."""
    return sum(held(pid).share for pid in pids)
