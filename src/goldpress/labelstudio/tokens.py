"""Tokens: in a private file outside the workspace, or in the environment."""

import os
from dataclasses import dataclass, field

import msgspec

from goldpress.errors import SurroundingsError, UsageError
from goldpress.files import write_private
from goldpress.workspace import Workspace


@dataclass(frozen=True)
class Account:
    """A stored login."""

    url: str
    email: str
    token: str = field(repr=False)


def save_token(workspace: Workspace, url: str, email: str, token: str) -> None:
    """Store a token (mode 600) in place of the person's older one; it becomes the first choice.

    Raises:
        SurroundingsError: The private folder cannot be written (GP-LS-033).
    """
    url = url.rstrip("/")
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
        UsageError: There is none (GP-LS-031).
    """
    given = os.environ.get("GOLDPRESS_TOKEN")
    if given:
        return given
    for account in known_accounts(workspace):
        if account.url == url.rstrip("/") and email in (None, account.email):
            return account.token
    raise UsageError("GP-LS-031", "there is no token for this server", where=url, hint=f"goldpress login {url}")
