"""Another folder as a target: a mounted disk, what a web server gives out."""

import shutil
from pathlib import Path

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.staging import commit, locked, staging_folder, writable
from goldpress.dataset.form.writing import write_file
from goldpress.dataset.publishing.root import update_root
from goldpress.dataset.targets.parcels import Parcel, Progress, Receipt, is_standing


def send_to_folder(parcel: Parcel, root: Path, tell: Progress) -> Receipt:
    """Copy a release into another dataset root, as ``publish`` makes one: whole, or not there."""
    target = root / parcel.version
    found = target / MANIFEST
    total = len(parcel.items) + 1
    if is_standing(parcel, found.read_bytes() if found.is_file() else None, target):
        tell(total, total)
        return Receipt(str(root), parcel.version, present=total)
    with writable(root), staging_folder(root) as staged:
        for done, path in enumerate(parcel.paths()):
            write_file(staged / path, parcel.read(path))
            shutil.copystat(parcel.folder / path, staged / path)
            tell(done, total)
        with locked(root):
            commit(staged, target)
            update_root(root, parcel.manifest)
    tell(total, total)
    return Receipt(str(root), parcel.version, sent=total)
