"""Maps over shards: the only place where work is spread."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from types import ModuleType
from typing import TypeVar

from goldpress.errors import SurroundingsError, UsageError

Shard = TypeVar("Shard")
Result = TypeVar("Result")

WORTH = 4
"""Shards from which more than one process pays: each costs half a second to start."""


def map_shards(function: Callable[[Shard], Result], shards: Iterable[Shard], *, workers: int = 1) -> list[Result]:
    """Return ``function`` of every shard, in the order of the shards, whatever the number of workers.

    Args:
        function: Importable and pure; it returns what is small (file names, counts, digests), not tables.
        shards: What it is called with, one at a time.
        workers: 1 stays in this process; more spreads over that many processes.

    Raises:
        SurroundingsError: A process died, most often for want of memory (GP-ENGINE-001).
    """
    shards = list(shards)
    workers = min(workers, len(shards))
    if workers <= 1:
        return [function(shard) for shard in shards]
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    # Spawned, not forked: Arrow's and numpy's threads do not survive a fork.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start)
    others = active_children()
    try:
        try:
            with _main_hidden():
                futures = [pool.submit(function, shard) for shard in shards]
        except OSError as error:
            # A process could not be started, or died while the others were: no disk is meant.
            raise BrokenProcessPool(str(error)) from error
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        # The pool overlooks a process that started while it broke, and would wait for it for ever.
        for process in set(active_children()).difference(others):
            process.kill()
        raise SurroundingsError(
            "GP-ENGINE-001",
            "a worker process died",
            where=f"{workers} processes",
            hint="memory may have run out: try GOLDPRESS_WORKERS=1",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def map_threads(function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
    """Yield ``function`` of every shard in their order, worked on by a thread for each core.

    Args:
        function: What mostly waits, or lets others work: compressing, hashing, writing to a disk.
        shards: What it is called with.
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(default_workers(None, WORTH))
    try:
        yield from pool.map(function, shards)
    finally:
        pool.shutdown(cancel_futures=True)


def default_workers(wanted: int | None, shards: int) -> int:
    """Return how many processes to use: what is wanted, else ``GOLDPRESS_WORKERS``, else a core for each if it pays.

    Raises:
        UsageError: The variable holds no number (GP-ENGINE-002).
    """
    if wanted is not None:
        return max(1, wanted)
    setting = os.environ.get("GOLDPRESS_WORKERS", "")
    if setting.isdecimal():
        return max(1, int(setting))
    if setting.strip():
        raise UsageError(
            "GP-ENGINE-002",
            f"GOLDPRESS_WORKERS is '{setting}'",
            hint="set it to the number of processes, such as 2, or unset it: a core for each",
        )
    return len(os.sched_getaffinity(0)) if shards >= WORTH and hasattr(os, "sched_getaffinity") else 1


def _start() -> None:
    """Prepare a worker: products of matrices in one thread, for each has a core; and it ends when its parent does."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is there
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's death: one that is killed tells nobody, and the workers would wait for work for ever."""
    from multiprocessing import parent_process

    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep spawned processes from running the caller's script again: what they run is importable anyway."""
    main = sys.modules.get("__main__")
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        if main is not None:
            sys.modules["__main__"] = main
