"""Findings back to the people who can mend them: a note at the article, and a tab with the articles concerned."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.cleaning import NOTE, text_hash
from goldpress.annotations.transport.connection import connect
from goldpress.annotations.transport.entries import newest_tasks
from goldpress.annotations.transport.shares import work_projects
from goldpress.annotations.transport.turns import take_turn
from goldpress.errors import DataError
from goldpress.schemas import load_scheme
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project

TAB = {"de": "Bitte noch einmal ansehen", "en": "Needs a look"}
LONGEST = 2000
"""Characters of a note; what is longer is not read."""


@dataclass(frozen=True)
class NotesReport:
    """What was sent back.

    Attributes:
        url: Address of the tab that shows the articles with a note; empty where nobody has one.
        noted: Ids of articles whose note is new or changed.
        cleared: Ids of articles whose note was taken away.
        kept: How many articles have the same note as before.
    """

    url: str = ""
    noted: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    kept: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def send_notes(
    notes: Mapping[str, str], workspace: Workspace | Path | str | None = None, *, url: str | None = None
) -> NotesReport:
    """Write a note onto each article concerned, take away the others, and make the tab that shows them.

    Text and labels are not touched. Articles that were never pulled have no findings and are left as they are.
    Two that send notes in one workspace at once take turns, so that there is one tab.

    Args:
        notes: What to say, by article id, in the annotators' language; without names.
        workspace: The workspace, or a folder in it.
        url: Address of the server; else as in the settings or as remembered from the last login.

    Raises:
        UsageError: No server or project is known.
        DataError: A text on the server is not the one that was sent (GP-NOTES-001); its note is not written.
        SurroundingsError: The server does not answer; running it again goes on where it stopped.
    """
    workspace = open_workspace(workspace)
    language = load_scheme(workspace).language.partition("-")[0]
    title = TAB.get(language, TAB["en"])
    noted: list[str] = []
    cleared: list[str] = []
    kept, address = 0, ""
    with take_turn(workspace, "notes"), connect(workspace, url=url) as client:
        for project in work_projects(client, workspace):
            kept += _write(client, workspace, project, notes, noted, cleared)
            tab = client.tabs(project.id).get(title)
            if tab is None and notes:
                tab = client.create_tab(project.id, title, [_has_note()], shown=("title", NOTE))
            if tab is not None and not address:
                address = f"{client.url}/projects/{project.id}/data?tab={tab}"
    return NotesReport(address, noted, cleared, kept)


def _write(
    client: "Client",
    workspace: Workspace,
    project: "Project",
    notes: Mapping[str, str],
    noted: list[str],
    cleared: list[str],
) -> int:
    kept = 0
    pulled = {(entry.article_id, entry.text_sha256) for entry in newest_tasks(workspace)}
    bearing = client.tasks_where(project.id, [_has_note()])
    for stub in client.task_index(project.id):
        article = str(stub.meta.get("article_id", ""))
        if _key(stub.meta) not in pulled or not (article in notes or stub.id in bearing):
            continue
        wanted = notes.get(article, "")[:LONGEST]
        data = client.task(stub.id)["data"]
        if data.get(NOTE, "") == wanted:
            if wanted:
                kept += 1
            continue
        if text_hash(str(data.get("text", ""))) != stub.meta["text_sha256"]:
            raise DataError(
                "GP-NOTES-001",
                f"the text of '{article}' was changed on the server",
                where=f"{client.url}/projects/{project.id}/data?task={stub.id}",
                hint="'goldpress pull' shows the difference",
            )
        # The whole of it: what is left out of a change, Label Studio deletes.
        client.change_data(stub.id, {**data, NOTE: wanted})
        (noted if wanted else cleared).append(article)
    return kept


def _has_note() -> dict[str, Any]:
    return {"filter": f"filter:tasks:data.{NOTE}", "operator": "regex", "type": "String", "value": "."}


def _key(meta: Mapping[str, Any]) -> tuple[Any, Any]:
    return meta.get("article_id"), meta.get("text_sha256")
