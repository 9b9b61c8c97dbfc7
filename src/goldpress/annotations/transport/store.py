"""The store of pulls: one immutable file a pull, newest version of a task wins.

A pull is JSON lines: a header, then one task a line, as Label Studio exports it but with pseudonyms. Files are only
ever added. What the newest files say is found through an index of byte offsets, so that no file is held in memory.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from goldpress.engine import map_shards
from goldpress.errors import DataError, SurroundingsError
from goldpress.workspace import Workspace

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


class Entry(msgspec.Struct, frozen=True):
    """Where one version of a task lies."""

    path: str
    offset: int
    source: str
    task_id: int
    updated_at: str
    article_id: str
    text_sha256: str
    size: int = 0
    number: int = 0


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


def newest_tasks(workspace: Workspace, *, broken: list[DataError] | None = None, workers: int = 1) -> list[Entry]:
    """Return where the newest version of every task lies, over all pulls, ordered by article.

    A task is one article in one project: the same article pushed to two projects counts twice, its revisions too.

    Args:
        workspace: The workspace.
        broken: Where lines that are no task are put; without it the first one is raised.
        workers: Processes to spread the pulls over.

    Raises:
        DataError: A line is not JSON or not a task (GP-STORE-003): the file was cut off or edited.
    """
    newest: dict[tuple[str, str, str], Entry] = {}
    for found, faults in map_shards(scan_pull, pull_files(workspace.annotations), workers=workers):
        for entry in found:
            newest[entry.source, entry.article_id, entry.text_sha256] = entry
        if broken is None and faults:
            raise faults[0]
        if broken is not None:
            broken += faults
    return sorted(newest.values(), key=lambda e: (e.article_id, e.text_sha256, e.source))


def index_pull(path: Path) -> list[Entry]:
    """Return where each task of one pull lies.

    Raises:
        DataError: A line is not JSON or not a task (GP-STORE-003): the file was cut off or edited.
    """
    entries, broken = scan_pull(path)
    if broken:
        raise broken[0]
    return entries


def scan_pull(path: Path) -> tuple[list[Entry], list[DataError]]:
    """Return where each task of one pull lies, and what is wrong with lines that are none."""
    entries, broken = [], []
    with path.open("rb") as file:
        header = _header(file.readline(), path)
        offset = file.tell()
        for number, line in enumerate(file, start=2):
            offset += len(line)
            try:
                stub = _STUB.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                broken.append(_broken(path, number, str(error)))
                continue
            entries.append(
                Entry(
                    str(path),
                    offset - len(line),
                    header.source,
                    stub.id,
                    stub.updated_at,
                    stub.data.article_id,
                    stub.data.text_sha256,
                    len(line),
                    number - 1,
                )
            )
    return entries, broken


def read_tasks(entries: Iterable[Entry]) -> Iterator[tuple[Header, Task]]:
    """Yield each entry's task with the header of its pull."""
    headers: dict[str, Header] = {}
    decode = msgspec.json.Decoder(Task).decode
    with contextlib.ExitStack() as stack:
        files: dict[str, Any] = {}
        for entry in entries:
            if entry.path not in files:
                files[entry.path] = stack.enter_context(Path(entry.path).open("rb"))
                headers[entry.path] = read_header(Path(entry.path))
            file = files[entry.path]
            file.seek(entry.offset)
            yield headers[entry.path], decode(file.readline())


def now() -> str:
    """Return the time as a header says it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_identifiers(entries: Iterable[Entry]) -> Iterator[dict[str, int]]:
    """Yield the unique ids of each entry's annotations with the number of their regions; nothing else is read."""
    with contextlib.ExitStack() as stack:
        files: dict[str, Any] = {}
        for entry in entries:
            if entry.path not in files:
                files[entry.path] = stack.enter_context(Path(entry.path).open("rb"))
            files[entry.path].seek(entry.offset)
            task = _LABELLED.decode(files[entry.path].readline())
            yield {str(annotation.unique_id): len(annotation.result or ()) for annotation in task.annotations}


class _Identified(msgspec.Struct):
    unique_id: str | None = None
    result: list[msgspec.Raw] | None = None


class _Labelled(msgspec.Struct):
    annotations: list[_Identified] = []


_LABELLED = msgspec.json.Decoder(_Labelled)


class _Data(msgspec.Struct):
    article_id: str
    text_sha256: str


class _Stub(msgspec.Struct):
    id: int
    data: _Data
    updated_at: str = ""


_STUB = msgspec.json.Decoder(_Stub)


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


def _broken(path: Path, number: int, reason: str) -> DataError:
    return DataError(
        "GP-STORE-003",
        f"line {number} of the pull is damaged: {reason}",
        where=path,
        hint="restore the file from version control; pulls are never edited",
    )


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
