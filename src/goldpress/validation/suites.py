"""Suites of Great Expectations, loaded strictly: its own loader drops what it does not know, and passes.

The suite of a table is ``<table>.json``. Suites that somebody brings along are read beside it:
``<table>.<name>.json``, or any other file whose ``meta.table`` names a table. A file that is neither is an error.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.errors import UsageError

if TYPE_CHECKING:
    import great_expectations as gx

FORBIDDEN = ("pair_in_set", "json", "strftime", "dateutil", "column_pair", "multicolumn", "compound", "unexpected_rows")
"""Kinds that run row by row, differ between engines or do not run here: derive a column of truth values instead."""


def load_suite(path: Path) -> "gx.ExpectationSuite":
    """Return the suite of a table, every entry of it and of the suites that lie beside it.

    Raises:
        UsageError: The table has no suite (GP-VALID-001); a file is no suite, holds an expectation that the engine does
            not know, or one that cannot fail (GP-VALID-002); the entry is named.
    """
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    import goldpress.validation.expectations  # noqa: F401 - the engine knows our kinds from here on

    entries = _entries(path)
    built = []
    for place, entry in entries:
        _refuse_weak(entry, place)
        try:
            built.append(ExpectationConfiguration(**entry).to_domain_obj())
        except Exception as error:
            raise _no_suite(f"the engine does not take it: {_first_line(error)}", place) from error
    suite = gx.ExpectationSuite(name=path.stem, expectations=built)
    if len(suite.expectations) != len(entries):
        raise _no_suite(f"the engine kept {len(suite.expectations)} of {len(entries)} entries", str(path))
    return suite


def suite_columns(path: Path) -> list[tuple[str, str]]:
    """Return check id and column of every entry that names one."""
    return [
        (e["meta"]["check_id"], e["kwargs"]["column"]) for _, e in _entries(path) if "column" in e.get("kwargs", {})
    ]


def suite_kinds(path: Path) -> dict[str, set[str]]:
    """Return the columns that the entries for a table look at, and the kinds of entry that look at each."""
    found: dict[str, set[str]] = {}
    for _, entry in _entries(path):
        if "column" in entry.get("kwargs", {}):
            found.setdefault(entry["kwargs"]["column"], set()).add(str(entry.get("type")))
    return found


def refuse_unclaimed(folder: Path, tables: Iterable[str]) -> None:
    """Refuse a file that looks like a suite and is for no table: nobody would notice that it never runs.

    Raises:
        UsageError: A file is no suite (GP-VALID-002), or is for no table of the scheme (GP-VALID-012).
    """
    known = set(tables)
    for path in sorted(folder.glob("*.json")):
        table = path.stem if path.stem in known else _table_of(path, _read(path))
        if table not in known:
            raise UsageError(
                "GP-VALID-012",
                f"the suite is for {f'the table {table}, which the scheme does not have' if table else 'no table'}",
                where=path,
                hint='call it <table>.<name>.json, or name the table in its meta: {"table": "claims"}',
            )


def _entries(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every entry that judges a table, with where it stands: first of its own suite, then of those beside it."""
    if not path.is_file():
        raise UsageError("GP-VALID-001", "a table has no suite", where=path, hint="'goldpress generate' writes it")
    raw = _read(path)
    if raw.get("name") != path.stem:
        raise _no_suite(f"it is not called {path.stem}", str(path))
    found = _numbered(path, raw)
    for other in sorted(path.parent.glob("*.json")):
        if other != path and _table_of(other, brought := _read(other)) == path.stem:
            found += _numbered(other, _identified(other, path.stem, brought))
    ids = [entry["meta"]["check_id"] if "check_id" in (entry.get("meta") or {}) else None for _, entry in found]
    if None in ids or len(set(ids)) != len(ids):
        raise _no_suite("a check_id is missing from an entry's meta, or stands twice", str(path))
    return found


def _numbered(path: Path, raw: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    entries = raw["expectations"]
    return [(f"{path}, expectation {number} ({entry.get('type')})", entry) for number, entry in enumerate(entries, 1)]


def _table_of(path: Path, raw: dict[str, Any]) -> str:
    """The table that a suite from elsewhere is for: by its meta, else by the file's name up to the first dot."""
    meta = raw.get("meta")
    named = meta.get("table") if isinstance(meta, dict) else None
    return str(named) if named else path.stem.partition(".")[0] if "." in path.stem else ""


def _identified(path: Path, table: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The suite with an id for every entry: one that Great Expectations itself has written names no checks."""
    name = path.stem.removeprefix(f"{table}.").replace(".", "-")
    entries = []
    for number, entry in enumerate(raw["expectations"], 1):
        meta = {"check_id": f"{name}.{table}.{number}", **(entry.get("meta") or {})}
        entries.append({key: value for key, value in entry.items() if value is not None} | {"meta": meta})
    return {**raw, "expectations": entries}


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise _no_suite(f"it is not JSON: {error}", str(path)) from error
    entries = raw.get("expectations") if isinstance(raw, dict) else None
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise _no_suite("it has no list of expectations, or an empty one", str(path))
    found: dict[str, Any] = raw
    return found


def _refuse_weak(entry: dict[str, Any], place: str) -> None:
    if any(kind in str(entry.get("type")) for kind in FORBIDDEN):
        raise _no_suite("this kind is slow, or differs between engines: derive a column for it", place)
    if "table_column" in str(entry.get("type")):
        raise _no_suite("columns and their types are held to the data dictionary by D11 already", place)
    if entry.get("kwargs", {}).get("row_condition") is not None:
        raise _no_suite("it looks at some rows only, by a condition: derive a column for it", place)
    if entry.get("kwargs", {}).get("mostly") == 0:
        raise _no_suite("with mostly 0 it always passes", place)


def _no_suite(what: str, where: str) -> UsageError:
    return UsageError(
        "GP-VALID-002", f"this is no suite: {what}", where=where, hint="mend the entry; docs/maintainers.md shows how"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__
