"""Which part of the version number a change raises.

A researcher who moves from 1.2.0 to 1.2.1 finds equal rows, to 1.3.0 the old rows and more, to 2.0.0
anything. In the pilot phase, 0.y.z, every change of data raises the minor number.
"""

from collections.abc import Iterator, Mapping, Sequence

from goldpress.dataset.changes.differences import Difference, TableDifference
from goldpress.dataset.form.manifest import ColumnEntry, Manifest
from goldpress.dataset.form.versions import FIRST, Version, parse_version
from goldpress.dataset.papers.card import counted
from goldpress.errors import DataError, UsageError

Columns = Mapping[str, Sequence[ColumnEntry]]
Reason = tuple[str, str]
"""The part that is raised, and why."""

WEIGHT = {"patch": 1, "minor": 2, "major": 3}


def demanded_bump(reasons: Sequence[Reason], before: Version) -> str | None:
    """Return what the reasons demand after a version: major, minor, patch, or None where nothing changed."""
    if not reasons:
        return None
    part = max((part for part, _ in reasons), key=WEIGHT.__getitem__)
    return "minor" if part == "major" and before.major == 0 else part


def bump_reasons(
    difference: Difference, columns: Columns, sources: Mapping[str, str], previous: Manifest
) -> list[Reason]:
    """Return everything that changed against the previous release, each with what it demands.

    Args:
        difference: Rows and columns.
        columns: The new tables' columns, for closed sets of values.
        sources: Digests of what the metadata is made from.
        previous: The previous release.
    """
    reasons = [reason for table in difference.tables for reason in _of_table(table, columns.get(table.name, ()))]
    for name, entries in columns.items():
        if name in previous.tables:
            reasons += _of_values(name, previous.tables[name].schema, entries)
    changed = sorted(name for name in {*sources, *previous.sources} if sources.get(name) != previous.sources.get(name))
    return reasons + [("major" if name in ("licence", "name") else "patch", f"{name} changed") for name in changed]


def next_version(wanted: str | None, previous: Version | None, part: str | None, reasons: Sequence[Reason]) -> Version:
    """Return the number of the next release: the demanded one, or a larger one that is wanted.

    Raises:
        UsageError: ``wanted`` is no version (GP-DATASET-001), or smaller than the changes demand
            (GP-DATASET-010).
        DataError: Nothing changed and nothing larger is wanted (GP-DATASET-011).
    """
    asked = parse_version(wanted) if wanted is not None else None
    if previous is None:
        return asked or FIRST
    if part is None and (asked is None or asked <= previous):
        raise DataError(
            "GP-DATASET-011",
            f"nothing to publish: nothing changed since {previous}",
            hint=f"pull new labels first, or name a larger version: --version {previous.raised('patch')}",
        )
    least = previous.raised(part or "patch")
    if asked is not None and asked < least:
        raise UsageError(
            "GP-DATASET-010",
            f"version {asked} is too small: the changes since {previous} demand {least} ({part or 'patch'})",
            where="; ".join(reason for _, reason in reasons[:5]),
            hint=f"leave --version out, or name {least} or a larger one",
        )
    return asked or least


def _of_table(table: TableDifference, columns: Sequence[ColumnEntry]) -> Iterator[Reason]:
    name = table.name
    if table.op == "removed":
        yield "major", f"{name}: table removed"
    elif table.op == "added":
        yield "minor", f"{name}: table added"
    else:
        if table.rekeyed:
            yield "major", f"{name}: key changed"
        yield from (("major", f"{name}: column {column} removed") for column in table.columns_removed)
        yield from (("major", f"{name}: column {c.column} was {c.old}, is {c.new}") for c in table.columns_retyped)
        nullable = {column.name: column.nullable for column in columns}
        for column in table.columns_added:
            yield "minor" if nullable[column] else "major", f"{name}: column {column} added"
        if table.removed:
            yield "major", f"{name}: {counted(table.removed, 'row')} removed"
        if table.changed:
            yield "major", f"{name}: {counted(table.changed, 'row')} changed"
        if table.added:
            yield "minor", f"{name}: {counted(table.added, 'row')} added"


def _of_values(table: str, before: Sequence[ColumnEntry], after: Sequence[ColumnEntry]) -> Iterator[Reason]:
    old = {column.name: set(column.values) for column in before}
    for column in after:
        known = old.get(column.name)
        new = set(column.values)
        if known is None or known == new:
            continue
        if not known or not new:
            yield "major", f"{table}.{column.name}: its set of values was {'closed' if new else 'opened'}"
            continue
        yield from (("major", f"{table}.{column.name}: value {value} removed") for value in sorted(known - new))
        yield from (("minor", f"{table}.{column.name}: value {value} added") for value in sorted(new - known))
