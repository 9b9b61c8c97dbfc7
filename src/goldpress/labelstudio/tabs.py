"""Tabs of a project's Data Manager."""

from collections.abc import Collection
from typing import Any

from goldpress.labelstudio.answers import Columns, ViewRow
from goldpress.labelstudio.exchange import Service


class Tabs(Service):
    """What can be asked about tabs."""

    def tabs(self, project_id: int) -> dict[str, int]:
        """Return the tabs of a project's Data Manager: id by title."""
        rows = self._exchange.get("/api/dm/views/", list[ViewRow], {"project": project_id})
        return {row.data.title: row.id for row in rows}

    def create_tab(
        self, project_id: int, title: str, filters: list[dict[str, Any]], *, shown: Collection[str] = ()
    ) -> int:
        """Make a tab that shows the tasks for which all filters hold, and return its id.

        Args:
            project_id: The project.
            title: What stands on the tab.
            filters: As for ``tasks_where``.
            shown: Fields of a task's data to show beside its number; every column there is if none is named.
        """
        data: dict[str, Any] = {"title": title, "filters": {"conjunction": "and", "items": filters}}
        if shown:
            columns = self._exchange.get("/api/dm/columns/", Columns, {"project": project_id}).columns
            kept = {"tasks:id", *(f"tasks:data.{name}" for name in shown)}
            hidden = [column.name for column in columns if column.name not in kept]
            data["hiddenColumns"] = {"explore": hidden, "labeling": hidden}
        body = {"project": project_id, "data": data}
        return self._exchange.change("POST", "/api/dm/views/", body, ViewRow).id
