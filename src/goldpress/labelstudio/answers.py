"""What Label Studio's answers hold, as far as goldpress reads them; a field that is missing is no Label Studio."""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import msgspec


@dataclass(frozen=True)
class Person:
    """A member of the server."""

    id: int
    email: str


@dataclass(frozen=True)
class Project:
    """A project; ``uid`` stays the same when the server's address changes."""

    id: int
    title: str
    label_config: str
    overlap: int
    task_number: int
    uid: str
    predictions: int = 0


@dataclass(frozen=True)
class TaskStub:
    """What the list of tasks says about one: its address, when it changed, and the identity that goldpress gave it.

    Saving a draft does not move ``updated_at``. Skips are not in ``total_annotations``; they are counted apart.
    """

    id: int
    updated_at: str
    meta: dict[str, Any] = field(default_factory=dict)
    total_annotations: int = 0
    cancelled_annotations: int = 0


class Version(msgspec.Struct):
    """``/api/version``."""

    release: str


class Invite(msgspec.Struct):
    """``/api/invite``: the path holds the invite's token."""

    invite_url: str


class Imported(msgspec.Struct):
    """What an import confirms."""

    task_ids: list[int] = []


class ProjectRow(msgspec.Struct):
    """A project as the API words it."""

    id: int
    title: str
    label_config: str
    created_at: str
    maximum_annotations: int | None = None
    task_number: int | None = None
    total_predictions_number: int | None = None

    def to_project(self) -> Project:
        """Return the project as the rest of goldpress knows it."""
        return Project(
            self.id,
            self.title,
            self.label_config,
            self.maximum_annotations or 1,
            self.task_number or 0,
            f"{self.id} {self.created_at}",
            self.total_predictions_number or 0,
        )


class TitledRow(msgspec.Struct):
    """A project in a list."""

    id: int
    title: str


class TaskRow(msgspec.Struct):
    """A task in a list."""

    id: int
    updated_at: str
    meta: dict[str, Any] | None = None
    total_annotations: int = 0
    cancelled_annotations: int = 0

    def to_stub(self) -> TaskStub:
        """Return the task as the rest of goldpress knows it."""
        return TaskStub(self.id, self.updated_at, self.meta or {}, self.total_annotations, self.cancelled_annotations)


class ProjectPage(msgspec.Struct):
    """A page of the list of projects."""

    total: int = msgspec.field(name="count")
    rows: list[TitledRow] = msgspec.field(name="results")


class IdRow(msgspec.Struct, order=True):
    """A task in a list of ids."""

    id: int


class IdPage(msgspec.Struct):
    """A page of that list."""

    total: int
    rows: list[IdRow] = msgspec.field(name="tasks")


class Guess(msgspec.Struct, frozen=True):
    """A prediction: what was suggested for a task, as JSON, and by which model."""

    id: int
    result: msgspec.Raw
    model_version: str | None = None
    score: float | None = None
    created_at: str | None = None
    task: int | None = None


class GuessRow(msgspec.Struct):
    """A task in a list of predictions."""

    id: int
    predictions: list[Guess] = []


class GuessPage(msgspec.Struct):
    """A page of that list."""

    total: int
    rows: list[GuessRow] = msgspec.field(name="tasks")


class Created(msgspec.Struct):
    """How much an import of predictions confirms."""

    created: int


class ViewData(msgspec.Struct):
    """What of a tab goldpress reads."""

    title: str = ""


class ViewRow(msgspec.Struct):
    """A tab of the Data Manager."""

    id: int
    data: ViewData = msgspec.field(default_factory=ViewData)


class TaskPage(msgspec.Struct):
    """A page of the list of tasks."""

    total: int
    rows: list[TaskRow] = msgspec.field(name="tasks")


class HasId(Protocol):
    """A row of any list."""

    id: int


Row = TypeVar("Row", bound=HasId)


class Page(Protocol[Row]):
    """A page of any list: how many rows there are in all, and some of them."""

    total: int
    rows: list[Row]


class Column(msgspec.Struct):
    """A column of a project's Data Manager."""

    id: str
    parent: str | None = None

    @property
    def name(self) -> str:
        """What a tab calls it."""
        return f"tasks:{self.parent}.{self.id}" if self.parent else f"tasks:{self.id}"


class Columns(msgspec.Struct):
    """The columns of a project's Data Manager."""

    columns: list[Column]
