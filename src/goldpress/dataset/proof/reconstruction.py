"""A release made again from what it was made from, and held against itself byte for byte.

Its rows always; its papers (the card and its like, what checks said, the manifest, which has their digests) where this
goldpress writes the same form of them. Else they come out as they are written today, and are named, not compared.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import msgspec

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import Manifest, read_manifest
from goldpress.dataset.form.staging import taken
from goldpress.dataset.papers.imprint import PAPERS
from goldpress.dataset.proof.inputs import lay_out, lay_out_releases
from goldpress.dataset.proof.integrity import Fault
from goldpress.dataset.publishing.provenance import (
    FOLDER,
    NEEDED,
    REQUEST,
    SETTINGS,
    VERSIONS,
    Request,
    versions,
)
from goldpress.dataset.publishing.publication import Stamp, make_release
from goldpress.errors import GoldpressError
from goldpress.workspace import Settings, Workspace

ROWS = ("data/", "changes/")
"""Files that are held against a release whatever form its papers have."""
FIRST = "1"
"""The form of the papers of a release that names none."""


def other_papers(folder: Path) -> tuple[str, ...]:
    """Return the files of a release that this goldpress writes in another form, none where its form is the same."""
    if _made_by(folder).get("papers", FIRST) == PAPERS:
        return ()
    return tuple(sorted(path for path in _files(folder) if not path.startswith(ROWS)))


def rebuild(folder: Path, workspace: Workspace, into: Path | None = None) -> Iterator[Fault]:
    """Make a release again and yield what is missing for that, or each file that comes out otherwise, rows first.

    Args:
        folder: The release, which holds against its manifest.
        workspace: Where the pulls and the articles lie that it was made from.
        into: A folder that keeps what is made, beside the releases before it; None keeps nothing.

    Raises:
        UsageError: ``into`` has a release of that version (GP-DATASET-014).
    """
    missing = [name for name in NEEDED if not (folder / FOLDER / name).is_file()]
    if missing:
        yield Fault("input", f"{FOLDER}/{missing[0]}", "the release does not record it, so it cannot be made again")
        return
    if not {"goldpress", "pyarrow"} <= {*_made_by(folder)}:
        yield Fault("input", f"{FOLDER}/{VERSIONS}", "it does not say which goldpress and pyarrow made the release")
        return
    manifest = read_manifest(folder)
    if into is not None and (into / manifest.version).exists():
        raise taken(into / manifest.version)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goldpress-")))
        root = into if into is not None else scratch / "dataset"
        root.mkdir(parents=True, exist_ok=True)
        try:
            faults = [*lay_out(folder, workspace, scratch), *lay_out_releases(folder, manifest, root)]
            if not faults:
                faults = [*_compared(folder, _made(folder, manifest, scratch, root))]
        except GoldpressError as error:
            faults = [Fault("input", error.where, f"{error.what} ({error.code})")]
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            faults = [Fault("input", FOLDER, f"this goldpress cannot read what the release records: {error}")]
        yield from faults
    if faults:
        yield from _other_versions(folder)


def _made(folder: Path, manifest: Manifest, scratch: Path, root: Path) -> Path:
    kept = folder / FOLDER
    settings = msgspec.json.decode((kept / SETTINGS).read_bytes(), type=Settings)
    request = msgspec.json.decode((kept / REQUEST).read_bytes(), type=Request)
    stamp = Stamp(datetime.fromisoformat(manifest.created), _made_by(folder))
    return make_release(Workspace(scratch, settings), root, request, stamp).path


def _compared(release: Path, made: Path) -> Iterator[Fault]:
    ours, theirs = _files(made), _files(release)
    if other_papers(release):
        ours, theirs = ({path for path in files if path.startswith(ROWS)} for files in (ours, theirs))
    # Data first, the manifest last: what differs there makes it differ too.
    for path in sorted(ours | theirs, key=lambda path: (path == MANIFEST, not path.startswith("data/"), path)):
        if path not in ours:
            yield Fault("rebuilt", path, "made again, the release has no such file")
        elif path not in theirs:
            yield Fault("rebuilt", path, "made again, the release has this file too")
        elif (made / path).read_bytes() != (release / path).read_bytes():
            yield Fault("rebuilt", path, "made again, the file has other bytes")


def _made_by(folder: Path) -> dict[str, str]:
    """By which versions of what a release says that it was made; nothing where it does not say so readably."""
    try:
        return msgspec.json.decode((folder / FOLDER / VERSIONS).read_bytes(), type=dict[str, str])
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
        return {}


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _other_versions(folder: Path) -> Iterator[Fault]:
    """What may be the reason: packages that are not here in the version that made the release."""
    made_by = _made_by(folder)
    for name, here in versions().items():
        if name not in ("papers", "python") and made_by.get(name) != here:
            yield Fault("version", f"{FOLDER}/{VERSIONS}", f"made by {name} {made_by.get(name)}, here is {here}")
