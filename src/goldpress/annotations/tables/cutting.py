"""Where each task of an export lies, in bytes: found without decoding, in pieces, never the whole file in memory.

Three ways. Lines are cut at line ends. Label Studio's own array is cut where a task begins (``{"id":7,"annotations":[``
after a comma): a byte search. Anything else (other key orders, pretty print, objects one after the other) is cut by
counting brackets outside strings, which is slower and takes all.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

if TYPE_CHECKING:
    from goldpress.annotations.tables.arrays import Ints

Piece = tuple[int, int]
"""Offset and size of one task."""

CHUNK = 2**20
"""Bytes that are looked through at once: what fits into the processor's cache."""
BOM = b"\xef\xbb\xbf"
BLANK = b" \t\r\n"
HEAD = re.compile(rb'\{"id":\s?\d+,\s?"annotations":\s?\[')
ANCHOR = b'"annotations":'
FURTHEST = 64
"""Bytes between the start of a task and the end of its anchor, at most."""


def cut_lines(path: Path) -> Iterator[Piece]:
    """Yield the lines that are not blank."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            start = len(BOM) if offset == 0 and line.startswith(BOM) else 0
            if line.strip(b" \t\r\n" + (BOM if start else b"")):
                yield offset + start, len(line) - start
            offset += len(line)


def cut_array(path: Path) -> Iterator[Piece]:
    """Yield the tasks of an array as Label Studio writes it; nothing if no task begins in its way."""
    start = -1
    for end, here in _heads(path):
        if start >= 0:
            yield start, end - start
        start = here
    if start >= 0:
        yield start, _trimmed(path, start) - start


def cut_brackets(path: Path) -> Iterator[Piece]:
    """Yield the outermost objects of an array, or of a file that is objects one after the other.

    What is left open at the end is yielded as it is: it is no task, and its place is known.
    """
    import numpy as np

    depth, base, inside, start = 0, -1, False, -1
    escaped = False
    for offset, chunk in _chunks(path):
        data = np.frombuffer(chunk, dtype=np.uint8)
        quotes, escaped = _quotes(data, escaped)
        at = np.flatnonzero((data | 0x20 == 0x7B) | (data | 0x20 == 0x7D))
        outside = (np.searchsorted(quotes, at) + inside) % 2 == 0
        at = at[outside]
        inside = bool((len(quotes) + inside) % 2)
        step = np.where(data[at] | 0x20 == 0x7B, 1, -1)
        if base < 0 and len(at):
            base = 1 if data[at[0]] == ord("[") else 0
        level = depth + np.cumsum(step)
        depth = int(level[-1]) if len(level) else depth
        # The bracket that opens a task lifts the depth to base + 1, the one that closes it brings it back to base.
        for place, opens in zip(
            at[(level == base + 1) & (step > 0) | (level == base) & (step < 0)].tolist(),
            step[(level == base + 1) & (step > 0) | (level == base) & (step < 0)].tolist(),
            strict=True,
        ):
            if opens > 0:
                start = offset + place
            elif start >= 0:
                yield start, offset + place + 1 - start
                start = -1
    if start >= 0:
        yield start, path.stat().st_size - start


def with_strays(path: Path, pieces: Sequence[Piece], *, array: bool) -> Iterator[Piece]:
    """Yield the pieces, and in its place what stands between them and is no comma: other values, or no JSON at all.

    The end of an array that nobody closed is an empty piece, where it was cut off between two tasks.
    """
    done, size = 0, path.stat().st_size
    with path.open("rb") as file:
        for offset, length in (*pieces, (size, 0)):
            if not done or not length or offset - done > len(b", "):
                file.seek(done)
                start, stray, closed = _stray(file.read(offset - done), array, first=not done, last=not length)
                if stray or not (closed or (pieces and _is_cut(file, pieces[-1]))):
                    yield done + start, len(stray)
            if length:
                yield offset, length
            done = offset + length


def _is_cut(file: BinaryIO, piece: Piece) -> bool:
    file.seek(piece[0])
    try:
        msgspec.json.decode(file.read(piece[1]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    return False


def _stray(gap: bytes, array: bool, *, first: bool, last: bool) -> tuple[int, bytes, bool]:
    """What of a gap is no separator and where it begins, and whether it closes the array if it has to."""
    rest = gap.rstrip(BLANK)
    closed = not (array and last) or rest.endswith(b"]")
    rest = rest.removesuffix(b"]") if array and last else rest
    head = rest.removeprefix(BOM).lstrip(BLANK) if first else rest
    head = head.removeprefix(b"[") if array and first else head
    stray = head.lstrip(BLANK + b",")
    return len(rest) - len(stray), stray.rstrip(BLANK + b","), closed


def first_byte(path: Path) -> bytes:
    """Return the first byte that is not blank; nothing for an empty file."""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(BOM).lstrip()[:1]


def _heads(path: Path) -> Iterator[tuple[int, int]]:
    """Where one task ends and the next begins: at the opening bracket of the array, and at commas."""
    last = -1
    for base, data, size in _windows(path):
        for anchor in _anchors(data, size):
            here = data.rfind(b'{"id":', max(0, anchor - FURTHEST), anchor)
            if here < 0 or base + here <= last or HEAD.match(data, here, size) is None:
                continue
            edge = max(0, here - FURTHEST)
            before = data[edge:here].rstrip()
            if (before.endswith(b",") and last >= 0) or (last < 0 and before.removeprefix(BOM) == b"["):
                last = base + here
                yield base + edge + len(before[:-1].rstrip()), last


def _anchors(data: bytearray, size: int) -> Iterator[int]:
    at = data.find(ANCHOR, 0, size)
    while at >= 0:
        yield at
        at = data.find(ANCHOR, at + 1, size)


def _windows(path: Path) -> Iterator[tuple[int, bytearray, int]]:
    """Yield the file piece by piece, in one buffer that is filled again, each with the end of the one before.

    Where the piece begins in the file, the buffer, and how many of its bytes belong to the piece.
    """
    data = bytearray(CHUNK + 2 * FURTHEST)
    base = kept = 0
    with path.open("rb", buffering=0) as file:
        while read := file.readinto(memoryview(data)[kept:]):
            size = kept + read
            yield base, data, size
            kept = min(size, 2 * FURTHEST)
            data[:kept] = data[size - kept : size]
            base += size - kept


def _trimmed(path: Path, start: int) -> int:
    """Where the last task ends: before the bracket that closes the array, and blanks."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(start, size - FURTHEST))
        rest = file.read().rstrip()
    return max(start, size - FURTHEST) + len(rest.removesuffix(b"]").rstrip())


def _chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    offset = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield offset, chunk
            offset += len(chunk)


def _quotes(data: "Any", escaped: bool) -> "tuple[Ints, bool]":
    """Positions of the quotation marks that no backslash escapes, and whether the next chunk begins escaped."""
    import numpy as np

    slashes = np.flatnonzero(data == 0x5C)
    marks = np.flatnonzero(data == 0x22)
    if not len(slashes):
        return (marks[1:] if escaped and len(marks) and marks[0] == 0 else marks), False
    # A run of backslashes escapes what follows if its length is odd; one that goes on from before may be shifted.
    starts = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    lengths = np.diff(np.append(starts, len(slashes)))
    first = slashes[starts]
    odd = lengths % 2 == 1
    if escaped:
        if first[0] == 0:
            odd[0] = not odd[0]
        else:
            marks = marks[1:] if len(marks) and marks[0] == 0 else marks
    after = (first + lengths)[odd]
    ends_escaped = bool(len(after) and after[-1] == len(data))
    return np.setdiff1d(marks, after, assume_unique=True), ends_escaped
