"""A proxy between goldpress and the real server that does what networks do: cuts, delays, lies and trickles."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import urlsplit

Kind = Literal[
    "cut before",
    "cut after",
    "502 after",
    "504 after",
    "413 before",
    "truncate",
    "trickle",
    "delay",
    "late",
]


@dataclass
class Fault:
    """What happens to a request whose first line contains ``match``, ``times`` times.

    ``before`` means that the server never sees the request, ``after`` that it has done everything.
    """

    kind: Kind
    match: str
    times: int = 1
    larger_than: int = 0


class FaultProxy:
    """Listens on loopback and forwards one request a connection, with the faults that are due."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 80)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            request = _read_message(caller)
            if not request:
                return
            line = request.split(b"\r\n", 1)[0].decode("latin-1")
            self.seen.append(line)
            fault = self._due(line, len(request))
            if fault == "cut before":
                return
            if fault == "late":
                # The caller gives up first; the server gets it all the same.
                time.sleep(2.0)
            if fault == "413 before":
                caller.sendall(_answer(413, "Request Entity Too Large"))
                return
            with socket.create_connection(self._target, timeout=60) as server:
                server.sendall(_closing(request))
                answer = _closing(b"".join(iter(lambda: server.recv(65536), b"")))
            _pass_on(caller, answer, fault)

    def _due(self, line: str, size: int) -> Kind | None:
        with self._lock:
            for fault in self.faults:
                if fault.times and fault.match in line and size > fault.larger_than:
                    fault.times -= 1
                    return fault.kind
        return None


def _pass_on(caller: socket.socket, answer: bytes, fault: Kind | None) -> None:
    if fault == "cut after":
        return
    if fault in {"502 after", "504 after"}:
        caller.sendall(_answer(int(fault[:3]), "Bad Gateway"))
    elif fault == "truncate":
        caller.sendall(answer[: len(answer) - 20])
    elif fault == "trickle":
        for at in range(0, len(answer), 200):
            caller.sendall(answer[at : at + 200])
            time.sleep(0.01)
    else:
        if fault == "delay":
            time.sleep(1.5)
        caller.sendall(answer)


def _read_message(caller: socket.socket) -> bytes:
    """Read one request: its head, and as much body as the head says."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = caller.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += caller.recv(65536)
    return head + b"\r\n\r\n" + body


def _closing(message: bytes) -> bytes:
    """Say that the connection ends after this message, so that its end is seen and no further one is sent."""
    head, _, body = message.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


def _answer(status: int, words: str) -> bytes:
    page = b"<html>a proxy's page</html>"
    head = f"HTTP/1.1 {status} {words}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + page
