"""Putting a user's own texts back into a release that has places only."""

from dataclasses import replace
from pathlib import Path

from goldpress.dataset.form.manifest import read_manifest
from goldpress.dataset.form.writing import write_parquet
from goldpress.dataset.loading.lookup import named_release
from goldpress.dataset.loading.release import Release
from goldpress.dataset.loading.restoration import Hydration, Texts, hydrated
from goldpress.errors import DataError, UsageError
from goldpress.workspace import Workspace


def hydrate(
    version: Path | str | None = None,
    *,
    texts: Texts,
    into: Path | str | None = None,
    require_complete: bool = False,
    workspace: Workspace | Path | str | None = None,
) -> Hydration:
    """Return a release with the user's own texts put back: every place found by its hashes, or named as lost.

    Args:
        version: A version in the workspace, or the folder of a release; None is the latest.
        texts: Texts by article id, or a folder that holds them as ``seeds/`` does.
        into: Write the tables with text there, as ``<table>.parquet``.
        require_complete: Refuse where a text is missing or a span is lost.
        workspace: The workspace; None is the nearest one upwards. A folder of a release needs none.

    Raises:
        DataError: Something is missing or lost, and all is required (GP-DATASET-031).
        UsageError: ``into`` is not empty (GP-DATASET-032).
    """
    folder = named_release(version, workspace)
    release = Release(folder, read_manifest(folder))
    made = hydrated(release, texts)
    if require_complete and (made.missing or made.lost):
        raise DataError(
            "GP-DATASET-031",
            f"{len(made.missing)} texts are missing and {len(made.lost)} spans have no certain place",
            where=", ".join([*made.missing, *(place.span_id for place in made.lost)][:5]),
            hint="add the texts, or take the release without --require-complete: what is lost is null",
        )
    return replace(made, into=_write(made.release, Path(into))) if into is not None else made


def _write(release: Release, folder: Path) -> Path:
    folder = folder.expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "GP-DATASET-032",
            "the folder for the texts is not empty",
            where=folder,
            hint="name a new folder: what holds texts does not mix with a release",
        )
    for name in release.names():
        write_parquet(release.table(name, "raw").to_arrow(), folder / f"{name}.parquet")
    return folder
