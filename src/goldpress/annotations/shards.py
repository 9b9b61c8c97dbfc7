"""A shard: whole articles, small enough to hold, through every step from task JSON to staged tables.

A shard is read in blocks. A block goes through the columns; one with a value of unusual shape goes row by row, alone.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.annotations.arrays import one_chunk, take, typed_array
from goldpress.annotations.columns import Plain, tabulate_columns
from goldpress.annotations.derivation import fill_table
from goldpress.annotations.known import Known, article_row, removed_rows
from goldpress.annotations.parsing import ARTICLE, count_unread, parse_block, unread_fields
from goldpress.annotations.readings import (
    UNKNOWN,
    UNSPOKEN,
    add_reading,
    read_task,
    tabulate_rows,
    to_arrow,
)
from goldpress.annotations.tabulation import Rows
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 4 * 2**20
"""Bytes of tasks that are parsed at once: larger blocks cost page faults, smaller ones calls."""

UNREAD = "fields that are not read: "


class Spot(msgspec.Struct, frozen=True):
    """Where one task lies, and under which config it was labelled.

    ``number`` counts the tasks of the file from 1. Tasks of one article have the same ``group``, and stand together.
    """

    path: str
    offset: int
    size: int
    number: int
    group: int
    config: str
    version: str


class Fault(msgspec.Struct, frozen=True):
    """A task that was set aside: where it lies, the code of the error and what is wrong."""

    where: str
    code: str
    what: str


@dataclass(frozen=True)
class Batch:
    """Tasks as bytes, one a line, with their places."""

    lines: list[bytes]
    spots: Sequence[Spot]


@dataclass
class Raw:
    """What a shard gave: raw tables, what was counted, and the tasks that were set aside."""

    tables: "dict[str, pa.Table]"
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


def tabulate_spots(
    spots: Sequence[Spot], scheme: Scheme, known: Mapping[str, Known], *, keep_going: bool = False
) -> Raw:
    """Return the raw tables of the tasks at these places.

    Raises:
        DataError: A task is broken, and they are not to be set aside (GP-TAB-001 to -003).
    """
    return tabulate_batches(read_batches(spots), scheme, known, keep_going=keep_going)


def tabulate_batches(
    batches: Iterator[Batch], scheme: Scheme, known: Mapping[str, Known], *, keep_going: bool = False
) -> Raw:
    """Return the raw tables of batches that hold whole articles."""
    import pyarrow as pa

    found = [tabulate_batch(batch, scheme, known, keep_going=keep_going) for batch in batches]
    if not found:
        return Raw(to_arrow({}, scheme, raw_names(scheme)))
    raw = Raw({name: pa.concat_tables([part.tables[name] for part in found]) for name in raw_names(scheme)})
    for part in found:
        raw.counts.update(part.counts)
        raw.faults += part.faults
    return raw


def tabulate_batch(batch: Batch, scheme: Scheme, known: Mapping[str, Known], *, keep_going: bool = False) -> Raw:
    """Return the raw tables of one block: by columns, or row by row where a value has an unusual shape."""
    return by_columns(batch, scheme, known) or by_rows(batch, scheme, known, keep_going=keep_going)


def by_columns(batch: Batch, scheme: Scheme, known: Mapping[str, Known]) -> Raw | None:
    """Return the raw tables of a block as the columns give them, or None where they cannot."""
    table = parse_block(b"\n".join(batch.lines))
    if table is None or table.num_rows != len(batch.lines):
        return None
    plain = tabulate_columns(table, scheme, [s.config for s in batch.spots], [s.version for s in batch.spots])
    if plain is None:
        return None
    counts: Counter[str] = Counter({f"{UNREAD}{name}": n for name, n in unread_fields(table).items()})
    counts.update(_suggestions(table))
    counts.update({f"{UNKNOWN}{name}": n for name, n in plain.unknown.items()})
    rest = _left(batch, plain, scheme, counts)
    plain.tables["articles"], ranges = _articles(table, plain, known, counts)
    rest["removed_ranges"] = ranges
    return Raw(_assembled(plain, rest, scheme), counts)


def by_rows(batch: Batch, scheme: Scheme, known: Mapping[str, Known], *, keep_going: bool = False) -> Raw:
    """Return the raw tables of a block, task by task; a broken task is set aside, or ends it."""
    counts: Counter[str] = Counter()
    faults, tasks = [], []
    for line, spot in zip(batch.lines, batch.spots, strict=True):
        try:
            task = _decode(line)
            tasks.append((task, read_task(task, scheme, (spot.config, spot.version))))
            counts.update({f"{UNREAD}{name}": n for name, n in count_unread(task).items()})
            counts.update({name: len(_listed(task.get(name))) or _number(task.get(name)) for name in SUGGESTED})
        except DataError as error:
            place = f"{spot.path}, task {spot.number} (byte {spot.offset})"
            if not keep_going:
                raise DataError(error.code, error.what, where=place, hint=error.hint) from error
            faults.append(Fault(place, error.code, error.what))
    rows = tabulate_rows(tasks, scheme, known, counts)
    return Raw(to_arrow(rows, scheme, raw_names(scheme)), +counts, faults)


def raw_names(scheme: Scheme) -> list[str]:
    """Return the names of the tables that annotations give directly."""
    derived = {layer.table for layer in scheme.relation_layers}
    return [
        name
        for name, contract in contracts(scheme).items()
        if name in {"articles", "removed_ranges"}
        or (name not in derived and any(column.name == "annotation_id" for column in contract.columns))
    ]


def read_batches(spots: Sequence[Spot]) -> Iterator[Batch]:
    """Yield tasks in blocks; all tasks of one article stand together if their spots do."""
    lines: list[bytes] = []
    first, held = 0, 0
    for i, line in enumerate(_lines(spots)):
        lines.append(line)
        held += len(line)
        if held >= BLOCK and i + 1 < len(spots) and spots[i].group != spots[i + 1].group:
            yield Batch(lines, spots[first : i + 1])
            lines, first, held = [], i + 1, 0
    if lines:
        yield Batch(lines, spots[first:])


SUGGESTED = ("drafts", "predictions")


def _lines(spots: Sequence[Spot]) -> Iterator[bytes]:
    handles: dict[str, int] = {}
    try:
        for spot in spots:
            if spot.path not in handles:
                handles[spot.path] = os.open(spot.path, os.O_RDONLY)
            yield os.pread(handles[spot.path], spot.size, spot.offset)
    finally:
        for handle in handles.values():
            os.close(handle)


def _decode(line: bytes) -> dict[str, Any]:
    try:
        task = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise DataError(
            "GP-TAB-003",
            f"the task is cut off or is not JSON: {error}",
            hint="export or pull it again; --keep-going sets broken tasks aside",
        ) from error
    if not isinstance(task, dict):
        raise DataError("GP-TAB-004", "this is no task", hint="export as JSON, not as JSON-MIN or CSV")
    return task


def _left(batch: Batch, plain: Plain, scheme: Scheme, counts: Counter[str]) -> Rows:
    """The rows of the annotations that the columns left."""
    rows: Rows = {}
    readings: dict[int, Any] = {}
    for number, nth in plain.left:
        if number not in readings:
            task = _decode(batch.lines[number])
            spot = batch.spots[number]
            readings = {number: (task["data"]["text"], read_task(task, scheme, (spot.config, spot.version)))}
        text, found = readings[number]
        add_reading(rows, found[nth], text, scheme, counts)
    return rows


def _articles(
    table: "pa.Table", plain: Plain, known: Mapping[str, Known], counts: Counter[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of the articles that somebody submitted, and what was cut from them."""
    import numpy as np

    data = one_chunk(table["data"])
    names = [name for name in ARTICLE if name != "text"]
    ids = data.field("article_id").to_pylist()
    spoken: Counter[str] = Counter()
    first: dict[str, int] = {}
    for i, (article_id, number) in enumerate(zip(ids, plain.spoken, strict=True)):
        spoken[article_id] += number
        if not spoken[article_id]:
            counts[UNSPOKEN] += 1
        else:
            first.setdefault(article_id, i)
    at = np.array(list(first.values()), dtype=np.int64)
    texts = take(data.field("text"), at)
    fields = {name: take(data.field(name), at).to_pylist() for name in names}
    sizes = _lengths(texts)
    rows, ranges = [], []
    for i, article_id in enumerate(first):
        said = {name: fields[name][i] for name in names}
        if not said["text_sha256"]:
            said["text"] = texts[i].as_py()
        article = known.get(article_id)
        rows.append(article_row(said, article, n_chars=sizes[i]))
        ranges += removed_rows(article, said["text_sha256"])
    columns: dict[str, Any] = {"text": texts}
    return {"rows": rows, **columns}, ranges


