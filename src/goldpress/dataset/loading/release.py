"""A release to read: its manifest and its tables."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.dataset.form.digests import file_sha256
from goldpress.dataset.form.manifest import FileEntry, Manifest, TableEntry
from goldpress.dataset.form.reading import read_columns, read_first, read_rows
from goldpress.engine import map_threads
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.memory import give_back, set_aside

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Check = Callable[[Path, FileEntry], None]
"""Makes sure that a data file in a release's folder is the one that the manifest names."""

LAYERS = ("gold", "raw")


def check_bytes(folder: Path, entry: FileEntry) -> None:
    """Refuse a data file that is missing (GP-DATASET-016) or differs from the manifest (GP-DATASET-017)."""
    check_size(folder, entry)
    if file_sha256(folder / entry.path) != entry.sha256:
        raise _differs(folder / entry.path)


@dataclass(frozen=True)
class ReleaseTable:
    """One table of a release; its files are held against the manifest when they are first read.

    Attributes:
        name: As under ``data/``.
        entry: What the manifest says of it: keys, columns with meaning and unit, files.
    """

    name: str
    entry: TableEntry
    _folder: Path
    _seen: set[str] = field(default_factory=set, repr=False, compare=False)
    _rows: "pa.Table | None" = field(default=None, repr=False, compare=False)
    _check: Check = field(default=check_bytes, repr=False, compare=False)

    def __repr__(self) -> str:
        lines = [f"  {column.name:<16} {column.type:<20} {column.description}" for column in self.entry.schema]
        return "\n".join([f"ReleaseTable {self.name}: {self.entry.rows:,} rows", *lines])

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return self.entry.rows

    @property
    def schema(self) -> "pa.Schema":
        """Arrow schema, with meaning and unit of each column as field metadata."""
        self._fetch(self.entry.files[:1])
        return read_columns(self._folder / self.entry.files[0].path)

    @property
    def files(self) -> tuple[Path, ...]:
        """The Parquet files, which any reader can read; those of a release from elsewhere are fetched."""
        self._fetch(self.entry.files)
        return tuple(self._folder / entry.path for entry in self.entry.files)

    def to_arrow(self) -> "pa.Table":
        """Return the rows, sorted by key within each split.

        Raises:
            DataError: A file is missing or differs from the manifest (GP-DATASET-016, -017).
        """
        import pyarrow as pa

        if self._rows is not None:
            return self._rows
        self._hold(self.entry.files)
        return pa.concat_tables(map_threads(read_rows, self.files))

    def head(self, rows: int = 5) -> "pa.Table":
        """Return the first rows; of a file here, only the pages that hold them are read, and only these checked.

        Raises:
            DataError: A page is damaged (GP-DATASET-017).
        """
        if self._rows is not None:
            return self._rows.slice(0, rows)
        self._fetch(self.entry.files[:1])
        path = self._folder / self.entry.files[0].path
        try:
            return read_first(path, rows)
        except OSError as error:
            raise _differs(path) from error

    def _fetch(self, entries: Sequence[FileEntry]) -> None:
        """Make sure that files are here at all, where they come from elsewhere."""
        if self._check is not check_bytes:
            self._hold(entries)

    def _hold(self, entries: Sequence[FileEntry]) -> None:
        """Check files that have not been read before."""
        for entry in entries:
            if entry.path not in self._seen:
                self._check(self._folder, entry)
                self._seen.add(entry.path)

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a pandas frame: lists become objects, integers with gaps floats."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> "pl.DataFrame":
        """Return the rows as a Polars frame.

        Raises:
            SurroundingsError: Polars is not installed (GP-DATASET-018).
        """
        try:
            import polars as pl
        except ImportError as error:
            raise _not_installed("polars") from error
        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame, an array a series
        return frame

    def to_duckdb(self) -> "duckdb.DuckDBPyRelation":
        """Return the rows as a DuckDB relation.

        Raises:
            SurroundingsError: DuckDB is not installed (GP-DATASET-018).
        """
        try:
            import duckdb
        except ImportError as error:
            raise _not_installed("duckdb") from error
        return duckdb.from_arrow(self.to_arrow())


