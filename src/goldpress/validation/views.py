"""Check views: for each table the columns that a suite looks at, and no text.

A view has columns of the table but no texts and lists, one column ``<key>_found`` for each foreign key, and one of
truth values for each fact, named like its check.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from goldpress.errors import DataError, GoldpressError
from goldpress.schemas.contracts import Column, Table
from goldpress.schemas.suites import facts_of
from goldpress.schemas.tables import tables
from goldpress.validation.columns import given, is_in, mask
from goldpress.validation.facts import Fact, facts
from goldpress.validation.frames import Frames
from goldpress.validation.offenders import PLACE
from goldpress.validation.series import to_series

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from goldpress.validation.columns import Mask

TEXTS = ("text", "title", "target_text", "claimer_text", "old", "new")
"""Columns that hold words of articles: they stay out of views, results and reports."""
GIVEN = "expect_column_values_to_not_be_null"


def check_views(frames: Frames) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield each table's name and view, one at a time, so that only one is in memory."""
    for name, contract in tables(frames.scheme).items():
        if name in frames:
            yield name, check_view(frames, contract)


def check_view(
    frames: Frames, contract: Table, wanted: "Mapping[str, Collection[str]] | None" = None
) -> "pd.DataFrame":
    """Return the view of one table.

    Args:
        frames: The tables.
        contract: The table.
        wanted: The columns that its suite looks at, and the kinds of expectation that do; key and place are there
            besides. Of a column of which it is asked only whether it is given, nothing else is there. None is all that
            there may be.
    """
    import pandas as pd

    every = view_columns(frames, contract)
    for column, kinds in (wanted or {}).items():
        if set(kinds) == {GIVEN} and column in every and column not in (contract.key, *PLACE):
            every[column] = partial(_given, frames, contract.name, column)
    kept = {contract.key, *PLACE, *wanted} if wanted is not None else set(every)
    chosen = {name: make for name, make in every.items() if name in kept}
    judged = {name: make() for name, make in chosen.items() if name in facts()}
    # What facts are made of is let go before the rest is read, and that before the engine runs: each needs the memory.
    frames.forget()
    shown = {name: make() for name, make in chosen.items() if name not in judged}
    frames.forget()
    return pd.DataFrame(shown | judged, index=pd.RangeIndex(frames.rows(contract.name)))


def view_columns(frames: Frames, contract: Table) -> dict[str, Callable[[], Any]]:
    """Return every column that a table's view may have, and how it is made."""
    name, known = contract.name, facts()
    every: dict[str, Callable[[], Any]] = {}
    for column in contract.columns:
        if column.values or (column.name not in TEXTS and not column.type.startswith("list")):
            every[column.name] = partial(_shown, frames, name, column)
        elif not column.nullable:
            every[column.name] = partial(_given, frames, name, column.name)
        if column.references:
            every[f"{column.name}_found"] = partial(_found, frames, name, column)
    for check_id in facts_of(name, frames.scheme):
        every[check_id] = partial(_judged, check_id, known[check_id], frames, name)
    return every


def _shown(frames: Frames, name: str, column: Column) -> "pd.Series[Any]":
    try:
        return to_series(frames.column(name, column.name), whole=column.type == "int32")
    except (TypeError, ValueError, NotImplementedError) as error:
        raise DataError(
            "GP-VALID-010",
            f"the column {column.name} of the table {name} cannot be read as {column.type}: {error}",
            where=name,
            hint="schemas/README.md lists the columns of every table",
        ) from error


def _given(frames: Frames, name: str, column: str) -> Any:
    """A column of texts: not its words, only whether there are some."""
    import pandas as pd

    there = frames.given(name, column).astype("int8")
    return pd.Categorical.from_codes(there - 1, dtype=pd.CategoricalDtype([True]))


def _found(frames: Frames, name: str, column: Column) -> "Mask":
    """Whether each key is one of the table that it refers to; where none is needed, none is found too."""
    table, _, key = column.references.partition(".")
    values = frames.column(name, column.name)
    try:
        found = is_in(values, frames.column(table, key))
    except Exception as error:
        raise DataError(
            "GP-VALID-010",
            f"the column {column.name} of the table {name} cannot be looked up in {column.references}: {error}",
            where=name,
            hint="are both of the type that the data dictionary names? schemas/README.md lists them",
        ) from error
    return found | ~given(values) if column.nullable else found


def _judged(check_id: str, judge: Fact, frames: Frames, name: str) -> "np.ndarray[Any, Any] | list[bool]":
    """A fact's truth values; what it cannot judge is a broken check, never a pass."""
    if not frames.rows(name):
        return []
    try:
        found = _truths(judge(frames, name))
    except GoldpressError:
        raise
    except Exception as error:
        raise DataError(
            "GP-VALID-010",
            f"check {check_id} could not be judged on the table {name}: {type(error).__name__}: {error}",
            where=name,
            hint="do the columns have the types of the data dictionary? Check D11 names those that do not",
        ) from error
    if len(found) != frames.rows(name):
        raise DataError(
            "GP-VALID-010",
            f"check {check_id} did not judge every row of the table {name}",
            where=name,
            hint="report this: a check gives one judgement a row",
        )
    return found


def _truths(values: Any) -> "np.ndarray[Any, Any] | list[bool]":
    """Plain truth values: what cannot be said counts as not true, so that a gap never passes."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return mask(values)
    if isinstance(values, np.ndarray | pd.Series) and values.dtype == bool:
        return np.asarray(values)
    return [value is True or (value is not pd.NA and value == True) for value in list(values)]  # noqa: E712 - numpy's own
