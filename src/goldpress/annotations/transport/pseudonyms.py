"""Keyed pseudonyms: who labelled, without saying who it is."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from goldpress.errors import SurroundingsError, UsageError
from goldpress.workspace import Workspace

KEY_BYTES = 32


class Pseudonyms:
    """Turns a person's address into a pseudonym with HMAC-SHA-256 (RFC 2104).

    The same key gives the same pseudonym in every pull; without the key nobody can go back, or test a guess.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, identity: str) -> str:
        """Return ``ann-`` and ten hex digits for an e-mail address or another stable name of a person."""
        mark = hmac.new(self._key, identity.strip().casefold().encode(), hashlib.sha256)
        return f"ann-{mark.hexdigest()[:10]}"


def open_pseudonyms(workspace: Workspace) -> Pseudonyms:
    """Return the workspace's pseudonyms; the first call makes the key.

    The key lies in the private state folder (mode 600), never in the workspace. ``GOLDPRESS_PSEUDONYM_KEY`` (64 hex
    digits) overrides it, so that a team can share one.

    Raises:
        UsageError: The key in the environment or in the file is not 64 hex digits (GP-PSEUDO-001).
        SurroundingsError: The file cannot be read or written (GP-PSEUDO-002).
    """
    given = os.environ.get("GOLDPRESS_PSEUDONYM_KEY")
    if given:
        return Pseudonyms(_parse(given, "GOLDPRESS_PSEUDONYM_KEY"))
    path = workspace.state / "pseudonym.key"
    try:
        return Pseudonyms(_parse(_read_or_make(path), str(path)))
    except OSError as error:
        raise SurroundingsError(
            "GP-PSEUDO-002",
            f"the pseudonym key cannot be used: {error.strerror}",
            where=path,
            hint="make the folder writable, or set GOLDPRESS_STATE to another one",
        ) from error


def _read_or_make(path: Path) -> str:
    try:
        # O_EXCL: of two first pulls at once, one makes the key and the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii", errors="replace")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_hex(KEY_BYTES)
        file.write(key)
    return key


def _parse(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            "GP-PSEUDO-001",
            "the pseudonym key is not 64 hex digits",
            where=where,
            hint="restore the key from a backup: with another one, every annotator gets a new pseudonym",
        )
    return key
