"""One map over shards: the only place where work is spread."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def map_shards(function: Callable[[Shard], Result], shards: Iterable[Shard], *, workers: int = 1) -> list[Result]:
    """Return ``function`` of every shard, in the order of the shards, whatever the number of workers.

    Args:
        function: Importable and pure; it returns what is small (file names, counts, digests), not tables.
        shards: What it is called with, one at a time.
        workers: 1 stays in this process; more spreads over that many processes.
    """
    if workers <= 1:
        return [function(shard) for shard in shards]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(function, shards))
