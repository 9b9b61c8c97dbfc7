"""Tasks in chunks: by their ids, or by the range in which their ids lie where nobody has listed them yet."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

Kind = TypeVar("Kind")

MOST_IDS = 500
"""Ids in one request: Django takes 1,000 parameters in all, and proxies take 16 kB of address."""
SPARSEST = 2
"""With more numbers than this for each task, the range holds mostly tasks of other projects: they are listed first."""


@dataclass(frozen=True)
class Range:
    """The lowest and the highest id of a project's tasks, and how many there are."""

    first: int
    last: int
    total: int

    def chunks(self, size: int) -> list[list[int]] | None:
        """Return all numbers of the range in chunks that hold about ``size`` tasks; None if most are no tasks."""
        span = self.last - self.first + 1
        if span > SPARSEST * self.total + size:
            return None
        step = min(MOST_IDS, max(1, size * span // max(1, self.total)))
        return [list(range(at, min(at + step, self.last + 1))) for at in range(self.first, self.last + 1, step)]


def read_ahead(calls: Iterable[Callable[[], Kind]]) -> Iterator[Kind]:
    """Yield the result of each call, while the next one is under way: one at a time, in order.

    Whoever stops early waits for nothing: what is under way ends with the program.
    """
    coming: Future[Kind] | None = None
    for call in calls:
        done = coming.result() if coming is not None else None
        before, coming = coming, _begin(call)
        if before is not None:
            yield done  # type: ignore[misc]
    if coming is not None:
        yield coming.result()


def _begin(call: Callable[[], Kind]) -> "Future[Kind]":
    future: Future[Kind] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