@dataclass(frozen=True)
class Release:
    """One version of the data set.

    ``release.claims`` is ``release.table("claims")``.

    Attributes:
        path: Its folder.
        manifest: What it holds, and what it was made from.
        seen: Of one that was just published: tasks that were read, and by kind whatever no table holds; else empty.
    """

    path: Path
    manifest: Manifest
    _tables: dict[str, ReleaseTable] = field(default_factory=dict, repr=False, compare=False)
    _check: Check = field(default=check_bytes, repr=False, compare=False)
    seen: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def check(self) -> Check:
        """What is done with a data file before it is read for the first time."""
        return self._check

    @property
    def version(self) -> str:
        """The version number."""
        return self.manifest.version

    def names(self) -> tuple[str, ...]:
        """Return the names of all tables, in the order in which they are published."""
        return self.manifest.order

    def with_tables(self, tables: Mapping[str, "pa.Table"]) -> "Release":
        """Return the release with other rows in some tables, in memory."""
        known = {
            name: ReleaseTable(name, self.manifest.tables[name], self.path, _rows=rows) for name, rows in tables.items()
        }
        return Release(self.path, self.manifest, known, self._check)

    def __repr__(self) -> str:
        tables = ((name, self.manifest.tables[name]) for name in self.names())
        lines = [f"  {name:<16} {entry.rows:>9,}  {entry.about}" for name, entry in tables]
        return "\n".join([f"Release {self.manifest.name} {self.version} in {self.path}", *lines])

    def to_dict(self) -> dict[str, Any]:
        """Return where it lies and what its manifest says, JSON-ready."""
        return {
            "path": str(self.path),
            "version": self.version,
            "manifest": msgspec.to_builtins(self.manifest),
            **({"seen": dict(self.seen)} if self.seen else {}),
        }

    def table(self, name: str, layer: str = "gold") -> ReleaseTable:
        """Return a table.

        Args:
            name: ``claims``, ``articles`` …
            layer: ``gold`` gives what was decided, and the only table of the name where gold has none;
                ``raw`` what each annotator said.

        Raises:
            UsageError: There is no such table (GP-DATASET-019) or layer (GP-DATASET-020).
        """
        if layer not in LAYERS:
            raise UsageError("GP-DATASET-020", f"there is no layer '{layer}'", hint="the layers are gold and raw")
        candidates = (f"gold_{name}", name) if layer == "gold" else (name,)
        found = next((candidate for candidate in candidates if candidate in self.manifest.tables), None)
        if found is None:
            raise UsageError(
                "GP-DATASET-019",
                f"there is no table '{name}'",
                where=self.path,
                hint=_suggestion(name, self._known()),
            )
        return self._tables.setdefault(
            found, ReleaseTable(found, self.manifest.tables[found], self.path, _check=self._check)
        )

    def __getattr__(self, name: str) -> ReleaseTable:
        """Return the table of that name, gold where there is gold."""
        # While a copy is made there is no manifest yet, and private names are asked for.
        if name.startswith("_") or name == "manifest":
            raise AttributeError(name)
        if name not in self._known():
            raise AttributeError(f"a release has no '{name}': {_suggestion(name, self._known())}")
        return self.table(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._known()]

    def _known(self) -> list[str]:
        return sorted({*self.names(), *(name.removeprefix("gold_") for name in self.names())})


def read_aside(release: Release) -> "dict[str, pa.Table]":
    """Return every table, large ones in files that are gone when nobody holds them: two releases do not fit in memory.

    Raises:
        DataError: A file is missing or differs from the manifest (GP-DATASET-016, -017).
    """
    found = {}
    for name in release.names():
        found[name] = set_aside(release.table(name, "raw").to_arrow())
        give_back()
    return found


def check_size(folder: Path, entry: FileEntry) -> None:
    """Refuse a data file that is missing or of another size than the manifest says (GP-DATASET-016)."""
    path = folder / entry.path
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _incomplete(path, "a file of the release is missing") from error
    if size != entry.bytes:
        raise _incomplete(path, f"a file of the release has {size} bytes instead of {entry.bytes}")


def _differs(path: Path) -> DataError:
    return DataError(
        "GP-DATASET-017",
        "a file of the release differs from the manifest",
        where=path,
        hint="restore it from version control or another copy; 'goldpress verify' names every difference",
    )


def _incomplete(path: Path, what: str) -> DataError:
    return DataError(
        "GP-DATASET-016",
        what,
        where=path,
        hint="copy the release again; 'goldpress verify' names every fault",
    )


def _not_installed(package: str) -> SurroundingsError:
    return SurroundingsError("GP-DATASET-018", f"{package} is not installed", hint=f"pip install {package}")


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"tables: {', '.join(known)}"
