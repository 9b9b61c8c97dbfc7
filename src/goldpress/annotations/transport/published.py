"""What the last release calls gold, for suggestions: read from its files, for releases are made a floor above."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from goldpress.errors import UsageError
from goldpress.workspace import Workspace


class _Index(msgspec.Struct):
    latest: str | None = None


class _File(msgspec.Struct):
    path: str


class _Table(msgspec.Struct):
    files: list[_File] = []


class _Manifest(msgspec.Struct):
    tables: dict[str, _Table] = {}


def published_gold(workspace: Workspace) -> tuple[str, list[tuple[str, str]]]:
    """Return the version of the last release, and words and label of each span of its gold.

    Where the release may not hold the words, they are taken from ``seeds/``, if the article there is the same.

    Raises:
        UsageError: There is no release yet, or none that can be read (GP-SUGGEST-005).
    """
    try:
        version = msgspec.json.decode((workspace.dataset / "index.json").read_bytes(), type=_Index).latest
        release = workspace.dataset / str(version)
        manifest = msgspec.json.decode((release / "manifest.json").read_bytes(), type=_Manifest)
        spans = _rows(release, manifest.tables["gold_spans"], ["article_id", "start", "end", "text", "label"])
        articles = _rows(release, manifest.tables["articles"], ["article_id", "text_sha256"])
    except (OSError, KeyError, ValueError, msgspec.MsgspecError) as error:
        raise UsageError(
            "GP-SUGGEST-005",
            "there is no release yet, whose gold could suggest",
            where=workspace.dataset,
            hint="'goldpress publish' makes one; 'gazetteer:FILE' takes a list of names",
        ) from error
    return str(version), [*_words(workspace, spans, {row["article_id"]: row["text_sha256"] for row in articles})]


def _rows(release: Path, table: _Table, columns: list[str]) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    files = [pq.ParquetFile(release / file.path).read(columns=columns) for file in table.files]
    return [row for file in files for row in file.to_pylist()]


def _words(workspace: Workspace, spans: list[dict[str, Any]], hashes: dict[str, str]) -> Iterator[tuple[str, str]]:
    texts: dict[str, str] = {}
    if any(row["text"] is None for row in spans) and workspace.seeds.is_dir():
        from goldpress.seeds import read_articles

        same = (a for a in read_articles(workspace) if hashes.get(a.article_id) == a.text_sha256)
        texts = {article.article_id: article.text for article in same}
    for row in spans:
        text = row["text"] or texts.get(row["article_id"], "")[row["start"] : row["end"]]
        if text:
            yield text, row["label"]
