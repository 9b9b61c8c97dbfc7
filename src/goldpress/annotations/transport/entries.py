"""Where each version of a task lies in the store.

A pull never changes, so each is read through once: what was found is remembered in the private state, and trusted while
size and time of the file are the same.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from goldpress.annotations.transport.store import Header, Task, pull_files, read_header
from goldpress.engine import map_shards
from goldpress.errors import DataError
from goldpress.files import write_private
from goldpress.workspace import Workspace

FOLDER = "pulls"
"""Where in the private state it is remembered what lies where."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
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
    for entries in index_pulls(workspace, broken=broken, workers=workers):
        for entry in entries:
            newest[entry.source, entry.article_id, entry.text_sha256] = entry
    return sorted(newest.values(), key=lambda e: (e.article_id, e.text_sha256, e.source))


def index_pulls(workspace: Workspace, *, broken: list[DataError] | None = None, workers: int = 1) -> list[list[Entry]]:
    """Return where each task of each pull lies, the oldest pull first; the arguments are those of ``newest_tasks``."""
    kept, pulls = Remembered(workspace), pull_files(workspace.annotations)
    known = {path: kept.entries(path) for path in pulls}
    unknown = [path for path, entries in known.items() if entries is None]
    for path, (entries, faults) in zip(unknown, map_shards(scan_pull, unknown, workers=workers), strict=True):
        known[path] = entries
        if not faults:
            kept.remember(path, entries)
        elif broken is None:
            raise faults[0]
        else:
            broken += faults
    kept.forget_others(pulls)
    return [known[path] or [] for path in pulls]


def scan_pull(path: Path) -> tuple[list[Entry], list[DataError]]:
    """Return where each task of one pull lies, and what is wrong with lines that are none (GP-STORE-003)."""
    entries, broken = [], []
    source = read_header(path).source
    with path.open("rb") as file:
        offset = len(file.readline())
        for number, line in enumerate(file, start=1):
            try:
                stub = _STUB.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                broken.append(_broken(path, number + 1, str(error)))
            else:
                data = stub.data
                place = (str(path), offset, source, stub.id, stub.updated_at)
                entries.append(Entry(*place, data.article_id, data.text_sha256, len(line), number))
            offset += len(line)
    return entries, broken


class Scan(msgspec.Struct, array_like=True):
    """What was found in a pull, and the marks by which its file is known again."""

    marks: tuple[str, int, int]
    entries: list[Entry]


class Remembered:
    """What was found in pulls before, in the private state; it only saves time, and what is damaged is found anew."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def entries(self, path: Path) -> list[Entry] | None:
        """Return what was found in a pull, or None if it was not read through yet, or has changed since."""
        try:
            scan = msgspec.msgpack.decode(self._place(path).read_bytes(), type=Scan)
            return scan.entries if scan.marks == self._marks(path) else None
        except (OSError, msgspec.MsgspecError):
            return None

    def remember(self, path: Path, entries: list[Entry]) -> None:
        """Keep what was found in a pull."""
        with contextlib.suppress(OSError):
            place = self._place(path)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(place, msgspec.msgpack.encode(Scan(self._marks(path), entries)))

    def forget_others(self, pulls: Iterable[Path]) -> None:
        """Forget pulls that are no longer there."""
        with contextlib.suppress(OSError):
            kept = {self._place(pull) for pull in pulls}
            for path in set((self._workspace.state / FOLDER).glob("*.index")) - kept:
                path.unlink(missing_ok=True)

    def _place(self, path: Path) -> Path:
        return self._workspace.state / FOLDER / f"{path.name}.index"

    @staticmethod
    def _marks(path: Path) -> tuple[str, int, int]:
        found = path.stat()
        return str(path), found.st_size, found.st_mtime_ns


def read_tasks(entries: Iterable[Entry]) -> Iterator[tuple[Header, Task]]:
    """Yield each entry's task with the header of its pull."""
    headers: dict[str, Header] = {}
    decode = msgspec.json.Decoder(Task).decode
    for path, line in _lines(entries):
        if path not in headers:
            headers[path] = read_header(Path(path))
        yield headers[path], decode(line)


def read_identifiers(entries: Iterable[Entry]) -> Iterator[dict[str, int]]:
    """Yield the unique ids of each entry's annotations with the number of their regions; nothing else is read."""
    for _, line in _lines(entries):
        annotations = _LABELLED.decode(line).annotations
        yield {str(annotation.unique_id): len(annotation.result or ()) for annotation in annotations}


def _lines(entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    """Yield each entry's pull and line; a pull is opened once."""
    with contextlib.ExitStack() as stack:
        files: dict[str, Any] = {}
        for entry in entries:
            if entry.path not in files:
                files[entry.path] = stack.enter_context(Path(entry.path).open("rb"))
            files[entry.path].seek(entry.offset)
            yield entry.path, files[entry.path].readline()


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


def _broken(path: Path, number: int, reason: str) -> DataError:
    return DataError(
        "GP-STORE-003",
        f"line {number} of the pull is damaged: {reason}",
        where=path,
        hint="restore the file from version control; pulls are never edited",
    )
