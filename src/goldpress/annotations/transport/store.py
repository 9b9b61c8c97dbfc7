"""The store of pulls: one immutable file a pull, newest version of a task wins.

A pull is JSON lines: a header, then one task a line, as Label Studio exports it but with pseudonyms. Files are only
ever added; ``entries`` says where in them each task lies.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from goldpress.errors import DataError, SurroundingsError

Task = dict[str, Any]

LEFT_SECONDS = 3600


class Header(msgspec.Struct, frozen=True):
    """First line of a pull: where it comes from and under which config it was labelled.

    ``source`` tells projects apart (two projects may use the same task ids); ``project_id`` is a part of their tasks'
    addresses, 0 where it is not known; ``gone`` lists ids of tasks that the server no longer has.
    """

    goldpress_pull: int
    pulled_at: str
    source: str
    config_sha256: str
    guideline_version: str
    server: str = ""
    project: str = ""
    project_id: int = 0
    gone: tuple[int, ...] = ()


def write_pull(folder: Path, header: Header, tasks: Iterable[Task | bytes]) -> Path:
    """Write a pull as a new file and return its path; the file appears whole or not at all.

    Args:
        folder: The store.
        header: The first line.
        tasks: As objects, or as whole lines that were encoded as here.

    Raises:
        SurroundingsError: The folder cannot be written, or the disk is full (GP-STORE-001).
    """
    encode = msgspec.json.Encoder(order="sorted").encode
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        handle, name = tempfile.mkstemp(prefix=".pull-", suffix=".tmp", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(encode(header) + b"\n")
                for task in tasks:
                    file.write(task if isinstance(task, bytes) else encode(task) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            return _name_pull(Path(name), folder, header)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise SurroundingsError(
            "GP-STORE-001",
            f"the pull cannot be written: {error.strerror}",
            where=folder,
            hint="make room or make the folder writable, then pull again; nothing was lost on the server",
        ) from error


def pull_files(folder: Path) -> list[Path]:
    """Return the pulls of a store, oldest first."""
    return sorted(folder.glob("*.jsonl"))


def read_header(path: Path) -> Header:
    """Return the first line of a pull.

    Raises:
        DataError: The file is no pull (GP-STORE-002).
    """
    with path.open("rb") as file:
        return _header(file.readline(), path)


def now() -> str:
    """Return the time as a header says it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _header(line: bytes, path: Path) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.MsgspecError as error:
        raise DataError(
            "GP-STORE-002",
            f"this is not a pull: {error}",
            where=path,
            hint="an export of Label Studio comes in with 'goldpress pull --from FILE'",
        ) from error
    if header.goldpress_pull != 1:
        raise DataError(
            "GP-STORE-004",
            f"the pull has format {header.goldpress_pull}",
            where=path,
            hint="upgrade goldpress to read it",
        )
    return header


def _clear(folder: Path) -> None:
    """Take away what a pull left that was killed while it wrote; one that still writes has written lately."""
    for path in folder.glob(".pull-*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()


def _name_pull(written: Path, folder: Path, header: Header) -> Path:
    """Give the file its name: time and source; a link refuses a name that is taken."""
    stamp = datetime.fromisoformat(header.pulled_at).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    written.chmod(0o444)
    for attempt in range(1000):
        path = folder / f"{stamp}{f'.{attempt}' if attempt else ''}-{header.source}.jsonl"
        try:
            os.link(written, path)
        except FileExistsError:
            continue
        written.unlink()
        return path
    raise FileExistsError(17, "too many pulls within one second", str(folder))
