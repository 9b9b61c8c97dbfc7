"""A shard: whole articles, small enough to hold, through every step from task JSON to staged tables.

A shard is read in blocks. A block goes through the columns; one with a value of unusual shape goes row by row, alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.annotations.tables.arrays import one_chunk, take, typed_array
from goldpress.annotations.tables.batches import Batch, Spot, read_batches
from goldpress.annotations.tables.columns import Plain, tabulate_columns
from goldpress.annotations.tables.derivation import fill_table
from goldpress.annotations.tables.known import Known, article_columns, article_row, removed_rows
from goldpress.annotations.tables.parsing import ARTICLE, count_unread, parse_block, unread_fields
from goldpress.annotations.tables.readings import (
    UNKNOWN,
    UNSPOKEN,
    add_reading,
    read_task,
    tabulate_rows,
    to_arrow,
)
from goldpress.annotations.tables.tabulation import Rows
from goldpress.annotations.tables.units import POINTS
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow as pa

UNREAD = "fields that are not read: "
SUGGESTED = ("drafts", "predictions")


class Fault(msgspec.Struct, frozen=True):
    """A task that was set aside: where it lies, the code of the error and what is wrong."""

    where: str
    code: str
    what: str


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
    try:
        made = by_columns(batch, scheme, known)
    except UnicodeDecodeError:
        made = None  # the task that is no UTF-8 is named where it is read alone
    return made or by_rows(batch, scheme, known, keep_going=keep_going)


def by_columns(batch: Batch, scheme: Scheme, known: Mapping[str, Known]) -> Raw | None:
    """Return the raw tables of a block as the columns give them, or None where they cannot."""
    table = parse_block(batch.data)
    if table is None or table.num_rows != len(batch.spots) or not _is_text(one_chunk(table["data"]).field("text")):
        return None
    stamps = [[getattr(spot, name) for spot in batch.spots] for name in ("config", "version", "old")]
    plain = tabulate_columns(table, scheme, *stamps)
    if plain is None:
        return None
    counts: Counter[str] = Counter({f"{UNREAD}{name}": n for name, n in unread_fields(table).items()})
    counts.update(_suggestions(table))
    counts.update({f"{UNKNOWN}{name}": n for name, n in plain.unknown.items()})
    counts.update(f"{POINTS}{batch.spots[number].path}" for number in plain.pointed)
    counts.update(_said(batch, plain.doubted, scheme))
    rest = _left(batch, plain, scheme, counts)
    plain.tables["articles"], ranges = _articles(table, plain, scheme, known, counts)
    rest["removed_ranges"] = ranges
    return Raw(_assembled(plain, rest, scheme), counts)


def by_rows(batch: Batch, scheme: Scheme, known: Mapping[str, Known], *, keep_going: bool = False) -> Raw:
    """Return the raw tables of a block, task by task; a broken task is set aside, or ends it."""
    counts: Counter[str] = Counter()
    faults, tasks = [], []
    for number, spot in enumerate(batch.spots):
        try:
            task = _decode(batch.line(number))
            readings, said = read_task(task, scheme, (spot.config, spot.version), old=spot.old)
            tasks.append((task, readings))
            counts.update({f"{said}{spot.path}": 1} if said else {})
            counts.update({f"{UNREAD}{name}": n for name, n in count_unread(task).items()})
            counts.update({name: len(_listed(task.get(name))) or _number(task.get(name)) for name in SUGGESTED})
        except DataError as error:
            place = f"{spot.path}, task {spot.number} (byte {spot.offset})"
            if not keep_going:
                raise DataError(error.code, error.what, where=place, hint=error.hint) from error
            faults.append(Fault(place, error.code, error.what))
    rows = tabulate_rows(tasks, scheme, known, counts)
    return Raw(to_arrow(rows, scheme, raw_names(scheme)), +counts, faults)


@lru_cache(maxsize=8)
def staged_schemas(scheme: Scheme) -> "dict[str, pa.Schema]":
    """Return the staged schema of every table."""
    return {name: contract.to_arrow(staged=True) for name, contract in contracts(scheme).items()}


@lru_cache(maxsize=8)
def raw_names(scheme: Scheme) -> list[str]:
    """Return the names of the tables that annotations give directly."""
    derived = {layer.table for layer in scheme.relation_layers}
    return [
        name
        for name, contract in contracts(scheme).items()
        if name in {"articles", "removed_ranges"}
        or (name not in derived and any(column.name == "annotation_id" for column in contract.columns))
    ]


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


def _said(batch: Batch, doubted: Iterable[int], scheme: Scheme) -> Iterator[str]:
    """What tasks say their offsets were that may count UTF-16 units."""
    for number in doubted:
        spot = batch.spots[number]
        _, said = read_task(_decode(batch.line(number)), scheme, (spot.config, spot.version), old=spot.old)
        if said:
            yield f"{said}{spot.path}"


def _left(batch: Batch, plain: Plain, scheme: Scheme, counts: Counter[str]) -> Rows:
    """The rows of the annotations that the columns left."""
    rows: Rows = {}
    readings: dict[int, Any] = {}
    for number, nth in plain.left:
        if number not in readings:
            task = _decode(batch.line(number))
            spot = batch.spots[number]
            found, _ = read_task(task, scheme, (spot.config, spot.version), old=spot.old)
            readings = {number: (task["data"]["text"], found)}
        text, found = readings[number]
        add_reading(rows, found[nth], text, scheme, counts)
    return rows


def _articles(
    table: "pa.Table", plain: Plain, scheme: Scheme, known: Mapping[str, Known], counts: Counter[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of the articles that somebody submitted, and what was cut from them."""
    import numpy as np

    data = one_chunk(table["data"])
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
    said = {name: take(data.field(name), at) for name in ARTICLE}
    sizes = _lengths(said["text"])
    if not any(article_id in known for article_id in first):
        return article_columns(said, sizes), []
    fields = {name: column.to_pylist() for name, column in said.items() if name != "text"}
    rows, ranges = [], []
    for i, article_id in enumerate(first):
        row = {name: values[i] for name, values in fields.items()}
        if not row["text_sha256"]:
            row["text"] = said["text"][i].as_py()
        article = known.get(article_id)
        rows.append(article_row(row, article, n_chars=sizes[i].as_py()))
        ranges += removed_rows(article, row["text_sha256"])
    kinds = {f.name: f.type for f in staged_schemas(scheme)["articles"]}
    columns = {name: typed_array([row[name] for row in rows], kind) for name, kind in kinds.items() if name != "text"}
    return {**columns, "text": said["text"]}, ranges


def _is_text(texts: Any) -> bool:
    """Whether all of it is UTF-8, which the reader of JSON does not look at."""
    import pyarrow as pa

    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _lengths(texts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_length(texts)


def _assembled(plain: Plain, rest: Rows, scheme: Scheme) -> "dict[str, pa.Table]":
    import pyarrow as pa

    out = {}
    for name in raw_names(scheme):
        table = fill_table(plain.tables.get(name, {}), staged_schemas(scheme)[name])
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
