"""A token, what of it goes over the wire, and why a server refuses it."""

import re

import httpx
import msgspec

from goldpress.errors import GoldpressError, UsageError
from goldpress.labelstudio.wire import SERVER_FAULT, Wire, decode, other_server, reason

FORBIDDEN = 403


class _Access(msgspec.Struct):
    access: str


class Credentials:
    """A personal access token, which is exchanged for one of five minutes, or a legacy token, which is sent as it is.

    Raises:
        UsageError: The token holds characters that no token has (GP-LS-017).
    """

    def __init__(self, token: str) -> None:
        self._token = token.strip()
        if not re.fullmatch(r"[\w.+/=-]+", self._token, re.ASCII):
            raise UsageError("GP-LS-017", "this is no token of Label Studio", hint="'goldpress login' stores one")
        self._access = ""

    @property
    def expires(self) -> bool:
        """Whether what goes over the wire is good for minutes only: a personal token is a JWT of three parts."""
        return self._token.count(".") == 2

    @property
    def header(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self._access}" if self.expires else f"Token {self._token}"}

    def refresh(self, wire: Wire) -> None:
        """Exchange the personal token for a fresh access token.

        Raises:
            UsageError: The server does not take it; see ``refusal``.
            SurroundingsError: The server fails, or is no Label Studio.
        """
        answer = wire.send("POST", "/api/token/refresh/", harmless=True, json={"refresh": self._token})
        if answer.is_client_error:
            raise refusal(answer)
        self._access = decode(answer, _Access).access


def refusal(answer: httpx.Response) -> GoldpressError:
    """Return why a 401 or 403 was given, told apart by what the server says; the token itself is in no message."""
    said, where = reason(answer), f"{answer.request.url.copy_with(query=None)}"
    if answer.status_code == FORBIDDEN:
        return UsageError("GP-LS-018", f"the server does not allow this: {said}", where=where, hint="ask who runs it")
    if "blacklisted" in said:
        return UsageError(
            "GP-LS-019", "the token was revoked, perhaps by a later login", where=where, hint="'goldpress login'"
        )
    if "wrong type" in said:
        return UsageError(
            "GP-LS-020",
            "this is an access token, good for five minutes",
            where=where,
            hint="give the personal access token; 'goldpress login' makes and stores one",
        )
    if "legacy" in said:
        return UsageError(
            "GP-LS-021",
            "this is a legacy token, and the server takes personal access tokens only",
            where=where,
            hint="'goldpress login' makes and stores one",
        )
    if answer.status_code < SERVER_FAULT and said != "no reason given":
        return UsageError(
            "GP-LS-005",
            f"the server does not know this token ({said})",
            where=where,
            hint="it may belong to another server or data folder; 'goldpress login' makes and stores one",
        )
    return other_server(answer)
