"""Suites of Great Expectations, loaded strictly: its own loader drops what it does not know, and passes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.errors import UsageError

if TYPE_CHECKING:
    import great_expectations as gx

FORBIDDEN = ("pair_in_set", "json", "strftime", "dateutil", "column_pair", "multicolumn", "compound")
"""Kinds that run row by row, or differ between engines: derive a column of truth values instead."""


def load_suite(path: Path) -> "gx.ExpectationSuite":
    """Return one suite, every entry of it.

    Raises:
        UsageError: The file is no suite, holds an expectation that the engine does not know, or one that cannot fail
            (GP-VALID-002); the entry is named.
    """
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    raw = _read(path)
    built = []
    for number, entry in enumerate(raw["expectations"], start=1):
        place = f"{path}, expectation {number} ({entry.get('type')})"
        _refuse_weak(entry, place)
        try:
            built.append(ExpectationConfiguration(**entry).to_domain_obj())
        except Exception as error:
            raise _no_suite(f"the engine does not take it: {_first_line(error)}", place) from error
    suite = gx.ExpectationSuite(name=path.stem, expectations=built)
    if len(suite.expectations) != len(raw["expectations"]):
        raise _no_suite(f"the engine kept {len(suite.expectations)} of {len(raw['expectations'])} entries", str(path))
    return suite


def suite_columns(path: Path) -> list[tuple[str, str]]:
    """Return check id and column of every entry that names one."""
    entries = _read(path)["expectations"]
    return [(e["meta"]["check_id"], e["kwargs"]["column"]) for e in entries if "column" in e.get("kwargs", {})]


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            "GP-VALID-001", "a table has no suite", where=path, hint="'goldpress generate' writes it"
        ) from error
    except ValueError as error:
        raise _no_suite(f"it is not JSON: {error}", str(path)) from error
    if not isinstance(raw, dict) or raw.get("name") != path.stem or not raw.get("expectations"):
        raise _no_suite(f"it is not called {path.stem}, or is empty", str(path))
    ids = [entry.get("meta", {}).get("check_id") for entry in raw["expectations"]]
    if None in ids or len(set(ids)) != len(ids):
        raise _no_suite("a check_id is missing from an entry's meta, or stands twice", str(path))
    return raw


def _refuse_weak(entry: dict[str, Any], place: str) -> None:
    if any(kind in str(entry.get("type")) for kind in FORBIDDEN):
        raise _no_suite("this kind is slow, or differs between engines: derive a column for it", place)
    if entry.get("kwargs", {}).get("mostly") == 0:
        raise _no_suite("with mostly 0 it always passes", place)


def _no_suite(what: str, where: str) -> UsageError:
    return UsageError(
        "GP-VALID-002", f"this is no suite: {what}", where=where, hint="mend the entry; docs/maintainers.md shows how"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__
