"""Where facts are entered under the id of their check."""

from collections.abc import Callable, Iterable
from typing import Any

from goldpress.validation.frames import Frames
from goldpress.validation.texts import Find

Fact = Callable[[Frames, str], Any]
"""Gets the frames and the name of a table; returns one truth value a row."""

_FACTS: dict[str, Fact] = {}
_FINDS: dict[str, tuple[Find, ...]] = {}


def fact(check_id: str, *finds: Find) -> Callable[[Fact], Fact]:
    """Enter a function as the fact behind a check, and what it has looked for in texts."""

    def enter(function: Fact) -> Fact:
        if check_id in _FACTS:
            raise ValueError(f"two facts for check {check_id}")
        _FACTS[check_id], _FINDS[check_id] = function, finds
        return function

    return enter


def finds_of(check_ids: Iterable[str]) -> set[Find]:
    """Return what the facts of some checks have looked for in texts."""
    return {find for check_id in check_ids for find in _FINDS.get(check_id, ())}


def facts() -> dict[str, Fact]:
    """Return every fact by the id of its check."""
    return dict(_FACTS)
