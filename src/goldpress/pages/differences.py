"""The page about what changed between two releases: tables, labels that became others, articles, rows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from goldpress.dataset.changes.cells import label_columns
from goldpress.dataset.changes.comparison import diff as compare_releases
from goldpress.dataset.changes.differences import Difference, TableDifference
from goldpress.dataset.form.manifest import Manifest, read_manifest
from goldpress.dataset.loading.lookup import named_release
from goldpress.pages.layout import render_page, write_page
from goldpress.workspace import Workspace

MOST_ROWS = 300
"""Changes of one table that the page lists; ``changes/`` of a release has all of them."""
MOST_ARTICLES = 300
NOTHING = "(none)"


def diff(
    a: Path | str,
    b: Path | str,
    *,
    html: Path | str | None = None,
    workspace: Workspace | Path | str | None = None,
) -> Difference:
    """Return what changed from release ``a`` to release ``b``, table by table; rows are matched by key.

    Args:
        a: The older one: a version in the workspace, the folder of a release, or an address.
        b: The newer one.
        html: Where a page about it is written, one file that loads nothing; the file may exist.
        workspace: The workspace; None is the nearest one upwards. Folders need none.

    Raises:
        UsageError, DataError: A release is not found (GP-DATASET-022, -023) or damaged (-003, -016, -017).
        SurroundingsError: The page cannot be written (GP-PAGES-001).
    """
    before, after = named_release(a, workspace), named_release(b, workspace)
    found = compare_releases(before, after)
    if html is not None:
        write_page(Path(html), difference_page(found, read_manifest(before), read_manifest(after)))
    return found


def difference_page(found: Difference, before: Manifest, after: Manifest) -> str:
    """Return the page of a difference as HTML."""
    from goldpress import __version__

    changed = [table for table in found.tables if not table.empty]
    totals = {name: sum(getattr(table, name) for table in changed) for name in ("added", "removed", "changed")}
    return render_page(
        "difference.html",
        {
            "title": f"{after.title or after.name}: {found.before} to {found.after}",
            "tool_version": __version__,
            "before": found.before,
            "after": found.after,
            "same": found.empty,
            "numbers": [
                *((f"rows {name}", f"{number:,}") for name, number in totals.items()),
                ("articles concerned", f"{len(found.articles):,}"),
            ],
            "tables": [_line(table) for table in changed],
            "splits": [(split.split, _comparable(split.same, split.same_texts)) for split in found.splits],
            "matrices": list(_matrices(changed, _closed(before, after))),
            "documents": [(name, was or NOTHING, is_ or NOTHING) for name, (was, is_) in found.documents.items()],
            "agreement": [(name, _value(was), _value(is_)) for name, (was, is_) in found.agreement.items()],
            "articles": found.articles[:MOST_ARTICLES],
            "more_articles": max(0, len(found.articles) - MOST_ARTICLES),
            "rows": [_rows(table) for table in changed if table.cells is not None and table.cells.num_rows],
        },
    )


def _line(table: TableDifference) -> tuple[Any, ...]:
    columns = [f"+{name}" for name in table.columns_added] + [f"−{name}" for name in table.columns_removed]
    columns += [f"{one.column}: {one.old} → {one.new}" for one in table.columns_retyped]
    told = {"added": ["new table"], "removed": ["table is gone"]}.get(table.op, columns)
    counts = [f"{number:,}" for number in (table.added, table.removed, table.changed, table.unchanged)]
    return (table.name, *counts, ", ".join([*told, *(["another key"] if table.rekeyed else [])]))


def _comparable(same: bool, same_texts: bool) -> str:
    if same:
        return "yes: no row of it differs"
    return "same texts, other labels: predictions fit, scores must be computed anew" if same_texts else "no"


def _closed(*manifests: Manifest) -> set[tuple[str, str]]:
    """Columns that hold labels, table by table."""
    found = (label_columns(manifest.tables) for manifest in manifests)
    return {(name, column) for tables in found for name, columns in tables.items() for column in columns}


def _matrices(tables: list[TableDifference], closed: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for table in tables:
        for column, becomes in table.transitions.items():
            if (table.name, column) in closed:
                yield {"name": f"{table.name}.{column}", **_matrix(becomes)}


def _matrix(becomes: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    news = sorted({new for row in becomes.values() for new in row})
    rows = []
    for old, row in sorted(becomes.items()):
        total = sum(row.values())
        cells = [(row.get(new) or "", 100 * row.get(new, 0) / total) for new in news]
        rows.append((old or NOTHING, cells))
    return {"labels": [new or NOTHING for new in news], "rows": rows}


def _rows(table: TableDifference) -> dict[str, Any]:
    number = table.cells.num_rows
    cells = table.cells.slice(0, MOST_ROWS).select(["op", "key", "article_id", "column", "old", "new"])
    rows = [tuple("" if value is None else value for value in row.values()) for row in cells.to_pylist()]
    return {"name": table.name, "number": f"{number:,}", "more": number > MOST_ROWS, "rows": rows}


def _value(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
