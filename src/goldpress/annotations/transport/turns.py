"""One at a time: two commands at once in one workspace take turns."""

import contextlib
from collections.abc import Iterator

from goldpress.workspace import Workspace


@contextlib.contextmanager
def take_turn(workspace: Workspace, name: str) -> Iterator[None]:
    """Hold the workspace's lock of this name; who comes second waits until the first is done, or is gone.

    It is a lock of the system: a command that was killed holds none.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with (workspace.state / f"{name}.lock").open("wb") as handle:
        # Some network file systems have no locks; a push counts its articles on the server all the same.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
