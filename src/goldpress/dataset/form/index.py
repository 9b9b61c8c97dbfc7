"""The index of a dataset root: which releases lie there."""

import json
from pathlib import Path

from goldpress.dataset.form.digests import file_sha256
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import read_manifest
from goldpress.dataset.form.tombstone import is_withdrawn
from goldpress.dataset.form.versions import Version, is_version, parse_version
from goldpress.dataset.form.writing import replace_file

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
