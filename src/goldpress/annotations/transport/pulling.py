"""Labels back from Label Studio, or from an export file: only what changed, pseudonymised before it touches disk."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.checkpoints import Checkpoint
from goldpress.annotations.transport.cleaning import Cleaner, give_identity
from goldpress.annotations.transport.connection import connect, find_project
from goldpress.annotations.transport.exports import read_export
from goldpress.annotations.transport.guards import Drift, Vanished, as_rows, find_drift, find_vanished
from goldpress.annotations.transport.people import roles
from goldpress.annotations.transport.projects import side_projects
from goldpress.annotations.transport.pseudonyms import open_pseudonyms
from goldpress.annotations.transport.shares import share_projects
from goldpress.annotations.transport.store import Entry, Header, Task, newest_tasks, read_tasks, write_pull
from goldpress.annotations.transport.turns import take_turn
from goldpress.errors import DataError, UsageError
from goldpress.schemas import load_scheme
from goldpress.schemas.label_config import config_digest, label_config
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project, TaskStub

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PullReport:
    """What a pull brought.

    Attributes:
        path: The new file in ``annotations/``; empty if nothing has changed.
        tasks: Tasks on the server, or in the file.
        changed: Tasks that were written.
        annotations: Annotations in them.
        drafts: Drafts in them that nobody has submitted yet.
        gone: Ids of tasks that the server no longer has; what was pulled of them stays.
        vanished: Annotations that an earlier pull has and the server no longer, with article, annotator and regions.
        drifted: Tasks whose text is not the one that was sent, with the difference; they are not stored.
        edited: Articles with an annotation that somebody else changed.
        repeated: Articles that one person annotated twice; the later one counts.
        resumed: Tasks that an interrupted pull had fetched already.
    """

    path: str = ""
    tasks: int = 0
    changed: int = 0
    annotations: int = 0
    drafts: int = 0
    gone: list[int] = field(default_factory=list)
    vanished: list[dict[str, Any]] = field(default_factory=list)
    drifted: list[dict[str, Any]] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    resumed: int = 0

    def join(self, others: "Sequence[PullReport]") -> "PullReport":
        """Return this report with those of the side projects added; ``path`` is the first file that was written."""
        every = [self, *others]
        return PullReport(
            path=next((report.path for report in every if report.path), ""),
            tasks=sum(report.tasks for report in every),
            changed=sum(report.changed for report in every),
            annotations=sum(report.annotations for report in every),
            drafts=sum(report.drafts for report in every),
            gone=self.gone,
            vanished=[row for report in every for row in report.vanished],
            drifted=[row for report in every for row in report.drifted],
            edited=[article for report in every for article in report.edited],
            repeated=[article for report in every for article in report.repeated],
            resumed=sum(report.resumed for report in every),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def pull(
    workspace: Workspace | Path | str | None = None,
    *,
    full: bool = False,
    file: Path | str | None = None,
    text_field: str = "text",
    url: str | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Fetch labels into a new file of ``annotations/``.

    From a server only tasks are fetched whose ``updated_at`` moved since they were last pulled. Annotators become keyed
    pseudonyms before anything is written. A pull that was interrupted goes on where it stopped.

    Args:
        workspace: The workspace, or a folder in it.
        full: Fetch every task, whether it changed or not.
        file: Take a JSON export of Label Studio (an array, or one task a line; ``.gz`` too) instead of a server.
        text_field: In an export: the field of ``data`` that was labelled.
        url: Address of the server; else as in the settings or as remembered from the last login.
        progress: Called with tasks fetched and tasks to fetch.

    Raises:
        UsageError: No server or project is known.
        DataError: The export is cut off, is no export, or does not fit the scheme (GP-EXPORT-…, GP-PULL-001).
        SurroundingsError: The server does not answer, or answers less than was asked for; nothing is written then.
    """
    workspace = open_workspace(workspace)
    if file is not None:
        return _pull_file(workspace, Path(file), text_field)
    with take_turn(workspace, "pull"), connect(workspace, url=url) as client:
        projects = _projects(client, workspace)
        pulled = [
            _pull_server(workspace, client, project, role, full=full, progress=progress) for project, role in projects
        ]
        return pulled[0].join(pulled[1:])


