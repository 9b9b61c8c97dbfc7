"""Where the time of a command goes: named steps with wall time, CPU time and the memory peak."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step: its name, seconds by the clock, CPU seconds of all processes, and the peak so far in MiB."""

    name: str
    wall: float
    cpu: float
    peak: float


@dataclass
class Timings:
    """The steps of one command, in order."""

    steps: list[Step] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the steps as a JSON object."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return one line a step, and one for all."""
        width = max((len(step.name) for step in self.steps), default=5)
        rows = [
            f"{step.name:{width}}  {step.wall:8.1f} s  {step.cpu:8.1f} s CPU  {step.peak:6.0f} MiB"
            for step in self.steps
        ]
        wall, cpu = sum(step.wall for step in self.steps), sum(step.cpu for step in self.steps)
        return [*rows, f"{'total':{width}}  {wall:8.1f} s  {cpu:8.1f} s CPU"]


_CURRENT: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextlib.contextmanager
def recorded() -> Iterator[Timings]:
    """Yield the timings of every step that is taken inside."""
    timings = Timings()
    token = _CURRENT.set(timings)
    try:
        yield timings
    finally:
        _CURRENT.reset(token)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Time what happens inside, if somebody records; steps do not nest."""
    timings = _CURRENT.get()
    if timings is None:
        yield
        return
    wall, cpu = time.perf_counter(), _cpu()
    try:
        yield
    finally:
        timings.steps.append(Step(name, time.perf_counter() - wall, _cpu() - cpu, _peak()))


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _peak() -> float:
    """The peak of this process or of the largest worker, in MiB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1024 if sys.platform != "darwin" else 2**20
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit
