"""Label Studio's own JSON exports: an array of tasks, or one task a line, plain or gzipped."""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from goldpress.errors import DataError, UsageError

Task = dict[str, Any]


def read_export(path: Path) -> Iterator[Task]:
    """Yield the tasks of an export.

    Raises:
        UsageError: The file is not there (GP-EXPORT-001).
        DataError: It is empty (GP-EXPORT-002), cut off or not JSON (GP-EXPORT-003, with the line or byte), or holds
            something else than tasks (GP-EXPORT-004).
    """
    content = _read(path)
    if content.lstrip()[:1] == b"[":
        yield from _tasks(enumerate(_array(content, path), start=1), path)
    else:
        yield from _tasks(_lines(content, path), path)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise UsageError("GP-EXPORT-001", "there is no such export", where=path, hint="check the path") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise _broken(path, f"the gzip stream ends early ({error})") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise DataError("GP-EXPORT-002", "the export is empty", where=path, hint="export the project again, as JSON")
    return content


def _array(content: bytes, path: Path) -> list[Any]:
    try:
        found: list[Any] = msgspec.json.decode(content, type=list[Any])
    except msgspec.MsgspecError as error:
        raise _broken(path, f"{error}; the file has {len(content)} bytes") from error
    return found


def _lines(content: bytes, path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line)
            except msgspec.MsgspecError as error:
                raise _broken(path, f"line {number}: {error}") from error


def _tasks(found: Iterable[tuple[int, Any]], path: Path) -> Iterator[Task]:
    for number, task in found:
        if not isinstance(task, dict) or "data" not in task:
            raise DataError(
                "GP-EXPORT-004",
                f"entry {number} of the export is no task",
                where=path,
                hint="export as JSON; JSON-MIN, CSV and CONLL have lost relations and region ids",
            )
        yield task


def _broken(path: Path, reason: str) -> DataError:
    return DataError(
        "GP-EXPORT-003",
        f"the export is cut off or is not JSON: {reason}",
        where=path,
        hint="export or download it again; nothing was taken from this file",
    )
