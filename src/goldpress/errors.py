"""How goldpress fails: what broke, where, and what to try, under a code that stays the same.

Three families decide the exit code. A code is written once, where the error is raised:
``raise UsageError("GP-SEEDS-002", "…", where=…, hint=…)``; ``docs/reference/errors.md`` is generated
from these places. This module imports nothing of the package.
"""

from pathlib import Path

__all__ = ["DataError", "GoldpressError", "SurroundingsError", "UsageError"]


class GoldpressError(Exception):
    """The base of every error that goldpress raises on purpose.

    Args:
        code: Stable, of the form ``GP-AREA-NNN``.
        what: One sentence that says what broke.
        where: The file, setting, article, task or address concerned.
        hint: What to try next.
    """

    exit_code = 2

    def __init__(self, code: str, what: str, *, where: str | Path = "", hint: str = "") -> None:
        super().__init__(code, what, str(where), hint)
        self.code, self.what, self.where, self.hint = code, what, str(where), hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.what, self.where, self.hint)

    def __str__(self) -> str:
        lines = [f"{self.what} [{self.code}]"]
        if self.where:
            lines.append(f"  at:  {self.where}")
        if self.hint:
            lines.append(f"  try: {self.hint}")
        return "\n".join(lines)


class DataError(GoldpressError):
    """The data does not hold: a broken export, a drifted text, findings that block a release."""

    exit_code = 1


class UsageError(GoldpressError):
    """A wrong call: arguments, settings or the scheme."""

    exit_code = 2


class SurroundingsError(GoldpressError):
    """The surroundings do not play along: server, network, disk, permission."""

    exit_code = 3


def _rebuild(kind: type[GoldpressError], code: str, what: str, where: str, hint: str) -> GoldpressError:
    return kind(code, what, where=where, hint=hint)
