"""Tokens: in the system's keyring, else in a private file outside the workspace; or in the environment."""

import os
from dataclasses import dataclass, field
from typing import Any

import msgspec

from goldpress.errors import SurroundingsError, UsageError
from goldpress.files import write_private
from goldpress.labelstudio.wire import address_of
from goldpress.workspace import Workspace

SERVICE = "goldpress"


@dataclass(frozen=True)
class Account:
    """A stored login; without ``token`` where the keyring has it."""

    url: str
    email: str
    token: str = field(repr=False)


def save_token(workspace: Workspace, url: str, email: str, token: str) -> None:
    """Store a token in place of the person's older one; it becomes the first choice.

    Where the package ``keyring`` is installed and the system has a keyring, the token lies there, and the private file
    (mode 600) says only that it does.

    Raises:
        SurroundingsError: The private folder cannot be written (GP-LS-033).
    """
    url = url.rstrip("/")
    if _keep(url, email, token):
        token = ""
    rest = [account for account in known_accounts(workspace) if (account.url, account.email) != (url, email)]
    path = workspace.state / "tokens.json"
    try:
        write_private(path, msgspec.json.encode([Account(url, email, token), *rest]))
    except OSError as error:
        raise SurroundingsError(
            "GP-LS-033",
            f"the token cannot be stored: {error.strerror}",
            where=path,
            hint="make the folder writable, or set GOLDPRESS_STATE to another one",
        ) from error


def known_accounts(workspace: Workspace) -> list[Account]:
    """Return the stored logins, the latest first.

    Raises:
        UsageError: The private file is damaged (GP-LS-030).
        SurroundingsError: It cannot be read (GP-LS-032).
    """
    path = workspace.state / "tokens.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Account])
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SurroundingsError(
            "GP-LS-032", f"the stored tokens cannot be read: {error.strerror}", where=path, hint="whose file is it?"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(
            "GP-LS-030", "the file of stored tokens is damaged", where=path, hint="delete it and log in again"
        ) from error


def load_token(workspace: Workspace, url: str, email: str | None = None) -> str:
    """Return the token for a server: ``GOLDPRESS_TOKEN``, else the latest that was stored for it.

    Args:
        workspace: Whose private folder is looked into.
        url: Address of the server.
        email: Whose token; anybody's if not given.

    Raises:
        UsageError: There is none (GP-LS-031), or the address is none (GP-LS-013).
    """
    address_of(url)  # before a message repeats it: it may hold a password
    given = os.environ.get("GOLDPRESS_TOKEN")
    if given:
        return given
    for account in known_accounts(workspace):
        if account.url == url.rstrip("/") and email in (None, account.email):
            found = account.token or _recall(account)
            if found:
                return found
    raise UsageError("GP-LS-031", "there is no token for this server", where=url, hint=f"goldpress login {url}")


def _keyring() -> Any:
    """The keyring, if there is one that keeps what it gets; a server without a desktop has none."""
    if os.environ.get("GOLDPRESS_KEYRING") == "off":
        return None
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]  # it is not needed, and used where it is

        return keyring if keyring.get_keyring().priority >= 1 else None
    except Exception:  # noqa: BLE001 - whatever a keyring does wrong, the file is there
        return None


def _keep(url: str, email: str, token: str) -> bool:
    ring = _keyring()
    try:
        if ring is not None:
            ring.set_password(SERVICE, f"{email} {url}", token)
            return bool(ring.get_password(SERVICE, f"{email} {url}") == token)
    except Exception:  # noqa: BLE001 - a locked keyring, or one that nobody answers for
        return False
    return False


def _recall(account: Account) -> str:
    ring = _keyring()
    try:
        return str(ring.get_password(SERVICE, f"{account.email} {account.url}") or "") if ring is not None else ""
    except Exception:  # noqa: BLE001 - a locked keyring
        return ""
