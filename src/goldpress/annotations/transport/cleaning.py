"""A task of Label Studio as the store keeps it: under pseudonyms, without names, and with an identity of its own."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from goldpress.annotations.transport.pseudonyms import Pseudonyms
from goldpress.annotations.transport.store import Task

KEPT_TASK = ("id", "data", "meta", "created_at", "updated_at")
KEPT_ANNOTATION = (
    "id",
    "unique_id",
    "result",
    "was_cancelled",
    "ground_truth",
    "created_at",
    "updated_at",
    "lead_time",
    "parent_prediction",
)
"""What of a task is written: names and e-mail addresses stand elsewhere in an export, and stay there."""

NOTE = "review_note"
"""What annotators are told about a task: it is for them, and changes without their labels."""


class Cleaner:
    """Keeps of a task what belongs in the store, and counts.

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
        self._pseudonyms, self._identity, self._roles, self._role = pseudonyms, identity, role_of, role
        self.tasks = self.annotations = self.drafts = 0
        self.edited: list[str] = []
        self.repeated: list[str] = []

    def clean(self, task: Task) -> Task:
        """Return the task as it is stored."""
        annotations = [self._annotation(entry) for entry in task.get("annotations") or ()]
        kept = {key: task[key] for key in KEPT_TASK if key in task}
        kept["data"] = {key: value for key, value in kept["data"].items() if key != NOTE}
        cleaned = {**kept, "annotations": annotations, "drafts": len(task.get("drafts") or ())}
        self.count(cleaned)
        return cleaned

    def count(self, task: Task) -> None:
        """Count a task that is stored, also one that an earlier, interrupted pull had cleaned."""
        annotations = task["annotations"]
        self.tasks += 1
        self.annotations += len(annotations)
        self.drafts += task["drafts"]
        article = str(task["data"].get("article_id", ""))
        if any(entry["updated_by"] not in (None, entry["completed_by"]) for entry in annotations):
            self.edited.append(article)
        by = Counter(entry["completed_by"] for entry in annotations if not entry.get("was_cancelled"))
        if any(number > 1 for number in by.values()):
            self.repeated.append(article)

    def _annotation(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        who = self._name(entry.get("completed_by"))
        changed = entry.get("updated_by")
        return {
            **{key: entry[key] for key in KEPT_ANNOTATION if key in entry},
            "completed_by": self._pseudonyms.of(who),
            "updated_by": self._pseudonyms.of(self._name(changed)) if changed is not None else None,
            "role": self._role or self._roles.get(who, "primary"),
        }

    def _name(self, user: Any) -> str:
        """A stable name of a person: the e-mail address where it is known, else server and id."""
        if isinstance(user, Mapping):
            return str(user.get("email") or self._identity(user.get("id", 0)))
        return self._identity(user)


def give_identity(task: Task, text: str, task_id: int) -> Task:
    """Return a task that was sent by other means with an identity like ours: an article id and the text's hash."""
    rest = {key: value for key, value in task["data"].items() if key != "text"}
    found = {"article_id": f"task-{task_id}", "text_sha256": text_hash(text), **rest}
    return {**task, "id": task_id, "data": {**found, "text": text}}


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
