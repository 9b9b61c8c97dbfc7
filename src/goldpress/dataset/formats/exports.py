"""What an export gave, and the places that it is written to."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Tally:
    """Counts of an export while it is made.

    Attributes:
        kept: What was written, by kind.
        lost: What the format cannot hold, as a sentence for people, with how often.
    """

    kept: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Export:
    """An export that was made.

    Attributes:
        version: The release that it was made from.
        format: Its format.
        into: The folder that holds it.
        kept: What was written, by kind.
        lost: What the format cannot hold, and how often.
    """

    version: str
    format: str
    into: Path
    kept: dict[str, int]
    lost: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {**vars(self), "into": str(self.into)}


class Names:
    """Names of files for articles: short, harmless, one for each."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def name(self, article_id: str) -> str:
        """Return a name that no other article has."""
        plain = re.sub(r"[^\w.-]+", "_", article_id).strip("._")[:120] or "article"
        key = plain.casefold()  # some file systems do not tell upper from lower case
        self._taken[key] += 1
        return plain if self._taken[key] == 1 else f"{plain}~{self._taken[key]}"
