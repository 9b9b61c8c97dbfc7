"""Tasks from a server into the checkpoint of a pull: whole, held against what was sent, and under pseudonyms."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.checkpoints import Checkpoint
from goldpress.annotations.transport.cleaning import Cleaner, Exported, give_identity
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.guards import Drift, find_drift
from goldpress.annotations.transport.store import Task
from goldpress.annotations.transport.tallies import Tally
from goldpress.errors import SurroundingsError
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project, TaskStub
    from goldpress.labelstudio.answers import Guess

Progress = Callable[[int, int], None]

FEW = 250
"""Tasks of which the suggestions are asked for by id; of more, those of the whole project come faster."""
MANY = 20_000
"""Suggestions in one answer: some 50 MB."""


class Fetch:
    """One project's part of a pull.

    Attributes:
        drifts: Tasks whose text is not the one that was sent; they are set aside.
        tally: What is kept, counted.
    """

    def __init__(
        self,
        workspace: Workspace,
        client: "Client",
        project: "Project",
        cleaner: Callable[[], Cleaner],
        kept: Checkpoint,
        progress: Progress | None,
    ) -> None:
        self._workspace, self._client, self._project = workspace, client, project
        self._cleaner, self._kept, self._progress = functools.cache(cleaner), kept, progress
        self._known: dict[int, list[Guess]] = {}
        self.drifts: list[Drift] = []
        self.tally = Tally()

    def everything(self) -> "dict[int, TaskStub] | None":
        """Fetch every task without reading the list of them first, and return that list.

        None if more or fewer came than the server says it has, or if the range of ids holds too many other tasks; what
        came is kept all the same.
        """
        from goldpress.labelstudio import TaskStub

        span = self._client.task_range(self._project.id)
        self._know(span.total)
        self._cleaner()
        found: dict[int, TaskStub] = {}
        for chunk in self._client.export_range(self._project.id, span, kind=list[Exported], progress=self._progress):
            for task in chunk:
                found[task["id"]] = TaskStub(task["id"], task["updated_at"], task.get("meta") or {})
            self._take(chunk)
        return found if len(found) == span.total else None

    def rest(self, index: "Mapping[int, TaskStub]", wanted: Sequence[int]) -> int:
        """Fetch what is wanted and not kept in the version that the server has; return how many an earlier pull had."""
        there = self._kept.has({i: index[i].updated_at for i in wanted})
        missing = [i for i in wanted if i not in there and i not in self.aside]
        if missing:
            self._know(len(missing))
            self._cleaner()
        for chunk in self._client.export_tasks(self._project.id, missing, kind=list[Exported], progress=self._progress):
            self._take(chunk)
        earlier = [i for i in there if i not in self.tally.counts]
        for task in self._kept.read(earlier):
            self.tally.add(task)
        return len(earlier)

    def _take(self, chunk: Iterable[Task]) -> None:
        adopted = [_own(task) for task in chunk]
        guesses = self._guesses(adopted)
        clean = self._cleaner().clean
        self._kept.add(self.tally.add(clean(t, guesses.get(t["id"], []))) for t in adopted if self._holds(t))

    @property
    def aside(self) -> set[int]:
        """Tasks that are not kept."""
        return {drift.task_id for drift in self.drifts}

    # ── suggestions: the export has only their numbers ──────────────────────────────────────────────────────

    def _know(self, number: int) -> None:
        """Ask for all suggestions of the project at once where that is faster."""
        if number > FEW and 0 < self._project.predictions <= MANY:
            self._known = self._client.predictions(self._project.id)

    def _guesses(self, tasks: list[Task]) -> dict[int, list[dict[str, Any]]]:
        numbers = {task["id"]: set(task["predictions"]) for task in tasks if task.get("predictions")}
        found = {i: self._known.get(i, []) for i in numbers}
        other = [i for i, guesses in found.items() if {guess.id for guess in guesses} != numbers[i]]
        if other:
            found |= self._client.predictions(self._project.id, other)
        for i in other:
            if {guess.id for guess in found[i]} != numbers[i]:
                raise SurroundingsError(
                    "GP-PULL-005",
                    f"the suggestions of task {i} changed while they were read",
                    where=self._client.url,
                    hint="try again when nobody imports",
                )
        return {i: [_as_row(guess) for guess in sorted(found[i], key=lambda guess: guess.id)] for i in numbers}

    # ── texts ───────────────────────────────────────────────────────────────────────────────────────────────

    def _holds(self, task: Task) -> bool:
        if find_drift(task, {}) is None:
            return True
        found = find_drift(task, self._texts(task))
        self.drifts += [found] if found else []
        return False

    def _texts(self, task: Task) -> dict[str, str]:
        """What was sent, from ``seeds/`` or from an earlier pull."""
        from goldpress.seeds import read_articles

        wanted = (task.get("meta") or {}).get("text_sha256") or task["data"].get("text_sha256")
        seeds = read_articles(self._workspace) if self._workspace.seeds.is_dir() else []
        texts = {article.text_sha256: article.text for article in seeds if article.text_sha256 == wanted}
        entries = [] if texts else [e for e in newest_tasks(self._workspace) if e.text_sha256 == wanted]
        return texts or {str(wanted): str(old["data"].get("text", "")) for _, old in read_tasks(entries[:1])}


def _own(task: Task) -> Task:
    """Give a task that somebody imported by other means an identity; without a text it drifts, and is set aside."""
    data = task["data"]
    if "article_id" in data and "text_sha256" in data:
        return task
    text = data.get("text")
    return give_identity(task, text, task["id"]) if isinstance(text, str) else task


def _as_row(guess: "Guess") -> dict[str, Any]:
    return {name: getattr(guess, name) for name in guess.__struct_fields__}
