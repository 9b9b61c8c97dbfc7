"""Where facts are entered under the id of their check."""

from collections.abc import Callable
from typing import Any

from goldpress.validation.frames import Frames

Fact = Callable[[Frames, str], Any]
"""Gets the frames and the name of a table; returns one truth value a row."""

_FACTS: dict[str, Fact] = {}


def fact(check_id: str) -> Callable[[Fact], Fact]:
    """Enter a function as the fact behind a check."""

    def enter(function: Fact) -> Fact:
        if check_id in _FACTS:
            raise ValueError(f"two facts for check {check_id}")
        _FACTS[check_id] = function
        return function

    return enter


def facts() -> dict[str, Fact]:
    """Return every fact by the id of its check."""
    return dict(_FACTS)
