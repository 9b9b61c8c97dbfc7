"""What a killed run may leave in the folder of an embedded server: a process, and copies of exports."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from goldpress.errors import SurroundingsError

PID_FILE = "server.pid"
PATIENCE_SECONDS = 15.0


def end_leftover(folder: Path) -> None:
    """Stop a server that is still running on this folder; any other process is left alone.

    Raises:
        SurroundingsError: It runs, and cannot be stopped (GP-SERVE-006).
    """
    path = folder / PID_FILE
    pid = _read(path)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if pid is None or not _is_ours(pid, folder):
            break
        _signal(pid, number, folder)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _is_ours(pid, folder) and time.monotonic() < deadline:
            time.sleep(0.1)
    else:
        if pid is not None and _is_ours(pid, folder):
            raise _stays(pid, folder)
    path.unlink(missing_ok=True)


def sweep_exports(folder: Path) -> int:
    """Delete the copies that Label Studio keeps of every export, and return how many there were.

    They hold what annotators did, and nobody reads them again; the database is untouched.
    """
    found = list((folder / "export").glob("project-*-at-*.json"))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _read(path: Path) -> int | None:
    try:
        pid = int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return pid if pid > 1 else None


def _is_ours(pid: int, folder: Path) -> bool:
    """A pid is used again after a while: only a process with our data folder in its command line is the server."""
    return f"--data-dir {folder} " in _command_line(pid)


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    with contextlib.suppress(OSError):
        asked = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return ""


def _signal(pid: int, number: signal.Signals, folder: Path) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise _stays(pid, folder) from error


def _stays(pid: int, folder: Path) -> SurroundingsError:
    return SurroundingsError(
        "GP-SERVE-006",
        f"a Label Studio that an earlier run left behind is still running (process {pid})",
        where=folder,
        hint=f"end it: kill {pid}",
    )
