"""The suites of Great Expectations, as far as the scheme decides them: one file a table in ``validation/``.

What people add stays: an entry belongs to the generator only if its ``meta.origin`` is ``scheme``.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from goldpress.errors import UsageError
from goldpress.schemas.checks import checks
from goldpress.schemas.contracts import Column, Table
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables

Entry = dict[str, Any]

GENERATED = "scheme"
SEVERITIES = {"error": "critical", "warning": "warning", "info": "info"}
"""Severity of the list of checks to Great Expectations' own word."""
FILLED = ("articles", "annotations")
"""Tables that a corpus cannot be without."""
MEASURES = "measures"
"""The table that validation makes itself: one row for each thing that is measured over many rows."""


def suites(scheme: Scheme, folder: Path) -> dict[Path, bytes]:
    """Return the content of every suite file: the generated entries, then those that people have written there.

    Raises:
        UsageError: A file that is there is no suite (GP-SUITE-001).
    """
    found = {}
    for name, table in {**tables(scheme), MEASURES: None}.items():
        path = folder / f"{name}.json"
        entries = [*(_entries(table, scheme) if table else _facts(name, scheme)), *_written(path)]
        found[path] = _render({"name": name, "expectations": entries})
    return found


def superfluous(folder: Path, wanted: set[Path]) -> list[Path]:
    """Return suites of tables that the scheme does not make, as far as nobody has written in them."""
    return [path for path in sorted(folder.glob("*.json")) if path not in wanted and not _written(path)]


def kinds(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """Return the tables of each kind that checks are written for: ``claims`` is every table of attributes."""
    contracts = tables(scheme)
    attribute = [str(layer.table) for layer in scheme.span_layers if layer.table]
    derived = [str(layer.table) for layer in scheme.relation_layers if layer.table]
    raw = {"spans": ["spans"], "claims": attribute, "relations": ["relations"], "stances": derived}
    raw["doc_labels"] = ["doc_labels"]
    plain = ("articles", "annotations", "entities", "agreement")
    shared: dict[str, tuple[str, ...]] = {name: (name,) for name in plain}
    both = {kind: tuple(n for name in names for n in (name, f"gold_{name}")) for kind, names in raw.items()}
    judged = tuple(name for name in contracts if name.startswith("gold_") and name != "gold_provenance")
    shared |= {"gold": judged, "gold_provenance": ("gold_provenance",)}
    alone = {f"raw:{kind}": tuple(names) for kind, names in raw.items()}
    known = {kind: tuple(n for n in names if n in contracts) for kind, names in {**shared, **both, **alone}.items()}
    known["propositions"] = known["spans"] if any(x.boundary == "proposition" for x in scheme.span_layers) else ()
    return {**known, MEASURES: (MEASURES,)}


def facts_of(table: str, scheme: Scheme) -> tuple[str, ...]:
    """Return the ids of the checks that are judged on a table."""
    of_kind = kinds(scheme)
    return tuple(
        check_id
        for check_id, check in checks().items()
        if any(table in of_kind[kind] for kind in check.tables) and (not check.needs or of_kind[check.needs])
    )


def _entries(table: Table, scheme: Scheme) -> Iterator[Entry]:
    if table.name in FILLED:
        yield _entry(
            f"D11.{table.name}.rows", "expect_table_row_count_to_be_between", {"min_value": 1}, "The table has rows."
        )
    yield _entry(
        f"S1.{table.name}",
        "expect_column_values_to_be_unique",
        {"column": table.key},
        f"`{table.key}` stands once.",
    )
    attributes = table.name in kinds(scheme)["claims"]
    for column in table.columns:
        yield from _column_entries(table, column, attributes=attributes)
    yield from _facts(table.name, scheme)


def _facts(name: str, scheme: Scheme) -> Iterator[Entry]:
    for check_id in facts_of(name, scheme):
        check = checks()[check_id]
        yield _entry(
            f"{check_id}.{name}",
            "expect_fact_to_hold",
            {"column": check_id},
            check.sentence,
            severity=check.severity,
        )


def _column_entries(table: Table, column: Column, *, attributes: bool) -> Iterator[Entry]:
    place = f"{table.name}.{column.name}"
    if not column.nullable:
        yield _entry(
            f"{'C1' if attributes and column.values else 'D11'}.{place}.given",
            "expect_column_values_to_not_be_null",
            {"column": column.name},
            f"`{column.name}` is always given.",
        )
    if column.values and column.type == "string":
        family = "C2" if attributes else "S7" if column.name in ("label", "type") else "D11"
        yield _entry(
            f"{family}.{place}",
            "expect_column_values_to_be_in_set",
            {"column": column.name, "value_set": sorted(column.values)},
            f"`{column.name}` is one of {', '.join(sorted(column.values))}.",
        )
    if column.pattern:
        yield _entry(
            f"{'S11' if column.name != 'text_sha256' else 'T1'}.{place}",
            "expect_column_values_to_match_regex",
            {"column": column.name, "regex": column.pattern},
            f"`{column.name}` has the form {column.pattern}.",
        )
    if column.references:
        yield _entry(
            f"D1.{place}",
            "expect_reference_to_resolve",
            {"column": f"{column.name}_found"},
            f"`{column.name}` is a row of {column.references.partition('.')[0]}.",
        )


def _entry(check_id: str, kind: str, kwargs: Mapping[str, Any], sentence: str, *, severity: str = "error") -> Entry:
    return {
        "type": kind,
        "kwargs": dict(kwargs),
        "severity": SEVERITIES[severity],
        "description": sentence,
        "meta": {"check_id": check_id, "origin": GENERATED},
    }


def _written(path: Path) -> list[Entry]:
    """Entries that people have added to a suite."""
    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text("utf-8"))["expectations"]
        return [entry for entry in entries if entry.get("meta", {}).get("origin") != GENERATED]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "GP-SUITE-001",
            f"the file is no suite: {error}",
            where=path,
            hint="mend it, or delete it and run 'goldpress generate'",
        ) from error


def _render(suite: Mapping[str, Any]) -> bytes:
    return (json.dumps(suite, ensure_ascii=False, indent=2) + "\n").encode()
