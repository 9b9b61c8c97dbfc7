"""Label Studio's own JSON exports: an array of tasks, or one task a line, plain or packed."""

import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from goldpress.annotations.tables.cutting import BOM, cut_brackets, first_byte
from goldpress.annotations.tables.packing import unpack
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
Broken = list[DataError] | None
"""What was wrong with the entries that are set aside; None sets none aside, and ends at the first."""


def read_export(path: Path, *, broken: Broken = None) -> Iterator[Task]:
    """Yield the tasks of an export, one in memory at a time.

    Raises:
        UsageError: The file is not there (GP-EXPORT-001).
        DataError: It is empty (GP-EXPORT-002), damaged or UTF-16 (GP-TAB-009), cut off or not JSON (GP-EXPORT-003, with
            the line or byte), or holds something else than tasks (GP-EXPORT-004).
    """
    if not path.is_file():
        raise UsageError(
            "GP-EXPORT-001", "there is no such export", where=path, hint="check the path; it is one file, not a folder"
        )
    with tempfile.TemporaryDirectory(prefix="goldpress-") as scratch:
        plain = unpack(path, Path(scratch) / path.stem)
        first = first_byte(plain)
        if not first:
            raise _empty(path)
        for number, found in _array(plain, path) if first == b"[" else _lines(plain, path):
            fault = found if isinstance(found, DataError) else _fault(number, found, path)
            if fault is None:
                yield found
            else:
                _set_aside(fault, broken)


def pull_export(workspace: Workspace, file: Path, text_field: str, *, keep_going: bool = False) -> PullReport:
    """Take the tasks of an export into the store; ``keep_going`` leaves broken ones out and lists them.

    Raises:
        DataError: It was labelled with other controls than the scheme has (GP-PULL-001), a task has no text
            (GP-PULL-002), or it is no export (GP-EXPORT-…).
    """
    scheme = load_scheme(workspace)
    cleaner = Cleaner(open_pseudonyms(workspace), lambda user: f"export#{user}", roles(workspace))
    tally = Tally()
    broken: Broken = [] if keep_going else None
    tasks = _adopt(read_export(file, broken=broken), file, text_field, broken)
    first = list(itertools.islice(tasks, 100))
    if not first:
        # Nothing is left of it, or nothing was there.
        raise broken[0] if broken else _empty(file)
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
    taken, aside = len(tally.counts), [{"code": fault.code, "what": fault.what} for fault in broken or ()]
    return tally.report(str(path.relative_to(workspace.root)), taken, range(taken), set_aside=aside)


def _set_aside(fault: DataError, broken: Broken) -> None:
    if broken is None:
        raise fault
    broken.append(fault)


def _adopt(tasks: Iterator[Task], file: Path, text_field: str, broken: Broken) -> Iterator[Task]:
    """Give tasks of a foreign export the identity that ours have: an article id and the hash of the text."""
    for number, task in enumerate(tasks, start=1):
        data = task.get("data")
        if not isinstance(data, dict) or not isinstance(data.get(text_field), str):
            fields = ", ".join(sorted(data)) if isinstance(data, dict) else "none"
            fault = DataError(
                "GP-PULL-002",
                f"task {number} has no text under '{text_field}' (fields: {fields})",
                where=file,
                hint="name the field that was labelled with --text-field",
            )
            _set_aside(fault, broken)
            continue
        task_id = task["id"] if isinstance(task.get("id"), int) else number
        rest = {key: value for key, value in data.items() if key != text_field}
        yield give_identity({**task, "data": rest}, data[text_field], task_id)


def _results(task: Task) -> Iterator[Mapping[str, Any]]:
    for annotation in task.get("annotations") or ():
        if isinstance(annotation, Mapping):
            yield from (row for row in annotation.get("result") or () if isinstance(row, Mapping))


def _array(plain: Path, path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the elements of an array with their numbers, cut by their brackets, and in its place what is wrong.

    What stands between the elements is looked at too.
    """
    done = number = 0
    before = rb"(\xef\xbb\xbf)?\s*\[\s*"
    with plain.open("rb") as file:
        for number, (offset, size) in enumerate(cut_brackets(plain), start=1):
            if fault := _gap(before, _between(file, done, offset), number, path, done):
                yield number, fault
            yield number, _decoded(file.read(size), f"task {number} at byte {offset}", path)
            done, before = offset + size, rb"\s*,\s*"
        after = rb"\s*\]\s*" if number else rb"(\xef\xbb\xbf)?\s*\[\s*\]\s*"
        if fault := _gap(after, _between(file, done, plain.stat().st_size), number + 1, path, done):
            yield number + 1, fault


def _between(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _gap(pattern: bytes, gap: bytes, number: int, path: Path, offset: int) -> DataError | None:
    """What stands between two tasks that is more than a comma and blanks: other values, or no JSON at all."""
    if re.fullmatch(pattern, gap) is not None:
        return None
    inner = gap.removeprefix(BOM).strip().strip(b"[,]")
    if isinstance(fault := _decoded(b"[%b]" % inner, f"after byte {offset}", path), DataError):
        return fault
    if not inner.strip() or gap.rstrip()[-1:] not in {b",", b"]"}:
        return _broken(path, f"after byte {offset}: no comma or bracket where one has to stand")
    return _no_task(number, path)


def _lines(plain: Path, path: Path) -> Iterator[tuple[int, Any]]:
    number = 0
    with plain.open("rb") as file:
        for part in file:
            for line in part.splitlines():
                number += 1
                line = line.removeprefix(BOM) if number == 1 else line
                if line.strip():
                    yield number, _decoded(line, f"line {number}", path)


def _decoded(content: bytes, place: str, path: Path) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _broken(path, f"{place}: {error}")


def _fault(number: int, task: Any, path: Path) -> DataError | None:
    """What is wrong with an entry as a whole: tables that are made of it later would not say where it came from."""
    if not isinstance(task, dict) or "data" not in task:
        return _no_task(number, path)
    annotations = task.get("annotations") or []
    whole = isinstance(annotations, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("result"), list) for entry in annotations
    )
    return None if whole else _no_task(number, path)


def _empty(path: Path) -> DataError:
    return DataError("GP-EXPORT-002", "the export is empty", where=path, hint="export the project again, as JSON")


def _no_task(number: int, path: Path) -> DataError:
    return DataError(
        "GP-EXPORT-004",
        f"entry {number} of the export is no task",
        where=path,
        hint="export as JSON; JSON-MIN, CSV and CONLL have lost relations and region ids",
    )


def _broken(path: Path, reason: str) -> DataError:
    return DataError(
        "GP-EXPORT-003",
        f"the export is cut off or is not JSON: {reason}",
        where=path,
        hint="export or download it again: nothing was taken from it; --keep-going takes what is whole",
    )
