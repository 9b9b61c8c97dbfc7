"""Label Studio's own JSON exports: an array of tasks, or one task a line, plain or gzipped."""

import gzip
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from goldpress.annotations.transport.cleaning import Cleaner, give_identity
from goldpress.annotations.transport.people import roles
from goldpress.annotations.transport.pseudonyms import open_pseudonyms
from goldpress.annotations.transport.reports import PullReport
from goldpress.annotations.transport.store import Header, now, write_pull
from goldpress.annotations.transport.tallies import Tally
from goldpress.errors import DataError, UsageError
from goldpress.schemas import load_scheme
from goldpress.schemas.label_config import config_digest, label_config
from goldpress.workspace import Workspace

Task = dict[str, Any]


def read_export(path: Path) -> Iterator[Task]:
    """Yield the tasks of an export.

    Raises:
        UsageError: The file is not there (GP-EXPORT-001).
        DataError: It is empty (GP-EXPORT-002), cut off or not JSON (GP-EXPORT-003, with the line or byte), or holds
            something else than tasks (GP-EXPORT-004).
    """
    content = _read(path)
    if content.lstrip()[:1] == b"[":
        yield from _tasks(enumerate(_array(content, path), start=1), path)
    else:
        yield from _tasks(_lines(content, path), path)


def pull_export(workspace: Workspace, file: Path, text_field: str) -> PullReport:
    """Take the tasks of an export into the store.

    Raises:
        DataError: It was labelled with other controls than the scheme has (GP-PULL-001), a task has no text
            (GP-PULL-002), or it is no export (GP-EXPORT-…).
    """
    scheme = load_scheme(workspace)
    cleaner = Cleaner(open_pseudonyms(workspace), lambda user: f"export#{user}", roles(workspace))
    tally = Tally()
    tasks = _adopt(read_export(file), file, text_field)
    first = list(itertools.islice(tasks, 100))
    controls = {layer.name for layer in scheme.span_layers} | {entry.name for entry in scheme.document_labels}
    found = {row.get("from_name") for task in first for row in _results(task) if row.get("type") != "relation"}
    if found and not found & controls:
        raise DataError(
            "GP-PULL-001",
            f"the export was labelled with other controls ({', '.join(sorted(map(str, found)))}) than the scheme has "
            f"({', '.join(sorted(controls))})",
            where=file,
            hint="describe its labels in schemas/scheme.toml; the names of the layers are those of its controls",
        )
    header = Header(
        goldpress_pull=1,
        pulled_at=now(),
        source="export",
        config_sha256=config_digest(label_config(scheme)),
        guideline_version=scheme.version,
        project=file.name,
    )
    cleaned = (cleaner.clean(task) for task in itertools.chain(first, tasks))
    number = itertools.count()
    path = write_pull(workspace.annotations, header, (tally.add(task, next(number)) for task in cleaned))
    return tally.report(str(path.relative_to(workspace.root)), len(tally.counts), range(len(tally.counts)))


def _adopt(tasks: Iterator[Task], file: Path, text_field: str) -> Iterator[Task]:
    """Give tasks of a foreign export the identity that ours have: an article id and the hash of the text."""
    for number, task in enumerate(tasks, start=1):
        data = task.get("data")
        if not isinstance(data, dict) or not isinstance(data.get(text_field), str):
            fields = ", ".join(sorted(data)) if isinstance(data, dict) else "none"
            raise DataError(
                "GP-PULL-002",
                f"task {number} has no text under '{text_field}' (fields: {fields})",
                where=file,
                hint="name the field that was labelled with --text-field",
            )
        task_id = task["id"] if isinstance(task.get("id"), int) else number
        rest = {key: value for key, value in data.items() if key != text_field}
        yield give_identity({**task, "data": rest}, data[text_field], task_id)


def _results(task: Task) -> Iterator[Mapping[str, Any]]:
    for annotation in task.get("annotations") or ():
        if isinstance(annotation, Mapping):
            yield from (row for row in annotation.get("result") or () if isinstance(row, Mapping))


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise UsageError("GP-EXPORT-001", "there is no such export", where=path, hint="check the path") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise _broken(path, f"the gzip stream ends early ({error})") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise DataError("GP-EXPORT-002", "the export is empty", where=path, hint="export the project again, as JSON")
    return content


def _array(content: bytes, path: Path) -> list[Any]:
    try:
        found: list[Any] = msgspec.json.decode(content, type=list[Any])
    except msgspec.MsgspecError as error:
        raise _broken(path, f"{error}; the file has {len(content)} bytes") from error
    return found


def _lines(content: bytes, path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line)
            except msgspec.MsgspecError as error:
                raise _broken(path, f"line {number}: {error}") from error


def _tasks(found: Iterable[tuple[int, Any]], path: Path) -> Iterator[Task]:
    for number, task in found:
        if not isinstance(task, dict) or "data" not in task:
            raise DataError(
                "GP-EXPORT-004",
                f"entry {number} of the export is no task",
                where=path,
                hint="export as JSON; JSON-MIN, CSV and CONLL have lost relations and region ids",
            )
        yield task


def _broken(path: Path, reason: str) -> DataError:
    return DataError(
        "GP-EXPORT-003",
        f"the export is cut off or is not JSON: {reason}",
        where=path,
        hint="export or download it again; nothing was taken from this file",
    )
