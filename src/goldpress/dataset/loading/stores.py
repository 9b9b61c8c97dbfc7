"""An object store through obstore: S3 and its like. Only what a release needs, with errors of ours."""

import configparser
import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.loading.addresses import Bucket
from goldpress.errors import SurroundingsError, UsageError

if TYPE_CHECKING:
    from obstore.store import S3Store

CLAIMS = ".claims"
"""Folder beside the versions: who is sending which one."""
PATIENCE = 4
"""How often a request is tried again after a fault of the network or the server."""


class Exists(Exception):
    """An object of that name is there, and was to be new."""


class Changed(Exception):
    """An object is no longer what it was."""


class Store:
    """The objects under a prefix.

    Raises:
        SurroundingsError: obstore is not installed (GP-BUCKET-001).
    """

    def __init__(self, address: Bucket) -> None:
        self.address, self._store = address, _open(address.bucket)

    def read(self, *parts: str) -> bytes | None:
        """Return an object's bytes; None if there is none."""
        found = self.read_with_mark(*parts)
        return None if found is None else found[0]

    def read_with_mark(self, *parts: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and its ETag."""
        with self._told(missing=True):
            try:
                answer = self._store.get(self.address.key(*parts))
                return bytes(answer.bytes()), str(answer.meta["e_tag"] or "")
            except FileNotFoundError:
                return None

    def create(self, data: bytes, *parts: str) -> None:
        """Write an object that must be new, in one request, and make sure that its bytes arrived.

        Raises:
            Exists: There is one.
            SurroundingsError: The server keeps other bytes than it was given (GP-BUCKET-003).
        """
        key = self.address.key(*parts)
        with self._told():
            done = self._store.put(key, data, mode="create", use_multipart=False)
        if not _is_mark(done, data) and self.read(*parts) != data:
            raise self._garbled(key)

    def holds(self, data: bytes, *parts: str) -> bool:
        """Return whether an object is there and has these bytes."""
        with self._told(missing=True):
            try:
                if _is_mark(self._store.head(self.address.key(*parts)), data):
                    return True
            except FileNotFoundError:
                return False
        return self.read(*parts) == data

    def _garbled(self, key: str) -> SurroundingsError:
        return SurroundingsError(
            "GP-BUCKET-003",
            "the server keeps other bytes than it was given",
            where=f"s3://{self.address.bucket}/{key}",
            hint="it is not fit for releases; old servers need AWS_REQUEST_CHECKSUM_CALCULATION=when_required",
        )

    def replace(self, data: bytes, mark: str, *parts: str) -> None:
        """Write an object in place of the one with an ETag.

        Raises:
            Changed: It is no longer that one.
        """
        with self._told():
            self._store.put(self.address.key(*parts), data, mode={"e_tag": mark}, use_multipart=False)

    def copy(self, source: str, target: str) -> bool:
        """Let the server copy an object, and return whether there was one; what lies at the target is overwritten."""
        with self._told(missing=True):
            try:
                self._store.copy(self.address.key(source), self.address.key(target))
            except FileNotFoundError:
                return False
        return True

    def delete(self, *parts: str) -> None:
        """Remove an object; one that may not be removed stays."""
        with contextlib.suppress(Exception):
            self._store.delete(self.address.key(*parts))

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the size of every object in a folder, by its path in there."""
        prefix = self.address.key(folder) + "/"
        with self._told():
            listed = [entry for chunk in self._store.list(prefix) for entry in chunk]
        return {entry["path"].removeprefix(prefix): int(entry["size"]) for entry in listed}

    def folders(self) -> list[str]:
        """Return the names of the folders directly under the prefix."""
        with self._told():
            found = self._store.list_with_delimiter(self.address.prefix or None)
        return [str(name).rstrip("/").rpartition("/")[2] for name in found["common_prefixes"]]

    def probe(self) -> None:
        """Find out whether the server keeps conditions and bytes, before anything is entrusted to it.

        Raises:
            SurroundingsError: It overwrites what must be new (GP-BUCKET-002), or garbles bytes (GP-BUCKET-003).
        """
        name, first = f"probe-{uuid.uuid4().hex}", os.urandom(1024)
        self.create(first, CLAIMS, name)
        try:
            with contextlib.suppress(Exists):
                self.create(b"a second one", CLAIMS, name)
                raise self._careless()
            if self.read(CLAIMS, name) != first:
                raise self._careless()
        finally:
            self.delete(CLAIMS, name)

    def _careless(self) -> SurroundingsError:
        return SurroundingsError(
            "GP-BUCKET-002",
            "the server overwrites objects that must be new: two machines at once would spoil a release",
            where=str(self.address),
            hint="it ignores If-None-Match: use another server, or copy the release's folder there with the server's "
            "own tool while nobody else writes",
        )

    @contextlib.contextmanager
    def _told(self, *, missing: bool = False) -> Iterator[None]:
        """Turn what obstore says into errors of ours, but for an object that may be ``missing``.

        Its texts hold addresses, never keys.
        """
        from obstore import exceptions as fault

        try:
            yield
        except fault.AlreadyExistsError as error:
            raise Exists from error
        except fault.PreconditionError as error:
            raise Changed from error
        except (fault.PermissionDeniedError, fault.UnauthenticatedError) as error:
            raise UsageError(
                "GP-BUCKET-004",
                "the store does not let this key in, or not write",
                where=str(self.address),
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE of ~/.aws/credentials",
            ) from error
        except (fault.BaseError, FileNotFoundError) as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            raise SurroundingsError(
                "GP-BUCKET-005",
                f"the store does not answer as it should: {_first_line(error)}",
                where=str(self.address),
                hint="is the bucket there, and AWS_ENDPOINT_URL and AWS_REGION right?",
            ) from error


def _is_mark(told: Any, data: bytes) -> bool:
    """Whether an ETag says that the bytes are there: it is their MD5 unless the server encrypts."""
    return str(told.get("e_tag") or "").strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def _open(bucket: str) -> "S3Store":
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise SurroundingsError(
            "GP-BUCKET-001", "obstore is not installed", where=f"s3://{bucket}", hint="pip install 'goldpress[s3]'"
        ) from error
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    plain: dict[str, Any] = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
    return S3Store(
        bucket,
        region=region,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
        retry_config={"max_retries": PATIENCE},
        **plain,
        **_keys(),
    )


def _keys() -> dict[str, Any]:
    """Access keys of the profile file; obstore itself reads the environment and asks for roles."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")).expanduser()
    profiles = configparser.RawConfigParser()
    with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
        profiles.read(path, encoding="utf-8")
    name = os.environ.get("AWS_PROFILE", "default")
    if not profiles.has_section(name):
        return {}
    known = {"access_key_id": "aws_access_key_id", "secret_access_key": "aws_secret_access_key"}
    known |= {"session_token": "aws_session_token"}
    found = {ours: profiles.get(name, theirs, fallback="") for ours, theirs in known.items()}
    return {ours: value for ours, value in found.items() if value}
