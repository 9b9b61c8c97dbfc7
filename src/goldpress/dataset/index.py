"""The dataset root: which releases lie there, and the two files over all of them."""

import json
from pathlib import Path

from goldpress.dataset.changelog import NAME as CHANGELOG
from goldpress.dataset.changelog import update_changelog
from goldpress.dataset.digests import file_sha256
from goldpress.dataset.licences import licence_text
from goldpress.dataset.manifest import NAME as MANIFEST
from goldpress.dataset.manifest import Manifest, read_manifest
from goldpress.dataset.tombstone import is_withdrawn
from goldpress.dataset.versions import Version, is_version, parse_version
from goldpress.dataset.writing import UNFINISHED, replace_file

NAME = "index.json"


def find_releases(root: Path, *, withdrawn: bool = False) -> dict[Version, Path]:
    """Return the releases in a dataset root, oldest first: folders named by a version, with a manifest.

    Args:
        root: The dataset root.
        withdrawn: Those that were taken back, instead of those that are there.
    """
    if not root.is_dir():
        return {}
    named = {parse_version(path.name): path for path in root.iterdir() if is_version(path.name)}
    return {
        version: named[version]
        for version in sorted(named)
        if (named[version] / MANIFEST).is_file() and is_withdrawn(named[version]) == withdrawn
    }


def update_root(root: Path, latest: Manifest) -> None:
    """Bring ``index.json``, ``CHANGELOG.md`` and ``LICENSE`` of a dataset root up to date.

    The index is a cache: it is made anew from the manifests. The changelog only grows. A licence that stands
    there stays.
    """
    for left in root.glob(f".*{UNFINISHED}"):
        left.unlink(missing_ok=True)  # by a killed run: the root is locked, nobody writes it now
    releases = find_releases(root)
    update_changelog(root / CHANGELOG, releases)
    if not (root / "LICENSE").exists():
        replace_file(root / "LICENSE", licence_text(latest.rights.annotations, latest.title).encode())
    rewrite_index(root)


def rewrite_index(root: Path) -> None:
    """Make ``index.json`` anew from the manifests."""
    gone = [str(version) for version in find_releases(root, withdrawn=True)]
    replace_file(root / NAME, _index(find_releases(root), gone))


def _index(releases: dict[Version, Path], gone: list[str]) -> bytes:
    versions = {}
    for version, folder in releases.items():
        manifest = read_manifest(folder)
        versions[str(version)] = {
            "content_digest": manifest.content_digest,
            "created": manifest.created,
            "manifest_sha256": file_sha256(folder / MANIFEST),
            "previous": manifest.previous,
        }
    index = {
        "index_version": 1,
        "latest": str(max(releases)) if releases else None,
        "versions": versions,
        "withdrawn": gone,
    }
    return (json.dumps(index, indent=2, sort_keys=True) + "\n").encode()
