"""One HTTP connection to one server: every failure of the line is an error that says what to try."""

import json
import logging
import re
import time
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from goldpress.errors import GoldpressError, SurroundingsError, UsageError

Kind = TypeVar("Kind")

SERVER_FAULT, NOT_FOUND, TOO_LARGE = 500, 404, 413
GATEWAY_FAULTS = (502, 503, 504)
"""What a proxy says while the server behind it restarts."""
PAUSES = (0.2, 1.0)
"""Seconds before something that only reads is asked again."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_REASON = 300
JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?")
"""A personal token or an access token, such as a proxy may repeat in its refusal."""


class UnclearAnswer(SurroundingsError):
    """The request was sent, and nobody knows whether it was carried out."""


class TooMuch(SurroundingsError):
    """The request is too large for the server, or for a proxy on the way; nothing of it was carried out."""


class Wire:
    """Sends requests to one server, and never sends one twice that changes it.

    Raises:
        UsageError: The address is none (GP-LS-013).
    """

    def __init__(self, url: str, *, timeout: float = 60.0) -> None:
        address = address_of(url)
        self.url = str(address).rstrip("/")
        # A proxy of the surroundings is right for a server elsewhere, and wrong for one on this machine.
        trusts = address.host not in LOOPBACK
        secure = address.scheme == "https"
        # Label Studio's own server sends the head of an answer and then waits 40 ms before it sends the body, but for
        # the first answer on a connection. Behind TLS stands another server, and a new connection costs more.
        kept = httpx.Limits() if secure else httpx.Limits(max_keepalive_connections=0)
        # Reading the certificates of this machine takes a tenth of a second.
        checked = secure or trusts
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=trusts, limits=kept, verify=checked)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def cookie(self, name: str) -> str:
        """Return a cookie that the server has set, or an empty string."""
        return self._http.cookies.get(name) or ""

    def send(self, method: str, path: str, *, harmless: bool = False, **more: Any) -> httpx.Response:
        """Return the answer to one request, whatever its status, unless it is unclear.

        What only reads, or is ``harmless`` to say twice, is asked again when the line breaks; nothing else is.

        Raises:
            SurroundingsError: Nothing answers (GP-LS-001), TLS fails (GP-LS-014), or the line broke while something was
                read (GP-LS-003).
            UnclearAnswer: The line broke, or a 5xx came back, after something was sent that changes the
                server (GP-LS-008).
        """
        reads = method == "GET" or harmless
        for pause in (*PAUSES, None) if reads else (None,):
            try:
                answer = self._http.request(method, path, **more)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise self._unreachable(error) from error
            except (httpx.ReadTimeout, httpx.InvalidURL) as error:
                # It had its minute; another one would not be shorter.
                raise self._broken(type(error).__name__, reads=reads) from error
            except httpx.HTTPError as error:
                if pause is None:
                    raise self._broken(type(error).__name__, reads=reads) from error
            else:
                if pause is None or answer.status_code not in GATEWAY_FAULTS:
                    break
            time.sleep(pause)
        if not reads and answer.status_code >= SERVER_FAULT:
            raise self._broken(f"status {answer.status_code}: {reason(answer)}", reads=False)
        return answer

    def _unreachable(self, error: Exception) -> SurroundingsError:
        if "SSL" in str(error):
            return SurroundingsError(
                "GP-LS-014",
                f"the encrypted connection fails: {str(error)[:LONGEST_REASON]}",
                where=self.url,
                hint="is it http instead of https? A private certificate is trusted with SSL_CERT_FILE",
            )
        return SurroundingsError(
            "GP-LS-001",
            "no Label Studio answers",
            where=self.url,
            hint="start it ('goldpress serve'), or check the address",
        )

    def _broken(self, cause: str, *, reads: bool) -> SurroundingsError:
        if reads:
            return SurroundingsError(
                "GP-LS-003", f"the connection broke ({cause})", where=self.url, hint="try again; nothing was changed"
            )
        return UnclearAnswer(
            "GP-LS-008",
            f"nobody knows whether the server did what was asked ({cause})",
            where=self.url,
            hint="run the command again: it adds nothing twice",
        )


def decode(answer: httpx.Response, kind: type[Kind]) -> Kind:
    """Return the body of a good answer as a typed value; fields that are not asked for are ignored.

    Raises:
        SurroundingsError: It redirects (GP-LS-015), is a page or JSON of another kind (GP-LS-002), or is cut off
            (GP-LS-016).
    """
    url = answer.request.url
    if answer.is_redirect:
        target = url.join(answer.headers["location"])
        raise SurroundingsError(
            "GP-LS-015",
            "the address leads elsewhere",
            where=f"{url.scheme}://{url.netloc.decode()}",
            hint=f"use the address that it leads to: {target.scheme}://{target.netloc.decode()}",
        )
    if "text/html" in answer.headers.get("content-type", ""):
        raise other_server(answer)
    try:
        return _convert(answer.content, kind)
    except ValueError as error:
        raise SurroundingsError(
            "GP-LS-016",
            "the answer is no JSON; it may be cut off",
            where=f"{url.copy_with(query=None)}",
            hint="try again; a proxy on the way may cut long answers",
        ) from error
    except msgspec.ValidationError as error:
        raise other_server(answer) from error


def _convert(content: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Half of a surrogate pair, which somebody imported by other means, is no text: a question mark takes its place.
        whole = json.dumps(json.loads(content), ensure_ascii=False).encode(errors="replace")
        return msgspec.json.decode(whole, type=kind)


def other_server(answer: httpx.Response) -> GoldpressError:
    """Return the error for an answer that Label Studio would not give."""
    return SurroundingsError(
        "GP-LS-002",
        f"something answers (status {answer.status_code}), but not as Label Studio does",
        where=f"{answer.request.url.copy_with(query=None)}",
        hint="give scheme, host and port alone, such as http://127.0.0.1:8080, and check them",
    )


def reason(answer: httpx.Response) -> str:
    """Return what the server says about its refusal, shortened, without a token that it repeats."""
    try:
        found = answer.json()
    except ValueError:
        return "no reason given"
    if not isinstance(found, dict):
        return "no reason given"
    parts = [str(found[key]) for key in ("detail", "validation_errors") if found.get(key)]
    said = ": ".join(parts)
    token = answer.request.headers.get("authorization", "").partition(" ")[2]
    said = said.replace(token, "…") if token else said
    return JWT.sub("…", said)[:LONGEST_REASON] or "no reason given"


def address_of(url: str) -> httpx.URL:
    """Return a server's address, which holds no secret.

    Raises:
        UsageError: It is no address, or holds a password, a query or a fragment (GP-LS-013).
    """
    try:
        address = httpx.URL(url.strip().rstrip("/"))
    except httpx.InvalidURL:
        address = httpx.URL("")
    # A password or a token in the address would end up in messages and in files.
    extra = address.userinfo or address.query or address.fragment
    if address.scheme not in ("http", "https") or not address.host or extra:
        shown = "" if "@" in url else re.split(r"[?#]", url)[0]
        raise UsageError(
            "GP-LS-013", "this is no address of a server", where=shown, hint="such as http://127.0.0.1:8080"
        )
    return address


def _without_invite(record: logging.LogRecord) -> bool:
    """Let httpx log an address without the token of an invite."""
    if isinstance(record.args, tuple):
        record.args = tuple(_bare(argument) for argument in record.args)
    return True


def _bare(argument: object) -> object:
    if isinstance(argument, httpx.URL) and "token" in argument.params:
        return argument.copy_with(query=None)
    return argument


logging.getLogger("httpx").addFilter(_without_invite)
