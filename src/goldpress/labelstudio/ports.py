"""A port for the embedded server: on loopback, free, and the same as last time if it can be."""

import errno
import socket
from pathlib import Path

from goldpress.errors import SurroundingsError, UsageError

HOST = "127.0.0.1"
LAST = "port"
HIGHEST = 65535


def choose_port(folder: Path, wanted: int | None = None) -> int:
    """Return the port wanted, or the folder's last one, or a free one.

    Raises:
        UsageError: It is no port, or one that only the system may use (GP-SERVE-007).
        SurroundingsError: Something listens there already (GP-SERVE-002).
    """
    if wanted is None:
        last = _last(folder)
        port = last if last is not None and is_free(last) else _free_port()
    elif not 0 < wanted <= HIGHEST:
        raise _no_port(wanted)
    elif not is_free(wanted):
        raise port_taken(wanted)
    else:
        port = wanted
    (folder / LAST).write_text(f"{port}\n", encoding="utf-8")
    return port


def is_free(port: int) -> bool:
    """Return whether nothing listens on a port of this machine.

    Raises:
        UsageError: Only the system may use the port (GP-SERVE-007).
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        # As the server does: a port that was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise _no_port(port) from error
            return False
    return True


def port_taken(port: int) -> SurroundingsError:
    """Return the error; Label Studio would silently take the next port."""
    return SurroundingsError(
        "GP-SERVE-002", f"port {port} is taken", where=f"{HOST}:{port}", hint="name another with --port, or none"
    )


def _no_port(port: int) -> UsageError:
    return UsageError("GP-SERVE-007", f"{port} cannot be the port", hint="choose one from 1024 to 65535, or none")


def _last(folder: Path) -> int | None:
    try:
        port = int((folder / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return port if 0 < port <= HIGHEST else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
