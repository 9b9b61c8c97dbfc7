"""A batch of tasks to a project, each once, whatever the line does meanwhile."""

import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.errors import SurroundingsError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from goldpress.labelstudio import Client, TaskStub

Task = dict[str, Any]
Key = tuple[str, str]

MOST_TASKS = 200
MOST_BYTES = 4_000_000
"""An import is one transaction; small ones keep the time short in which nobody knows whether it arrived."""

SETTLE_SECONDS = 30.0
"""A server may go on with an import after the client gave up: wait this long without news before sending again."""
POLL_SECONDS = 1.0
ATTEMPTS = 3
AWAY = ("GP-LS-001", "GP-LS-003", "GP-LS-004", "GP-LS-007", "GP-LS-011", "GP-LS-016")
"""What is said while a server restarts, or while a proxy stands before a server that is busy."""


def send_tasks(
    client: "Client", project_id: int, tasks: Iterable[Task], *, progress: Callable[[int], None] | None = None
) -> None:
    """Send tasks in bounded batches, each task once.

    A request is never sent again blindly: after an answer that says nothing the server is asked what arrived, until
    it has settled, and only what is missing goes again, in halves.

    Args:
        client: The server.
        project_id: The project.
        tasks: With ``article_id`` and ``text_sha256`` in ``meta``.
        progress: Called with the number of tasks after each batch.

    Raises:
        UnclearAnswer: It stayed unclear; running it again adds nothing twice.
        SurroundingsError: The server does not answer, or refuses the tasks.
    """
    from goldpress.labelstudio.downloads import begin

    # The next batch is made ready, with what is suggested for it, while the server has the one before.
    under_way: Callable[[], None] | None = None
    for batch in bounded(tasks):
        if under_way is not None:
            under_way()
        sent = begin(functools.partial(_send, client, project_id, batch, ATTEMPTS))
        under_way = functools.partial(_finish, sent, len(batch), progress)
    if under_way is not None:
        under_way()


def _finish(sent: "Future[None]", number: int, progress: Callable[[int], None] | None) -> None:
    sent.result()
    if progress is not None:
        progress(number)


def bounded(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Yield the tasks in batches of at most 200 and, but for a single long one, at most 4 MB."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        weight = len(msgspec.json.encode(task))
        if batch and (len(batch) >= MOST_TASKS or size + weight > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(task)
        size += weight
    if batch:
        yield batch


def keys_of(stubs: "Sequence[TaskStub]") -> list[Key]:
    """Return article and revision of each task; empty where goldpress did not send it."""
    return [(stub.meta.get("article_id", ""), stub.meta.get("text_sha256", "")) for stub in stubs]


def _send(client: "Client", project_id: int, batch: list[Task], attempts: int) -> None:
    from goldpress.labelstudio import TooMuch, UnclearAnswer

    try:
        client.import_tasks(project_id, batch)
    except TooMuch:
        if len(batch) == 1:
            raise
        missing, left = batch, attempts
    except UnclearAnswer:
        missing, left = _wait_until_settled(client, project_id, batch), attempts - 1
        if missing and not left:
            raise
    else:
        return
    middle = (len(missing) + 1) // 2
    for half in (missing[:middle], missing[middle:]):
        if half:
            _send(client, project_id, half, left)


def _wait_until_settled(client: "Client", project_id: int, batch: list[Task]) -> list[Task]:
    """Return what is still missing once all has arrived, or nothing has changed for a while."""
    deadline, last = time.monotonic() + SETTLE_SECONDS, -1
    while True:
        try:
            known = set(keys_of(client.task_index(project_id)))
        except SurroundingsError as error:
            if error.code not in AWAY or time.monotonic() >= deadline:
                raise
            time.sleep(POLL_SECONDS)
            continue
        missing = [task for task in batch if (task["meta"]["article_id"], task["meta"]["text_sha256"]) not in known]
        if len(known) != last:
            last, deadline = len(known), time.monotonic() + SETTLE_SECONDS
        if not missing or time.monotonic() >= deadline:
            return missing
        time.sleep(POLL_SECONDS)
