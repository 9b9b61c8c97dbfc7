"""Tasks in chunks: by their ids, or by the range in which their ids lie where nobody has listed them yet."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

Kind = TypeVar("Kind")

AHEAD = 1
"""Requests that are begun while the result of an earlier one is awaited."""

CHUNK = 250
"""Tasks per request: so few that the next chunk comes while this one is read, so many that asking costs little."""
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
    """Yield the result of each call in order; the next begins when the one before has come, whatever its reader does.

    One at a time: two at once come together from a server of one process, which then has nothing to do while both are
    read.
    Whoever stops early waits for nothing: what is under way ends with the program.
    """
    coming: deque[Future[Kind]] = deque()
    for call in calls:
        coming.append(begin(call, after=coming[-1] if coming else None))
        if len(coming) > AHEAD:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def begin(call: Callable[[], Kind], *, after: "Future[Kind] | None" = None) -> "Future[Kind]":
    """Begin a call beside this one, or when another one is done; an error is raised where its result is asked for."""
    future: Future[Kind] = Future()

    def run() -> None:
        try:
            if after is not None:
                after.result()
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - the same
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
