"""Opening a release that lies elsewhere: the version by the index, the manifest by its digest, the tables when read."""

import hashlib
import json
from pathlib import Path

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import decode_manifest, read_manifest
from goldpress.dataset.form.tombstone import NAME as TOMBSTONE
from goldpress.dataset.form.tombstone import withdrawn
from goldpress.dataset.form.versions import LATEST, Version, choose_version, is_version, parse_version
from goldpress.dataset.loading.addresses import parse_address, split_version
from goldpress.dataset.loading.caches import Fetcher, cache_folder, keep_file, kept
from goldpress.dataset.loading.release import Release
from goldpress.dataset.loading.sources import Source, source_of
from goldpress.errors import DataError, SurroundingsError, UsageError


def open_remote(address: str, version: str | None = LATEST) -> Release:
    """Return a release of which the manifest has been read; its tables come when they are read.

    Args:
        address: ``https://…``, ``s3://…`` or ``hf://datasets/owner/name``, of the releases or of one of them.
        version: A version, ``latest``, or clauses joined by commas; None is the latest.
    """
    root, named = split_version(parse_address(address))
    if named is not None and version not in (None, LATEST, named):
        raise UsageError(
            "GP-LOAD-007",
            f"the address is that of {named}, and the version is to be {version}",
            where=address,
            hint="name the version once",
        )
    source = source_of(root)
    wanted = named or version
    try:
        at_revision = named is not None and not is_version(named)
        chosen, manifest = _at_revision(source, str(named)) if at_revision else _choose(source, wanted)
    except SurroundingsError:
        if wanted is None or not is_version(wanted) or (folder := kept(source, wanted)) is None:
            raise
        return Release(folder, read_manifest(folder), _check=Fetcher(source, wanted))
    decoded = decode_manifest(manifest, f"{source.where}/{chosen}/{MANIFEST}")
    folder = cache_folder(source, decoded.version, manifest)
    if not (folder / MANIFEST).is_file():
        keep_file(folder / MANIFEST, manifest)
    return Release(folder, decoded, _check=Fetcher(source, chosen))


def download_release(address: str) -> Path:
    """Return the folder of a release from elsewhere, in the cache, with all of its files."""
    release = open_remote(address)
    fetcher = release.check
    assert isinstance(fetcher, Fetcher)  # noqa: S101 - open_remote gives no other
    marks = release.manifest.metadata_files | {entry.path: entry.sha256 for entry in release.manifest.files()}
    for path, sha256 in marks.items():
        fetcher.bring(release.path, path, sha256)
    return release.path


def _choose(source: Source, wanted: str | None) -> tuple[str, bytes]:
    """The version as the source calls it, and its manifest."""
    index = source.index()
    if index is None:
        return _without_index(source, wanted)
    if wanted in index.withdrawn:
        raise _withdrawn(source, str(wanted))
    chosen = choose_version(index.versions, wanted)
    if chosen is None:
        raise _nothing_fits(source, wanted, sorted(index.versions))
    manifest = source.read(str(chosen), MANIFEST)
    if manifest is None:
        raise _no_release(source)
    mark = index.versions[chosen]
    if mark and hashlib.sha256(manifest).hexdigest() != mark:
        raise DataError(
            "GP-LOAD-009",
            f"the manifest of {chosen} is not the one that the index names",
            where=source.where,
            hint="somebody changed a release, or a cache on the way is stale: tell the publishers",
        )
    return str(chosen), manifest


def _without_index(source: Source, wanted: str | None) -> tuple[str, bytes]:
    """A version whose name is known, or the place itself is a release."""
    names = [wanted, ""] if wanted is not None and is_version(wanted) else [""]
    found = ((name, source.read(name, MANIFEST)) for name in names)
    name, manifest = next(((name, raw) for name, raw in found if raw is not None), ("", None))
    if manifest is None:
        raise _no_release(source)
    version = parse_version(decode_manifest(manifest, source.where).version)
    if choose_version([version], wanted) is None:
        raise _nothing_fits(source, wanted, [version])
    return name, manifest


def _at_revision(source: Source, revision: str) -> tuple[str, bytes]:
    """A revision of the Hub that is no version: ``main``, a commit."""
    manifest = source.read(revision, MANIFEST)
    if manifest is None:
        raise _no_release(source)
    return revision, manifest


def _nothing_fits(source: Source, wanted: str | None, there: list[Version]) -> UsageError:
    return UsageError(
        "GP-LOAD-008",
        f"no release fits version {wanted or LATEST}",
        where=source.where,
        hint=f"there are {', '.join(map(str, there)) or 'none'}",
    )


def _no_release(source: Source) -> DataError:
    return DataError(
        "GP-LOAD-010",
        "no release lies there",
        where=source.where,
        hint="name the place that holds index.json and the versions, or the one that holds manifest.json",
    )


def _withdrawn(source: Source, version: str) -> DataError:
    try:
        told = json.loads(source.read(version, TOMBSTONE) or b"{}")
    except ValueError:
        told = {}
    return withdrawn(version, told, f"{source.where}/{version}")
