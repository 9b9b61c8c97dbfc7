"""Zenodo's deposit API, as much of it as a draft needs."""

from collections.abc import Container
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

from goldpress.dataset.targets.tokens import find_token
from goldpress.errors import GoldpressError, SurroundingsError, UsageError

DEPOSITS = "/api/deposit/depositions"
PAGE = 100
REFUSED = (401, 403)
PATIENCE = 300.0
"""Seconds that one request may take: a zip is large."""


class Zenodo:
    """A Zenodo with the token for it; the token goes to that server only.

    Args:
        url: Its address; https, or this machine.
    """

    def __init__(self, url: str) -> None:
        import httpx

        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            raise UsageError(
                "GP-TARGET-016",
                "a token is sent over https only",
                where=url,
                hint="set GOLDPRESS_ZENODO to https://sandbox.zenodo.org, or leave it out",
            )
        self._url = url.rstrip("/")
        token = find_token("zenodo", "ZENODO_TOKEN")
        self._client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def deposits(self) -> list[dict[str, Any]]:
        """Return all deposits of the token's owner, the latest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._json("GET", DEPOSITS, params={"size": PAGE, "page": len(found) // PAGE + 1})
            found += page
            if len(page) < PAGE:
                return found

    def create(self) -> dict[str, Any]:
        """Return a new draft."""
        return dict(self._json("POST", DEPOSITS, json={}))

    def next_version(self, record: str) -> dict[str, Any]:
        """Return the draft of a new version of a published record."""
        published = self._json("POST", f"{DEPOSITS}/{record}/actions/newversion")
        return dict(self._json("GET", str(published["links"]["latest_draft"])))

    def describe(self, draft: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        """Return a draft with new metadata."""
        return dict(self._json("PUT", f"{DEPOSITS}/{draft['id']}", json={"metadata": metadata}))

    def clear(self, draft: dict[str, Any], *, keep: Container[str]) -> None:
        """Take files out of a draft that do not belong there: a new version begins with those of the old one."""
        for file in draft.get("files", ()):
            if file["filename"] not in keep:
                self._send("DELETE", f"{DEPOSITS}/{draft['id']}/files/{file['id']}")

    def put(self, draft: dict[str, Any], name: str, data: bytes | Path, md5: str) -> None:
        """Put a file into a draft, and make sure that it arrived.

        Raises:
            SurroundingsError: Zenodo has other bytes than it was given (GP-TARGET-017).
        """
        address = f"{draft['links']['bucket']}/{quote(name)}"
        if isinstance(data, bytes):
            told = self._json("PUT", address, content=data)
        else:
            with data.open("rb") as file:
                told = self._json("PUT", address, content=file, headers={"Content-Length": str(data.stat().st_size)})
        if str(told.get("checksum", "")).removeprefix("md5:") != md5:
            raise SurroundingsError(
                "GP-TARGET-017",
                "Zenodo has other bytes than it was given",
                where=address,
                hint="send the release again",
            )

    def read(self, deposit: dict[str, Any], name: str) -> bytes:
        """Return the bytes of a deposit's file."""
        links = [file["links"]["download"] for file in deposit.get("files", ()) if file["filename"] == name]
        return bytes(self._send("GET", links[0], follow_redirects=True).content) if links else b""

    def _json(self, method: str, address: str, **options: Any) -> Any:
        answer = self._send(method, address, **options)
        try:
            return answer.json()
        except ValueError as error:
            raise self._odd("no JSON", address) from error

    def _send(self, method: str, address: str, **options: Any) -> Any:
        import httpx

        url = address if "://" in address else f"{self._url}{address}"
        if urlsplit(url).netloc != urlsplit(self._url).netloc:
            raise self._odd("it names another server", url)
        try:
            answer = self._client.request(method, url, **options)
        except httpx.HTTPError as error:
            raise self._odd(type(error).__name__, url) from error
        if answer.status_code in REFUSED:
            raise UsageError(
                "GP-TARGET-018",
                f"Zenodo does not allow this ({answer.status_code})",
                where=url,
                hint="the token needs the scope deposit:write, and Zenodo's sandbox has tokens of its own",
            )
        if not answer.is_success:
            raise self._odd(f"{answer.status_code} {_message(answer)}", url)
        return answer

    def _odd(self, what: str, url: str) -> GoldpressError:
        return SurroundingsError(
            "GP-TARGET-019",
            f"Zenodo does not answer as it should: {what}",
            where=url,
            hint="send the release again: the draft is found again, and what has arrived stays",
        )


def _message(answer: Any) -> str:
    try:
        told = answer.json()
        return str([told.get("message", ""), *(error.get("message") for error in told.get("errors", ()))])[:300]
    except (ValueError, AttributeError):
        return ""
