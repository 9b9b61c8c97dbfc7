"""Waivers: a named person accepts a warning, for a reason, until a day."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from goldpress.workspace import convert_table, read_toml


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of ``validation/waivers.toml``.

    ``check`` is a check (``T17``) or one entry of a suite (``C2.claims.topic``); ``scope`` an article's id, a table, or
    ``*``. Errors cannot be waived.
    """

    check: str
    reason: str
    by: str
    until: dt.date
    scope: str = "*"

    def is_for(self, table: str, article: object) -> bool:
        """Return whether it covers a row: by table, by article, or all."""
        return self.scope in ("*", table, article)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    waivers: tuple[Waiver, ...] = ()


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a file; none where there is no file.

    Raises:
        UsageError: The file is not TOML (GP-WORK-002), or an entry lacks something (GP-VALID-005).
    """
    if not path.is_file():
        return ()
    return convert_table(read_toml(path), _File, where=path, code="GP-VALID-005").waivers


def covered(waivers: tuple[Waiver, ...], check_id: str, table: str) -> list[Waiver]:
    """Return the waivers that are about a check: those for all of a table first, those for one article after."""
    named = [w for w in waivers if w.check in (check_id, check_id.partition(".")[0])]
    return sorted(named, key=lambda waiver: waiver.scope not in ("*", table))


def still_valid(waivers: tuple[Waiver, ...], today: dt.date | None) -> tuple[Waiver, ...]:
    """Return the waivers that have not run out on a day; None is today."""
    day = today or dt.datetime.now(tz=dt.UTC).date()
    return tuple(waiver for waiver in waivers if waiver.until >= day)


def is_asked_for(waiver: Waiver, judged: Sequence[str], absent: Sequence[str]) -> bool:
    """Return whether its check could be judged: where tables are absent, waivers for them are no fault."""
    names = {name for check_id in judged for name in (check_id, check_id.partition(".")[0])}
    return not absent or (waiver.check in names and waiver.scope not in absent)