def _lengths(texts: Any) -> list[int]:
    import pyarrow.compute as pc

    lengths: list[int] = pc.utf8_length(texts).to_pylist()
    return lengths


def _assembled(plain: Plain, rest: Rows, scheme: Scheme) -> "dict[str, pa.Table]":
    import pyarrow as pa

    out = {}
    known = contracts(scheme)
    articles = plain.tables.pop("articles")
    for name in raw_names(scheme):
        schema = known[name].to_arrow(staged=True)
        if name == "articles":
            columns = {
                f.name: articles["text"]
                if f.name == "text"
                else typed_array([row[f.name] for row in articles["rows"]], f.type)
                for f in schema
            }
        else:
            columns = plain.tables.get(name, {})
        table = fill_table(columns, schema)
        if rest.get(name):
            table = pa.concat_tables([table, to_arrow(rest, scheme, [name])[name]])
        out[name] = table
    return out


def _suggestions(table: "pa.Table") -> Counter[str]:
    """How many drafts and predictions the tasks have: a number in a pull, a list in an export."""
    import pyarrow as pa
    import pyarrow.compute as pc

    out: Counter[str] = Counter()
    for name in SUGGESTED:
        if name in table.column_names:
            column = one_chunk(table[name])
            if pa.types.is_list(column.type):
                out[name] = len(column.flatten())
            elif pa.types.is_integer(column.type):
                out[name] = pc.sum(column).as_py() or 0
    return +out


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
