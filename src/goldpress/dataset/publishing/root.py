"""The dataset root, after a release came: what stands there over all releases."""

from pathlib import Path

from goldpress.dataset.changes.changelog import NAME as CHANGELOG
from goldpress.dataset.changes.changelog import update_changelog
from goldpress.dataset.form.index import find_releases, rewrite_index
from goldpress.dataset.form.licences import licence_text
from goldpress.dataset.form.manifest import Manifest
from goldpress.dataset.form.writing import UNFINISHED, replace_file


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
