"""The last look before a release leaves: no e-mail address in any row or file.

Pseudonyms are made on pull. This scan does not trust that: it reads what would be published.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from goldpress.dataset.form.contents import CHANGES, Contents, may_hold
from goldpress.errors import DataError
from goldpress.memory import give_back

if TYPE_CHECKING:
    import pyarrow as pa

ADDRESS = re.compile(r"[\w.+%-]*\w@\w[\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}")
SIGN = b"@"
"""What every address has."""


def refuse_addresses(contents: Contents, keys: Mapping[str, str], *, contact: str = "") -> None:
    """Refuse a release that holds an e-mail address, be it at example.org.

    Args:
        contents: What it says.
        keys: Name of the key column of each table.
        contact: The address for takedown requests: it may stand in metadata, since the settings publish it.

    Raises:
        DataError: Table and row, or the file, that holds one (GP-DATASET-012); never the address itself.
    """
    for place, table in contents.tables.items():
        folder, _, name = place.partition("/")
        found = next(_rows_with_address(table, "key" if folder == CHANGES else keys[name]), None)
        give_back()
        if found is not None:
            raise _refused(f"{name if folder != CHANGES else place} {found}")
    for path, text in contents.texts.items():
        if any(found != contact for found in ADDRESS.findall(text)):
            raise _refused(path)


def _refused(where: str) -> DataError:
    return DataError(
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
        if may_hold(table[field.name], [SIGN]):
            for value, row in zip(table[field.name].to_pylist(), table[key].to_pylist(), strict=True):
                if value is not None and ADDRESS.search(str(value)):
                    yield str(row)
