"""What the workspace knows and no release may say: accounts, tokens, the key of the pseudonyms."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldpress.dataset.reading import read_rows
from goldpress.dataset.withholding import is_quotation
from goldpress.errors import DataError
from goldpress.labelstudio import known_accounts
from goldpress.workspace import Workspace

SHORTEST = 5
"""Characters of anything that is looked for."""
USER = re.compile(r"[^\W\d_]+[._-][^\W\d_]+[\w.-]*|[^\W\d_]+\d+")
"""User names that are no plain word (``anna.vogt``, ``vogt7``): only these can be told from what articles say."""
SPOKEN = ("articles", "entities")
"""Tables that speak of the world: there a user name is a name like any other."""


@dataclass(frozen=True)
class Secrets:
    """Texts that may stand nowhere, and user names that may stand only where an article says them."""

    everywhere: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def known_secrets(workspace: Workspace) -> Secrets:
    """Return what this workspace knows: addresses, user names and tokens of accounts, and the pseudonyms' key."""
    accounts = known_accounts(workspace)
    keys = {os.environ.get(name, "") for name in ("GOLDPRESS_TOKEN", "GOLDPRESS_PSEUDONYM_KEY")}
    file = workspace.state / "pseudonym.key"
    keys |= {file.read_text(encoding="ascii", errors="replace").strip()} if file.is_file() else set()
    keys |= {value for account in accounts for value in (account.email, account.token)}
    users = {account.email.partition("@")[0].casefold() for account in accounts}
    return Secrets(
        frozenset(key.casefold() for key in keys if len(key) >= SHORTEST),
        frozenset(name for name in users if len(name) >= SHORTEST and USER.fullmatch(name)),
    )


def refuse_secrets(folder: Path, secrets: Secrets) -> None:
    """Refuse a staged release that says what only the workspace may know.

    Raises:
        DataError: The file that does (GP-DATASET-037); never what it says.
    """
    if not (secrets.everywhere or secrets.names):
        return
    anywhere = _pattern(secrets.everywhere, "{}")
    named = _pattern(secrets.names, r"(?<!\w){}(?!\w)")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        spoken = path.parent.name in SPOKEN
        for text, quoted in _texts(path):
            low = text.casefold()
            if anywhere.search(low) or (not (quoted or spoken) and named.search(low)):
                raise DataError(
                    "GP-DATASET-037",
                    "an account, a token or the key of the pseudonyms would be published",
                    where=path.relative_to(folder).as_posix(),
                    hint="take it out of the scheme, guidelines, settings or labels; change a token that got there",
                )


def _pattern(words: frozenset[str], shape: str) -> re.Pattern[str]:
    parts = [shape.format(re.escape(word)) for word in sorted(words)]
    return re.compile("|".join(parts) if parts else r"(?!)")


def _texts(path: Path) -> list[tuple[str, bool]]:
    """The texts of a file, each with whether it quotes an article."""
    import pyarrow as pa

    if path.suffix != ".parquet":
        return [(path.read_text(encoding="utf-8", errors="replace"), False)]
    table = read_rows(path)
    texts = [("\n".join(table.column_names), False)]
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_string(column.type):
            values: list[Any] = column.drop_null().unique().to_pylist()
        elif pa.types.is_nested(column.type):
            values = sorted({str(value) for value in column.to_pylist()})
        else:
            continue
        texts.append(("\n".join(map(str, values)), is_quotation(field.name)))
    return texts
