"""A user's own texts put back into a release that has places only: in memory, each place found by its hashes."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.dataset.form.positions import with_same_bytes
from goldpress.dataset.loading.anchoring import Copy, Marks
from goldpress.dataset.loading.release import Release
from goldpress.dataset.rights.withholding import ACCESS_COLUMN, FULL, HASHES
from goldpress.errors import UsageError
from goldpress.seeds import read_articles
from goldpress.seeds.canonical import canonicalise
from goldpress.workspace import Settings, Workspace, open_workspace

if TYPE_CHECKING:
    import pyarrow as pa

Texts = Mapping[str, str] | Path | str
"""Texts by article, or a folder of articles as ``seeds/`` has them."""


class Lost(NamedTuple):
    """A span that has no certain place in the user's text."""

    table: str
    span_id: str
    article_id: str


@dataclass(frozen=True)
class Hydration:
    """A release with the user's texts in it.

    Attributes:
        release: The release; its tables hold the texts, and what was marked in them.
        exact: Articles whose text is the one that was labelled.
        drifted: Articles whose text is another one: their spans were sought.
        missing: Articles that the user has no text of: they stay as they were.
        lost: Spans without a certain place: their ``start``, ``end`` and ``text`` are null.
        into: The folder that the tables were written to, if one was named.
    """

    release: Release
    exact: tuple[str, ...]
    drifted: tuple[str, ...]
    missing: tuple[str, ...]
    lost: tuple[Lost, ...]
    into: Path | None = None

    def counts(self) -> dict[str, int]:
        """Return how many articles and spans were placed, for people."""
        lost = Counter(place.table for place in self.lost)
        return {
            "articles with the text that was labelled": len(self.exact),
            "articles with another text": len(self.drifted),
            "articles without a text": len(self.missing),
            **{f"rows of {name} without a certain place": rows for name, rows in sorted(lost.items())},
        }

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, JSON-ready, without a word of a text."""
        return {
            "version": self.release.version,
            "exact": list(self.exact),
            "drifted": list(self.drifted),
            "missing": list(self.missing),
            "lost": [place._asdict() for place in self.lost],
            "into": str(self.into) if self.into else None,
        }


def hydrated(release: Release, texts: Texts) -> Hydration:
    """Return a release with texts put back, in memory."""
    articles = release.table("articles", "raw").to_arrow().to_pylist()
    closed = {row["article_id"]: row for row in articles if row.get(ACCESS_COLUMN, FULL) != FULL}
    given = {key: text for key, text in _read(texts).items() if key in closed}
    same = {key for key, text in given.items() if _sha256(text) == closed[key]["text_sha256"]}
    copies = {key: Copy(key, text) for key, text in given.items()}
    tables: dict[str, pa.Table] = {}
    lost: list[Lost] = []
    for name in ("spans", "gold_spans"):
        if name in release.names():
            tables[name], gone = _anchored(release.table(name, "raw").to_arrow(), copies, same)
            lost += [Lost(name, *place) for place in gone]
    for name in release.names():
        if name not in tables and name != "articles":
            tables[name] = _quoted(release, name, tables, set(given))
    tables["articles"] = _with_texts(release.table("articles", "raw").to_arrow(), given)
    tables = with_same_bytes(tables)
    return Hydration(
        release.with_tables({name: tables[name] for name in release.names()}),
        exact=tuple(sorted(same)),
        drifted=tuple(sorted(set(given) - same)),
        missing=tuple(sorted(set(closed) - set(given))),
        lost=tuple(lost),
    )


class _Folder(Workspace):
    """A folder of articles that is no workspace."""

    @property
    def seeds(self) -> Path:
        return self.root


def _read(texts: Texts) -> dict[str, str]:
    if isinstance(texts, Mapping):
        return {key: canonicalise(text, where=key) for key, text in texts.items()}
    folder = Path(texts).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(
            "GP-DATASET-033",
            "this is no folder of texts",
            where=folder,
            hint="name a folder with one file an article, as <article id>.txt, .md, .jsonl, .csv or .parquet",
        )
    return {article.article_id: article.text for article in read_articles(_home(folder))}


def _home(folder: Path) -> Workspace:
    """The workspace that a folder of texts is, or is the ``seeds/`` of: its cleaning rules hold. Else the folder."""
    for place in (folder, folder.parent):
        if (place / "goldpress.toml").is_file() or (place / "pyproject.toml").is_file():
            with suppress(UsageError):
                found = open_workspace(place)
                if folder in (found.root, found.seeds):
                    return found
    return _Folder(folder, Settings())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _anchored(
    table: "pa.Table", copies: Mapping[str, Copy], same: set[str]
) -> tuple["pa.Table", list[tuple[str, str]]]:
    rows, lost = table.to_pylist(), []
    for row in rows:
        copy = copies.get(row["article_id"])
        if copy is None or row["quote_hash"] is None:
            continue
        old = (row["start"], row["end"])
        found = old if row["article_id"] in same else copy.find(Marks(*old, *(row[name] for name in HASHES)))
        if found is None:
            lost.append((row["span_id"], row["article_id"]))
        row["start"], row["end"] = found or (None, None)
        row["text"] = copy.text[found[0] : found[1]] if found else None
        if "start_raw" in row:  # as it was drawn: moved with the rest
            row["start_raw"] = None if found is None else row["start_raw"] + found[0] - old[0]
            row["end_raw"] = None if found is None else row["end_raw"] + found[1] - old[1]
    return _rebuilt(table, rows), lost


def _quoted(release: Release, name: str, tables: Mapping[str, "pa.Table"], given: set[str]) -> "pa.Table":
    """A table with what its spans are: the span that a row is, and those that ``<what>_span`` names."""
    table, entry = release.table(name, "raw").to_arrow(), release.manifest.tables[name]
    spans = tables.get("gold_spans" if name.startswith("gold_") else "spans")
    columns = set(table.column_names)
    pairs = [(c, f"{c.removesuffix('_span')}_text") for c in columns if c.endswith("_span")]
    pairs = [(span, text) for span, text in pairs if text in columns]
    own = {"start", "end", "text"} <= columns and entry.primary_key[0] in columns
    if spans is None or not (pairs or own):
        return table
    place = {row["span_id"]: row for row in spans.select(["span_id", "start", "end", "text"]).to_pylist()}
    rows = table.to_pylist()
    for row in rows:
        if row["article_id"] not in given:
            continue
        marked = place.get(row[entry.primary_key[0]]) if own else None
        if marked is not None:
            row |= {field: marked[field] for field in ("start", "end", "text")}
        for span, text in pairs:
            row[text] = place[row[span]]["text"] if row[span] in place else None
    return _rebuilt(table, rows)


def _with_texts(table: "pa.Table", given: Mapping[str, str]) -> "pa.Table":
    rows = table.to_pylist()
    for row in rows:
        text = given.get(row["article_id"])
        if text is not None:
            row |= {"text": text, "n_chars": len(text), "text_sha256": _sha256(text)}
    return _rebuilt(table, rows)


def _rebuilt(table: "pa.Table", rows: list[dict[str, Any]]) -> "pa.Table":
    """Rows as a table of the same columns; a lost span has no place, so a place may be null."""
    import pyarrow as pa

    places = {"start", "end", "start_raw", "end_raw"}  # those in bytes may be null anyway
    schema = pa.schema([f.with_nullable(True) if f.name in places else f for f in table.schema])
    return pa.Table.from_pylist(rows, schema=schema)
