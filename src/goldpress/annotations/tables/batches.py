"""Tasks as bytes: where each lies in a file, and blocks of them, read at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec

BLOCK = 8 * 2**20
"""Bytes of tasks that are parsed at once: larger blocks cost page faults, smaller ones calls."""

SEPARATOR = 4
"""Bytes between two tasks that lie side by side, at most."""


class Spot(msgspec.Struct, frozen=True):
    """Where one task lies, and under which config it was labelled.

    ``number`` counts the tasks of the file from 1. Tasks of one article have the same ``group``, and stand together.
    ``old`` says that the offsets of the file count UTF-16 units.
    """

    path: str
    offset: int
    size: int
    number: int
    group: int
    config: str
    version: str
    old: bool = False


@dataclass(frozen=True)
class Batch:
    """Tasks as bytes, one a line, with where each begins and ends, and their places."""

    data: bytes | memoryview
    bounds: Sequence[tuple[int, int]]
    spots: Sequence[Spot]

    def line(self, number: int) -> bytes:
        """Return the bytes of one task."""
        start, end = self.bounds[number]
        return bytes(self.data[start:end])

    @classmethod
    def of(cls, lines: Sequence[bytes], spots: Sequence[Spot]) -> "Batch":
        """Return lines as a batch."""
        ends = list(accumulate(len(line) + 1 for line in lines))
        bounds = [(end - 1 - len(line), end - 1) for line, end in zip(lines, ends, strict=True)]
        return cls(b"\n".join(lines), bounds, spots)


def read_batches(spots: Sequence[Spot]) -> Iterator[Batch]:
    """Yield tasks in blocks; all tasks of one article stand together if their spots do.

    The bytes of a block are good until the next one is asked for: fresh memory for each would cost a page fault a page.
    """
    held = bytearray()
    for part in _blocks(spots):
        size = sum(spot.size for spot in part) + SEPARATOR * len(part)
        if size > len(held):
            held = bytearray(size)
        yield _read(part, held)


def _blocks(spots: Sequence[Spot]) -> Iterator[Sequence[Spot]]:
    first, held = 0, 0
    for i, spot in enumerate(spots):
        held += spot.size
        if held >= BLOCK and i + 1 < len(spots) and spot.group != spots[i + 1].group:
            yield spots[first : i + 1]
            first, held = i + 1, 0
    if first < len(spots):
        yield spots[first:]


def _read(spots: Sequence[Spot], held: bytearray) -> Batch:
    """Read tasks; those that follow each other in a file are read at once, what separates them becomes line ends."""
    bounds, done = [], 0
    for run in _runs(spots):
        start, end = run[0].offset, run[-1].offset + run[-1].size
        with Path(run[0].path).open("rb", buffering=0) as file:
            file.seek(start)
            read = file.readinto(memoryview(held)[done : done + end - start])
        held[done + read : done + end - start + 1] = b"\n" * (end - start - read + 1)
        for before, after in pairwise(run):
            gap = before.offset + before.size - start, after.offset - start
            held[done + gap[0] : done + gap[1]] = b"\n" * (gap[1] - gap[0])
        bounds += [(done + spot.offset - start, done + spot.offset - start + spot.size) for spot in run]
        done += end - start + 1
    return Batch(memoryview(held)[: done - 1], bounds, spots)


def _runs(spots: Sequence[Spot]) -> Iterator[Sequence[Spot]]:
    first = 0
    for i in range(1, len(spots) + 1):
        if i == len(spots) or not _adjoining(spots[i - 1], spots[i]):
            yield spots[first:i]
            first = i


def _adjoining(one: Spot, other: Spot) -> bool:
    """Whether a task begins right after another one: not more than a comma and a line end between."""
    return one.path == other.path and 0 < other.offset - one.offset - one.size <= SEPARATOR
