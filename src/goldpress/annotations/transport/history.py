"""What the pulls say together: annotations that were there once, and are not, or not whole, in what was pulled last."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from goldpress.annotations.transport.entries import Entry, index_pulls
from goldpress.annotations.transport.guards import Vanished, was_cut
from goldpress.workspace import Workspace


class _Annotation(msgspec.Struct):
    unique_id: str | None = None
    completed_by: str | int | None = None
    updated_by: str | int | None = None
    result: list[msgspec.Raw] = []


class _Task(msgspec.Struct):
    annotations: list[_Annotation] = []


_TASK = msgspec.json.Decoder(_Task)


def vanished_annotations(workspace: Workspace, *, settled: Collection[str] = ()) -> Iterator[Vanished]:
    """Yield the annotations that an earlier pull has and the newest one of the same task has not, or only in part.

    Args:
        workspace: The workspace.
        settled: File names of pulls; what was missing in one of these already was decided on before.
    """
    versions: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for found in index_pulls(workspace):
        for entry in found:
            versions[entry.source, entry.article_id, entry.text_sha256].append(entry)
    for entries in versions.values():
        if len(entries) > 1 and any(Path(entry.path).name not in settled for entry in entries):
            yield from _vanished(entries, settled)


def _vanished(entries: list[Entry], settled: Collection[str]) -> Iterator[Vanished]:
    """What the versions of one task, oldest first, lost on the way."""
    held: dict[str, tuple[Entry, _Annotation]] = {}
    gone: dict[str, tuple[Entry, _Annotation]] = {}
    now: dict[str, _Annotation] = {}
    for entry in entries:
        now = {str(annotation.unique_id): annotation for annotation in _read(entry).annotations}
        if Path(entry.path).name not in settled:
            gone = {key: value for key, value in held.items() if _is_less(value[1], now.get(key))} | gone
        held = {key: (entry, annotation) for key, annotation in now.items()}
        gone = {key: value for key, value in gone.items() if _is_less(value[1], now.get(key))}
    for key, (entry, annotation) in sorted(gone.items()):
        left = len(now[key].result) if key in now else None
        yield Vanished(entry.article_id, str(annotation.completed_by or ""), key, len(annotation.result), left)


def _is_less(before: _Annotation, now: _Annotation | None) -> bool:
    return now is None or was_cut(len(before.result), len(now.result), now.completed_by, now.updated_by)


def _read(entry: Entry) -> _Task:
    with Path(entry.path).open("rb") as file:
        file.seek(entry.offset)
        return _TASK.decode(file.read(entry.size))
