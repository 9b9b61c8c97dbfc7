"""A release held against its manifest: every file, every digest, nothing more and nothing less."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.digests import SUMS, file_sha256, release_digest, table_digest
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import FileEntry, Manifest, TableEntry, read_manifest
from goldpress.dataset.form.reading import read_rows
from goldpress.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_SUM = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold: what kind, which file or table, what was found."""

    kind: str
    where: str
    what: str


@dataclass(frozen=True)
class Verification:
    """What holding a release against its manifest gave.

    Attributes:
        path: The release.
        version: Its version; empty where the manifest cannot be read.
        files: Files that were read.
        faults: What does not hold.
        rebuilt: Whether the release was made again, and held against itself.
        apart: Files that were not held against it then: papers that this goldpress writes in another form.
    """

    path: Path
    version: str
    files: int
    faults: tuple[Fault, ...]
    rebuilt: bool = False
    apart: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {**asdict(self), "path": str(self.path), "ok": self.ok}


def verify_folder(folder: Path) -> Verification:
    """Return what the release in a folder is, held against its manifest."""
    present = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()
    }
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        return Verification(folder, "", len(present), (Fault("manifest", MANIFEST, error.what),))
    return Verification(folder, manifest.version, len(present), tuple(_faults(folder, manifest, present)))


def _faults(folder: Path, manifest: Manifest, present: set[str]) -> Iterator[Fault]:
    listed = {MANIFEST, *manifest.metadata_files, *(entry.path for entry in manifest.files())}
    yield from (Fault("missing", path, "the file is missing") for path in sorted(listed - present))
    yield from (Fault("extra", path, "the manifest does not name the file") for path in sorted(present - listed))
    for path, sha256 in sorted(manifest.metadata_files.items()):
        if path in present and file_sha256(folder / path) != sha256:
            yield Fault("sha256", path, "the bytes differ from the manifest")
    if SUMS in present:
        yield from _sum_faults(folder / SUMS, manifest)
    for name in manifest.order:
        yield from _table_faults(folder, name, manifest.tables[name], present)
    if (
        release_digest({name: table.content_digest for name, table in manifest.tables.items()})
        != manifest.content_digest
    ):
        yield Fault("content", MANIFEST, "the digest of the release does not follow from its tables")


def _sum_faults(path: Path, manifest: Manifest) -> Iterator[Fault]:
    wanted = {entry.path: entry.sha256 for entry in manifest.files()} | manifest.metadata_files
    wanted.pop(SUMS, None)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    given = {found[2]: found[1] for found in map(_SUM.fullmatch, lines) if found}
    for name in sorted({*wanted} | {*given}):
        if wanted.get(name) != given.get(name):
            yield Fault("sums", name, f"{SUMS} and the manifest differ")


def _table_faults(folder: Path, name: str, table: TableEntry, present: set[str]) -> Iterator[Fault]:
    import pyarrow as pa

    pieces = []
    for entry in table.files:
        if entry.path not in present:
            return  # named already, and without it the table's digest says nothing
        if file_sha256(folder / entry.path) != entry.sha256:
            yield Fault("sha256", entry.path, "the bytes differ from the manifest")
            return
        rows = _read(folder / entry.path)
        if rows is None:
            yield Fault("parquet", entry.path, "the file is no Parquet")
            return
        pieces.append(rows)
        yield from _file_faults(rows, entry, table)
    if sum(entry.rows for entry in table.files) != table.rows:
        yield Fault("rows", name, "the rows of the files do not add up")
    whole = pa.concat_tables(pieces)
    if _digest(whole, table) != table.content_digest:
        yield Fault("content", name, "the rows do not have the digest of the manifest")


def _digest(rows: "pa.Table", table: TableEntry) -> str:
    key = table.primary_key[0]
    return table_digest(rows, key) if key in rows.column_names else ""


def _file_faults(rows: "pa.Table", entry: FileEntry, table: TableEntry) -> Iterator[Fault]:
    if rows.num_rows != entry.rows:
        yield Fault("rows", entry.path, f"{rows.num_rows} rows instead of {entry.rows}")
    given = [(field.name, str(field.type), field.nullable) for field in rows.schema]
    if given != [(column.name, column.type, column.nullable) for column in table.schema]:
        yield Fault("schema", entry.path, "the columns are not those of the manifest")
    if "split" in rows.column_names and {*rows["split"].unique().to_pylist()} - {entry.split}:
        yield Fault("split", entry.path, f"rows of another split than {entry.split}")
    if _digest(rows, table) != entry.content_digest:
        yield Fault("content", entry.path, "the rows do not have the digest of the manifest")


def _read(path: Path) -> "pa.Table | None":
    import pyarrow as pa

    try:
        return read_rows(path)
    except pa.ArrowException:
        return None
