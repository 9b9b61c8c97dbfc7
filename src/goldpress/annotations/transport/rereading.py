"""Some articles once more: whether a person says the same again, in a project whose name does not tell."""

import hashlib
import math
from typing import TYPE_CHECKING

from goldpress.annotations.gold.ballots import PRIMARY, REPEAT
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.projects import open_side
from goldpress.annotations.transport.sending import send_tasks
from goldpress.errors import UsageError
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.annotations.transport.store import Task
    from goldpress.labelstudio import Client


def send_again(client: "Client", workspace: Workspace, share: float) -> list[str]:
    """Send a share of the articles that somebody has read to the second project, and return the ids of those sent now.

    Which ones follows from the seed of ``[agreement]`` and their ids: running it again sends the same, and a greater
    share adds to them. What is there already is not sent twice.

    Args:
        client: The server.
        workspace: The workspace, with the pulls that say what was read.
        share: Of the articles read, above 0 and at most 1.

    Raises:
        UsageError: The share is no share (GP-REREAD-001), nothing was read yet (GP-REREAD-002), or labels in the
            second project do not fit the scheme any more (GP-SIDE-001).
    """
    from goldpress.schemas import load_scheme
    from goldpress.schemas.label_config import label_config

    if not 0 < share <= 1:
        raise UsageError("GP-REREAD-001", f"{share} is no share of the articles", hint="say 5% or 0.05")
    chosen = choose_again(workspace, share)
    config, overlap = label_config(load_scheme(workspace)), workspace.settings.label_studio.overlap
    project = open_side(client, workspace, REPEAT, config, overlap=overlap)
    known = {(stub.meta.get("article_id"), stub.meta.get("text_sha256")) for stub in client.task_index(project.id)}
    missing = [task for task in chosen if (task["data"]["article_id"], task["data"]["text_sha256"]) not in known]
    send_tasks(client, project.id, [{"data": task["data"], "meta": _meta(task)} for task in missing])
    return [task["data"]["article_id"] for task in missing]


def choose_again(workspace: Workspace, share: float) -> "list[Task]":
    """Return the tasks that are read a second time, in the order in which a greater share would take them.

    Raises:
        UsageError: Nothing was read yet (GP-REREAD-002).
    """
    # An article may lie in several projects and revisions: the task that was touched last stands for it.
    read: dict[str, Task] = {}
    for _, task in read_tasks(newest_tasks(workspace)):
        known = read.get(task["data"]["article_id"])
        if _was_read(task) and (known is None or str(known.get("updated_at")) <= str(task.get("updated_at"))):
            read[task["data"]["article_id"]] = task
    if not read:
        raise UsageError(
            "GP-REREAD-002",
            "no article was read yet, so none can be read again",
            where=workspace.annotations,
            hint="'goldpress pull' fetches what was read",
        )
    seed = workspace.settings.agreement.seed
    ordered = sorted(read, key=lambda article: hashlib.sha256(f"{seed}:{article}".encode()).digest())
    return [read[article] for article in ordered[: math.ceil(share * len(ordered))]]


def _was_read(task: "Task") -> bool:
    """Whether somebody submitted a first reading; a decision or a second reading is none."""
    found = task.get("annotations") or ()
    return any(a.get("role", "primary") in PRIMARY and not a.get("was_cancelled") for a in found)


def _meta(task: "Task") -> dict[str, str]:
    return {"article_id": task["data"]["article_id"], "text_sha256": task["data"]["text_sha256"]}
