"""Version numbers of releases: reading, ordering, choosing."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from goldpress.errors import UsageError

LATEST = "latest"

_NUMBER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+){0,2})\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class Version(NamedTuple):
    """A version number, ordered as SemVer orders them: 0.10.0 comes after 0.9.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised(self, part: str) -> "Version":
        """Return the next version when ``part`` (major, minor or patch) is raised."""
        if part == "major":
            return Version(self.major + 1, 0, 0)
        if part == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


FIRST = Version(0, 1, 0)


def is_version(text: str) -> bool:
    """Return whether a text is a full version number."""
    return _NUMBER.fullmatch(text) is not None


def parse_version(text: str) -> Version:
    """Return a full version number.

    Raises:
        UsageError: It is not of the form ``1.2.0`` (GP-DATASET-001).
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise UsageError(
            "GP-DATASET-001",
            f"'{text}' is no version number",
            hint="write three numbers, as in 1.2.0; where one is chosen, 'latest' and '>=1,<2' work too",
        )
    return Version(*(int(part) for part in found.groups()))


def choose_version(known: Iterable[Version], wanted: str | None) -> Version | None:
    """Return the highest known version that fits, None if there is none.

    Args:
        known: The versions that there are.
        wanted: A version, ``latest`` (as None), or clauses joined by commas: ``>=0.1,<2``.

    Raises:
        UsageError: ``wanted`` is none of these (GP-DATASET-001).
    """
    fits = _matcher(wanted)
    return max((version for version in known if fits(version)), default=None)


def _matcher(wanted: str | None) -> Callable[[Version], bool]:
    if wanted is None or wanted == LATEST:
        return lambda _: True
    clauses = [_CLAUSE.fullmatch(part) for part in wanted.split(",")]
    if not all(clauses):
        exact = parse_version(wanted.strip())
        return lambda version: version == exact
    tests = [(_COMPARE[found[1]], _padded(found[2])) for found in clauses if found]
    return lambda version: all(compare(version, bound) for compare, bound in tests)


def _padded(text: str) -> Version:
    numbers = [int(part) for part in text.split(".")]
    return Version(*[*numbers, 0, 0][:3])
