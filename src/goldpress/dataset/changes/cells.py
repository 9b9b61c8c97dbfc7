"""``changes/`` of a release: every row that came, went or changed, cell by cell, and how often a label became another.

Text never stands there: what an article or a mark in it said before and after is in the two releases, as far as rights
allow it.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.manifest import TableEntry
from goldpress.dataset.rights.withholding import is_quotation

if TYPE_CHECKING:
    import pyarrow as pa

MOST_VALUES = 40
"""A column with more values than this is no label: it has no transition matrix."""
COLUMNS = ("op", "key", "article_id", "column", "old", "new")
NO_LABELS = ("gold_source", "date_source", "gate")
"""Columns with a closed set of values that nobody chose for a text."""
LIST = "list<item: string>"
"""A column that holds several labels, as Arrow prints its type."""

Transitions = dict[str, dict[str, dict[str, int]]]
"""Column to old value to new value to rows; the empty text stands for null."""


def changed_cells(
    key: str, old: "pa.Table", new: "pa.Table", changed: "Mapping[str, tuple[pa.Table, pa.Table]]"
) -> "pa.Table":
    """Return every change of a table: ``op``, ``key``, ``article_id``, ``column``, ``old``, ``new``, all as text.

    Args:
        key: The key column.
        old: Rows that are gone.
        new: Rows that came.
        changed: By column, the rows that differ there: as they were and as they are, in the same order.
    """
    import pyarrow as pa

    pieces = [_piece("removed", old, key), _piece("added", new, key)]
    for column, (was, is_) in changed.items():
        shown = (None, None) if is_quotation(column) else (_texts(was[column]), _texts(is_[column]))
        pieces.append(_piece("changed", is_, key, column, *shown))
    return pa.concat_tables(pieces).combine_chunks()


def transitions(cells: "pa.Table", lists: Iterable[str] = ()) -> Transitions:
    """Return how often each value became each other value, by column, where the values are few.

    Args:
        cells: Every change, as ``changed_cells`` gives it.
        lists: Columns of lists: there a label that came or went counts, and not the list that it stands in.
    """
    several = {*lists}
    rows = cells.select(["op", "column", "old", "new"]).to_pydict()
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for op, column, old, new in zip(*rows.values(), strict=True):
        if op == "changed" and not is_quotation(column):
            moved = _moved(old, new) if column in several else [(old or "", new or "")]
            counts.setdefault(column, Counter()).update(moved)
    made: Transitions = {}
    for column, pairs in sorted(counts.items()):
        if len({value for pair in pairs for value in pair}) <= MOST_VALUES:
            for (old, new), number in sorted(pairs.items()):
                made.setdefault(column, {}).setdefault(old, {})[new] = number
    return made


def _moved(old: str | None, new: str | None) -> list[tuple[str, str]]:
    """Labels of one cell that became others; one that came, or went, for no other is paired with the empty text."""
    was, is_ = (sorted({*ast.literal_eval(value or "[]")}) for value in (old, new))
    gone, came = ([value for value in a if value not in b] for a, b in ((was, is_), (is_, was)))
    if len(gone) == len(came) == 1:
        return [(gone[0], came[0])]
    return [(value, "") for value in gone] + [("", value) for value in came]


def label_columns(tables: Mapping[str, TableEntry]) -> dict[str, list[str]]:
    """Return which columns hold labels, table by table: a closed set of values, or a list of them.

    The lists of ``gold_provenance`` hold ids; how something was decided or measured is no label.
    """
    return {
        name: [
            c.name
            for c in table.schema
            if c.name not in NO_LABELS and (c.values or (c.type == LIST and name != "gold_provenance"))
        ]
        for name, table in tables.items()
    }


def affected_articles(cells: "pa.Table") -> tuple[str, ...]:
    """Return the articles that a change of a table concerns, sorted."""
    return tuple(sorted(map(str, cells["article_id"].drop_null().unique().to_pylist())))


def matrix_lines(moved: Mapping[str, Transitions], columns: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield a table for people: what each label became, and how often; only the columns that are named."""
    rows = [
        f"| `{table}.{column}` | {_cell(old)} | {_cell(new)} | {number:,} |"
        for table, found in moved.items()
        for column, becomes in found.items()
        if column in set(columns.get(table, ()))
        for old, news in becomes.items()
        for new, number in news.items()
    ]
    if rows:
        yield from ("", "Labels that changed:", "", "| column | was | is | rows |", "| --- | --- | --- | ---: |", *rows)


def _piece(op: str, rows: "pa.Table", key: str, column: str | None = None, old: Any = None, new: Any = None) -> Any:
    import pyarrow as pa

    count = rows.num_rows
    nothing = pa.nulls(count, pa.string())
    values = {
        "op": pa.repeat(pa.scalar(op), count),
        "key": _texts(rows[key]),
        "article_id": rows["article_id"] if "article_id" in rows.column_names else nothing,
        "column": nothing if column is None else pa.repeat(pa.scalar(column), count),
        "old": nothing if old is None else old,
        "new": nothing if new is None else new,
    }
    schema = pa.schema([pa.field(name, pa.string(), nullable=name not in ("op", "key")) for name in COLUMNS])
    return pa.Table.from_arrays([_whole(value) for value in values.values()], schema=schema)


def _whole(column: Any) -> Any:
    import pyarrow as pa

    return column if isinstance(column, pa.Array) else column.combine_chunks()


def _texts(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(column.type):
        moments = column.to_pylist()
        return pa.array([None if moment is None else moment.isoformat() for moment in moments], pa.string())
    return column.cast(pa.string())


def _cell(value: str) -> str:
    short = value if len(value) <= 60 else value[:60] + "…"
    return " ".join(short.split()).replace("|", "\\|").replace("<", "&lt;") or "(none)"
