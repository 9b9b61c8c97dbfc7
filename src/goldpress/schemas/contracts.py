"""What a contract is: a table with its columns, types, keys and meaning.

Types are spelled as Arrow prints them. ``staged`` tables allow nulls everywhere but in keys, so that a check can
say what is missing; released tables have the nullability that is written here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

CODE_POINT = "code point"
TIMESTAMP = "timestamp[us, tz=UTC]"
VOTES = "list<item: struct<value: string, votes: int32>>"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: As in the Parquet file.
        type: Arrow type, spelled as Arrow prints it.
        about: One sentence for the data dictionary.
        nullable: Whether a released table may hold null.
        unit: Unit of a number, written to the field's metadata.
        values: The closed set of values, empty where the set is open.
        references: ``table.column`` that every value must be found in.
        pattern: A regular expression that every value must match.
    """

    name: str
    type: str
    about: str
    nullable: bool = False
    unit: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class Table:
    """One table of a release: its name, primary key and columns, and the layer (raw, gold or shared) it is of."""

    name: str
    about: str
    key: str
    columns: tuple[Column, ...]
    layer: str = "raw"

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def to_arrow(self, *, staged: bool = False) -> "pa.Schema":
        """Return the Arrow schema, meanings and units as field metadata.

        Args:
            staged: Allow null in every column but the key.
        """
        import pyarrow as pa

        return pa.schema(
            [
                pa.field(
                    column.name,
                    _arrow_type(column.type),
                    nullable=column.nullable or (staged and column.name != self.key),
                    metadata={"about": column.about, **({"unit": column.unit} if column.unit else {})},
                )
                for column in self.columns
            ]
        )


ARTICLE = Column("article_id", "string", "The article.", references="articles.article_id")
ANNOTATION = Column("annotation_id", "string", "The annotation.", references="annotations.annotation_id")


def _arrow_type(name: str) -> "pa.DataType":
    return dict(_types())[name]


def _types() -> Iterator[tuple[str, "pa.DataType"]]:
    import pyarrow as pa

    votes = pa.list_(pa.struct([("value", pa.string()), ("votes", pa.int32())]))
    known: list[pa.DataType] = [
        pa.string(),
        pa.int32(),
        pa.float64(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
        pa.list_(pa.string()),
        votes,
    ]
    yield from ((str(kind), kind) for kind in known)
