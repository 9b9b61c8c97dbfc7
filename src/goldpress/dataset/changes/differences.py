"""What changed between two releases, as values: tables, columns, rows, cells."""

from dataclasses import asdict, dataclass, field, replace
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
        transitions: How often each value became each other, by column, where the values are few; "" is null. Of
            a column of lists: each label that came or went.
        articles: Articles that a change concerns.
        cells: Every change, as an Arrow table with ``op``, ``key``, ``article_id``, ``column``, ``old``, ``new``; None
            where the table came, went or changed its key. Text of articles does not stand there.
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
    transitions: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    articles: tuple[str, ...] = ()
    cells: Any = field(default=None, repr=False, compare=False)

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        columns = self.columns_added or self.columns_removed or self.columns_retyped
        return self.op == "kept" and not (self.rekeyed or self.added or self.removed or self.changed or columns)


@dataclass(frozen=True)
class Comparability:
    """Whether scores on one split can be compared: ``same`` if no row of it differs in any table of either release.

    ``same_texts`` says it of the articles alone: then predictions still fit, and only the labels differ.
    """

    split: str
    same: bool
    same_texts: bool


@dataclass(frozen=True)
class Difference:
    """What changed between two releases, table by table; ``added_in`` does not count.

    Attributes:
        before, after: The two versions.
        tables: Table by table.
        documents: What changed in what the labels were made by, old and new: scheme, guidelines, licence …
        agreement: By measure, the chance-corrected agreement before and after; None where there was none.
        splits: Split by split, whether scores stay comparable.
        labels: Columns that hold labels, as ``table.column``.
    """

    before: str
    after: str
    tables: tuple[TableDifference, ...]
    documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    agreement: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    splits: tuple[Comparability, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no table changed."""
        return all(table.empty for table in self.tables)

    @property
    def articles(self) -> tuple[str, ...]:
        """Articles that any change concerns."""
        return tuple(sorted({article for table in self.tables for article in table.articles}))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values, cells apart."""
        tables = [replace(table, cells=None) for table in self.tables]
        told = asdict(replace(self, tables=tuple(tables)))
        for table in told["tables"]:
            del table["cells"]
        return {**told, "articles": list(self.articles)}
