"""Files that appear whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace a file by new content in one step: a reader, or a crash, sees the old bytes or the new ones.

    Raises:
        OSError: The folder cannot be written; the old file is untouched.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say of what
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_private(path: Path, content: bytes) -> None:
    """Replace a file that only its owner may read (mode 600)."""
    write_whole(path, content, mode=0o600)
