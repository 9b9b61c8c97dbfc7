"""What changed between two releases: tables, columns, rows, cells."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.dataset.changes.cells import LIST, affected_articles, changed_cells, label_columns, transitions
from goldpress.dataset.changes.differences import Comparability, Difference, Example, Retyped, TableDifference
from goldpress.dataset.form.manifest import ADDED_IN, read_manifest
from goldpress.dataset.loading.lookup import named_release
from goldpress.dataset.loading.release import Release, read_aside
from goldpress.memory import give_back
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = 10
"""Changed cells, added keys and removed keys that a table difference shows of each kind."""
TOGETHER = 2**20
"""Rows of a column that are compared at once."""
LONGEST = 160
"""Characters of a value that an example shows."""


class Side(NamedTuple):
    """A table on one side of a comparison."""

    key: str
    table: "pa.Table"


def diff(a: Path | str, b: Path | str, *, workspace: Workspace | Path | str | None = None) -> Difference:
    """Return what changed from release ``a`` to release ``b``, table by table; rows are matched by key.

    Args:
        a: The older one: a version in the workspace, or the folder of a release.
        b: The newer one.
        workspace: The workspace; None is the nearest one upwards. Folders need none.

    Raises:
        UsageError, DataError: A release is not found (GP-DATASET-022, -023) or damaged (-003, -016, -017).
    """
    before, after = (Release(folder, read_manifest(folder)) for folder in (named_release(x, workspace) for x in (a, b)))
    sides = _sides(before), _sides(after)
    labels = label_columns(before.manifest.tables | after.manifest.tables)
    return replace(
        compare_tables(*sides, (before.version, after.version)),
        documents=_documents(before, after),
        agreement=_agreement(*sides),
        splits=tuple(_comparable(before, after)),
        labels=tuple(f"{name}.{column}" for name, columns in labels.items() for column in columns),
    )


def compare_tables(
    before: Mapping[str, Side], after: Mapping[str, Side], names: tuple[str, str] = ("", "")
) -> Difference:
    """Return what changed between two sets of tables; ``names`` are those of the two sides."""
    found = []
    for name in dict.fromkeys([*after, *before]):
        found.append(_compare(name, before.get(name), after.get(name)))
        give_back()
    return Difference(*names, tuple(found))


def _sides(release: Release) -> dict[str, Side]:
    keys = {name: entry.primary_key[0] for name, entry in release.manifest.tables.items()}
    return {name: Side(keys[name], table) for name, table in read_aside(release).items()}


def _documents(before: Release, after: Release) -> dict[str, tuple[str, str]]:
    """What the labels were made by, where it differs: versions where there are some, else digests."""
    old, new = before.manifest, after.manifest
    versions = {"scheme version": (old.guideline_version, new.guideline_version), "edition": (old.edition, new.edition)}
    digests = {
        name: (old.sources.get(name, "")[:16], new.sources.get(name, "")[:16])
        for name in sorted({*old.sources, *new.sources})
    }
    return {name: pair for name, pair in {**versions, **digests}.items() if pair[0] != pair[1]}


def _agreement(before: Mapping[str, Side], after: Mapping[str, Side]) -> dict[str, tuple[float | None, float | None]]:
    """The agreement of all annotators, measure by measure, where it differs."""
    old, new = ({} if "agreement" not in side else _measures(side["agreement"].table) for side in (before, after))
    pairs = {key: (old.get(key), new.get(key)) for key in sorted({*old, *new})}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _measures(table: "pa.Table") -> dict[str, float | None]:
    if not {"agreement_id", "annotator_a", "value"} <= {*table.column_names}:
        return {}
    rows = table.select(["agreement_id", "annotator_a", "value"]).to_pylist()
    return {row["agreement_id"]: row["value"] for row in rows if row["annotator_a"] is None}


def _comparable(before: Release, after: Release) -> Iterator[Comparability]:
    old, new = before.manifest.split_digests, after.manifest.split_digests
    for split in sorted({*old, *new}):
        was, is_ = (side[split].tables if split in side else {} for side in (old, new))
        yield Comparability(split, was == is_, was.get("articles") == is_.get("articles"))


def _compare(name: str, before: Side | None, after: Side | None) -> TableDifference:
    if before is None:
        assert after is not None  # noqa: S101 - the name comes from one of the two
        return TableDifference(name, "added", added=after.table.num_rows)
    if after is None:
        return TableDifference(name, "removed", removed=before.table.num_rows)
    old, new = (_without(side.table, ADDED_IN) for side in (before, after))
    plain = TableDifference(
        name,
        columns_added=tuple(c for c in new.column_names if c not in old.column_names),
        columns_removed=tuple(c for c in old.column_names if c not in new.column_names),
        columns_retyped=tuple(_retyped(old.schema, new.schema)),
    )
    if before.key != after.key or old.schema.field(before.key).type != new.schema.field(after.key).type:
        return replace(plain, rekeyed=True, added=new.num_rows, removed=old.num_rows)
    return _with_rows(plain, _Rows(before.key, old, new))


def _with_rows(plain: TableDifference, rows: "_Rows") -> TableDifference:
    import pyarrow.compute as pc

    counts = {column: int(pc.sum(mask).as_py()) for column, mask in rows.masks.items()}
    lists = [field.name for field in rows.new.schema if str(field.type) == LIST]
    changed, cells = rows.changed(), rows.cells()
    return replace(
        plain,
        added=rows.came.num_rows,
        removed=rows.gone.num_rows,
        changed=changed,
        unchanged=rows.stays - changed,
        changed_columns=counts,
        examples=tuple(rows.examples()),
        transitions=transitions(cells, lists),
        articles=affected_articles(cells),
        cells=cells,
    )


class _Rows:
    """The rows of two tables with one key, matched; what stays is looked at one column at a time."""

    def __init__(self, key: str, old: "pa.Table", new: "pa.Table") -> None:
        import pyarrow.compute as pc

        self.key, self.old, self.new = key, old, new
        # Where the rows that stay lie on each side; None where these are all, in their order.
        self.was: Any = None
        self.is_: Any = None
        self.gone, self.came = self._named(old).slice(0, 0), self._named(new).slice(0, 0)
        if not old[key].equals(new[key]):
            self._match()
        self.stays = new.num_rows - self.came.num_rows
        # Only where something differs; a retyped column has no mask.
        self.masks = {}
        for column in (c for c in old.column_names if c in new.column_names and c != key):
            mask = self._mask(column)
            if mask is not None and pc.any(mask).as_py():
                self.masks[column] = mask
            give_back()

    def _match(self) -> None:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        found = _one_array(pc.index_in(self.new[self.key], value_set=self.old[self.key]))
        self.was = found.drop_null()
        gone = np.ones(self.old.num_rows, dtype=bool)
        gone[self.was.to_numpy()] = False
        self.gone = self._named(self.old).filter(pa.array(gone))
        if found.null_count:
            self.came = self._named(self.new).filter(pc.is_null(found))
            self.is_ = pc.indices_nonzero(pc.is_valid(found))

    def _mask(self, column: str) -> Any:
        """Row by row, whether a column differs; None where its type does: that is a change of the column."""
        import pyarrow as pa

        old, new = self.old[column], self.new[column]
        if old.type != new.type:
            return None
        parts = [
            _one_array(_differs(_some(old, self.was, start), _some(new, self.is_, start)))
            for start in range(0, self.stays, TOGETHER)
        ]
        return pa.chunked_array(parts, pa.bool_())

    def changed(self) -> int:
        import pyarrow as pa
        import pyarrow.compute as pc

        total: Any = pa.repeat(pa.scalar(False), self.stays)
        for mask in self.masks.values():
            total = pc.or_(total, mask)
        return int(pc.sum(total).as_py() or 0)

    def cells(self) -> "pa.Table":
        changed = {column: self._both(column) for column in self.masks}
        return changed_cells(self.key, self.gone, self.came, changed)

    def examples(self) -> Iterator[Example]:
        for op, rows in (("added", self.came), ("removed", self.gone)):
            yield from (Example(op, key) for key in sorted(map(str, rows[self.key].to_pylist()))[:EXAMPLES])
        yield from islice(self._changed_cells(), EXAMPLES)

    def _changed_cells(self) -> Iterator[Example]:
        for column in self.masks:
            was, is_ = (rows.to_pydict() for rows in self._both(column, EXAMPLES))
            for key, old, new in zip(is_[self.key], was[column], is_[column], strict=True):
                yield Example("changed", key, column, shorten(old), shorten(new))

    def _both(self, column: str, most: int | None = None) -> "tuple[pa.Table, pa.Table]":
        """The rows in which a column differs, as they were and as they are: this column, the key and the article."""
        import pyarrow.compute as pc

        rows: Any = pc.indices_nonzero(self.masks[column])[:most]

        old, new = self._named(self.old, column), self._named(self.new, column)
        return old.take(_at(self.was, rows)), new.take(_at(self.is_, rows))

    def _named(self, table: "pa.Table", *columns: str) -> "pa.Table":
        """What says which row it is: key and article; with some columns."""
        return table.select([name for name in table.column_names if name in (self.key, "article_id", *columns)])


def _at(places: Any, rows: Any) -> Any:
    """Where some of the rows that stay lie."""
    return rows if places is None else places.take(rows)


def _some(values: Any, places: Any, start: int) -> Any:
    """Some of the values: at their places, or of all where there are none."""
    if places is None:
        return values.slice(start, TOGETHER)
    return values.take(places.slice(start, TOGETHER))


def _differs(old: Any, new: Any) -> Any:
    """Row by row, whether two columns of one type differ."""
    import pyarrow as pa
    import pyarrow.compute as pc

    one_null: Any = pc.xor(pc.is_null(old), pc.is_null(new))
    if pa.types.is_struct(old.type):
        # Arrow compares no structs, and no lists.
        for before, after in zip(old.flatten(), new.flatten(), strict=True):
            one_null = pc.or_(one_null, _differs(before, after))
        return one_null
    if pa.types.is_list(old.type):
        return _lists_differ(_one_array(old), _one_array(new))
    return pc.or_(pc.fill_null(pc.not_equal(old, new), False), one_null)


def _lists_differ(old: Any, new: Any) -> Any:
    """Row by row, whether two lists differ: in their lengths, or where these are the same in an item."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = (pc.fill_null(pc.list_value_length(lists), -1) for lists in (old, new))
    differs = np.array(pc.not_equal(*lengths))
    like = pa.array(~differs)
    before, after = old.filter(like), new.filter(like)
    items: Any = _differs(before.flatten(), after.flatten())
    row = np.flatnonzero(~differs)[np.array(pc.list_parent_indices(before).filter(items), dtype=np.int64)]
    differs[row] = True
    return pa.array(differs)


def _one_array(column: Any) -> Any:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def shorten(value: Any) -> Any:
    """Return a value as it may stand in a report: JSON-ready, long text cut."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST] + "…"
    return value


def _retyped(old: "pa.Schema", new: "pa.Schema") -> Iterator[Retyped]:
    for field_ in old:
        if field_.name in new.names:
            types = [_spelled(schema.field(field_.name)) for schema in (old, new)]
            if types[0] != types[1]:
                yield Retyped(field_.name, *types)


def _spelled(field_: "pa.Field[Any]") -> str:
    return f"{field_.type}{'' if field_.nullable else ' not null'}"


def _without(table: "pa.Table", column: str) -> "pa.Table":
    return table.drop_columns([column]) if column in table.column_names else table
