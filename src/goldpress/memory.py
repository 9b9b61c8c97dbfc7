"""Memory that is let go, given back to the system."""

import ctypes
import mmap
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    import pyarrow as pa

LARGE = 2**24
"""Bytes of a table from which a file is worth it."""

_MAPPED: "WeakSet[mmap.mmap]" = WeakSet()


def save(table: "pa.Table", path: Path) -> None:
    """Write a table to a file, whole or not at all: who has mapped an older one keeps it. OSError without room."""
    import pyarrow as pa

    fresh = path.with_suffix(".new")
    with pa.OSFile(str(fresh), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)
    fresh.replace(path)


def load(path: Path) -> "pa.Table":
    """Return a table that was saved, read when somebody looks at it; ``give_back`` lets go of what was read."""
    import pyarrow as pa

    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPPED.add(mapped)
    return pa.ipc.open_file(pa.py_buffer(mapped)).read_all()


def set_aside(table: "pa.Table") -> "pa.Table":
    """Return a table whose rows lie in a file, which is gone when nobody holds them; a small table as it is.

    Where there is no room for the file, the table stays in memory.
    """
    if table.nbytes < LARGE:
        return table
    try:
        with tempfile.TemporaryDirectory(prefix="goldpress-") as folder:
            save(table, Path(folder) / "rows.arrow")
            return load(Path(folder) / "rows.arrow")
    except OSError:
        return table


def give_back() -> None:
    """Give back what was let go, and what was read of mapped files.

    Arrow's pool and the C library of Linux (arrays below 32 MB) keep hundreds of MB for themselves. Pages of a file
    stay with the process until memory is short; whoever looks at them again gets them from the system's own copy.
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    for mapped in [*_MAPPED] if hasattr(mmap, "MADV_DONTNEED") else ():
        mapped.madvise(mmap.MADV_DONTNEED)
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    """The call that does it; None where the C library has none, as on other systems and with musl."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
