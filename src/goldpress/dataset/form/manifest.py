"""The manifest: what a release holds, and what it was made from. All else in a release follows from it.

It is written last, so a folder without one is no release. It carries the digest of itself: no byte of a
release can change unseen.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec

from goldpress.errors import DataError, UsageError

NAME = "manifest.json"
FORMAT = 1
"""Format of the manifest that is written; readers refuse a higher one."""
ADDED_IN = "added_in"
"""The column that says in which version a row came."""


class FileEntry(msgspec.Struct, frozen=True):
    """One Parquet file; ``path`` is relative to the release, ``reused_from`` the release that wrote it."""

    path: str
    split: str
    rows: int
    bytes: int
    sha256: str
    content_digest: str
    reused_from: str | None = None


class ColumnEntry(msgspec.Struct, frozen=True):
    """One column; ``type`` is spelled as Arrow prints it, ``values`` is empty where the set is open."""

    name: str
    type: str
    nullable: bool
    description: str
    unit: str = ""
    values: tuple[str, ...] = ()


class ForeignKey(msgspec.Struct, frozen=True):
    """Columns whose values are found in ``table.column``."""

    columns: tuple[str, ...]
    references: str


class TableEntry(msgspec.Struct, frozen=True):
    """One table: meaning, layer (raw, gold or shared), keys, columns, files."""

    about: str
    layer: str
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    schema: tuple[ColumnEntry, ...]
    rows: int
    content_digest: str
    files: tuple[FileEntry, ...]


class SplitEntry(msgspec.Struct, frozen=True):
    """Digests of one split's tables, and the release since which none of them has changed."""

    tables: dict[str, str]
    unchanged_since: str


class Tool(msgspec.Struct, frozen=True):
    """What wrote the release."""

    name: str
    version: str
    pyarrow: str


class Rights(msgspec.Struct, frozen=True):
    """Licence of the annotations; that of the texts stands in each article's row."""

    annotations: str
    text: str = "per-document"


class Judgement(msgspec.Struct, frozen=True):
    """What validation said: whether the release holds, checks run, findings by severity."""

    success: bool
    checks: int
    findings: dict[str, int]


class Manifest(msgspec.Struct, frozen=True):
    """What a release holds.

    Attributes:
        bump: What the changes against ``previous`` demanded: patch, minor or major; None for a first release.
        created: Time of writing, UTC, RFC 3339.
        schema_version: Version of the tables' contract, apart from the labels.
        guideline_version: Version of the annotation scheme.
        order: Names of the tables in the order in which they are shown.
        facts: Counts for people: languages, licences, sources, annotators, states, how gold was decided.
        sources: Digest of each thing that metadata was made from; a change there is worth a patch release.
        metadata_files: SHA-256 of every file outside ``data/`` but this one.
    """

    manifest_version: int
    name: str
    title: str
    version: str
    previous: str | None
    bump: str | None
    bump_reasons: tuple[str, ...]
    created: str
    edition: str
    content_digest: str
    schema_version: int
    guideline_version: str
    label_taxonomy_digest: str
    order: tuple[str, ...]
    tables: dict[str, TableEntry]
    split_digests: dict[str, SplitEntry]
    facts: dict[str, dict[str, int]]
    sources: dict[str, str]
    rights: Rights
    validation: Judgement
    tool: Tool
    metadata_files: dict[str, str] = {}
    manifest_sha256: str = ""

    def files(self) -> tuple[FileEntry, ...]:
        """Return the data files of all tables, in the order of the tables."""
        return tuple(entry for name in self.order for entry in self.tables[name].files)


class _Head(msgspec.Struct):
    manifest_version: int


def seal_manifest(manifest: Manifest, metadata_files: Mapping[str, str]) -> Manifest:
    """Return a manifest with its metadata files and its own digest, of its bytes with that digest empty."""
    blank = msgspec.structs.replace(manifest, metadata_files=dict(metadata_files), manifest_sha256="")
    return msgspec.structs.replace(blank, manifest_sha256=hashlib.sha256(manifest_bytes(blank)).hexdigest())


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return a manifest as it is written: JSON, UTF-8, keys sorted."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a release.

    Raises:
        DataError: The folder is no release (GP-DATASET-002), its manifest is damaged (GP-DATASET-003).
        UsageError: A later goldpress wrote it (GP-DATASET-004).
    """
    path = folder / NAME
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            "GP-DATASET-002",
            "this is not a release: it has no manifest",
            where=folder,
            hint="name a release's folder, as in dataset/1.0.0",
        ) from error
    return decode_manifest(raw, path)


def decode_manifest(raw: bytes, where: Path | str) -> Manifest:
    """Return a manifest from its bytes; ``where`` is named in errors.

    Raises:
        DataError: It is damaged (GP-DATASET-003).
        UsageError: A later goldpress wrote it (GP-DATASET-004).
    """
    try:
        version = msgspec.json.decode(raw, type=_Head).manifest_version
        if version <= FORMAT:
            return _unsealed(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(where, str(error)) from error
    raise UsageError(
        "GP-DATASET-004",
        f"the manifest has format {version}, this goldpress reads up to {FORMAT}",
        where=where,
        hint="upgrade goldpress, or read the Parquet files under data/ directly",
    )


def damaged(path: Path | str, reason: str) -> DataError:
    """Return the error for a manifest that cannot be trusted."""
    return DataError(
        "GP-DATASET-003",
        f"the manifest is damaged: {reason}",
        where=path,
        hint="restore the release from version control or from another copy; releases are never edited",
    )


def _unsealed(raw: bytes) -> Manifest:
    manifest = msgspec.json.decode(raw, type=Manifest)
    mark = manifest.manifest_sha256.encode()
    if hashlib.sha256(raw.replace(mark, b"", 1)).hexdigest().encode() != mark:
        raise msgspec.ValidationError("it does not match its own digest")
    paths = [PurePosixPath(path) for path in (*manifest.metadata_files, *(entry.path for entry in manifest.files()))]
    if any(path.is_absolute() or ".." in path.parts for path in paths):
        raise msgspec.ValidationError("it names a file outside the release")
    return manifest
