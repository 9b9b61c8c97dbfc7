"""The cache of releases from elsewhere: one folder a release, every file checked when it comes and when it is read."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from goldpress.dataset.form.digests import file_sha256
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import FileEntry
from goldpress.dataset.loading.sources import Source
from goldpress.errors import DataError, SurroundingsError
from goldpress.files import write_whole

SHOWN = 16
"""Digits of a digest in the name of a folder."""


def cache_folder(source: Source, version: str, manifest: bytes) -> Path:
    """Return where a release from elsewhere is kept; other bytes of the manifest are another folder."""
    return _place(source) / f"{version}-{hashlib.sha256(manifest).hexdigest()[:SHOWN]}"


def kept(source: Source, version: str) -> Path | None:
    """Return the folder of a version that was loaded before, the latest of several."""
    found = sorted(_place(source).glob(f"{version}-*/{MANIFEST}"), key=lambda path: path.stat().st_mtime)
    return found[-1].parent if found else None


def _place(source: Source) -> Path:
    base = os.environ.get("GOLDPRESS_CACHE")
    if base is None:
        from platformdirs import user_cache_path

        base = str(user_cache_path("goldpress") / "releases")
    return Path(base) / hashlib.sha256(source.where.encode()).hexdigest()[:SHOWN]


@dataclass(frozen=True)
class Fetcher:
    """Brings files of one release into its folder when they are first read.

    Attributes:
        source: Where they come from.
        version: As the source calls it; empty where the address is the release itself.
    """

    source: Source
    version: str

    def __call__(self, folder: Path, entry: FileEntry) -> None:
        """Make sure that a data file is in the folder, with the bytes that the manifest names."""
        self.bring(folder, entry.path, entry.sha256)

    def bring(self, folder: Path, path: str, sha256: str) -> None:
        """Make sure that a file is in the folder, with these bytes; a damaged one is fetched anew.

        Raises:
            DataError: It is missing there (GP-LOAD-004), or differs from the manifest (GP-LOAD-005).
            SurroundingsError: The place does not answer (GP-LOAD-002), or the cache cannot be written (GP-LOAD-006).
        """
        target = folder / path
        if target.is_file() and file_sha256(target) == sha256:
            return
        where = "/".join(part for part in (self.source.where, self.version, path) if part)
        data = self.source.read(self.version, path)
        if data is None:
            raise DataError(
                "GP-LOAD-004",
                "a file of the release is missing there",
                where=where,
                hint="tell the publishers; the other tables can still be read",
            )
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DataError(
                "GP-LOAD-005",
                "a file of the release differs from the manifest",
                where=where,
                hint="load it again; if it stays, tell the publishers: it was damaged there or on the way",
            )
        keep_file(target, data)


def keep_file(path: Path, data: bytes) -> None:
    """Write a file of the cache.

    Raises:
        SurroundingsError: It cannot be written (GP-LOAD-006).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise SurroundingsError(
            "GP-LOAD-006",
            f"the cache cannot be written: {error.strerror or error}",
            where=path,
            hint="make room, or set GOLDPRESS_CACHE to another folder",
        ) from error
