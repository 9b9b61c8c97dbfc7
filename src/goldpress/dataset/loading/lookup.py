"""Finding a release: by folder, by version, by what a version has to fulfil."""

from collections.abc import Mapping
from pathlib import Path

from goldpress.dataset.form.index import find_releases
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import read_manifest
from goldpress.dataset.form.tombstone import refuse_withdrawn
from goldpress.dataset.form.versions import LATEST, choose_version, is_version, parse_version
from goldpress.dataset.loading.addresses import is_address
from goldpress.dataset.loading.release import Release, check_size
from goldpress.errors import DataError, UsageError
from goldpress.workspace import Workspace, open_workspace


def load(
    root: Workspace | Path | str = "dataset",
    version: str | None = LATEST,
    *,
    texts: Mapping[str, str] | Path | str | None = None,
) -> Release:
    """Return a release.

    Args:
        root: The folder that holds the releases, a workspace, the folder of one release; or an address of either:
            ``https://…``, ``s3://bucket/prefix``, ``hf://datasets/owner/name``. From there every table is fetched when
            it is first read, into a cache, and held against the manifest.
        version: A version, ``latest``, or clauses joined by commas: ``>=0.1,<2`` gives the highest that fits.
        texts: Your own copies of texts that are not in the release, by article id or as a folder of them; a span
            without a certain place in yours has null there. ``goldpress.hydrate`` says which.

    Raises:
        UsageError: No version fits (GP-DATASET-022, GP-LOAD-008), or ``version`` cannot be read (GP-DATASET-001).
        DataError: There is no release (GP-DATASET-023), its manifest is damaged (GP-DATASET-003), a file is
            missing or of another size (GP-DATASET-016), or it was withdrawn (GP-DATASET-034).
        SurroundingsError: The place does not answer (GP-LOAD-002, GP-BUCKET-005).
    """
    release = open_release(root, version)
    if not is_address(root):
        for entry in release.manifest.files():
            check_size(release.path, entry)
    if texts is None:
        return release
    from goldpress.dataset.loading.restoration import hydrated

    return hydrated(release, texts).release


def open_release(root: Workspace | Path | str, version: str | None = LATEST) -> Release:
    """Return a release of which only the manifest has been read; else as ``load``."""
    if is_address(root):
        from goldpress.dataset.loading.opening import open_remote

        return open_remote(str(root), version)
    folder = find_release(root, version)
    return Release(folder, read_manifest(folder))


def find_release(root: Workspace | Path | str, version: str | None = LATEST) -> Path:
    """Return the folder of a release, of which nothing but the name has been read."""
    folder = _folder(root)
    if version is not None and is_version(version):
        refuse_withdrawn(folder / version)
    if (folder / MANIFEST).is_file():
        refuse_withdrawn(folder)
        releases = {parse_version(read_manifest(folder).version): folder}
    else:
        releases = find_releases(folder)
    if not releases:
        raise DataError(
            "GP-DATASET-023",
            "no release lies here",
            where=folder,
            hint="name the folder that holds the releases; 'goldpress publish' makes the first one",
        )
    chosen = choose_version(releases, version)
    if chosen is None:
        raise UsageError(
            "GP-DATASET-022",
            f"no release fits version {version}",
            where=folder,
            hint=f"there are {', '.join(str(known) for known in releases)}",
        )
    return releases[chosen]


def named_release(name: Path | str | None, workspace: Workspace | Path | str | None) -> Path:
    """Return the folder of a release that a person names by a version in a workspace, a folder, or an address.

    One from elsewhere is fetched whole, into the cache.
    """
    if name is not None and is_address(name):
        from goldpress.dataset.loading.opening import download_release

        return download_release(str(name))
    if name is not None and (Path(name) / MANIFEST).is_file():
        refuse_withdrawn(Path(name))
        return Path(name)  # even one whose manifest cannot be read
    if name is not None and not is_version(str(name)) and Path(name).is_dir():
        return find_release(name)
    return find_release(open_workspace(workspace), None if name is None else str(name))


def _folder(root: Workspace | Path | str) -> Path:
    if isinstance(root, Workspace):
        return root.dataset
    folder = Path(root).expanduser().resolve()
    inside = folder / "dataset"
    holds = (folder / MANIFEST).is_file() or find_releases(folder)
    return inside if not holds and find_releases(inside) else folder
