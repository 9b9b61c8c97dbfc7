"""How far a pull had come when it was interrupted: the next one goes on there."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

import msgspec

from goldpress.annotations.transport.store import Task
from goldpress.errors import SurroundingsError
from goldpress.workspace import Workspace


class Checkpoint:
    """Cleaned tasks of a pull that is not finished, in the private state; a line that was cut off is fetched again.

    Args:
        workspace: Whose state.
        mark: Everything that what is kept depends on: another project, config or key begins anew.
    """

    def __init__(self, workspace: Workspace, *mark: str) -> None:
        digest = hashlib.sha256("\n".join(mark).encode()).hexdigest()[:16]
        self._path = workspace.state / f"pull-{digest}.part"
        self._places: dict[int, tuple[int, str]] = {}
        self._file: IO[bytes] | None = None
        self._scan()

    def __bool__(self) -> bool:
        return bool(self._places)

    def has(self, moved: Mapping[int, str]) -> set[int]:
        """Return which tasks are kept in the version that the server has now."""
        return {task_id for task_id, (_, at) in self._places.items() if moved.get(task_id) == at}

    def add(self, tasks: Iterable[Task]) -> None:
        """Keep tasks.

        Raises:
            SurroundingsError: The private folder is full or cannot be written (GP-PULL-004).
        """
        encode = msgspec.json.Encoder(order="sorted").encode
        try:
            if self._file is None:
                self._file = self._path.open("ab")
                self._path.chmod(0o600)
            for task in tasks:
                self._places[task["id"]] = (self._file.tell(), task.get("updated_at", ""))
                self._file.write(encode(task) + b"\n")
            self._file.flush()
        except OSError as error:
            raise SurroundingsError(
                "GP-PULL-004",
                f"what was fetched cannot be kept: {error.strerror}",
                where=self._path,
                hint="make room, then pull again: it goes on where it stopped",
            ) from error

    def forget(self) -> None:
        """Begin anew."""
        self._places.clear()

    def read(self, wanted: Iterable[int]) -> Iterator[Task]:
        """Yield the kept tasks with these ids."""
        yield from map(msgspec.json.decode, self.lines(wanted))

    def lines(self, wanted: Iterable[int]) -> Iterator[bytes]:
        """Yield the kept tasks with these ids as lines."""
        if self._file is not None:
            self._file.flush()
        if not self._places:
            return
        with self._path.open("rb") as file:
            for task_id in wanted:
                if task_id in self._places:
                    file.seek(self._places[task_id][0])
                    yield file.readline()

    def finish(self) -> None:
        """Forget everything: the pull is stored."""
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file and keep it."""
        if self._file is not None:
            self._file.close()

    def _scan(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._path.open("r+b") as file:
            offset = 0
            for line in file:
                try:
                    stub = msgspec.json.decode(line, type=_Stub) if line.endswith(b"\n") else None
                except msgspec.MsgspecError:
                    stub = None
                if stub is None:
                    # The rest was being written when the pull died.
                    file.truncate(offset)
                    break
                self._places[stub.id] = (offset, stub.updated_at)
                offset += len(line)


class _Stub(msgspec.Struct):
    id: int
    updated_at: str = ""
