"""One article: its identity, its text, its rights."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """A range that cleaning cut out.

    Attributes:
        start: First character, in the canonical text before cleaning (code points).
        end: One past the last.
        kind: Name of the rule.
        sha256: Of the removed text, as UTF-8.
    """

    start: int
    end: int
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about an article that does not stop it: a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it is pushed.

    Attributes:
        article_id: Stable name, from the metadata or the file name.
        text: Canonical text after cleaning.
        title: Headline, None where there is none; it is not part of the text.
        lang: BCP 47 tag.
        source: The outlet.
        path: File, relative to the workspace; with the row for tables.
        removed: What cleaning cut.
        warnings: What to know about it.
    """

    article_id: str
    text: str
    lang: str
    source: str
    path: str
    title: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None
    licence: str | None = None
    rights_holder: str | None = None
    removed: tuple[Removed, ...] = ()
    warnings: tuple[Remark, ...] = field(default=())

    @property
    def text_sha256(self) -> str:
        """SHA-256 of the text as UTF-8, in hex: with ``article_id`` the identity of a revision."""
        return hashlib.sha256(self.text.encode()).hexdigest()
