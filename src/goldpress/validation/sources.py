"""Where the tables to judge come from: the pulls, a release, any folder of tables in this shape."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.errors import DataError, UsageError
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts_of
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

Tables = Mapping[str, "pa.Table"]


def read_folder(place: Path, scheme: Scheme) -> Tables:
    """Return the tables of a folder: ``<table>/*.parquet`` or ``<table>.parquet``.

    Raises:
        UsageError: The folder has no table of ours (GP-VALID-007).
        DataError: A file is no Parquet (GP-VALID-009), or a table lacks a column (GP-VALID-008).
    """
    found = {name: _read(place, name) for name in contracts_of(scheme)}
    tables = {name: table for name, table in found.items() if table is not None}
    if not {"articles", "annotations"} <= set(tables):
        raise UsageError(
            "GP-VALID-007",
            "the folder holds no tables in this shape",
            where=place,
            hint="it needs at least articles and annotations: <table>.parquet, or <table>/*.parquet",
        )
    for name, table in tables.items():
        missing = [c.name for c in contracts_of(scheme)[name].columns if c.name not in table.column_names]
        if missing:
            raise DataError(
                "GP-VALID-008",
                f"the table {name} lacks {', '.join(missing)}",
                where=place,
                hint="schemas/README.md lists the columns of every table",
            )
    return tables


def release_folder(workspace: Workspace, version: str) -> Path:
    """Return the folder of a release.

    Raises:
        UsageError: There is none (GP-VALID-006).
    """
    place = workspace.dataset / version
    if not (place / "data").is_dir():
        there = ", ".join(path.name for path in _releases(workspace.dataset)) or "none yet"
        raise UsageError("GP-VALID-006", f"there is no release {version}", where=place, hint=f"there are: {there}")
    return place


def previous_tables(workspace: Workspace, scheme: Scheme, *, before: str | None = None) -> Tables:
    """Return the tables of the last release, or of the one before a release; none where there is none.

    A release under another scheme may lack tables or columns: what can be read is compared.
    """
    folders = [path for path in _releases(workspace.dataset) if before is None or _number(path) < _numbers(before)]
    if not folders:
        return {}
    found = {name: _read(folders[-1] / "data", name) for name in contracts_of(scheme)}
    return {name: table for name, table in found.items() if table is not None}


def _releases(root: Path) -> list[Path]:
    found = [path for path in root.glob("*.*.*") if (path / "manifest.json").is_file() and _number(path)]
    return sorted(found, key=_number)


def _number(path: Path) -> tuple[int, ...]:
    return _numbers(path.name)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _read(place: Path, name: str) -> "pa.Table | None":
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted((place / name).glob("*.parquet")) or [p for p in [place / f"{name}.parquet"] if p.is_file()]
    try:
        return pa.concat_tables([pq.ParquetFile(path).read() for path in files]) if files else None
    except pa.ArrowInvalid as error:
        raise DataError(
            "GP-VALID-009",
            f"the files of the table {name} cannot be read together: {error}",
            where=place / name,
            hint="fetch or publish them again",
        ) from error
