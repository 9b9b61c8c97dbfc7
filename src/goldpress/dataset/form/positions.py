"""Offsets in bytes beside those in code points, for readers whose strings are UTF-8 (Rust, Go, C++)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goldpress.schemas.contracts import Column, Table

if TYPE_CHECKING:
    import pyarrow as pa

PAIRS = {"start": "start_byte", "end": "end_byte"}
ABOUT = {
    "start_byte": "First byte in the UTF-8 of the article's text as it is published; null where no text is.",
    "end_byte": "One past the last.",
}
NEEDED = {"article_id", "text", *PAIRS}
"""Columns of a table whose offsets are places in a published text."""

Tables = dict[str, "pa.Table"]


def byte_contracts(contracts: Mapping[str, Table]) -> dict[str, Table]:
    """Return the contracts with two columns more in every table of spans."""
    return {
        name: _wider(contract) if {c.name for c in contract.columns} >= NEEDED else contract
        for name, contract in contracts.items()
    }


def with_bytes(tables: Mapping[str, "pa.Table"], contracts: Mapping[str, Table]) -> Tables:
    """Return tables with the byte offsets that contracts ask for, from the texts in ``articles``."""
    wanted = {
        name
        for name, contract in contracts.items()
        if {*PAIRS.values()} <= {column.name for column in contract.columns}
    }
    return {name: _filled(table, tables["articles"]) if name in wanted else table for name, table in tables.items()}


def with_same_bytes(tables: Mapping[str, "pa.Table"]) -> Tables:
    """Return tables whose byte offsets, where there are any, are right for the texts in ``articles``."""
    return {
        name: _filled(table, tables["articles"]) if {*PAIRS.values()} <= {*table.column_names} else table
        for name, table in tables.items()
    }


def _wider(contract: Table) -> Table:
    columns: list[Column] = []
    for column in contract.columns:
        columns.append(column)
        if column.name == "end":
            columns += [Column(name, "int32", about, nullable=True, unit="byte") for name, about in ABOUT.items()]
    return replace(contract, columns=tuple(columns))


def _filled(table: "pa.Table", articles: "pa.Table") -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Any = pc.index_in(table["article_id"], value_set=articles["article_id"])
    of = found.fill_null(-1).to_numpy()
    for place, name in PAIRS.items():
        made, missing = _bytes(of, table[place], articles["text"])
        column = pa.array(made, pa.int32(), mask=missing)
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table


def _bytes(of: Any, places: Any, texts: Any) -> tuple[Any, Any]:
    """The byte of each place in its article's text, and where there is no place or no text."""
    import numpy as np

    missing = (of < 0) | places.is_null().to_numpy()
    at = places.fill_null(0).to_numpy()
    made = np.zeros(len(of), np.int32)
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(len(texts) + 1))
    for i, text in enumerate(texts):
        rows = order[bounds[i] : bounds[i + 1]]
        if not len(rows):
            continue
        if not text.is_valid:
            missing[rows] = True
            continue
        data = np.frombuffer(text.as_buffer(), np.uint8)
        begins = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))
        made[rows] = begins[at[rows]]
    return made, missing
