"""Zenodo as a target: a draft with a reserved DOI, which a person looks at and publishes there.

What is published on Zenodo can never be taken back, so nothing here publishes. The release goes as one stored zip, as
it is; beside it lie the card, the manifest, ``croissant.json``, and a ``CITATION.cff`` that names the reserved DOI.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.loading.addresses import Deposit
from goldpress.dataset.targets.parcels import Parcel, Progress, Receipt, is_standing
from goldpress.dataset.targets.zenodo import Zenodo

BESIDE = ("README.md", "croissant.json")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can name: the same release gives the same bytes."""


def send_to_zenodo(parcel: Parcel, address: Deposit, tell: Progress) -> Receipt:
    """Send a release into a draft; one that was begun is gone on with."""
    with Zenodo(os.environ.get("GOLDPRESS_ZENODO", "https://zenodo.org")) as zenodo, _files(parcel) as files:
        total = len(files) + 1
        draft = _find(zenodo, parcel)
        if draft is not None and draft.get("submitted"):
            raw = zenodo.read(draft, MANIFEST)
            is_standing(parcel, raw, f"{address}, record {draft['id']}")
            tell(total, total)
            return Receipt(str(address), parcel.version, present=total, facts=_facts(draft))
        draft = draft or (zenodo.next_version(address.record) if address.record else zenodo.create())
        draft = zenodo.describe(draft, describe(parcel))
        files["CITATION.cff"] = _citation(parcel, _doi(draft))
        files[MANIFEST] = files.pop(MANIFEST)  # last
        zenodo.clear(draft, keep=files)
        there = {file["filename"]: str(file["checksum"]).removeprefix("md5:") for file in draft.get("files", ())}
        missing = [name for name, data in files.items() if there.get(name) != _md5(data)]
        for done, name in enumerate(missing):
            tell(total - len(missing) + done, total)
            zenodo.put(draft, name, files[name], _md5(files[name]))
    tell(total, total)
    return Receipt(str(address), parcel.version, len(missing), 0, total - len(missing), _facts(draft))


def describe(parcel: Parcel) -> dict[str, Any]:
    """Return what Zenodo is told of a release, all of it from the release itself."""
    import yaml

    cited = yaml.safe_load(parcel.read("CITATION.cff"))
    told = json.loads(parcel.read("croissant.json"))
    licence = str(cited.get("license", "")).lower()
    return {
        "upload_type": "dataset",
        "title": parcel.manifest.title or parcel.manifest.name,
        "version": parcel.version,
        "publication_date": parcel.manifest.created[:10],
        "description": f"<p>{escape(str(told.get('description', '')))}</p><p>The licence is that of the annotations; "
        "RIGHTS.md has that of each text.</p>",
        "creators": [{"name": _name(author)} for author in cited["authors"]],
        "access_right": "open",
        "license": licence or "other-closed",  # without one, Zenodo would say CC BY
        "notes": f"{parcel.manifest.name} {parcel.version} {parcel.manifest.content_digest}",
        "prereserve_doi": True,
    }


def _name(author: dict[str, str]) -> str:
    if "name" in author:
        return author["name"]
    return ", ".join(author[part] for part in ("family-names", "given-names") if author.get(part))


def _find(zenodo: Zenodo, parcel: Parcel) -> dict[str, Any] | None:
    """The deposit of this version, by what it was told: a draft before one that is published."""
    mark = f"{parcel.manifest.name} {parcel.version} "
    found = [one for one in zenodo.deposits() if str(one["metadata"].get("notes", "")).startswith(mark)]
    return next(iter(sorted(found, key=lambda one: bool(one.get("submitted")), reverse=True)), None)


def _doi(draft: dict[str, Any]) -> str:
    return str(draft["metadata"].get("prereserve_doi", {}).get("doi", ""))


def _facts(draft: dict[str, Any]) -> dict[str, str]:
    state = "published" if draft.get("submitted") else "a draft: look at it there and publish it, or delete it"
    return {"doi": _doi(draft), "link": str(draft["links"].get("html", "")), "state": state}


def _citation(parcel: Parcel, doi: str) -> bytes:
    text = parcel.read("CITATION.cff")
    return text + (f"doi: {doi}\n".encode() if doi and b"\ndoi:" not in text else b"")


@contextlib.contextmanager
def _files(parcel: Parcel) -> Iterator[dict[str, Any]]:
    """What is uploaded, by name: bytes, or the path of the zip."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / f"{parcel.manifest.name}-{parcel.version}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # Parquet is compressed already
            for path in parcel.paths():
                entry = zipfile.ZipInfo(f"{packed.stem}/{path}", FIRST_DAY)
                entry.external_attr = 0o444 << 16
                archive.writestr(entry, parcel.read(path))
        yield {packed.name: packed, **{name: parcel.read(name) for name in BESIDE}, MANIFEST: parcel.commit()}


def _md5(data: bytes | Path) -> str:
    """As Zenodo sums up a file; it guards against accidents only."""
    if isinstance(data, bytes):
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
