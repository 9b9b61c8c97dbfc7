"""Where releases are read from: a web server, an object store, the Hub. Each gives an index, and files by version."""

import json
import os
from typing import Any, NamedTuple, Protocol

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.versions import Version, is_version, parse_version
from goldpress.dataset.loading.addresses import Address, Bucket, Repository, Web
from goldpress.errors import DataError, SurroundingsError, UsageError

INDEX = "index.json"
GONE = (403, 404, 410)
"""What a web server says of a file that it has not; a public bucket says 403."""
PATIENCE = 60.0


class Index(NamedTuple):
    """The versions at a place, each with the SHA-256 of its manifest where that is known; and those taken back."""

    versions: dict[Version, str]
    withdrawn: frozenset[str] = frozenset()


class Source(Protocol):
    """A place that holds releases."""

    where: str

    def read(self, version: str, path: str) -> bytes | None:
        """Return the bytes of a file of a version; None if there is none."""

    def index(self) -> Index | None:
        """Return which versions there are; None if the place does not say."""


def source_of(address: Address) -> Source:
    """Return the place behind an address.

    Raises:
        UsageError: Nothing can be loaded from there (GP-LOAD-001).
    """
    if isinstance(address, Web):
        return WebSource(address)
    if isinstance(address, Bucket):
        return BucketSource(address)
    if isinstance(address, Repository):
        return HubSource(address)
    raise UsageError(
        "GP-LOAD-001",
        "releases are not loaded from there",
        where=str(address),
        hint="unpack the zip of a Zenodo record, and load the folder",
    )


class WebSource:
    """Any web server: ``dataset/`` as it lies in a folder, or one release."""

    def __init__(self, address: Web) -> None:
        self.where, self._url = str(address), address.url

    def read(self, version: str, path: str) -> bytes | None:
        """Return the bytes of a file."""
        return fetch("/".join(part for part in (self._url, version, path) if part), self.where)

    def index(self) -> Index | None:
        """Return what ``index.json`` says."""
        raw = self.read("", INDEX)
        return None if raw is None else read_index(raw, f"{self.where}/{INDEX}")


class BucketSource:
    """An object store: the index, or the folders that have a manifest."""

    def __init__(self, address: Bucket) -> None:
        from goldpress.dataset.loading.stores import Store

        self.where, self._store = str(address), Store(address)

    def read(self, version: str, path: str) -> bytes | None:
        """Return the bytes of an object."""
        return self._store.read(*(part for part in (version, path) if part))

    def index(self) -> Index | None:
        """Return what ``index.json`` says, else which folders hold a release."""
        raw = self._store.read(INDEX)
        if raw is not None:
            return read_index(raw, f"{self.where}/{INDEX}")
        found = [name for name in self._store.folders() if is_version(name)]
        whole = [name for name in found if self._store.read(name, MANIFEST) is not None]
        return Index({parse_version(name): "" for name in whole}) if whole else None


class HubSource:
    """A dataset repository: its tags are the versions. The files come over plain https, without the Hub's client."""

    def __init__(self, address: Repository) -> None:
        self.where, self._address = str(address), address
        self._hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")

    def read(self, version: str, path: str) -> bytes | None:
        """Return the bytes of a file at a tag, or at another revision."""
        url = f"{self._hub}/datasets/{self._address.id}/resolve/{version or 'main'}/{path}"
        return fetch(url, self.where, self._headers())

    def index(self) -> Index | None:
        """Return the versions that are tagged."""
        raw = fetch(f"{self._hub}/api/datasets/{self._address.id}/refs", self.where, self._headers())
        if raw is None:
            return None
        names = [str(tag["name"]) for tag in json.loads(raw).get("tags", ())]
        return Index({parse_version(name): "" for name in names if is_version(name)})

    def _headers(self) -> dict[str, str]:
        token = os.environ.get("HF_TOKEN")  # for private repositories
        return {"Authorization": f"Bearer {token}"} if token else {}


def fetch(url: str, where: str, headers: dict[str, str] | None = None) -> bytes | None:
    """Return what lies at a web address; None if nothing does. A token is not handed on to another server.

    Raises:
        SurroundingsError: The server cannot be reached, or fails (GP-LOAD-002).
    """
    import httpx

    try:
        answer = httpx.get(url, headers=headers, follow_redirects=True, timeout=PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unreachable(type(error).__name__, where) from error
    if answer.status_code in GONE:
        return None
    if not answer.is_success:
        raise _unreachable(str(answer.status_code), where)
    return answer.content


def read_index(raw: bytes, where: str) -> Index:
    """Return an index from its bytes.

    Raises:
        DataError: It is damaged (GP-LOAD-003).
    """
    try:
        told: Any = json.loads(raw)
        versions = {parse_version(name): str(entry["manifest_sha256"]) for name, entry in told["versions"].items()}
        return Index(versions, frozenset(map(str, told.get("withdrawn", ()))))
    except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise DataError(
            "GP-LOAD-003",
            "the index of the releases is damaged",
            where=where,
            hint="name one release, as in …/1.0.0: it needs no index",
        ) from error


def _unreachable(what: str, where: str) -> SurroundingsError:
    return SurroundingsError(
        "GP-LOAD-002",
        f"the place that holds the releases does not answer: {what}",
        where=where,
        hint="try again later; a version that was loaded before is read from the cache if it is named exactly",
    )
