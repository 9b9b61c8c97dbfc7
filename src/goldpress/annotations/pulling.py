"""Labels back from Label Studio, or from an export file: only what changed, pseudonymised before it touches disk."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.connection import connect, find_project
from goldpress.annotations.exports import read_export
from goldpress.annotations.people import roles
from goldpress.annotations.projects import side_projects
from goldpress.annotations.pseudonyms import Pseudonyms, open_pseudonyms
from goldpress.annotations.store import Header, Task, newest_tasks, write_pull
from goldpress.errors import DataError
from goldpress.schemas import load_scheme
from goldpress.schemas.label_config import config_digest, label_config
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project

KEPT_TASK = ("id", "data", "meta", "created_at", "updated_at")
KEPT_ANNOTATION = (
    "id",
    "unique_id",
    "result",
    "was_cancelled",
    "ground_truth",
    "created_at",
    "updated_at",
    "lead_time",
    "parent_prediction",
)
"""What of a task is written: names and e-mail addresses stand elsewhere in an export, and stay there."""

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
    """

    path: str = ""
    tasks: int = 0
    changed: int = 0
    annotations: int = 0
    drafts: int = 0
    gone: list[int] = field(default_factory=list)

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
    pseudonyms before anything is written.

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
    with connect(workspace, url=url) as client:
        main = _pull_server(workspace, client, find_project(client, workspace), full=full, progress=progress)
        sides = side_projects(client, workspace)
        return main.join(
            [_pull_server(workspace, client, project, role, full=full, progress=progress) for project, role in sides]
        )


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
    known = {e.task_id: e.updated_at for e in newest_tasks(workspace) if e.source == source}
    index = {stub.id: stub.updated_at for stub in client.task_index(project.id)}
    wanted = [task_id for task_id, moved in index.items() if full or known.get(task_id) != moved]
    gone = sorted(set(known) - set(index))
    if not wanted:
        return PullReport(tasks=len(index), gone=gone)
    people = {member.id: member.email for member in client.members()}
    cleaner = _Cleaner(
        open_pseudonyms(workspace), lambda user: people.get(user, f"{client.url}#{user}"), roles(workspace), role
    )
    header = Header(
        goldpress_pull=1,
        pulled_at=_now(),
        source=source,
        config_sha256=config_digest(project.label_config),
        guideline_version=load_scheme(workspace).version,
        server=client.url,
        project=project.title,
        gone=tuple(gone),
    )
    chunks = client.export_tasks(project.id, wanted, progress=progress)
    path = write_pull(workspace.annotations, header, (cleaner.clean(task) for chunk in chunks for task in chunk))
    return _report(path, workspace, len(index), cleaner, gone)


def _pull_file(workspace: Workspace, file: Path, text_field: str) -> PullReport:
    scheme = load_scheme(workspace)
    cleaner = _Cleaner(open_pseudonyms(workspace), lambda user: f"export#{user}", roles(workspace))
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
    return _report(path, workspace, cleaner.tasks, cleaner, [])


class _Cleaner:
    """Keeps of a task what belongs in the store, and counts."""

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        identity: Callable[[int], str],
        role_of: Mapping[str, str],
        role: str | None = None,
    ) -> None:
        self._pseudonyms, self._identity, self._roles, self._role = pseudonyms, identity, role_of, role
        self.tasks = self.annotations = self.drafts = 0

    def clean(self, task: Task) -> Task:
        self.tasks += 1
        annotations = [self._annotation(entry) for entry in task.get("annotations") or ()]
        drafts = len(task.get("drafts") or ())
        self.annotations += len(annotations)
        self.drafts += drafts
        return {
            **{key: task[key] for key in KEPT_TASK if key in task},
            "annotations": annotations,
            "drafts": drafts,
        }

    def _annotation(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        who = self._name(entry.get("completed_by"))
        changed = entry.get("updated_by")
        return {
            **{key: entry[key] for key in KEPT_ANNOTATION if key in entry},
            "completed_by": self._pseudonyms.of(who),
            "updated_by": self._pseudonyms.of(self._name(changed)) if changed is not None else None,
            "role": self._role or self._roles.get(who, "primary"),
        }

    def _name(self, user: Any) -> str:
        """A stable name of a person: the e-mail address where it is known, else server and id."""
        if isinstance(user, Mapping):
            return str(user.get("email") or self._identity(user.get("id", 0)))
        return self._identity(user)


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
        text = data[text_field]
        task_id = task.get("id") if isinstance(task.get("id"), int) else number
        rest = {key: value for key, value in data.items() if key != text_field}
        found = {
            "article_id": f"task-{task_id}",
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            **rest,
        }
        yield {**task, "id": task_id, "data": {**found, "text": text}}


def _results(task: Task) -> Iterator[Mapping[str, Any]]:
    for annotation in task.get("annotations") or ():
        if isinstance(annotation, Mapping):
            yield from (row for row in annotation.get("result") or () if isinstance(row, Mapping))


def _report(path: Path, workspace: Workspace, tasks: int, cleaner: _Cleaner, gone: list[int]) -> PullReport:
    return PullReport(
        str(path.relative_to(workspace.root)), tasks, cleaner.tasks, cleaner.annotations, cleaner.drafts, gone
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
