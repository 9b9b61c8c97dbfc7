"""How far the work is: what each annotator has done with each article."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.connection import connect
from goldpress.annotations.transport.pseudonyms import Pseudonyms, open_pseudonyms
from goldpress.annotations.transport.shares import work_projects
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goldpress.labelstudio import Client, Project


@dataclass(frozen=True)
class ArticleState:
    """One task of the project.

    Attributes:
        article_id: The article.
        task_id: Label Studio's id.
        url: Where a person opens it.
        by: What each annotator (by pseudonym) has done: ``done``, ``empty``, ``skipped`` or ``draft``.
        stale: Whether ``seeds/`` holds another revision of the text.
        overlap: How many annotators its project asks for.
    """

    article_id: str
    task_id: int
    url: str
    by: dict[str, str]
    stale: bool
    overlap: int = 1


@dataclass(frozen=True)
class StatusReport:
    """The state of every task, and what of ``seeds/`` was not pushed yet.

    Attributes:
        url: Address of the tasks; where the work is shared, of the first person's.
        overlap: How many annotators that project asks for.
        articles: The tasks of the main project and of shared work.
        not_pushed: Ids of articles that are nowhere yet.
    """

    url: str
    overlap: int
    articles: list[ArticleState]
    not_pushed: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def status(workspace: Workspace | Path | str | None = None, *, url: str | None = None) -> StatusReport:
    """Return what each annotator has done with each article, as the server knows it now.

    Raises:
        UsageError: No server or project is known.
        SurroundingsError: The server does not answer.
    """
    from goldpress.seeds import read_articles

    workspace = open_workspace(workspace)
    current = {a.article_id: a.text_sha256 for a in read_articles(workspace)} if workspace.seeds.is_dir() else {}
    pseudonyms = open_pseudonyms(workspace)
    with connect(workspace, url=url) as client:
        projects = work_projects(client, workspace)
        people = {member.id: pseudonyms.of(member.email) for member in client.members()}
        states, seen = [], set()
        for project, task in _tasks(client, projects):
            data = task["data"]
            article_id, sha256 = str(data.get("article_id", "")), data.get("text_sha256")
            seen.add((article_id, sha256))
            states.append(
                ArticleState(
                    article_id,
                    task["id"],
                    f"{client.url}/projects/{project.id}/data?task={task['id']}",
                    _by_annotator(task, people, pseudonyms),
                    stale=article_id in current and current[article_id] != sha256,
                    overlap=project.overlap,
                )
            )
        not_pushed = sorted(article for article, sha256 in current.items() if (article, sha256) not in seen)
        states.sort(key=lambda state: (state.article_id, state.task_id))
        return StatusReport(f"{client.url}/projects/{projects[0].id}/data", projects[0].overlap, states, not_pushed)


def _tasks(client: "Client", projects: "list[Project]") -> "Iterator[tuple[Project, dict[str, Any]]]":
    for project in projects:
        for chunk in client.export_tasks(project.id, [stub.id for stub in client.task_index(project.id)]):
            for task in chunk:
                yield project, task


def _by_annotator(task: dict[str, Any], people: dict[int, str], pseudonyms: Pseudonyms) -> dict[str, str]:
    found = {}
    for draft in task.get("drafts") or ():
        found[pseudonyms.of(str(draft.get("user")))] = "draft"
    for annotation in task.get("annotations") or ():
        who = people.get(annotation.get("completed_by"), "unknown")
        answered = "done" if annotation.get("result") else "empty"
        found[who] = "skipped" if annotation.get("was_cancelled") else answered
    return found
