"""Tasks of a project: listed without their text, read one by one, sent, changed, and labelled."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from goldpress.labelstudio.answers import IdPage, Imported, TaskPage, TaskStub
from goldpress.labelstudio.exchange import Service
from goldpress.labelstudio.wire import UnclearAnswer

CONFLICT = 409


class Tasks(Service):
    """What can be asked about tasks and their annotations."""

    def task_index(self, project_id: int, *, since: datetime | None = None) -> list[TaskStub]:
        """Return every task of a project by id, without its text.

        Args:
            project_id: The project.
            since: Only those whose ``updated_at`` is later.

        Raises:
            UsageError: There is no such project (GP-LS-012).
            SurroundingsError: The pages hold less than the total says (GP-LS-007), or the list changed while it was
                read (GP-LS-011).
        """
        asked = {
            "project": project_id,
            "fields": "task_only",
            "include": "id,updated_at,meta,total_annotations,cancelled_annotations",
        }
        if since is not None:
            asked["query"] = _query([_later(since)])
        rows = self._exchange.rows("/api/tasks/", asked, TaskPage, missing=f"project {project_id}")
        return [row.to_stub() for row in sorted(rows, key=lambda row: row.id)]

    def tasks_where(self, project_id: int, filters: list[dict[str, Any]]) -> set[int]:
        """Return the ids of the tasks for which all filters hold, worded as in the Data Manager."""
        asked = {
            "project": project_id,
            "fields": "task_only",
            "include": "id",
            "query": _query(filters),
        }
        # A task for which a filter holds twice is listed twice.
        rows = self._exchange.rows("/api/tasks/", asked, IdPage, missing=f"project {project_id}", repeats=True)
        return {row.id for row in rows}

    def task(self, task_id: int) -> dict[str, Any]:
        """Return one task whole, with drafts.

        Raises:
            UsageError: There is none with this id (GP-LS-012).
        """
        return self._exchange.get(f"/api/tasks/{task_id}/", dict[str, Any], missing=f"task {task_id}")

    def import_tasks(self, project_id: int, tasks: Sequence[dict[str, Any]]) -> list[int]:
        """Send tasks in one request, never twice, and return their ids in the same order.

        Raises:
            UnclearAnswer: The connection broke, timed out, a 5xx came back (GP-LS-008), or another number of tasks was
                confirmed (GP-LS-009): ask what has arrived.
            SurroundingsError: The server refuses them, with its reason; none was stored (GP-LS-004).
        """
        if not tasks:
            return []
        path = f"/api/projects/{project_id}/import?return_task_ids=true"
        ids = self._exchange.change("POST", path, list(tasks), Imported).task_ids
        if len(set(ids)) != len(tasks):
            raise UnclearAnswer(
                "GP-LS-009",
                f"{len(tasks)} tasks were sent, {len(set(ids))} confirmed",
                where=self.url,
                hint="run the command again: it adds nothing twice",
            )
        return ids

    def change_data(self, task_id: int, data: dict[str, Any]) -> None:
        """Replace what a task shows, which must be whole: Label Studio deletes what is left out, the text too.

        Raises:
            UsageError: There is no such task (GP-LS-012).
        """
        answer = self._exchange.send("PATCH", f"/api/tasks/{task_id}/", json={"data": data})
        self._exchange.check(answer, missing=f"task {task_id}")

    def create_annotation(
        self,
        task_id: int,
        result: list[dict[str, Any]],
        *,
        unique_id: str,
        lead_time: float | None = None,
        was_cancelled: bool = False,
    ) -> bool:
        """Submit an annotation under this person's name; False if one with this ``unique_id`` is there already.

        Args:
            task_id: The task.
            result: Regions and relations; empty says that there is nothing to find.
            unique_id: A UUID, which makes it safe to submit the same annotation again.
            lead_time: Seconds that a person took.
            was_cancelled: The task is skipped.
        """
        body = {
            "result": result,
            "unique_id": unique_id,
            "lead_time": lead_time,
            "was_cancelled": was_cancelled,
            # Unless it is said, an annotation may count as ground truth, and filtered exports leave it out.
            "ground_truth": False,
        }
        answer = self._exchange.send("POST", f"/api/tasks/{task_id}/annotations/", json=body)
        if answer.status_code == CONFLICT:
            return False
        self._exchange.check(answer, missing=f"task {task_id}")
        return True

    def replace_annotation(self, annotation_id: int, result: list[dict[str, Any]]) -> None:
        """Say something else in an annotation of this person's.

        Raises:
            UsageError: There is no such annotation (GP-LS-012).
        """
        answer = self._exchange.send("PATCH", f"/api/annotations/{annotation_id}/", json={"result": result})
        self._exchange.check(answer, missing=f"annotation {annotation_id}")


def _query(filters: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"filters": {"conjunction": "and", "items": filters}})


def _later(since: datetime) -> dict[str, Any]:
    # Any other way to write the time, and the server fails.
    value = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime", "value": value}
