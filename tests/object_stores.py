"""Object stores on loopback: moto, a real Ceph gateway, and two servers that no release may be entrusted to."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from parts import find_ceph, need

BUCKET = "press"
KEYS = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK-that-nobody-may-read", "AWS_REGION": "us-east-1"}


def use_store(patch: pytest.MonkeyPatch, url: str) -> None:
    """Point every S3 client of this process at a server."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        patch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": url}.items():
        patch.setenv(name, value)


@contextlib.contextmanager
def moto_server() -> Iterator[str]:
    """Yield the address of moto, which keeps conditions."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextlib.contextmanager
def careless_server(*, garble: bool = False) -> Iterator[str]:
    """Yield the address of a server that ignores every condition, or loses the last byte of what it is given."""
    kept: dict[str, bytes] = {}

    class Careless(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            kept[self.path] = data[:-1] if garble else data
            self._answer(200, b"")

        def do_GET(self) -> None:
            found = kept.get(self.path)
            self._answer(200 if found is not None else 404, found or b"")

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            kept.pop(self.path, None)
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("ETag", f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
            self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library calls it
            pass

    with serving(Careless) as url:
        yield url


@contextlib.contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yield the address of a server on loopback with this handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def ceph_gateway() -> Iterator[str]:
    """Yield the address of a RADOS gateway of its own: one monitor, one store in memory, no authentication inside."""
    program = find_ceph()
    need(program, "Ceph (Debian's packages radosgw, ceph-mon, ceph-osd)")
    folder = Path("/tmp") / f"ceph-{os.getpid()}"  # noqa: S108 - a socket's path has at most 107 characters
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("mon", "osd", "rgw", "run"):
        (folder / name).mkdir(parents=True)
    monitor, port, cluster, store = _port(), _port(), uuid.uuid4(), uuid.uuid4()
    conf = folder / "ceph.conf"
    conf.write_text(CONF.format(folder=folder, monitor=monitor, port=port, cluster=cluster), "utf-8")
    log = (folder / "out.log").open("ab")

    def run(*words: str) -> None:
        subprocess.run(words, check=True, stdout=log, stderr=log, timeout=60)

    gateway = None
    try:
        run("monmaptool", "--create", "--fsid", f"{cluster}", "--addv", "a", f"[v1:127.0.0.1:{monitor}]", f"{folder}/m")
        run("ceph-mon", "-i", "a", "--mkfs", "--monmap", f"{folder}/m", "-c", f"{conf}")
        run("ceph-mon", "-i", "a", "-c", f"{conf}")
        run("ceph", "-c", f"{conf}", "osd", "new", f"{store}")
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", f"{store}", "-c", f"{conf}")
        _patiently(lambda: run("ceph-osd", "-i", "0", "-c", f"{conf}"))
        gateway = subprocess.Popen([f"{program}", "-c", f"{conf}", "-n", "client.rgw", "-d"], stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        keys = [f"--access-key={KEYS['AWS_ACCESS_KEY_ID']}", f"--secret-key={KEYS['AWS_SECRET_ACCESS_KEY']}"]
        run("radosgw-admin", "-c", f"{conf}", "user", "create", "--uid=t", "--display-name=t", *keys)
        yield url
    finally:
        log.close()
        if gateway is not None:
            gateway.kill()
            gateway.wait()
        for file in (folder / "run").glob("*.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(file.read_text()), signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _patiently(start: Callable[[], None]) -> None:
    """Start what refuses for as long as the monitor has not told it which cluster it belongs to."""
    for _ in range(20):
        with contextlib.suppress(subprocess.CalledProcessError):
            start()
            return
        time.sleep(0.5)
    start()


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(url: str) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url)
            return
        time.sleep(0.5)
    raise TimeoutError(url)


CONF = """[global]
fsid = {cluster}
mon host = [v1:127.0.0.1:{monitor}]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = true
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/$name.log
pid file = {folder}/run/$name.pid
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 4
osd pool default pgp num = 4
mon max pg per osd = 1000
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw enable usage log = false
rgw dns name = 127.0.0.1
"""
