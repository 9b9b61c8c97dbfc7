"""Digests of content: of equal rows equal, of others not."""

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goldpress.dataset.form.digests import table_digest
from goldpress.dataset.form.reading import read_rows
from goldpress.errors import DataError

FIELDS: list[Any] = [
    pa.field("key", pa.string()),
    pa.field("number", pa.int32()),
    pa.field("share", pa.float64()),
    pa.field("kept", pa.bool_()),
    pa.field("day", pa.date32()),
    pa.field("moment", pa.timestamp("us", tz="UTC")),
    pa.field("names", pa.list_(pa.string())),
    pa.field("votes", pa.list_(pa.struct([("value", pa.string()), ("votes", pa.int32())]))),
]
SCHEMA = pa.schema(FIELDS)
ROWS: list[dict[str, Any]] = [
    {
        "key": "a😀",
        "number": -1,
        "share": 0.1,
        "kept": True,
        "day": date(2025, 3, 1),
        "moment": datetime(2025, 3, 1, 12, tzinfo=UTC),
        "names": ["x", None, "ü"],
        "votes": [{"value": "PER", "votes": 2}, {"value": None, "votes": 1}],
    },
    {"key": "b", "number": 0, "share": 0.0, "kept": False, "names": [], "votes": []},
    {"key": "c"},
]
KNOWN = "columns-v1:0f9df67492fa9aa96732fac5752da66f7db9f3c7dc3be40c6b3c02f0d9402b51"


def digest(rows: list[dict[str, Any]]) -> str:
    return table_digest(pa.Table.from_pylist(rows, schema=SCHEMA), "key")


def test_the_digest_is_the_one_that_releases_carry() -> None:
    assert digest(ROWS) == KNOWN


def test_order_chunks_slices_and_files_do_not_show(tmp_path: Path) -> None:
    assert digest(ROWS[::-1]) == KNOWN
    table = pa.Table.from_pylist([{"key": "before"}, *ROWS, {"key": "behind"}], schema=SCHEMA).slice(1, 3)
    assert table_digest(table, "key") == KNOWN
    chunks = pa.concat_tables([table.slice(i, 1) for i in range(3)])
    assert chunks["key"].num_chunks == 3
    assert table_digest(chunks, "key") == KNOWN
    assert table_digest(table.select(SCHEMA.names[::-1]), "key") == KNOWN
    pq.write_table(table, tmp_path / "x.parquet", compression="snappy", use_dictionary=False)
    assert table_digest(read_rows(tmp_path / "x.parquet"), "key") == KNOWN


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("column", SCHEMA.names)
def test_any_other_value_is_another_digest(row: int, column: str) -> None:
    others: dict[str, Any] = {
        "key": f"{ROWS[row]['key']}x",
        "number": 7,
        "share": 0.5,
        "kept": None if ROWS[row].get("kept") is not None else False,
        "day": date(1970, 1, 1),
        "moment": datetime(1970, 1, 1, tzinfo=UTC),
        "names": [""],
        "votes": [{"value": "", "votes": 0}],
    }
    changed = [{**found, column: others[column]} if i == row else found for i, found in enumerate(ROWS)]
    assert digest(changed) != KNOWN


def test_null_empty_and_zero_are_three_things() -> None:
    values: list[Any] = [None, [], [None], [""]]
    assert len({digest([{"key": "a", "names": value}]) for value in values}) == 4
    assert len({digest([{"key": "a", "number": value}]) for value in (None, 0)}) == 2
    assert digest([]) != digest([{"key": None}])


def test_text_does_not_flow_from_one_row_into_the_next() -> None:
    pairs = [("ab", "c"), ("a", "bc"), ("abc", "")]
    assert len({digest([{"key": "1", "names": [a]}, {"key": "2", "names": [b]}]) for a, b in pairs}) == 3


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        digest([{"key": "a", "share": value}, {"key": "b"}])
