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


def map_file(path: Path) -> "pa.Buffer":
    """Return a file's bytes, read when somebody looks at them; ``give_back`` lets go of what was read."""
    import pyarrow as pa

    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPPED.add(mapped)
    return pa.py_buffer(mapped)


def set_aside(table: "pa.Table") -> "pa.Table":
    """Return a table whose rows lie in a file, which is gone when nobody holds them; a small table as it is.

    Where there is no room for the file, the table stays in memory.
    """
    import pyarrow as pa

    if table.nbytes < LARGE:
        return table
    try:
        with tempfile.TemporaryDirectory(prefix="goldpress-") as folder:
            path = Path(folder) / "rows.arrow"
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
                out.write_table(table)
            return pa.ipc.open_file(map_file(path)).read_all()
    except OSError:
        return table


def give_back() -> None:
    """Give back what was let go, and what was read of mapped files.

    The C library of Linux keeps arrays below 32 MB for itself, hundreds of MB of them. Pages of a file stay with the
    process until memory is short; whoever looks at them again gets them from the system's own copy.
    """
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
