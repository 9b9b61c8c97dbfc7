"""Small things about words that several steps need: folding, and ids made of parts."""

import hashlib


def fold(text: str) -> str:
    r"""Return text as the lossy ``value.text`` can be compared: ``\n`` and ``\t`` unescaped, blanks folded."""
    return " ".join(text.replace("\\n", " ").replace("\\t", " ").split())


def digest(*parts: str) -> str:
    """Return 16 hex digits that identify these parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
