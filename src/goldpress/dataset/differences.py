"""What changed between two releases, as values: tables, columns, rows, cells."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Example:
    """One change: ``op`` is added, removed or changed; a change names its column, old and new."""

    op: str
    key: str
    column: str = ""
    old: Any = None
    new: Any = None


@dataclass(frozen=True)
class Retyped:
    """A column whose type or nullability changed, types as Arrow prints them."""

    column: str
    old: str
    new: str


@dataclass(frozen=True)
class TableDifference:
    """What changed in one table; rows are matched by key.

    Attributes:
        op: ``added``, ``removed`` or ``kept``, of the table itself.
        rekeyed: Whether the key column changed: then every row is removed and added.
        added, removed, changed, unchanged: Rows.
        changed_columns: Changed rows by column.
    """

    name: str
    op: str = "kept"
    rekeyed: bool = False
    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_retyped: tuple[Retyped, ...] = ()
    changed_columns: dict[str, int] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        columns = self.columns_added or self.columns_removed or self.columns_retyped
        return self.op == "kept" and not (self.rekeyed or self.added or self.removed or self.changed or columns)


@dataclass(frozen=True)
class Difference:
    """What changed between two releases, table by table; ``added_in`` does not count."""

    before: str
    after: str
    tables: tuple[TableDifference, ...]

    @property
    def empty(self) -> bool:
        """Whether no table changed."""
        return all(table.empty for table in self.tables)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)
