"""The last look before a release leaves: no e-mail address in any row or file.

Pseudonyms are made on pull. This scan does not trust that: it reads what would be published.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.reading import read_rows
from goldpress.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

ADDRESS = re.compile(r"[\w.+%-]*\w@\w[\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}")


def refuse_addresses(folder: Path, keys: dict[str, str], *, contact: str = "") -> None:
    """Refuse a staged release that holds an e-mail address, be it at example.org.

    Args:
        folder: The staged release.
        keys: Name of the key column of each table.
        contact: The address for takedown requests: it may stand in metadata, since the settings publish it.

    Raises:
        DataError: Table and row, or the file, that holds one (GP-DATASET-012); never the address itself.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            table = read_rows(path)
            key = "key" if path.parent.name == "changes" else keys[path.parent.name]
            found = next(_rows_with_address(table, key), None)
            where = f"{path.parent.name} {found}"
        elif path.is_file():
            text = path.read_text(encoding="utf-8")
            found = next((m for m in ADDRESS.findall(text) if m != contact), None)
            where = path.relative_to(folder).as_posix()
        else:
            continue
        if found is not None:
            raise DataError(
                "GP-DATASET-012",
                "an e-mail address would be published",
                where=where,
                hint="cut it from the text with a cleaning rule, or take it out of the settings or scheme",
            )


def _rows_with_address(table: "pa.Table", key: str) -> Iterator[str]:
    for field in table.schema:
        meaning = " ".join(value.decode() for value in (field.metadata or {}).values())
        if ADDRESS.search(meaning):
            yield f"(description of column {field.name})"
        column = table[field.name].combine_chunks()
        if _may_hold(column):
            for value, row in zip(column.to_pylist(), table[key].to_pylist(), strict=True):
                if value is not None and ADDRESS.search(str(value)):
                    yield str(row)


def _may_hold(column: Any) -> bool:
    """Whether any text of a column, in lists and structs too, has the sign that every address has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_list(column.type):
        return _may_hold(column.flatten())
    if pa.types.is_struct(column.type):
        return any(_may_hold(part) for part in column.flatten())
    return pa.types.is_string(column.type) and bool(pc.any(pc.match_substring(column, "@")).as_py())
