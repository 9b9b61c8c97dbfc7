"""The contract of every table that a scheme makes, and of what a release adds to it."""

from dataclasses import replace

from goldpress.schemas.contracts import Column, Table
from goldpress.schemas.gold_contracts import list_gold
from goldpress.schemas.raw_contracts import list_raw
from goldpress.schemas.scheme import Scheme


def tables(scheme: Scheme) -> dict[str, Table]:
    """Return the contract of every table that this scheme makes, in the order in which they are published."""
    raw = list_raw(scheme)
    return {table.name: table for table in [*raw, *list_gold(raw, scheme)]}


def released(table: Table, splits: tuple[str, ...] = ("train", "validation", "test")) -> Table:
    """Return a table's contract with what a release adds.

    That is ``split`` and ``added_in`` in every table; in ``articles`` what may be published of the text; and with
    spans the hashes that find them again in a copy of a text that may not be published.
    """
    return replace(
        table,
        columns=(
            *table.columns,
            *_RIGHTS.get(table.name.removeprefix("gold_"), ()),
            Column("split", "string", "The part of the data set that the row belongs to.", values=splits),
            Column("added_in", "string", "The release that held this row first."),
        ),
    )


ACCESS = ("full", "masked", "standoff")
_HASH = "First 16 hex digits of SHA-256 over article_id, NUL and"
_RIGHTS = {
    "articles": (
        Column(
            "text_access",
            "string",
            "What rights allow: the text; its shape, letters masked; or places in it only.",
            values=ACCESS,
        ),
    ),
    "spans": (
        Column("quote_hash", "string", f"{_HASH} the marked text; null where the text is here.", nullable=True),
        Column("prefix_hash", "string", f"{_HASH} the 32 characters before, blanks collapsed.", nullable=True),
        Column("suffix_hash", "string", f"{_HASH} the 32 characters after, blanks collapsed.", nullable=True),
    ),
}
