"""Label Studio's API, the part that goldpress needs: every answer is held against what was asked for.

The wire is httpx directly. The SDK's pager takes every 404 for the end, its POSTs are sent again after a 504, and
importing it costs seconds; it serves to validate label configs, in another room.
"""

import functools
import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from goldpress.errors import SurroundingsError, UsageError
from goldpress.labelstudio.answers import (
    Columns,
    Created,
    Guess,
    GuessPage,
    HasId,
    IdPage,
    Imported,
    Invite,
    Person,
    Project,
    ProjectPage,
    ProjectRow,
    TaskPage,
    TaskStub,
    TitledRow,
    ViewRow,
)
from goldpress.labelstudio.downloads import Range, read_ahead
from goldpress.labelstudio.exchange import Exchange
from goldpress.labelstudio.wire import UnclearAnswer

Kind = TypeVar("Kind")
Row = TypeVar("Row", bound=HasId)

PAGE = 1000
CHUNK = 250
"""Tasks per request: so few that the next chunk comes while this one is read, so many that asking costs little."""
READ = "id,title,label_config,created_at,maximum_annotations,task_number,total_predictions_number"
"""What of a project is read; the rest costs the server as much again."""
FRESH_SECONDS = 5.0
"""How long a list of titles holds: one command asks for several projects in a row."""
UNAUTHORISED, FORBIDDEN, CONFLICT = 401, 403, 409


