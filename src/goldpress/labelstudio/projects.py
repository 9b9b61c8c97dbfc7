"""Projects of a server: found by title, made and changed."""

import time
from typing import Any

from goldpress.errors import UsageError
from goldpress.labelstudio.answers import Project, ProjectPage, ProjectRow, TitledRow
from goldpress.labelstudio.exchange import Exchange, Service

READ = "id,title,label_config,created_at,maximum_annotations,task_number,total_predictions_number"
"""What of a project is read; the rest costs the server as much again."""
FRESH_SECONDS = 5.0
"""How long a list of titles holds: one command asks for several projects in a row."""


class Projects(Service):
    """What can be asked about projects."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._listed: list[TitledRow] = []
        self._listed_at = float("-inf")

    def find_project(self, title: str) -> Project | None:
        """Return the project with this title, or None.

        Raises:
            UsageError: Two projects have it (GP-LS-006).
        """
        found = [row.id for row in self._titles() if row.title == title]
        if len(found) > 1:
            raise UsageError(
                "GP-LS-006", f"{len(found)} projects are called '{title}'", where=self.url, hint="rename all but one"
            )
        return self.project(found[0]) if found else None

    def project(self, project_id: int) -> Project:
        """Return one project.

        Raises:
            UsageError: There is none with this id, or it belongs to another organisation (GP-LS-012).
        """
        path, asked = f"/api/projects/{project_id}/", {"include": READ}
        return self._exchange.get(path, ProjectRow, asked, missing=f"project {project_id}").to_project()

    def create_project(self, title: str, *, label_config: str, overlap: int, instruction: str) -> Project:
        """Make a project and return it.

        Raises:
            SurroundingsError: The server refuses title or label config, with its reason (GP-LS-004).
        """
        body = {
            "title": title,
            "label_config": label_config,
            "maximum_annotations": overlap,
            "expert_instruction": instruction,
            "show_instruction": bool(instruction),
        }
        self._listed_at = float("-inf")
        return self._exchange.change("POST", "/api/projects/", body, ProjectRow).to_project()

    def update_project(self, project_id: int, **fields: Any) -> Project:
        """Change fields of a project, named as in Label Studio's API, and return it."""
        return self._exchange.change("PATCH", f"/api/projects/{project_id}/", fields, ProjectRow).to_project()

    def _titles(self) -> list[TitledRow]:
        if time.monotonic() - self._listed_at > FRESH_SECONDS:
            self._listed = self._exchange.rows("/api/projects/", {"include": "id,title"}, ProjectPage)
            self._listed_at = time.monotonic()
        return self._listed
