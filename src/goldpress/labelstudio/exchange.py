"""Questions to one server in one person's name: each answer is checked before anybody reads it."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec

from goldpress.errors import SurroundingsError, UsageError
from goldpress.labelstudio.answers import HasId, Page, Version
from goldpress.labelstudio.credentials import Credentials, refusal
from goldpress.labelstudio.wire import (
    NOT_FOUND,
    SERVER_FAULT,
    TOO_LARGE,
    TooMuch,
    UnclearAnswer,
    Wire,
    decode,
    other_server,
    reason,
)

Kind = TypeVar("Kind")
Row = TypeVar("Row", bound=HasId)

UNAUTHORISED, FORBIDDEN = 401, 403
PAGE = 1000
"""Rows of a list in one answer."""


class Exchange:
    """A server and a person's credentials.

    Attributes:
        url: Address of the server.
        release: Its release, such as ``1.23.2``.
        ahead: Seconds by which its clock is ahead of ours.
    """

    def __init__(self, url: str, token: str, *, timeout: float) -> None:
        self._credentials = Credentials(token)
        self._wire = Wire(url, timeout=timeout)
        self.url = self._wire.url
        try:
            self.release = self._greet()
            if self._credentials.expires:
                self._credentials.refresh(self._wire)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def now(self) -> datetime:
        """Return what the server's clock says, to about a second."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def rows(
        self, path: str, asked: dict[str, Any], kind: type[Page[Row]], *, missing: str = "", repeats: bool = False
    ) -> list[Row]:
        """Read page after page until the total is there; an early end is an error, never the end."""
        asked = {"page_size": PAGE, **asked}
        found: list[Row] = []
        page = self.get(path, kind, {**asked, "page": 1}, missing=missing)
        total, number = page.total, 1
        found += page.rows
        while len(found) < total:
            number += 1
            answer = self.send("GET", path, params={**asked, "page": number})
            rows = [] if answer.status_code == NOT_FOUND else decode(self.check(answer), kind).rows
            if not rows:
                raise SurroundingsError(
                    "GP-LS-007", f"{total} rows were announced, {len(found)} came", where=self.url, hint="try again"
                )
            found += rows
        if not repeats and len({row.id for row in found}) != total:
            raise self.changed()
        return found

    def changed(self) -> SurroundingsError:
        """Return the error for a list of which one half does not fit the other."""
        return SurroundingsError(
            "GP-LS-011", "the list changed while it was read", where=self.url, hint="try again when nobody imports"
        )

    def get(self, path: str, kind: type[Kind], params: dict[str, Any] | None = None, *, missing: str = "") -> Kind:
        return decode(self.check(self.send("GET", path, params=params), missing=missing), kind)

    def change(self, method: str, path: str, body: Any, kind: type[Kind]) -> Kind:
        content = msgspec.json.encode(body)
        sent = self.send(method, path, content=content, headers={"Content-Type": "application/json"})
        answer = self.check(sent, missing="such project")
        try:
            return decode(answer, kind)
        except SurroundingsError as error:
            raise UnclearAnswer(error.code, error.what, where=error.where, hint=error.hint) from error

    def _greet(self) -> str:
        """Make sure that it is a Label Studio before a token is shown to it."""
        answer = self._wire.send("GET", "/api/version")
        if answer.is_client_error:
            raise other_server(answer)
        self.ahead = _ahead(answer)
        return decode(self.check(answer), Version).release

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        said = more.pop("headers", {})
        answer = self._wire.send(method, path, headers=said | self._credentials.header, **more)
        if answer.status_code == UNAUTHORISED and self._credentials.expires:
            # An access token lives five minutes; a long pull outlives it. What was refused was not carried out.
            self._credentials.refresh(self._wire)
            answer = self._wire.send(method, path, headers=said | self._credentials.header, **more)
        return answer

    def check(self, answer: httpx.Response, *, missing: str = "") -> httpx.Response:
        """Return a good answer; the status is read before the body, for bodies of errors have an ``id`` too."""
        if answer.status_code in (UNAUTHORISED, FORBIDDEN):
            raise refusal(answer)
        if answer.status_code == NOT_FOUND and missing:
            raise UsageError(
                "GP-LS-012", f"the server has no {missing}", where=self.url, hint="it may have been deleted"
            )
        if answer.status_code == TOO_LARGE:
            raise TooMuch(
                "GP-LS-034",
                "the request is too large for the server, or for a proxy on the way",
                where=f"{answer.request.url.copy_with(query=None)}",
                hint="raise the limit of the proxy (client_max_body_size), or shorten the article",
            )
        if answer.is_client_error or answer.status_code >= SERVER_FAULT:
            raise SurroundingsError(
                "GP-LS-004",
                f"the server answers {answer.status_code}: {reason(answer)}",
                where=f"{answer.request.url.copy_with(query=None)}",
                hint="'goldpress doctor' looks at the server; its log may say more",
            )
        return answer


class Service:
    """One part of what a server can be asked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.url = exchange.url


def _ahead(answer: httpx.Response) -> float:
    """How far the server's clock, as its answer says it to the second, is ahead of this machine's."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        return (stated - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
