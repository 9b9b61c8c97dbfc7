"""The list of checks: what holds, how grave a breach is, in English and in the annotators' language."""

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "info", "repair"]


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact that must hold of every row of some tables.

    ``tables`` names kinds of tables; a scheme says which tables of its own are of that kind. It is empty where the
    contract of the columns decides, and for repairs, which are logged and not judged. ``needs`` names a kind of which
    the scheme must have a table: without claims nothing is asked about them. ``why`` says why it is as grave as it is,
    where another severity would be as natural.
    """

    severity: Severity
    tables: tuple[str, ...]
    sentence: str
    german: str
    hint: str
    needs: str = ""
    why: str = ""


@cache
def checks() -> dict[str, Check]:
    """Return every check by its id, in the order of the list."""
    content = files("goldpress.schemas").joinpath("checks.toml").read_bytes()
    return msgspec.toml.decode(content, type=dict[str, Check])
