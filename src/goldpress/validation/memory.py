"""Memory that is let go, given back to the system."""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Give back what was let go: the C library of Linux keeps arrays below 32 MB for itself, hundreds of MB of them."""
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
