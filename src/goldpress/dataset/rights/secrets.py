"""What the workspace knows and no release may say: accounts, tokens, the key of the pseudonyms."""

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.contents import Contents, may_hold
from goldpress.dataset.rights.withholding import is_quotation
from goldpress.errors import DataError
from goldpress.labelstudio import known_accounts
from goldpress.memory import give_back
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

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


def refuse_secrets(contents: Contents, secrets: Secrets) -> None:
    """Refuse a release that says what only the workspace may know.

    Raises:
        DataError: The table or file that does (GP-DATASET-037); never what it says.
    """
    if not (secrets.everywhere or secrets.names):
        return
    anywhere = _pattern(secrets.everywhere, "{}")
    named = _pattern(secrets.names, r"(?<!\w){}(?!\w)")

    def told(text: str, *, spoken: bool = False) -> bool:
        low = text.casefold()
        return bool(anywhere.search(low) or (not spoken and named.search(low)))

    words = [word.encode() for word in secrets.everywhere | secrets.names]
    for path, table in contents.tables.items():
        if told("\n".join(table.column_names)):
            raise _refused(path)
        for name in table.column_names:
            if may_hold(table[name], words, any_case=True):
                spoken = path.rpartition("/")[2] in SPOKEN or is_quotation(name)
                if any(told(str(value), spoken=spoken) for value in _values(table[name])):
                    raise _refused(path)
        give_back()
    for path, text in contents.texts.items():
        if told(text):
            raise _refused(path)


def _refused(where: str) -> DataError:
    return DataError(
        "GP-DATASET-037",
        "an account, a token or the key of the pseudonyms would be published",
        where=where,
        hint="take it out of the scheme, guidelines, settings or labels; change a token that got there",
    )


def _pattern(words: frozenset[str], shape: str) -> re.Pattern[str]:
    parts = [shape.format(re.escape(word)) for word in sorted(words)]
    return re.compile("|".join(parts) if parts else r"(?!)")


def _values(column: "pa.ChunkedArray[Any]") -> list[Any]:
    import pyarrow as pa

    return column.unique().to_pylist() if pa.types.is_string(column.type) else column.to_pylist()
