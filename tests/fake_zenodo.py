"""A server on loopback that speaks Zenodo's deposit API, as far as its documentation describes it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from object_stores import serving

DEPOSITS = "/api/deposit/depositions"


@dataclass
class Archive:
    """Its deposits by number, their files by number and name.

    ``garble`` loses a byte of every file, ``elsewhere`` is where files are asked for, ``fail`` answers with a status.
    """

    url: str = ""
    deposits: dict[int, dict[str, Any]] = field(default_factory=dict)
    contents: dict[tuple[int, str], bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    elsewhere: str = ""
    garble: bool = False
    fail: dict[str, int] = field(default_factory=dict)

    def publish(self, number: int) -> None:
        """Do what only a person does: press the button."""
        self.deposits[number]["submitted"] = True

    def create(self) -> dict[str, Any]:
        """Add a draft."""
        number = len(self.deposits) + 1
        doi = f"10.5281/zenodo.{number}"
        links = {"bucket": f"{self.elsewhere or self.url}/api/files/{number}", "html": f"{self.url}/deposit/{number}"}
        made = {"id": number, "submitted": False, "links": links, "files": []}
        self.deposits[number] = {**made, "metadata": {"prereserve_doi": {"doi": doi, "recid": number}}}
        return self.deposits[number]

    def keep(self, number: int, name: str, data: bytes) -> dict[str, Any]:
        """Put a file into a draft."""
        self.contents[number, name] = data
        files = self.deposits[number]["files"]
        files[:] = [file for file in files if file["filename"] != name]
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        link = {"download": f"{self.url}/api/files/{number}/{name}"}
        files.append({"id": name, "filename": name, "filesize": len(data), "checksum": checksum, "links": link})
        return {"key": name, "checksum": f"md5:{checksum}", "size": len(data)}


@contextmanager
def zenodo_server() -> Iterator[Archive]:
    """Yield an archive without deposits."""
    archive = Archive()

    class Handler(_Handler):
        place = archive

    with serving(Handler) as url:
        archive.url = url
        yield archive


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    place: Archive

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library calls it
        pass

    def _handle(self) -> None:  # noqa: C901, PLR0911 - one case a request
        archive = self.place
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        archive.seen.append(f"{self.command} {path}")
        for match, status in archive.fail.items():
            if match in f"{self.command} {path}":
                return self._json(status, {"status": status, "message": "as the test asked for"})
        if self.headers.get("Authorization") != "Bearer zen-that-nobody-may-read":
            return self._json(401, {"status": 401, "message": "Unauthorized"})
        parts = path.removeprefix("/api/").split("/")
        match [self.command, *parts]:
            case ["GET", "deposit", "depositions"]:
                asked = parse_qs(urlsplit(self.path).query)
                size, page = int(asked["size"][0]), int(asked["page"][0])
                every = [*archive.deposits.values()][::-1]
                return self._json(200, every[size * (page - 1) : size * page])
            case ["POST", "deposit", "depositions"]:
                return self._json(201, archive.create())
            case ["GET", "deposit", "depositions", number]:
                return self._json(200, archive.deposits[int(number)])
            case ["PUT", "deposit", "depositions", number]:
                archive.deposits[int(number)]["metadata"] |= {
                    **json.loads(body)["metadata"],
                    "prereserve_doi": archive.deposits[int(number)]["metadata"]["prereserve_doi"],
                }
                return self._json(200, archive.deposits[int(number)])
            case ["POST", "deposit", "depositions", number, "actions", "newversion"]:
                fresh = archive.create()
                for file in archive.deposits[int(number)]["files"]:
                    archive.keep(fresh["id"], file["filename"], archive.contents[int(number), file["filename"]])
                link = {"latest_draft": f"{archive.url}{DEPOSITS}/{fresh['id']}"}
                return self._json(201, {**archive.deposits[int(number)], "links": link})
            case ["DELETE", "deposit", "depositions", number, "files", name]:
                files = archive.deposits[int(number)]["files"]
                files[:] = [file for file in files if file["id"] != name]
                return self._answer(204, b"")
            case ["PUT", "files", number, name]:
                return self._json(201, archive.keep(int(number), name, body[:-1] if archive.garble else body))
            case ["GET", "files", number, name]:
                return self._answer(200, archive.contents[int(number), name])
        return self._json(404, {"status": 404, "message": f"unknown: {self.command} {path}"})

    def _json(self, status: int, told: Any) -> None:
        self._answer(status, json.dumps(told).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
