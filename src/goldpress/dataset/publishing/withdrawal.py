"""Taking a release back, where law or a person asks for it: the bytes go, a tombstone stays.

It is the one exception to the rule that a release never changes. Files of other versions may be the same bytes: they
are named, and go with it where that is asked for.
"""

import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldpress.dataset.form.digests import json_text
from goldpress.dataset.form.index import find_releases, rewrite_index
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import read_manifest
from goldpress.dataset.form.staging import locked
from goldpress.dataset.form.tombstone import NAME as TOMBSTONE
from goldpress.dataset.form.tombstone import is_withdrawn
from goldpress.dataset.form.versions import Version, parse_version
from goldpress.dataset.form.writing import replace_file
from goldpress.dataset.loading.lookup import find_release
from goldpress.errors import UsageError
from goldpress.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Withdrawal:
    """What was taken back.

    Attributes:
        withdrawn: Versions that are gone.
        replacement: The version to use; empty where there is none yet.
        still_shared: Versions that are still there and hold some of the same bytes, each with the files.
    """

    withdrawn: tuple[str, ...]
    replacement: str
    still_shared: dict[str, list[str]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)


def withdraw(
    version: str,
    *,
    reason: str,
    replacement: str | None = None,
    all_sharing: bool = False,
    workspace: Workspace | Path | str | None = None,
) -> Withdrawal:
    """Take a release back: delete every file but the manifest, and leave a tombstone that says why.

    The version number is never used again. Remove what must go from ``seeds/`` and ``annotations/`` too, or the next
    release holds it again. Copies elsewhere, version control among them, keep it.

    Args:
        version: The version.
        reason: Why, in a few words that anybody may read.
        replacement: The version to use; None is the newest that stays.
        all_sharing: Take back every other version that holds some of the same data files, too.
        workspace: The workspace; None is the nearest one upwards.

    Raises:
        UsageError: No such version is here (GP-DATASET-022), the replacement is none (GP-DATASET-035), or no reason
            is given (GP-DATASET-036).
    """
    if not reason.strip():
        raise UsageError("GP-DATASET-036", "a withdrawal needs a reason", hint="add --reason, in a few public words")
    root = open_workspace(workspace).dataset
    first = root / str(parse_version(version))
    if not is_withdrawn(first):  # else one that was cut short is finished
        first = find_release(root, version)
    with locked(root):
        known = find_releases(root)
        gone = {parse_version(version): first}
        holders = _sharing(first, known)
        if all_sharing:
            gone |= {other: known[other] for other in holders}
        named = _replacement(replacement, known, gone)
        for folder in gone.values():
            _bury(folder, reason.strip(), named)
        rewrite_index(root)
    left = {} if all_sharing else {str(other): files for other, files in holders.items()}
    return Withdrawal(tuple(str(v) for v in sorted(gone)), named, left)


def _sharing(folder: Path, known: dict[Version, Path]) -> dict[Version, list[str]]:
    """Other versions with files of the same bytes."""
    own = {entry.sha256 for entry in read_manifest(folder).files() if entry.rows}
    found = {
        version: [entry.path for entry in read_manifest(other).files() if entry.sha256 in own]
        for version, other in known.items()
        if other != folder
    }
    return {version: files for version, files in found.items() if files}


def _replacement(wanted: str | None, known: dict[Version, Path], gone: dict[Version, Path]) -> str:
    stay = [version for version in known if version not in gone]
    if wanted is None:
        return str(max(stay)) if stay else ""
    if parse_version(wanted) not in stay:
        raise UsageError(
            "GP-DATASET-035",
            f"version {wanted} cannot replace it: it is not there",
            hint=f"name one of {', '.join(map(str, stay))}" if stay else "publish one first, or name none",
        )
    return wanted


def _bury(folder: Path, reason: str, replacement: str) -> None:
    told = {
        "reason": reason,
        "replacement": replacement,
        "withdrawn_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    replace_file(folder / TOMBSTONE, json_text(told).encode())  # first: from now on nobody loads it
    for path in folder.iterdir():
        if path.name in (TOMBSTONE, MANIFEST):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
