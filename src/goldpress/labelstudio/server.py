"""An embedded Label Studio: on loopback only, with its own data folder, gone when the command is gone."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from goldpress.errors import SurroundingsError, UsageError
from goldpress.labelstudio.client import Client
from goldpress.labelstudio.launch import LOG, LOGIN_FILE, admin_login, launch
from goldpress.labelstudio.ports import HOST, choose_port, port_taken
from goldpress.labelstudio.remains import end_leftover, sweep_exports
from goldpress.labelstudio.sessions import mint_token
from goldpress.labelstudio.templates import prepare_folder
from goldpress.labelstudio.tokens import save_token
from goldpress.workspace import Workspace, open_workspace

PATIENCE_SECONDS = 600
"""The first start migrates a database: a minute, or many on a machine that is busy."""

STOP_SECONDS = 20
WRONG_PASSWORD = "GP-LS-022"  # noqa: S105 - an error's code

Progress = Callable[[int, int], None]


class Server:
    """A running server; it stops when its context ends, and when this process does, however it does.

    Attributes:
        folder: Its data folder.
        url: Its address, on 127.0.0.1.
        email: Address of its first user.
        password: Password of its first user.
        login_file: Where both lie (mode 600).
        token: A personal access token of its first user.
    """

    def __init__(self, folder: Path, port: int, process: "subprocess.Popen[bytes]", lock: IO[bytes]) -> None:
        self.folder, self.port, self._process, self._lock = folder, port, process, lock
        self.url = f"http://{HOST}:{port}"
        self.email, self.password = admin_login(folder)
        self.login_file = folder / LOGIN_FILE
        self.token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Server({self.url!r}, folder={str(self.folder)!r})"

    @property
    def pid(self) -> int:
        """Process id of the keeper, which stops the server."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the server has ended by itself."""
        return self._process.poll() is not None

    def wait(self) -> None:
        """Return when the server has ended."""
        self._process.wait()

    def stop(self) -> None:
        """Stop the server and give its folder free; calling it again does nothing."""
        if self._lock.closed:
            return
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        end_leftover(self.folder)
        sweep_exports(self.folder)
        self._lock.close()


def serve(
    workspace: Workspace | Path | str | None = None, *, port: int | None = None, progress: Progress | None = None
) -> Server:
    """Start the workspace's embedded Label Studio, log in, and remember it as the workspace's server.

    Args:
        workspace: The workspace, or a folder in it.
        port: Port on 127.0.0.1; the last one, or a free one, if none is given.
        progress: Called with seconds waited and the most seconds to wait.

    Raises:
        SurroundingsError: The extra is not installed (GP-SERVE-001), the port is taken (GP-SERVE-002), another one
            runs the server of this workspace (GP-SERVE-003), or it does not start (GP-SERVE-004, -005).
    """
    workspace = open_workspace(workspace)
    server = start_server(workspace.state / "label-studio", port=port, progress=progress)
    try:
        save_token(workspace, server.url, server.email, server.token)
    except BaseException:
        server.stop()
        raise
    return server


def start_server(folder: Path, *, port: int | None = None, progress: Progress | None = None) -> Server:
    """Start a server on a data folder, and return it when one can log in.

    Args:
        folder: Made if it does not exist. Its first user is in ``admin.json``, its log in ``server.log``.
        port: As for ``serve``.
        progress: As for ``serve``.

    Raises:
        UsageError: The number cannot be a port (GP-SERVE-007).
        SurroundingsError: As for ``serve``; or a server that a killed run left here cannot be stopped (GP-SERVE-006).
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _lock(folder)
    try:
        end_leftover(folder)
        sweep_exports(folder)
        prepare_folder(folder)
        chosen = choose_port(folder, port)
        server = Server(folder, chosen, launch(folder, chosen), lock)
    except BaseException:
        lock.close()
        raise
    try:
        _wait_until_ready(server, progress)
        server.token = _first_login(server)
    except BaseException:
        server.stop()
        raise
    return server


def _lock(folder: Path) -> IO[bytes]:
    import fcntl  # not on Windows, where servers elsewhere can be used all the same

    handle = (folder / "lock").open("wb")
    try:
        # No child inherits it: the folder is free as soon as goldpress is gone.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise SurroundingsError(
            "GP-SERVE-003",
            "another goldpress runs the server of this workspace",
            where=folder,
            hint="use that one, or stop it with Ctrl-C",
        ) from error
    return handle


def _wait_until_ready(server: Server, progress: Progress | None) -> None:
    start = time.monotonic()
    while not _is_up(server):
        waited = int(time.monotonic() - start)
        if server.ended or waited > PATIENCE_SECONDS:
            raise SurroundingsError(
                "GP-SERVE-004",
                "Label Studio ended at once" if server.ended else f"Label Studio is not ready after {waited} s",
                where=server.folder / LOG,
                hint="read the end of the log; 'goldpress doctor' looks at the set-up",
            )
        if progress is not None:
            progress(waited, PATIENCE_SECONDS)
        time.sleep(0.3)
    if progress is not None:
        progress(PATIENCE_SECONDS, PATIENCE_SECONDS)


def _is_up(server: Server) -> bool:
    """Return whether the log names our port and the server is healthy.

    Raises:
        SurroundingsError: The server went to another port, for ours was taken in the meantime.
    """
    log = (server.folder / LOG).read_text("utf-8", errors="replace")
    stated = re.search(rf"Starting development server at http://{re.escape(HOST)}:(\d+)/", log)
    if stated is None:
        return False
    if int(stated[1]) != server.port:
        raise port_taken(server.port)
    try:
        return bool(httpx.get(f"{server.url}/health", timeout=5, trust_env=False).json()["status"] == "UP")
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return False


def _first_login(server: Server) -> str:
    """Mint a token: only our server knows the password in our folder."""
    try:
        token = mint_token(server.url, server.email, server.password, replace=True)
        with Client(server.url, token) as client:
            found = client.whoami().email
    except UsageError as error:
        if error.code != WRONG_PASSWORD:
            raise
        found = ""
    if found != server.email:
        raise SurroundingsError(
            "GP-SERVE-005",
            f"the server does not know {server.email} by the password in {LOGIN_FILE}",
            where=server.login_file,
            hint=f"label-studio reset_password --data-dir {server.folder} --username … and write it there",
        )
    return token
