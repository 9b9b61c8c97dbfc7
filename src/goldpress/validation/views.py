"""Check views: for each table the columns that a suite looks at, and no text.

A view has the table's own columns but texts and lists, one column ``<key>_found`` for each foreign key, and one of
truth values for each fact, named like its check.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from goldpress.errors import DataError
from goldpress.schemas.suites import facts_of
from goldpress.schemas.tables import Table, tables
from goldpress.validation.facts import Fact, facts
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("text", "title", "target_text", "claimer_text", "old", "new")
"""Columns that hold words of articles: they stay out of views, results and reports."""


def check_views(frames: Frames) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield each table's name and view, one at a time, so that only one is in memory."""
    for name, contract in tables(frames.scheme).items():
        if name in frames:
            yield name, check_view(frames, contract)


def check_view(frames: Frames, contract: Table) -> "pd.DataFrame":
    """Return the view of one table; integers are 64 bit, since the engine is quick on those alone."""
    import pandas as pd

    frame = frames[contract.name]
    view: dict[str, Any] = {}
    for column in contract.columns:
        if column.type == "int32":
            view[column.name] = _wide(frame[column.name], contract.name)
        elif column.values or (column.name not in TEXTS and not column.type.startswith("list")):
            view[column.name] = frame[column.name]
        elif not column.nullable:
            given = frame[column.name].notna()
            view[column.name] = given.astype(object).where(given, None)  # only whether there is one
        if column.references:
            found = _found(frames, contract.name, column.name, column.references)
            view[f"{column.name}_found"] = found | frame[column.name].isna() if column.nullable else found
    known = facts()
    for check_id in facts_of(contract.name, frames.scheme):
        view[check_id] = _judged(check_id, known[check_id], frames, contract.name) if len(frame) else []
    return pd.DataFrame(view, index=frame.index)


def _wide(values: "pd.Series[int]", table: str) -> "pd.Series[int]":
    try:
        return values.astype("int64" if values.notna().all() else "float64")  # type: ignore[return-value]
    except ValueError as error:
        raise DataError(
            "GP-VALID-010",
            f"the column {values.name} of the table {table} holds no whole numbers",
            where=table,
            hint="schemas/README.md lists the columns of every table",
        ) from error


def _judged(check_id: str, judge: Fact, frames: Frames, name: str) -> list[bool]:
    """A fact's truth values; what it cannot judge is a broken check, never a pass."""
    try:
        found = _truths(judge(frames, name))
    except Exception as error:
        raise DataError(
            "GP-VALID-010",
            f"check {check_id} could not be judged on the table {name}: {type(error).__name__}: {error}",
            where=name,
            hint="do the columns have the types of the data dictionary? Check D11 names those that do not",
        ) from error
    if len(found) != len(frames[name]):
        raise DataError(
            "GP-VALID-010",
            f"check {check_id} did not judge every row of the table {name}",
            where=name,
            hint="report this: a check gives one judgement a row",
        )
    return found


def _found(frames: Frames, name: str, column: str, reference: str) -> "pd.Series[bool]":
    """Whether each key is one of the table that it refers to; no key is found nowhere."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    table, _, key = reference.partition(".")
    values = frames.tables[name][column].cast(pa.string())
    there = frames.tables[table][key].cast(pa.string()) if table in frames else pa.array([], pa.string())
    known = pc.is_in(values, value_set=there.combine_chunks() if isinstance(there, pa.ChunkedArray) else there)
    return pd.Series(pc.and_(known, pc.is_valid(values)).to_numpy())


def _truths(values: Any) -> list[bool]:
    """Plain truth values: what cannot be said counts as not true, so that a gap never passes."""
    import pandas as pd

    if isinstance(values, pd.Series) and values.dtype == bool:
        return values.tolist()
    return [value is True or (value is not pd.NA and value == True) for value in list(values)]  # noqa: E712 - numpy's own
