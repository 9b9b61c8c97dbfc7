"""Labels back from Label Studio, or from an export file: only what changed, pseudonymised before it touches disk."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.annotations.transport.checkpoints import Checkpoint
from goldpress.annotations.transport.cleaning import Cleaner
from goldpress.annotations.transport.connection import connect
from goldpress.annotations.transport.entries import Entry, index_pulls, newest_tasks, read_identifiers, read_tasks
from goldpress.annotations.transport.exports import pull_export
from goldpress.annotations.transport.fetching import Fetch, Progress
from goldpress.annotations.transport.guards import Vanished, as_rows, find_vanished
from goldpress.annotations.transport.indexes import read_index, remember_index
from goldpress.annotations.transport.people import roles
from goldpress.annotations.transport.projects import side_projects
from goldpress.annotations.transport.pseudonyms import Pseudonyms, open_pseudonyms
from goldpress.annotations.transport.reports import PullReport
from goldpress.annotations.transport.shares import work_projects
from goldpress.annotations.transport.store import Header, now, write_pull
from goldpress.annotations.transport.tallies import Tally
from goldpress.annotations.transport.turns import take_turn
from goldpress.schemas import load_scheme
from goldpress.schemas.label_config import config_digest
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project, TaskStub


def pull(
    workspace: Workspace | Path | str | None = None,
    *,
    full: bool = False,
    file: Path | str | None = None,
    text_field: str = "text",
    keep_going: bool = False,
    url: str | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Fetch labels into a new file of ``annotations/``.

    From a server only tasks are fetched whose ``updated_at`` moved since they were last pulled. Annotators become keyed
    pseudonyms before anything is written. A pull that was interrupted goes on where it stopped.

    Args:
        workspace: The workspace, or a folder in it.
        full: Fetch every task, whether it changed or not.
        file: Take a JSON export of Label Studio instead of a server: an array, or one task a line; plain,
            ``.gz`` or ``.zst``.
        text_field: In an export: the field of ``data`` that was labelled.
        keep_going: In an export: leave broken tasks out and list them, instead of ending there.
        url: Address of the server; else as in the settings or as remembered from the last login.
        progress: Called with tasks fetched and tasks to fetch.

    Raises:
        UsageError: No server or project is known.
        DataError: The export is cut off, is no export, or does not fit the scheme (GP-EXPORT-…, GP-PULL-001).
        SurroundingsError: The server does not answer, or answers less than was asked for; nothing is written then.
    """
    workspace = open_workspace(workspace)
    if file is not None:
        return pull_export(workspace, Path(file), text_field, keep_going=keep_going)
    with take_turn(workspace, "pull"), connect(workspace, url=url) as client:
        projects, stored = _projects(client, workspace), newest_tasks(workspace)
        pulled = [
            _pull_server(workspace, client, project, role, stored, full=full, progress=progress)
            for project, role in projects
        ]
        if any(report.path for report in pulled):
            # What was written is read through now, so that the next pull, which may bring little, need not.
            index_pulls(workspace)
        return pulled[0].join(pulled[1:])


def _projects(client: "Client", workspace: Workspace) -> "list[tuple[Project, str | None]]":
    """The main project, those of people who share the work, and those beside, each with the role of its annotations."""
    first: list[tuple[Project, str | None]] = [(project, None) for project in work_projects(client, workspace)]
    return [*first, *side_projects(client, workspace)]


def _pull_server(
    workspace: Workspace,
    client: "Client",
    project: "Project",
    role: str | None,
    stored: Sequence[Entry],
    *,
    full: bool,
    progress: Progress | None,
) -> PullReport:
    """Pull one project; ``role`` is what every annotation in it decides, where that is not the person's own role."""
    source = hashlib.sha256(project.uid.encode()).hexdigest()[:8]
    entries = [entry for entry in stored if entry.source == source]
    known = _by_task(entries)
    pseudonyms, config = open_pseudonyms(workspace), config_digest(project.label_config)
    version = load_scheme(workspace).version
    kept = Checkpoint(workspace, source, config, version, pseudonyms.of("checkpoint"))
    fetch = Fetch(workspace, client, project, lambda: _cleaner(workspace, client, pseudonyms, role), kept, progress)
    try:
        if full:
            kept.forget()
        index = _index(fetch, kept, workspace, client, project, source, listed=bool(known) and not full)
        wanted = [i for i, stub in index.items() if full or i not in known or known[i].updated_at != stub.updated_at]
        gone = sorted({entry.task_id for entry in entries if _is_gone(entry, index.get(entry.task_id))})
        resumed = fetch.rest(index, wanted)
        fine = [i for i in wanted if i not in fetch.aside]
        if not fine:
            return PullReport(tasks=len(index), gone=gone, drifted=as_rows(fetch.drifts))
        header = Header(
            goldpress_pull=1,
            pulled_at=now(),
            source=source,
            config_sha256=config,
            guideline_version=version,
            server=client.url,
            project=project.title,
            project_id=project.id,
            gone=tuple(gone),
        )
        before = {i: known[i] for i in fine if i in known}
        vanished = as_rows(_vanished(before, kept, fetch.tally))
        path = write_pull(workspace.annotations, header, kept.lines(fine))
    finally:
        kept.close()
    kept.finish()
    return fetch.tally.report(
        str(path.relative_to(workspace.root)),
        len(index),
        fine,
        gone=gone,
        vanished=vanished,
        drifted=as_rows(fetch.drifts),
        resumed=resumed,
    )


def _index(
    fetch: Fetch,
    kept: Checkpoint,
    workspace: Workspace,
    client: "Client",
    project: "Project",
    source: str,
    *,
    listed: bool,
) -> "dict[int, TaskStub]":
    """The tasks that are on the server; where all are wanted, reading the list of them first would be for nothing."""
    if not listed and not kept:
        as_of = client.now()
        found = fetch.everything()
        if found is not None:
            remember_index(workspace, source, found, as_of)
            return found
    return read_index(client, workspace, project, source)


def _cleaner(workspace: Workspace, client: "Client", pseudonyms: Pseudonyms, role: str | None) -> Cleaner:
    people = {member.id: member.email for member in client.members()}
    return Cleaner(pseudonyms, lambda user: people.get(user, f"{client.url}#{user}"), roles(workspace), role)


def _by_task(entries: list[Entry]) -> dict[int, Entry]:
    """The latest version of each task: Label Studio gives the id of a deleted task to the next one."""
    latest: dict[int, Entry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.path, entry.offset)):
        latest[entry.task_id] = entry
    return latest


def _is_gone(entry: Entry, stub: "TaskStub | None") -> bool:
    """Whether the server has a task no longer, also where another one bears its id now."""
    if stub is None:
        return True
    key = stub.meta.get("article_id"), stub.meta.get("text_sha256")
    return None not in key and key != (entry.article_id, entry.text_sha256)


def _vanished(before: dict[int, Entry], kept: Checkpoint, tally: Tally) -> Iterator[Vanished]:
    for task_id, identifiers in zip(before, read_identifiers(before.values()), strict=True):
        there = tally.counts[task_id].annotations
        if all(there.get(key, -1) >= regions for key, regions in identifiers.items()):
            continue
        (_, old), new = next(read_tasks([before[task_id]])), next(kept.read([task_id]))
        if new["data"].get("text_sha256") == old["data"].get("text_sha256"):
            yield from find_vanished(old, new)