class Client:
    """One person's access to one server.

    Args:
        url: Address of the server: scheme, host and port.
        token: A personal access token, or a legacy one where the server takes it.
        timeout: Seconds that one answer may take.

    Raises:
        SurroundingsError: Nothing answers (GP-LS-001), something else than Label Studio does (GP-LS-002, -015), or it
            fails (GP-LS-003, -004, -014, -016); every method may.
        UsageError: The address (GP-LS-013) or the token (GP-LS-005, -017 to -021) is refused, with the cause.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 60.0) -> None:
        self._exchange = Exchange(url, token, timeout=timeout)
        self.url = self._exchange.url
        self._listed: list[TitledRow] = []
        self._listed_at = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    # ── people and projects ─────────────────────────────────────────────────────────────────────────────

    def version(self) -> str:
        """Return the server's release, such as ``1.23.2``."""
        return self._exchange.release

    def clock_ahead(self) -> float:
        """Return by how many seconds the server's clock is ahead of this machine's, to about a second."""
        return self._exchange.ahead

    def now(self) -> datetime:
        """Return what the server's clock says, to about a second."""
        return self._exchange.now()

    def whoami(self) -> Person:
        """Return whose token this is."""
        return self._exchange.get("/api/current-user/whoami", Person)

    def members(self) -> list[Person]:
        """Return everybody who has an account."""
        return self._exchange.get("/api/users/", list[Person])

    def invite_path(self) -> str:
        """Return the path of the sign-up page, with the invite's token: whoever has it can make an account."""
        return self._exchange.get("/api/invite", Invite).invite_url

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

    def _titles(self) -> list[TitledRow]:
        if time.monotonic() - self._listed_at > FRESH_SECONDS:
            asked = {"include": "id,title", "page_size": PAGE}
            self._listed = self._exchange.rows("/api/projects/", asked, ProjectPage)
            self._listed_at = time.monotonic()
        return self._listed

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

    # ── tasks ───────────────────────────────────────────────────────────────────────────────────────────

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
            "page_size": PAGE,
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
            "page_size": PAGE,
            "query": _query(filters),
        }
        # A task for which a filter holds twice is listed twice.
        rows = self._exchange.rows("/api/tasks/", asked, IdPage, missing=f"project {project_id}", repeats=True)
        return {row.id for row in rows}

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

    def export_tasks(
        self, project_id: int, ids: Sequence[int], *, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the tasks with these ids in chunks, with annotations, skips and drafts.

        Raises:
            UsageError: There is no such project (GP-LS-012).
            SurroundingsError: The answer holds other tasks than were asked for (GP-LS-010).
        """
        whole = list(dict.fromkeys(ids))
        chunks = [whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK)]
        done = 0
        for wanted, found in self._exported(project_id, chunks):
            if len(found) != len(wanted):
                raise self._others(wanted, {task["id"] for task in found})
            yield found
            done += len(found)
            if progress is not None:
                progress(done, len(whole))

    def export_range(
        self, project_id: int, span: Range, *, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield all tasks whose ids lie in a range, in chunks; nothing if it holds mostly tasks of other projects.

        How many came is for the caller to hold against ``span.total``: the ids are not known beforehand.
        """
        done = 0
        for _, found in self._exported(project_id, span.chunks(CHUNK) or []):
            yield found
            done += len(found)
            if progress is not None:
                progress(min(done, span.total), span.total)

    def task_range(self, project_id: int) -> Range:
        """Return in which range the ids of a project's tasks lie, and how many there are.

        Raises:
            UsageError: There is no such project (GP-LS-012).
            SurroundingsError: The list changed while it was read (GP-LS-011).
        """
        ends = []
        for order in ("tasks:id", "-tasks:id"):
            asked = {"project": project_id, "fields": "task_only", "include": "id", "page_size": 1}
            asked["query"] = json.dumps({"ordering": [order]})
            ends.append(self._exchange.get("/api/tasks/", IdPage, asked, missing=f"project {project_id}"))
        low, high = ends
        if low.total != high.total or (low.rows == []) != (low.total == 0) or low.rows[:1] > high.rows[:1]:
            raise self._exchange.changed()
        return Range(low.rows[0].id, high.rows[0].id, low.total) if low.total else Range(1, 0, 0)

    def task(self, task_id: int) -> dict[str, Any]:
        """Return one task whole, with drafts.

        Raises:
            UsageError: There is none with this id (GP-LS-012).
        """
        return self._exchange.get(f"/api/tasks/{task_id}/", dict[str, Any], missing=f"task {task_id}")

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

    # ── predictions, notes and tabs ─────────────────────────────────────────────────────────────────────

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

    def change_data(self, task_id: int, data: dict[str, Any]) -> None:
        """Replace what a task shows, which must be whole: Label Studio deletes what is left out, the text too.

        Raises:
            UsageError: There is no such task (GP-LS-012).
        """
        answer = self._exchange.send("PATCH", f"/api/tasks/{task_id}/", json={"data": data})
        self._exchange.check(answer, missing=f"task {task_id}")

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

    def _exported(
        self, project_id: int, chunks: Sequence[list[int]]
    ) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
        found = read_ahead(functools.partial(self._export, project_id, wanted) for wanted in chunks)
        return zip(chunks, found, strict=True)

    def _export(self, project_id: int, wanted: list[int]) -> list[dict[str, Any]]:
        """Return those of the tasks that are in the project, each once."""
        # Without download_all_tasks, tasks that nobody has submitted are left out in silence; "ids" without brackets
        # would be ignored.
        asked = {
            "exportType": "JSON",
            "download_all_tasks": "true",
            "interpolate_key_frames": "false",
            "ids[]": wanted,
        }
        path = f"/api/projects/{project_id}/export"
        found = self._exchange.get(path, list[dict[str, Any]], asked, missing=f"project {project_id}")
        came = [task.get("id") for task in found]
        if len(set(came)) != len(came) or not set(came) <= set(wanted):
            raise self._others(wanted, set(came))
        return found

    def _others(self, wanted: list[int], came: set[Any]) -> SurroundingsError:
        others, missing = len(came - set(wanted)), len(set(wanted) - came)
        return SurroundingsError(
            "GP-LS-010",
            f"of {len(wanted)} tasks {missing} did not come, and {others} others did",
            where=self.url,
            hint="try again; tasks may have been deleted meanwhile",
        )


def _query(filters: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"filters": {"conjunction": "and", "items": filters}})


def _later(since: datetime) -> dict[str, Any]:
    # Any other way to write the time, and the server fails.
    value = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime", "value": value}
