"""What a release says of itself, apart from its rows."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.dataset.form.digests import json_digest
from goldpress.dataset.form.manifest import Judgement, Tool
from goldpress.errors import UsageError
from goldpress.schemas.contracts import Table
from goldpress.schemas.scheme import Scheme
from goldpress.workspace import DatasetSettings

if TYPE_CHECKING:
    import pyarrow as pa


PAPERS = "2"
"""Form of what a release says beside its rows. Whoever changes a paper raises it: rows are made again byte for byte
whoever made them, papers by a goldpress that writes the same form. A release that names no form has the first."""
SEEN = ("byte_offsets", "splits")
"""Settings whose effect is seen in rows and columns."""


@dataclass(frozen=True)
class Imprint:
    """What a release says of itself.

    Attributes:
        settings: Name, title, licence, authors.
        scheme: The annotation scheme.
        created: When it is made, UTC.
        judgement: What validation said, in numbers.
        summary: What validation said, JSON-ready, without text of articles.
        provenance: Files that go under ``provenance/``, by name.
        tool: What wrote it.
        leakage: Which articles belong together, and which of them stand in different splits; None without splits.
    """

    settings: DatasetSettings
    scheme: Scheme
    created: datetime
    judgement: Judgement
    summary: Mapping[str, Any]
    provenance: Mapping[str, bytes]
    tool: Tool = field(default_factory=lambda: Tool("goldpress", installed("goldpress"), installed("pyarrow")))
    leakage: Mapping[str, Any] | None = None

    @property
    def taxonomy_digest(self) -> str:
        """SHA-256 of the scheme, comments and layout apart."""
        return json_digest(msgspec.to_builtins(self.scheme))

    def sources(self, contracts: Mapping[str, Table]) -> dict[str, str]:
        """Return a digest of each thing that the metadata is made from."""
        settings = msgspec.to_builtins(self.settings).items()
        said = {name: json_digest(value) for name, value in settings if name not in SEEN}
        meaning = [[t.name, t.about, *([c.name, c.about, c.unit] for c in t.columns)] for t in contracts.values()]
        guidelines = self.provenance.get("guidelines.md", b"").decode(errors="replace")
        return {
            **said,
            "scheme": self.taxonomy_digest,
            "guidelines": json_digest(guidelines),
            "data dictionary": json_digest(meaning),
        }


def creation_time() -> datetime:
    """Return the time that a release is stamped with: now, or ``SOURCE_DATE_EPOCH``.

    Raises:
        UsageError: ``SOURCE_DATE_EPOCH`` is no number of seconds (GP-DATASET-015).
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if not fixed:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            "GP-DATASET-015",
            f"SOURCE_DATE_EPOCH is '{fixed}', which is no number of seconds",
            hint="unset it, or set it as in SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)",
        ) from error


def count_facts(tables: Mapping[str, "pa.Table"]) -> dict[str, dict[str, int]]:
    """Return the counts that a card and a page show, by a few telling columns."""
    wanted = {
        "languages": ("articles", "lang"),
        "sources": ("articles", "source"),
        "licences": ("articles", "licence"),
        "texts": ("articles", "text_access"),
        "states": ("annotations", "state"),
        "roles": ("annotations", "role"),
        "annotators": ("annotations", "annotator_pid"),
    }
    facts = {name: _counts(tables[table], column) for name, (table, column) in wanted.items() if table in tables}
    rows, decisions = Counter[str](), Counter[str]()
    for name, table in tables.items():
        if "gold_source" in table.column_names:
            # Rows of gold_provenance are single decisions, on the rows of the other tables and on what was rejected.
            told = decisions if name == "gold_provenance" else rows
            told.update(_counts(table, "gold_source"))
            told["open"] += table["gold_source"].null_count
    return {
        **facts,
        "gold_sources": dict(sorted((+rows).items())),
        "gold_decisions": dict(sorted((+decisions).items())),
    }


def _counts(table: "pa.Table", column: str) -> dict[str, int]:
    counts = table.group_by(column).aggregate([([], "count_all")]).to_pydict()
    found = {
        str(value): int(rows)
        for value, rows in zip(counts[column], counts["count_all"], strict=True)
        if value is not None
    }
    return dict(sorted(found.items()))
