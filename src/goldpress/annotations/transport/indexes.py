"""What the server's list of tasks says, without reading all of it each time.

Reading the list costs Label Studio about a millisecond a task, whatever is asked of it. So the list is remembered in
the private state, and only what moved since then is asked for. It is trusted while three things hold: as many tasks
are there as the remembered and the moved ones make together, so that none was deleted; the task that had moved last is
still there as it was or later, so that no backup was restored; and the server's clock has not gone back. Otherwise the
whole list is read.
"""

import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goldpress.files import write_private
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project, TaskStub

MARGIN = timedelta(seconds=60)
"""A change may be stamped before our last question and be stored after it."""
SLACK = timedelta(seconds=2)
"""The server tells its time to the second."""


class Row(msgspec.Struct, array_like=True):
    """One task: when it moved, and the identity that goldpress gave it."""

    id: int
    updated_at: str
    article_id: str | None = None
    text_sha256: str | None = None


class Index(msgspec.Struct):
    """The list of tasks as it was at a time of the server's clock."""

    as_of: datetime
    tasks: list[Row]


def read_index(client: "Client", workspace: Workspace, project: "Project", source: str) -> "dict[int, TaskStub]":
    """Return every task of a project by id, as it is on the server now.

    Args:
        client: The server.
        workspace: Whose state.
        project: The project, as it was read just now.
        source: Tells projects apart.

    Raises:
        SurroundingsError: The server does not answer, or answers less than it says it has.
    """
    path = _path(workspace, source)
    now = client.now()
    found = _moved(client, project, _remembered(path), now)
    if found is None:
        found = {stub.id: stub for stub in client.task_index(project.id)}
    remember_index(workspace, source, found, now)
    return found


def remember_index(workspace: Workspace, source: str, stubs: "dict[int, TaskStub]", as_of: datetime) -> None:
    """Remember the list as it was at a time of the server's clock."""
    rows = [Row(s.id, s.updated_at, s.meta.get("article_id"), s.meta.get("text_sha256")) for s in stubs.values()]
    # It only saves time: a full disk is for whoever has something to lose.
    with contextlib.suppress(OSError):
        write_private(_path(workspace, source), msgspec.json.encode(Index(as_of, rows)))


def _moved(client: "Client", project: "Project", before: Index | None, now: datetime) -> "dict[int, TaskStub] | None":
    """The remembered list with what moved since, or None where it cannot be trusted."""
    if before is None or not before.tasks or now < before.as_of - SLACK:
        return None
    last = max(before.tasks, key=lambda row: _time(row.updated_at))
    since = min(before.as_of - MARGIN, _time(last.updated_at) - SLACK)
    moved = {stub.id: stub for stub in client.task_index(project.id, since=since)}
    if last.id not in moved or _time(moved[last.id].updated_at) < _time(last.updated_at):
        return None
    found = {row.id: _stub(row) for row in before.tasks} | moved
    return found if len(found) == project.task_number else None


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _stub(row: Row) -> "TaskStub":
    from goldpress.labelstudio import TaskStub

    meta = {"article_id": row.article_id, "text_sha256": row.text_sha256}
    return TaskStub(row.id, row.updated_at, {key: value for key, value in meta.items() if value is not None})


def _remembered(path: Path) -> Index | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Index)
    except (FileNotFoundError, msgspec.MsgspecError):
        # It only saves time: what is damaged is read again.
        return None


def _path(workspace: Workspace, source: str) -> Path:
    return workspace.state / f"index-{source}.json"