def _projects(client: "Client", workspace: Workspace) -> "list[tuple[Project, str | None]]":
    """The main project, those of people who share the work, and those beside, each with the role of its annotations."""
    shares: list[tuple[Project, str | None]] = [(project, None) for project in share_projects(client, workspace)]
    sides: list[tuple[Project, str | None]] = [*side_projects(client, workspace)]
    try:
        main = find_project(client, workspace)
    except UsageError:
        if not shares:
            raise
        return [*shares, *sides]
    return [(main, None), *shares, *sides]


def _pull_server(
    workspace: Workspace,
    client: "Client",
    project: "Project",
    role: str | None = None,
    *,
    full: bool,
    progress: Progress | None,
) -> PullReport:
    """Pull one project; ``role`` is what every annotation in it decides, where that is not the person's own role."""
    source = hashlib.sha256(project.uid.encode()).hexdigest()[:8]
    entries = [entry for entry in newest_tasks(workspace) if entry.source == source]
    known = _by_task(entries)
    index = {stub.id: stub for stub in client.task_index(project.id)}
    wanted = [i for i, stub in index.items() if full or i not in known or known[i].updated_at != stub.updated_at]
    gone = sorted({entry.task_id for entry in entries if _is_gone(entry, index.get(entry.task_id))})
    if not wanted:
        return PullReport(tasks=len(index), gone=gone)
    people = {member.id: member.email for member in client.members()}
    pseudonyms = open_pseudonyms(workspace)
    cleaner = Cleaner(pseudonyms, lambda user: people.get(user, f"{client.url}#{user}"), roles(workspace), role)
    header = Header(
        goldpress_pull=1,
        pulled_at=_now(),
        source=source,
        config_sha256=config_digest(project.label_config),
        guideline_version=load_scheme(workspace).version,
        server=client.url,
        project=project.title,
        project_id=project.id,
        gone=tuple(gone),
    )
    kept = Checkpoint(workspace, source, header.config_sha256, header.guideline_version, pseudonyms.of("checkpoint"))
    try:
        there = set() if full else kept.has({i: index[i].updated_at for i in wanted})
        guard = _Guard(workspace)
        _fetch(client, project.id, [i for i in wanted if i not in there], cleaner, kept, guard, progress)
        for task in kept.read([i for i in wanted if i in there]):
            cleaner.count(task)
        fine = [i for i in wanted if i not in guard.aside]
        if not fine:
            return PullReport(tasks=len(index), gone=gone, drifted=as_rows(guard.drifts))
        before = {entry.task_id: entry for entry in entries if entry.task_id in set(fine)}
        vanished = list(_vanished(before, kept))
        path = write_pull(workspace.annotations, header, kept.read(fine))
    finally:
        kept.close()
    kept.finish()
    return PullReport(
        str(path.relative_to(workspace.root)),
        len(index),
        cleaner.tasks,
        cleaner.annotations,
        cleaner.drafts,
        gone,
        as_rows(vanished),
        as_rows(guard.drifts),
        cleaner.edited,
        cleaner.repeated,
        len(there),
    )


