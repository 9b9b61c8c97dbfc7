"""Predictions of a project's tasks: which there are, and more of them."""

import json
from collections.abc import Sequence
from typing import Any

from goldpress.labelstudio.answers import Created, Guess, GuessPage
from goldpress.labelstudio.downloads import CHUNK
from goldpress.labelstudio.tasks import Tasks
from goldpress.labelstudio.wire import UnclearAnswer


class Predictions(Tasks):
    """What can be asked about predictions, which hang on tasks."""

    def predicted(self, project_id: int, version: str) -> set[int]:
        """Return the ids of the tasks that have a prediction of this model version."""
        name = "filter:tasks:predictions_model_versions"
        return self.tasks_where(
            project_id, [{"filter": name, "operator": "contains", "type": "List", "value": [version]}]
        )

    def predictions(self, project_id: int, tasks: Sequence[int] | None = None) -> dict[int, list[Guess]]:
        """Return the predictions of these tasks, or of every task that has some, by task.

        Raises:
            SurroundingsError: The answer holds other tasks than were asked for (GP-LS-007, GP-LS-011).
        """
        found: dict[int, list[Guess]] = {}
        if tasks is None:
            for guess in self._exchange.get("/api/predictions/", list[Guess], {"project": project_id}):
                found.setdefault(guess.task or 0, []).append(guess)
            return found
        for start in range(0, len(tasks), CHUNK):
            chosen = {"all": False, "included": list(tasks[start : start + CHUNK])}
            asked = {"project": project_id, "fields": "all", "include": "id,predictions", "page_size": CHUNK}
            asked["query"] = json.dumps({"selectedItems": chosen})
            found.update((row.id, row.predictions) for row in self._exchange.rows("/api/tasks/", asked, GuessPage))
        return found

    def import_predictions(self, project_id: int, predictions: Sequence[dict[str, Any]]) -> None:
        """Send predictions in one request, never twice: Label Studio would store them twice.

        Args:
            project_id: The project.
            predictions: Each with ``task`` (its id), ``model_version`` and ``result``.

        Raises:
            UnclearAnswer: The connection broke, timed out, a 5xx came back, or another number was confirmed: ask what
                has arrived.
        """
        path = f"/api/projects/{project_id}/import/predictions"
        made = self._exchange.change("POST", path, list(predictions), Created).created
        if made != len(predictions):
            raise UnclearAnswer(
                "GP-LS-009",
                f"{len(predictions)} predictions were sent, {made} confirmed",
                where=self.url,
                hint="run the command again: it adds nothing twice",
            )
