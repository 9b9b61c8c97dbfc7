"""A release against its manifest, and against what it was made from."""

from dataclasses import replace
from pathlib import Path

from goldpress.dataset.loading.lookup import named_release
from goldpress.dataset.proof import reconstruction
from goldpress.dataset.proof.integrity import Verification, verify_folder
from goldpress.workspace import Workspace, open_workspace


def verify(
    version: Path | str | None = None,
    *,
    workspace: Workspace | Path | str | None = None,
    rebuild: bool = False,
    into: Path | str | None = None,
) -> Verification:
    """Return what a release is, held against its manifest; and against what it was made from, where that is asked.

    Args:
        version: A version in the workspace, or the folder of a release; None is the latest.
        workspace: The workspace; None is the nearest one upwards.
        rebuild: Make a release that holds once more, from the pulls and articles of the workspace that it names and
            the scheme, settings and suites that it keeps, and compare every byte; of a release with papers of another
            form than this goldpress writes, every byte of the rows.
        into: A folder that keeps what is made again, for ``diff``; None keeps nothing. It asks for ``rebuild`` too.

    Raises:
        UsageError, DataError: No such release is found; ``into`` has one of that version (GP-DATASET-014).
    """
    found = verify_folder(named_release(version, workspace))
    if not found.ok or not (rebuild or into):
        return found
    kept = None if into is None else Path(into).expanduser().resolve()
    faults = tuple(reconstruction.rebuild(found.path, open_workspace(workspace), kept))
    rebuilt = not any(fault.kind == "input" for fault in faults)
    return replace(
        found, faults=faults, rebuilt=rebuilt, apart=reconstruction.other_papers(found.path) if rebuilt else ()
    )
