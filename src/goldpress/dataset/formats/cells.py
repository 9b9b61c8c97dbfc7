"""Cells of CSV files that spreadsheets, data frames and databases all take for what they are."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from goldpress.dataset.formats.exports import Tally

FORMULA = tuple("=+-@\t\r＝＋－＠")
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV injection)."""
DISARMED = "cells that a spreadsheet would run as a formula begin with an apostrophe, which no offset counts"


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], tally: Tally) -> bytes:
    """Return rows as CSV, RFC 4180, UTF-8: texts quoted, null empty, a list as JSON."""
    lines = [",".join(_quoted(column) for column in columns)]
    lines += [",".join(_cell(value, tally) for value in row) for row in rows]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _cell(value: Any, tally: Tally) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text.lstrip(" \n").startswith(FORMULA):
        tally.lost[DISARMED] += 1
        text = f"'{text}"
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
