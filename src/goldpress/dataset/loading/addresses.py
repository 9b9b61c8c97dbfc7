"""Addresses of places that hold releases, as a person types them."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from goldpress.dataset.form.versions import is_version
from goldpress.errors import UsageError

FORMS = "s3://bucket/prefix, hf://datasets/owner/name, zenodo: or a folder"


class Bucket(NamedTuple):
    """A prefix in an object store; releases lie under it as under ``dataset/``."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def key(self, *parts: str) -> str:
        """Return the name of an object under the prefix."""
        return "/".join([part for part in (self.prefix, *parts) if part])


class Repository(NamedTuple):
    """A dataset repository of the Hub: its root is one version, its tags are the versions."""

    owner: str
    name: str
    revision: str = ""

    @property
    def id(self) -> str:
        """As the Hub names it."""
        return f"{self.owner}/{self.name}"

    def __str__(self) -> str:
        return f"hf://datasets/{self.id}" + (f"@{self.revision}" if self.revision else "")


class Deposit(NamedTuple):
    """A new deposit on Zenodo, or a new version of the record of that number."""

    record: str = ""

    def __str__(self) -> str:
        return f"zenodo:{self.record}"


class Web(NamedTuple):
    """A dataset root, or one release, that a web server gives out."""

    url: str

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()  # a password is said nowhere


Address = Bucket | Repository | Deposit | Web | Path


def is_address(text: object) -> bool:
    """Return whether a text names a place elsewhere, not a folder."""
    return isinstance(text, str) and (re.match(r"[a-z][a-z0-9+.]+://", text) is not None or text.startswith("zenodo:"))


def parse_address(text: str) -> Address:
    """Return the place that a text names.

    Raises:
        UsageError: It is of no known form (GP-TARGET-001).
    """
    if not is_address(text):
        return Path(text).expanduser().resolve()
    scheme, _, rest = text.partition(":")
    if scheme == "s3":
        bucket, _, prefix = rest.removeprefix("//").strip("/").partition("/")
        if re.fullmatch(r"[a-z0-9][a-z0-9.-]+", bucket) and not {"", ".", ".."} & set((prefix or "x").split("/")):
            return Bucket(bucket, prefix)
    elif scheme == "hf":
        found = re.fullmatch(r"//datasets/([\w.-]+)/([\w.-]+)(?:@([\w./-]+))?/?", rest)
        if found:
            return Repository(found[1], found[2], found[3] or "")
    elif scheme == "zenodo" and re.fullmatch(r"\d*", rest):
        return Deposit(rest)
    elif scheme in {"http", "https"} and urlsplit(text).hostname and not re.search(r"[?#]", text):
        return Web(text.rstrip("/"))
    where = re.sub(r"//[^/]*@|[?#].*", "//", text)  # what is left out may be a secret
    raise UsageError("GP-TARGET-001", "this is no address of a data set", where=where, hint=f"known forms: {FORMS}")


def split_version(address: Address) -> tuple[Address, str | None]:
    """Return the place that holds the releases, and the version that the address ends in, if it does."""
    if isinstance(address, Bucket):
        above, _, last = address.prefix.rpartition("/")
        return (Bucket(address.bucket, above), last) if is_version(last) else (address, None)
    if isinstance(address, Web):
        above, _, last = address.url.rpartition("/")
        return (Web(above), last) if is_version(last) else (address, None)
    if isinstance(address, Repository) and address.revision:
        return address._replace(revision=""), address.revision
    return address, None
