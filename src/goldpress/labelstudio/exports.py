"""Tasks whole, with all that anybody said about them: by their ids, or by the range in which the ids lie."""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from goldpress.errors import SurroundingsError
from goldpress.labelstudio.answers import IdPage
from goldpress.labelstudio.downloads import CHUNK, Range, read_ahead
from goldpress.labelstudio.exchange import Service


class Exports(Service):
    """What can be asked about many tasks at once."""

    def export_tasks(
        self,
        project_id: int,
        ids: Sequence[int],
        *,
        kind: type[Any] = list[dict[str, Any]],
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the tasks with these ids in chunks, with annotations, skips and drafts.

        Args:
            project_id: The project.
            ids: The tasks, once each.
            kind: A list of what to read of a task, such as a typed dictionary.
            progress: Called with tasks fetched and tasks to fetch.

        Raises:
            UsageError: There is no such project (GP-LS-012).
            SurroundingsError: The answer holds other tasks than were asked for (GP-LS-010).
        """
        whole = list(dict.fromkeys(ids))
        chunks = [whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK)]
        done = 0
        for wanted, found in self._exported(project_id, chunks, kind):
            if len(found) != len(wanted):
                raise self._others(wanted, {task["id"] for task in found})
            yield found
            done += len(found)
            if progress is not None:
                progress(done, len(whole))

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

    def export_range(
        self,
        project_id: int,
        span: Range,
        *,
        kind: type[Any] = list[dict[str, Any]],
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield all tasks whose ids lie in a range, in chunks; nothing if it holds mostly tasks of other projects.

        How many came is for the caller to hold against ``span.total``: the ids are not known beforehand.
        """
        done = 0
        for _, found in self._exported(project_id, span.chunks(CHUNK) or [], kind):
            yield found
            done += len(found)
            if progress is not None:
                progress(min(done, span.total), span.total)

    def _exported(
        self, project_id: int, chunks: Sequence[list[int]], kind: type[Any]
    ) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
        found = read_ahead(functools.partial(self._export, project_id, wanted, kind) for wanted in chunks)
        return zip(chunks, found, strict=True)

    def _export(self, project_id: int, wanted: list[int], kind: type[Any]) -> list[dict[str, Any]]:
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
        found: list[dict[str, Any]] = self._exchange.get(path, kind, asked, missing=f"project {project_id}")
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
