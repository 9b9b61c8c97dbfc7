"""What a pull holds, counted task by task: one that is fetched twice counts once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from goldpress.annotations.transport.cleaning import count_regions
from goldpress.annotations.transport.reports import PullReport
from goldpress.annotations.transport.store import Task


@dataclass(frozen=True)
class Count:
    """What one task holds, and whether somebody edited another person's work, or annotated twice.

    ``annotations`` gives the number of regions by unique id.
    """

    article_id: str
    annotations: dict[str, int]
    number: int
    drafts: int
    edited: bool
    repeated: bool


@dataclass
class Tally:
    """The counts by task."""

    counts: dict[int, Count] = field(default_factory=dict)

    def add(self, task: Task, key: int | None = None) -> Task:
        """Count a task as it is stored, under its id or another key, and return it."""
        annotations = task["annotations"]
        by = Counter(entry["completed_by"] for entry in annotations if not entry.get("was_cancelled"))
        self.counts[task["id"] if key is None else key] = Count(
            str(task["data"].get("article_id", "")),
            {str(entry.get("unique_id")): count_regions(entry.get("result")) for entry in annotations},
            len(annotations),
            task["drafts"],
            any(entry["updated_by"] not in (None, entry["completed_by"]) for entry in annotations),
            any(number > 1 for number in by.values()),
        )
        return task

    def report(self, path: str, tasks: int, stored: Iterable[int], **more: Any) -> PullReport:
        """Return the report of a pull that stored these of the tasks."""
        found = [self.counts[key] for key in stored]
        return PullReport(
            path,
            tasks,
            len(found),
            sum(count.number for count in found),
            sum(count.drafts for count in found),
            edited=[count.article_id for count in found if count.edited],
            repeated=[count.article_id for count in found if count.repeated],
            **more,
        )
