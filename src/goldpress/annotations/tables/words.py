"""Small things about words that several steps need: folding, and ids made of parts."""

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import byte_array, joined, offsets

if TYPE_CHECKING:
    import pyarrow as pa


def fold(text: str) -> str:
    r"""Return text as the lossy ``value.text`` can be compared: ``\n`` and ``\t`` unescaped, blanks folded."""
    return " ".join(text.replace("\\n", " ").replace("\\t", " ").split())


def digest(*parts: str) -> str:
    """Return 16 hex digits that identify these parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def digests(*columns: Any) -> "pa.Array[Any]":
    """Return ``digest`` of each row of these columns; null counts as the empty string."""
    import numpy as np

    rows = joined("\x1f", *columns, missing="")
    cuts: Any = offsets(rows).tolist()
    data = bytes(rows.buffers()[2] or b"")
    sha256 = hashlib.sha256
    whole = np.frombuffer(b"".join([sha256(data[s:e]).digest() for s, e in pairwise(cuts)]), dtype=np.uint8)
    digits = whole.reshape(-1, 32)[:, :8].tobytes().hex().encode()
    return byte_array(np.frombuffer(digits, dtype=np.uint8), np.arange(len(cuts)) * 16)


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
