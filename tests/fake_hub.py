"""A server on loopback that speaks what the Hub's own client speaks; unknown requests are remembered as faults."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from object_stores import serving

EMPTY = "0" * 40


@dataclass
class Hub:
    """What it holds, and what it does next.

    Attributes:
        commits: By id, each the files by path.
        rival: Called once before the next commit is taken, as another machine would come between.
    """

    url: str = ""
    exists: bool = False
    private: bool | None = None
    head: str = EMPTY
    commits: dict[str, dict[str, bytes]] = field(default_factory=lambda: {EMPTY: {}})
    tags: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    rival: bool = False
    fail: dict[str, int] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes]) -> str:
        """Add a commit on top of ``main``."""
        told = json.dumps([self.head, sorted((name, hashlib.sha256(data).hexdigest()) for name, data in files.items())])
        self.head = hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()
        self.commits[self.head] = files
        return self.head

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a revision names."""
        found = self.head if revision == "main" else self.tags.get(revision, revision)
        return found if found in self.commits else None


@contextmanager
def hub_server() -> Iterator[Hub]:
    """Yield a Hub with one repository, which is not there yet."""
    hub = Hub()

    class Handler(_Handler):
        place = hub

    with serving(Handler) as url:
        hub.url = url
        yield hub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    place: Hub

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library calls it
        pass

    def _handle(self) -> None:  # noqa: PLR0911 - one answer a request
        hub, body = self.place, self._body()
        path = unquote(urlsplit(self.path).path)
        hub.seen.append(f"{self.command} {path}")
        hub.tokens.add(self.headers.get("Authorization", ""))
        parts = path.strip("/").split("/")
        for match, status in hub.fail.items():
            if match in f"{self.command} {path}":
                return self._json(status, {"error": "as the test asked for"})
        if path == "/api/repos/create":
            told = json.loads(body)
            hub.exists, hub.private = True, told.get("private") or told.get("visibility") == "private"
            return self._json(200, {"url": f"{hub.url}/datasets/press/news", "name": "press/news", "id": "press/news"})
        if path == "/api/validate-yaml":
            return self._json(200, {"errors": [], "warnings": []})
        if path == "/api/whoami-v2":
            return self._json(200, {"name": "press", "orgs": [], "type": "user"})
        if not hub.exists:
            return self._json(404, {"error": "no such repository"}, {"X-Error-Code": "RepoNotFound"})
        if parts[:2] == ["api", "datasets"]:
            return self._api(parts[4:], body)
        if parts[0] == "datasets" and parts[3] == "resolve":
            return self._file(parts[4], "/".join(parts[5:]))
        return self._odd()

    def _api(self, parts: list[str], body: bytes) -> None:  # noqa: PLR0911 - one answer a request
        hub = self.place
        match parts:
            case [] | ["revision", _]:
                commit = hub.resolve(parts[1] if parts else "main")
                return self._info(commit) if commit else self._missing()
            case ["refs"]:
                tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": c} for n, c in hub.tags.items()]
                main = {"name": "main", "ref": "refs/heads/main", "targetCommit": hub.head}
                return self._json(200, {"branches": [main], "tags": tags, "converts": []})
            case ["preupload", _]:
                files = json.loads(body)["files"]
                told = [{"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in files]
                return self._json(200, {"files": told})
            case ["commit", _]:
                return self._commit(body)
            case ["tag", revision]:
                name = json.loads(body)["tag"]
                if name in hub.tags:
                    return self._json(409, {"error": "the tag exists"})
                hub.tags[name] = str(hub.resolve(revision))
                return self._json(200, {})
            case ["tree", revision, *rest]:
                return self._tree(revision, "/".join(rest))
            case ["paths-info", revision]:
                return self._paths(revision, body)
        return self._odd()

    def _info(self, commit: str) -> None:
        files = [{"rfilename": name} for name in self.place.commits[commit]]
        more = {"private": False, "gated": False, "disabled": False, "tags": [], "downloads": 0, "likes": 0}
        times = {"lastModified": "2026-01-01T00:00:00.000Z", "createdAt": "2026-01-01T00:00:00.000Z"}
        self._json(200, {"id": "press/news", "_id": "1", "sha": commit, "siblings": files, **more, **times})

    def _commit(self, body: bytes) -> None:
        hub = self.place
        if hub.rival:
            hub.rival = False
            hub.commit({"README.md": b"another machine was here"})
        files = dict(hub.commits[hub.head])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "header" and value.get("parentCommit") not in (None, hub.head):
                return self._json(412, {"error": "A commit has happened since. Please refresh and try again."})
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                files.pop(value["path"], None)
        oid = hub.commit(files)
        link = f"{hub.url}/datasets/press/news/commit/{oid}"
        return self._json(200, {"success": True, "commitOid": oid, "commitUrl": link, "hookOutput": ""})

    def _entries(self, revision: str) -> dict[str, dict[str, Any]] | None:
        commit = self.place.resolve(revision)
        if commit is None:
            return None
        files = self.place.commits[commit]
        folders = {name[:at] for name in files for at, char in enumerate(name) if char == "/"}
        entries = {name: {"type": "directory", "path": name, "size": 0, "oid": EMPTY} for name in folders}
        for name, data in files.items():
            entries[name] = {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}
        return entries

    def _tree(self, revision: str, under: str) -> None:
        entries = self._entries(revision)
        if entries is None or (under and under not in entries):
            return self._missing()
        deep = parse_qs(urlsplit(self.path).query).get("recursive", ["False"])[0].lower() == "true"
        begin = f"{under}/" if under else ""
        found = [e for name, e in entries.items() if name.startswith(begin) and name != under]
        return self._json(200, [e for e in found if deep or "/" not in e["path"].removeprefix(begin)])

    def _paths(self, revision: str, body: bytes) -> None:
        entries = self._entries(revision) or {}
        text = body.decode()
        asked = json.loads(text)["paths"] if text.startswith("{") else parse_qs(text).get("paths", [])
        self._json(200, [entries[name] for name in asked if name in entries])

    def _file(self, revision: str, path: str) -> None:
        commit = self.place.resolve(revision)
        if commit is None:
            return self._json(404, {"error": "no such revision"}, {"X-Error-Code": "RevisionNotFound"})
        data = self.place.commits[commit].get(path)
        if data is None:
            told = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
            return self._json(404, {"error": "no such file"}, told)
        headers = {"X-Repo-Commit": commit, "ETag": f'"{_oid(data)}"', "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if wanted is None:
            return self._answer(200, data, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(data) - 1), len(data) - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        return self._answer(206, data[start : end + 1], headers)

    def _missing(self) -> None:
        self._json(404, {"error": "there is none"}, {"X-Error-Code": "EntryNotFound"})

    def _odd(self) -> None:
        self.place.unknown.append(f"{self.command} {self.path}")
        self._json(404, {"error": "unknown"})

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().strip(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _json(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
        self._answer(status, json.dumps(told).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _oid(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
