"""Where the tables to judge come from: the pulls, a release, any folder of tables in this shape."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.errors import DataError, UsageError
from goldpress.schemas.contracts import Table
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts_of
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Tables = Mapping[str, "pa.Table"]
PIECE = 10_000
"""Rows that are read at a time where a column is read piece by piece."""


class Folder(Mapping[str, "pa.Table"]):
    """The tables of a folder of Parquet: read when they are asked for, column by column where that is enough.

    Raises:
        DataError: A file is no Parquet, or those of a table do not have the same columns (GP-VALID-009).
    """

    def __init__(self, place: Path, scheme: Scheme) -> None:
        self.place, self._scheme = place, scheme
        found = {name: _files(place, name) for name in contracts_of(scheme)}
        self._files = {name: self._opened(name, files) for name, files in found.items() if files}
        self._schemas = {name: self._common_schema(name) for name in self._files}

    def __getitem__(self, name: str) -> "pa.Table":
        return self.columns(name, self._schemas[name].names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def schema(self, name: str) -> "pa.Schema":
        """Return the columns of a table without reading it."""
        return self._schemas[name]

    def rows(self, name: str) -> int:
        """Return the number of rows of a table without reading it."""
        return sum(metadata.num_rows for _, metadata in self._files[name])

    def columns(self, name: str, columns: Sequence[str], *, coded: bool = False) -> "pa.Table":
        """Return some columns of a table; coded is what comes again and again as numbers."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with _readable(name, self.place):
            files = (
                pq.ParquetFile(path, metadata=known, read_dictionary=list(columns) if coded else None)
                for path, known in self._files[name]
            )
            table = pa.concat_tables([file.read(list(columns)) for file in files]).select(columns)
            return table.cast(self._typed(name, table.schema))

    def pieces(self, name: str, columns: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield some columns of a table, ten thousand rows at a time."""
        import pyarrow.parquet as pq

        with _readable(name, self.place):
            for path, known in self._files[name]:
                yield from pq.ParquetFile(path, metadata=known).iter_batches(PIECE, columns=list(columns))

    def _typed(self, name: str, schema: "pa.Schema") -> "pa.Schema":
        """The type of the data dictionary for a column that nothing stands in, as pandas writes it."""
        import pyarrow as pa

        known = contracts_of(self._scheme)[name].to_arrow(staged=True)
        empty = [field.name for field in schema if pa.types.is_null(field.type) and field.name in known.names]
        for column in empty:
            schema = schema.set(schema.get_field_index(column), known.field(column))
        return schema

    def _opened(self, name: str, files: list[Path]) -> "list[tuple[Path, pq.FileMetaData]]":
        import pyarrow.parquet as pq

        with _readable(name, self.place):
            return [(path, pq.read_metadata(path)) for path in files]

    def _common_schema(self, name: str) -> "pa.Schema":
        import pyarrow as pa

        with _readable(name, self.place):
            every = [metadata.schema.to_arrow_schema() for _, metadata in self._files[name]]
            return pa.concat_tables([schema.empty_table() for schema in every]).schema


def read_columns(tables: Tables, name: str, columns: Sequence[str], *, coded: bool = False) -> "pa.Table":
    """Return some columns of one of several tables, and read no others."""
    return tables.columns(name, columns, coded=coded) if isinstance(tables, Folder) else tables[name].select(columns)


def read_pieces(tables: Tables, name: str, columns: Sequence[str]) -> "Iterable[pa.RecordBatch]":
    """Return some columns of one of several tables, piece by piece."""
    if isinstance(tables, Folder):
        return tables.pieces(name, columns)
    return tables[name].select(columns).to_batches()


def read_schema(tables: Tables, name: str) -> "pa.Schema | None":
    """Return the columns of one of several tables; None if it is not there."""
    if name not in tables:
        return None
    return tables.schema(name) if isinstance(tables, Folder) else tables[name].schema


def read_rows(tables: Tables, name: str) -> int:
    """Return the number of rows of one of several tables; 0 if it is not there."""
    if name not in tables:
        return 0
    return tables.rows(name) if isinstance(tables, Folder) else tables[name].num_rows


def read_folder(place: Path, scheme: Scheme) -> Tables:
    """Return the tables of a folder: ``<table>/*.parquet`` or ``<table>.parquet``.

    Raises:
        UsageError: The folder has no table of ours (GP-VALID-007).
        DataError: A file is no Parquet (GP-VALID-009), a table lacks a column that is never empty (GP-VALID-008), or
            has one of another kind, such as words for numbers (GP-VALID-015).
    """
    tables = Folder(place, scheme)
    if not {"articles", "annotations"} <= set(tables):
        raise UsageError(
            "GP-VALID-007",
            "the folder holds no tables in this shape",
            where=place,
            hint="it needs at least articles and annotations: <table>.parquet, or <table>/*.parquet",
        )
    for name in tables:
        _hold_columns(tables.schema(name), contracts_of(scheme)[name], place)
    return tables


def _hold_columns(given: "pa.Schema", contract: Table, place: Path) -> None:
    missing = [c.name for c in contract.columns if c.name not in given.names and not c.nullable]
    if missing:
        raise DataError(
            "GP-VALID-008",
            f"the table {contract.name} lacks {', '.join(missing)}",
            where=place,
            hint="schemas/README.md lists the columns of every table",
        )
    fields = [field for field in contract.to_arrow(staged=True) if field.name in given.names]
    wrong = [field for field in fields if _kind(given.field(field.name).type) not in ("null", _kind(field.type))]
    if wrong:
        told = ", ".join(f"{f.name} is {given.field(f.name).type} and should be {f.type}" for f in wrong)
        first = wrong[0]
        raise DataError(
            "GP-VALID-015",
            f"the table {contract.name} has columns of another kind: {told}",
            where=place / contract.name,
            hint=f"write {first.name} as {first.type}; schemas/README.md lists the type of every column",
        )


def _kind(given: "pa.DataType") -> str:
    """What a type can be read as: another one of its kind is told by D11, and judged."""
    import pyarrow as pa

    types = pa.types
    if isinstance(given, pa.DictionaryType):
        return _kind(given.value_type)
    if types.is_list(given) or types.is_large_list(given) or types.is_list_view(given):
        return "list"
    kinds = {
        "number": (types.is_integer, types.is_floating, types.is_decimal),
        "word": (types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary),
        "time": (types.is_timestamp, types.is_date),
    }
    return next((kind for kind, tests in kinds.items() if any(test(given) for test in tests)), str(given))


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
    return Folder(folders[-1] / "data", scheme)


def _releases(root: Path) -> list[Path]:
    # One that was withdrawn keeps its manifest, and no data.
    parts = ("manifest.json", "data")
    found = [path for path in root.glob("*.*.*") if all((path / part).exists() for part in parts) and _number(path)]
    return sorted(found, key=_number)


def _number(path: Path) -> tuple[int, ...]:
    return _numbers(path.name)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _files(place: Path, name: str) -> list[Path]:
    return sorted((place / name).glob("*.parquet")) or [p for p in [place / f"{name}.parquet"] if p.is_file()]


@contextlib.contextmanager
def _readable(name: str, place: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            "GP-VALID-009",
            f"the files of the table {name} cannot be read together: {error}",
            where=place / name,
            hint="fetch or publish them again",
        ) from error