class _Guard:
    """Sets tasks aside whose text is not the one that was sent."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._sent = workspace, None
        self.drifts: list[Drift] = []

    @property
    def aside(self) -> set[int]:
        return {drift.task_id for drift in self.drifts}

    def holds(self, task: Task) -> bool:
        if find_drift(task, {}) is None:
            return True
        found = find_drift(task, self._texts(task))
        self.drifts += [found] if found else []
        return False

    def _texts(self, task: Task) -> dict[str, str]:
        """What was sent, from ``seeds/`` or from an earlier pull."""
        from goldpress.seeds import read_articles

        wanted = (task.get("meta") or {}).get("text_sha256") or task["data"].get("text_sha256")
        seeds = read_articles(self._workspace) if self._workspace.seeds.is_dir() else []
        texts = {article.text_sha256: article.text for article in seeds if article.text_sha256 == wanted}
        entries = [] if texts else [e for e in newest_tasks(self._workspace) if e.text_sha256 == wanted]
        return texts or {str(wanted): str(old["data"].get("text", "")) for _, old in read_tasks(entries[:1])}


def _fetch(
    client: "Client",
    project_id: int,
    ids: list[int],
    cleaner: Cleaner,
    kept: Checkpoint,
    guard: _Guard,
    progress: Progress | None,
) -> None:
    for chunk in client.export_tasks(project_id, ids, progress=progress):
        adopted = [_own(task) for task in chunk]
        kept.add([cleaner.clean(task) for task in adopted if guard.holds(task)])


def _own(task: Task) -> Task:
    """Give a task that somebody imported by other means an identity; without a text it drifts, and is set aside."""
    data = task["data"]
    if "article_id" in data and "text_sha256" in data:
        return task
    text = data.get("text")
    return give_identity(task, text, task["id"]) if isinstance(text, str) else task


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


def _vanished(before: dict[int, Entry], kept: Checkpoint) -> Iterator[Vanished]:
    for (_, old), task_id in zip(read_tasks(before.values()), before, strict=True):
        new = next(kept.read([task_id]))
        if new["data"].get("text_sha256") == old["data"].get("text_sha256"):
            yield from find_vanished(old, new)


def _pull_file(workspace: Workspace, file: Path, text_field: str) -> PullReport:
    scheme = load_scheme(workspace)
    cleaner = Cleaner(open_pseudonyms(workspace), lambda user: f"export#{user}", roles(workspace))
    tasks = _adopt(read_export(file), file, text_field)
    first = list(itertools.islice(tasks, 100))
    controls = {layer.name for layer in scheme.span_layers} | {entry.name for entry in scheme.document_labels}
    found = {row.get("from_name") for task in first for row in _results(task) if row.get("type") != "relation"}
    if found and not found & controls:
        raise DataError(
            "GP-PULL-001",
            f"the export was labelled with other controls ({', '.join(sorted(map(str, found)))}) than the scheme has "
            f"({', '.join(sorted(controls))})",
            where=file,
            hint="describe its labels in schemas/scheme.toml; the names of the layers are those of its controls",
        )
    header = Header(
        goldpress_pull=1,
        pulled_at=_now(),
        source="export",
        config_sha256=config_digest(label_config(scheme)),
        guideline_version=scheme.version,
        project=file.name,
    )
    path = write_pull(workspace.annotations, header, (cleaner.clean(task) for task in itertools.chain(first, tasks)))
    return _report(path, workspace, cleaner)


def _adopt(tasks: Iterator[Task], file: Path, text_field: str) -> Iterator[Task]:
    """Give tasks of a foreign export the identity that ours have: an article id and the hash of the text."""
    for number, task in enumerate(tasks, start=1):
        data = task.get("data")
        if not isinstance(data, dict) or not isinstance(data.get(text_field), str):
            fields = ", ".join(sorted(data)) if isinstance(data, dict) else "none"
            raise DataError(
                "GP-PULL-002",
                f"task {number} has no text under '{text_field}' (fields: {fields})",
                where=file,
                hint="name the field that was labelled with --text-field",
            )
        task_id = task["id"] if isinstance(task.get("id"), int) else number
        rest = {key: value for key, value in data.items() if key != text_field}
        yield give_identity({**task, "data": rest}, data[text_field], task_id)


def _results(task: Task) -> Iterator[Mapping[str, Any]]:
    for annotation in task.get("annotations") or ():
        if isinstance(annotation, Mapping):
            yield from (row for row in annotation.get("result") or () if isinstance(row, Mapping))


def _report(path: Path, workspace: Workspace, cleaner: Cleaner) -> PullReport:
    return PullReport(
        str(path.relative_to(workspace.root)),
        cleaner.tasks,
        cleaner.tasks,
        cleaner.annotations,
        cleaner.drafts,
        edited=cleaner.edited,
        repeated=cleaner.repeated,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
