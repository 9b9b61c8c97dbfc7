"""From a staged folder to a release, in one step that cannot be half done.

A release is built in a hidden folder beside its place and renamed when it is whole. Of two at once one wins;
a killed one leaves a hidden folder that the next one removes.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from goldpress.dataset.form.writing import sync_folder
from goldpress.errors import SurroundingsError, UsageError

PREFIX = ".staging-"


@contextlib.contextmanager
def staging_folder(root: Path) -> Iterator[Path]:
    """Yield a new hidden folder in ``root``, locked while in use; afterwards it is gone, or committed.

    Folders that a killed run has left are removed first.
    """
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    folder, handle = _locked_folder(root)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock: publications into one folder commit one after the other."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems have no locks; the rename still lets one win.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def writable(root: Path) -> Iterator[None]:
    """Turn what the disk says while a release is written into an error of ours (GP-DATASET-013)."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise SurroundingsError(
            "GP-DATASET-013",
            f"the release cannot be written: {error.strerror or error}",
            where=root,
            hint="make room and publish again"
            if full
            else "make the folder writable, or choose another one with --into",
        ) from error


def commit(staged: Path, target: Path) -> None:
    """Make a staged folder the release: files read-only, everything on the disk, then one rename.

    Raises:
        UsageError: The place is taken (GP-DATASET-014); nothing in it is touched.
    """
    for path in [*staged.rglob("*"), staged]:
        if path.is_dir():
            sync_folder(path)
        else:
            path.chmod(0o444)
    if target.exists() and any(target.iterdir()):
        raise taken(target)
    try:
        staged.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise taken(target) from error
        raise
    sync_folder(target.parent)


def taken(target: Path) -> UsageError:
    """Return the error for a version that is there already."""
    return UsageError(
        "GP-DATASET-014",
        f"version {target.name} is there already, and a release is never changed",
        where=target,
        hint="publish again: the next number is chosen from what changed",
    )


def _locked_folder(root: Path) -> tuple[Path, int]:
    while True:
        folder = root / f"{PREFIX}{uuid.uuid4().hex}"
        folder.mkdir()
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # swept between the two lines
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)


def _sweep(root: Path) -> None:
    for folder in root.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its run is alive
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
