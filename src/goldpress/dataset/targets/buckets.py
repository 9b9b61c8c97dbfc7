"""S3 and its like as a target: every object created once, the manifest last, two machines told apart.

1. A probe: the server must refuse a second object of one name and give back what it got.
2. A claim on the version, beside the releases, with the digest of what will be sent. Another machine with other bytes
   stops here; one with the same bytes may help.
3. The files, each created once. What an older release there holds already is copied by the server.
4. The sizes of all, then the manifest, created once: before it, nobody sees a release.
5. ``index.json``, by compare and swap, made from the manifests that are there.
"""

import hashlib
import json
from typing import Any

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.manifest import decode_manifest
from goldpress.dataset.form.versions import is_version
from goldpress.dataset.loading.addresses import Bucket
from goldpress.dataset.loading.stores import CLAIMS, Changed, Exists, Store
from goldpress.dataset.targets.indexes import merge_index
from goldpress.dataset.targets.parcels import Item, Parcel, Progress, Receipt, is_standing
from goldpress.errors import DataError, SurroundingsError

INDEX = "index.json"
TRIES = 8
"""How often a lost race for the index is run again."""


def send_to_bucket(parcel: Parcel, address: Bucket, tell: Progress) -> Receipt:
    """Send a release to an object store."""
    store = Store(address)
    total = len(parcel.items) + 1
    sent = copied = present = 0
    if not _stands(store, parcel):
        store.probe()
        _claim(store, parcel)
        known, here = _known_files(store, parcel), store.sizes(parcel.version)
        for done, item in enumerate(parcel.items):
            how = _bring(store, parcel, item, known, here)
            sent, copied, present = sent + (how == "sent"), copied + (how == "copied"), present + (how == "present")
            tell(done, total)
        _check_sizes(store, parcel)
        sent += _commit(store, parcel)
    present = total - sent - copied
    _update_index(store)
    store.delete(CLAIMS, f"{parcel.version}.json")
    tell(total, total)
    return Receipt(str(address), parcel.version, sent, copied, present)


def _stands(store: Store, parcel: Parcel) -> bool:
    return is_standing(parcel, store.read(parcel.version, MANIFEST), f"{store.address}/{parcel.version}")


def _claim(store: Store, parcel: Parcel) -> None:
    """Say who sends this version: from here on only the same bytes are written under it."""
    claim = json.dumps({"manifest_sha256": hashlib.sha256(parcel.commit()).hexdigest()}).encode()
    try:
        store.create(claim, CLAIMS, f"{parcel.version}.json")
    except Exists:
        if store.read(CLAIMS, f"{parcel.version}.json") not in (claim, None):
            raise _rival(store, parcel) from None
    _stands(store, parcel)  # who was faster may have let go of the claim already


def _rival(store: Store, parcel: Parcel) -> DataError:
    place = f"{store.address}/{parcel.version}"
    return DataError(
        "GP-TARGET-005",
        f"another machine is sending another release as version {parcel.version}",
        where=place,
        hint=f"wait for it; if it gave up, delete {store.address}/{CLAIMS}/{parcel.version}.json and what lies under "
        f"{place}/: no release is visible there",
    )


def _known_files(store: Store, parcel: Parcel) -> dict[str, str]:
    """Where files of the same bytes lie in the release before, by SHA-256."""
    before = parcel.manifest.previous
    raw = store.read(before, MANIFEST) if before else None
    if raw is None:
        return {}
    manifest = decode_manifest(raw, f"{store.address}/{before}/{MANIFEST}")
    files = {entry.sha256: f"{before}/{entry.path}" for entry in manifest.files()}
    return {sha256: f"{before}/{path}" for path, sha256 in manifest.metadata_files.items()} | files


def _bring(store: Store, parcel: Parcel, item: Item, known: dict[str, str], here: dict[str, int]) -> str:
    """Bring one file there, and say how: copied, sent, or present."""
    target, data = f"{parcel.version}/{item.path}", parcel.read(item.path)
    if here.get(item.path) == len(data) and store.holds(data, target):
        return "present"  # of a run that was cut short
    # A copy is never create-only; the claim keeps away whoever would bring other bytes.
    if item.sha256 in known and store.copy(known[item.sha256], target) and store.holds(data, target):
        return "copied"
    try:
        store.create(data, target)
    except Exists:
        if not store.holds(data, target):
            raise DataError(
                "GP-TARGET-006",
                "a file with other bytes lies where a file of the release belongs",
                where=f"{store.address}/{target}",
                hint="delete it there: no release is visible under this version yet",
            ) from None
        return "present"
    return "sent"


def _check_sizes(store: Store, parcel: Parcel) -> None:
    sizes = store.sizes(parcel.version)
    for item in parcel.items:
        if sizes.get(item.path) != (parcel.folder / item.path).stat().st_size:
            raise SurroundingsError(
                "GP-TARGET-007",
                "a file that was sent is not there, or of another size",
                where=f"{store.address}/{parcel.version}/{item.path}",
                hint="send the release again: what arrived is not sent twice",
            )


def _commit(store: Store, parcel: Parcel) -> int:
    """Write the manifest; 1 if it was this machine that did."""
    try:
        store.create(parcel.commit(), parcel.version, MANIFEST)
    except Exists:
        _stands(store, parcel)  # the same release: somebody else was faster
        return 0
    return 1


def _update_index(store: Store) -> None:
    """Bring the index up to date with the manifests; it is a cache, and the last to write has seen all."""
    for _ in range(TRIES):
        found = store.read_with_mark(INDEX)
        index = merge_index(None if found is None else found[0], _manifests(store, found))
        if found is not None and index == found[0]:
            return
        try:
            if found is None:
                store.create(index, INDEX)
            else:
                _swap(store, index, found)
        except (Exists, Changed):
            continue
        return


def _swap(store: Store, index: bytes, found: tuple[bytes, str]) -> None:
    try:
        store.replace(index, found[1], INDEX)
    except Changed:
        if store.read(INDEX) != found[0]:
            raise
        store.replace(index, found[1].strip('"'), INDEX)  # Ceph knows its own ETag without the quotation marks only


def _manifests(store: Store, found: tuple[bytes, str] | None) -> dict[str, bytes]:
    """The manifests of versions that the index does not name yet."""
    named: dict[str, Any] = {}
    if found is not None:
        try:
            named = dict(json.loads(found[0])["versions"])
        except (ValueError, KeyError, TypeError):
            named = {}  # a damaged index is made anew
    fresh = [name for name in store.folders() if is_version(name) and name not in named]
    raw = {name: store.read(name, MANIFEST) for name in fresh}
    return {name: data for name, data in raw.items() if data is not None}
