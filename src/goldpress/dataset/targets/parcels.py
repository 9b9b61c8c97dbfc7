"""What is sent: a release that holds, file by file. Every target gets the same files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import Manifest, read_manifest
from goldpress.dataset.proof.integrity import verify_folder
from goldpress.errors import DataError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Item:
    """One file of a release: where it lies in it, and its SHA-256."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Parcel:
    """A release to send.

    Attributes:
        folder: Where it lies.
        manifest: What it holds.
        items: Its files but the manifest, which goes last.
    """

    folder: Path
    manifest: Manifest
    items: tuple[Item, ...]

    @property
    def version(self) -> str:
        """The version number."""
        return self.manifest.version

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return (self.folder / path).read_bytes()

    def commit(self) -> bytes:
        """Return the manifest's bytes: the last thing that is sent, and what makes a release of it."""
        return self.read(MANIFEST)

    def paths(self) -> Iterator[str]:
        """Yield all files, the manifest last."""
        yield from (item.path for item in self.items)
        yield MANIFEST


@dataclass(frozen=True)
class Receipt:
    """What sending a release did.

    Attributes:
        to: The address.
        version: The version.
        sent: Files whose bytes went over the wire.
        copied: Files that the other side copied from an older release of its own.
        present: Files that were there already.
        facts: What the place says of it: a commit, a DOI, a link to look at.
    """

    to: str
    version: str
    sent: int = 0
    copied: int = 0
    present: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {**vars(self), "facts": dict(self.facts)}


def pack(folder: Path) -> Parcel:
    """Return a release as a parcel, every byte of it held against its manifest first.

    Raises:
        DataError: It does not hold (GP-TARGET-002), or it is none.
    """
    manifest = read_manifest(folder)
    verification = verify_folder(folder)
    if not verification.ok:
        first = verification.faults[0]
        raise DataError(
            "GP-TARGET-002",
            f"the release does not hold, and is not sent: {first.where}: {first.what}",
            where=folder,
            hint="'goldpress verify' names every fault; restore the files, releases are never edited",
        )
    marks = manifest.metadata_files | {entry.path: entry.sha256 for entry in manifest.files()}
    return Parcel(folder, manifest, tuple(Item(path, marks[path]) for path in sorted(marks)))


def is_standing(parcel: Parcel, manifest: bytes | None, where: object) -> bool:
    """Return whether the place has this very release already, by the manifest that it has.

    Raises:
        DataError: It has another one under the version (GP-TARGET-004).
    """
    if manifest is None:
        return False
    if manifest == parcel.commit():
        return True
    raise DataError(
        "GP-TARGET-004",
        f"another release lies there as version {parcel.version}, and a release is never changed",
        where=str(where),
        hint="load both and compare them with 'goldpress diff'; publish yours under the next number",
    )
