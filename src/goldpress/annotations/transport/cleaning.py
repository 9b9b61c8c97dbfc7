"""A task of Label Studio as the store keeps it: under pseudonyms, without names, and with an identity of its own."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import msgspec

from goldpress.annotations.transport.pseudonyms import Pseudonyms
from goldpress.annotations.transport.store import Task


class KeptTask(TypedDict, total=False):
    """What of a task is written: names and e-mail addresses stand elsewhere in an export, and stay there."""

    id: int
    data: dict[str, Any]
    meta: Any
    created_at: Any
    updated_at: Any


class KeptAnnotation(TypedDict, total=False):
    """What of an annotation is written; its regions pass as the JSON that they came as, and are only counted."""

    id: Any
    unique_id: Any
    result: msgspec.Raw
    was_cancelled: Any
    ground_truth: Any
    created_at: Any
    updated_at: Any
    lead_time: Any
    parent_prediction: Any


class Annotation(KeptAnnotation, total=False):
    """What is read of an annotation."""

    completed_by: Any
    updated_by: Any


class Exported(KeptTask, total=False):
    """What is read of a task."""

    annotations: list[Annotation] | None
    drafts: list[msgspec.Raw] | None
    predictions: list[int] | None


KEPT_PREDICTION = ("id", "model_version", "score", "created_at", "result")
"""What of a suggestion is written; its regions' ids are those of the regions that were accepted."""

NOTE = "review_note"
"""What annotators are told about a task: it is for them, and changes without their labels."""


class Cleaner:
    """Keeps of a task what belongs in the store.

    Args:
        pseudonyms: Of this workspace.
        identity: A stable name of the person with a server's id.
        role_of: What each person decides, by that name.
        role: What every annotation decides, where that is not the person's own role.
    """

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        identity: Callable[[int], str],
        role_of: Mapping[str, str],
        role: str | None = None,
    ) -> None:
        self._pseudonym, self._identity = functools.cache(pseudonyms.of), identity
        self._roles, self._role = role_of, role

    def clean(self, task: Task, predictions: Sequence[Task] | None = None) -> Task:
        """Return the task as it is stored, with what was suggested in place of the numbers of the suggestions."""
        annotations = [self._annotation(entry) for entry in task.get("annotations") or ()]
        kept = {key: task[key] for key in KeptTask.__annotations__ if key in task}
        kept["data"] = {key: value for key, value in kept["data"].items() if key != NOTE}
        suggested = task.get("predictions") or () if predictions is None else predictions
        guesses = [
            {key: entry.get(key) for key in KEPT_PREDICTION} for entry in suggested if isinstance(entry, Mapping)
        ]
        return {**kept, "annotations": annotations, "drafts": len(task.get("drafts") or ()), "predictions": guesses}

    def _annotation(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        who = self._name(entry.get("completed_by"))
        changed = entry.get("updated_by")
        return {
            **{key: entry[key] for key in KeptAnnotation.__annotations__ if key in entry},
            "completed_by": self._pseudonym(who),
            "updated_by": self._pseudonym(self._name(changed)) if changed is not None else None,
            "role": self._role or self._roles.get(who, "primary"),
        }

    def _name(self, user: Any) -> str:
        """A stable name of a person: the e-mail address where it is known, else server and id."""
        if isinstance(user, Mapping):
            return str(user.get("email") or self._identity(user.get("id", 0)))
        return self._identity(user)


def count_regions(result: Any) -> int:
    """Return how many regions and relations an annotation holds, as objects or as JSON."""
    if isinstance(result, msgspec.Raw):
        result = msgspec.json.decode(result, type=list[msgspec.Raw] | None)
    return len(result or ())


def give_identity(task: Task, text: str, task_id: int) -> Task:
    """Return a task that was sent by other means with an identity like ours: an article id and the text's hash."""
    rest = {key: value for key, value in task["data"].items() if key != "text"}
    found = {"article_id": f"task-{task_id}", "text_sha256": text_hash(text), **rest}
    return {**task, "id": task_id, "data": {**found, "text": text}}


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
