"""The articles of tasks: what ``seeds/`` knows about them, else what the task says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import offsets, string_array, take, validity
from goldpress.annotations.tables.decoding import Row, parse_time
from goldpress.annotations.tables.times import read_times
from goldpress.annotations.tables.words import text_digest

if TYPE_CHECKING:
    from goldpress.seeds import Article
    from goldpress.seeds.article import Removed

UNKNOWN_LICENCE = "LicenseRef-unknown"
DEFAULTS = {"lang": "und", "source": "unknown", "licence": UNKNOWN_LICENCE}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about an article, but its text: small enough for one to be held for every article."""

    article_id: str
    text_sha256: str
    title: str | None
    lang: str
    source: str
    url: str | None
    published_at: datetime | None
    fetched_at: datetime | None
    licence: str | None
    rights_holder: str | None
    removed: "tuple[Removed, ...]"


def know(article: "Article") -> Known:
    """Return what is known about a collected article."""
    return Known(
        article.article_id,
        article.text_sha256,
        article.title,
        article.lang,
        article.source,
        article.url,
        article.published_at,
        article.fetched_at,
        article.licence,
        article.rights_holder,
        article.removed,
    )


def article_row(data: Mapping[str, Any], article: Known | None, *, n_chars: int) -> Row:
    """Return the row of the ``articles`` table, without the text unless ``data`` holds it."""

    def known(name: str) -> Any:
        return (getattr(article, name) if article is not None else None) or _text(data.get(name))

    def moment(name: str) -> Any:
        value = known(name)
        return parse_time(value) if isinstance(value, str) else value

    text = data.get("text")
    return {
        "article_id": data["article_id"],
        "text_sha256": _text(data.get("text_sha256")) or text_digest(str(text)),
        "n_chars": n_chars,
        "title": known("title"),
        "text": text,
        "lang": known("lang") or DEFAULTS["lang"],
        "source": known("source") or DEFAULTS["source"],
        "url": known("url"),
        "published_at": moment("published_at"),
        "fetched_at": moment("fetched_at"),
        "licence": known("licence") or UNKNOWN_LICENCE,
        "rights_holder": known("rights_holder"),
    }


def article_columns(said: Mapping[str, Any], n_chars: Any) -> dict[str, Any]:
    """Return the columns of the ``articles`` table where the tasks alone say what is known."""
    columns = {**said, "n_chars": n_chars}
    for name in said.keys() - {"article_id", "text"}:
        columns[name] = _filled(said[name], DEFAULTS.get(name))
    columns |= {name: read_times(columns[name]) for name in ("published_at", "fetched_at")}
    columns["text_sha256"] = _hashed(columns["text_sha256"], said["text"])
    return columns


def _filled(column: Any, default: str | None) -> Any:
    """A column with nothing for the empty string, or with the default for both."""
    import numpy as np
    import pyarrow as pa

    empty = (np.diff(offsets(column)) == 0) | ~validity(column)
    if not empty.any():
        return column
    index = np.where(empty, -1 if default is None else len(column), np.arange(len(column)))
    if default is None:
        return take(column, index)
    return take(pa.concat_arrays([column, string_array([default])]), index)


def _hashed(column: Any, texts: Any) -> Any:
    there = validity(column)
    if there.all():
        return column
    cuts: Any = offsets(texts).tolist()
    held = memoryview(texts.buffers()[2] or b"")
    pairs = zip(column.to_pylist(), pairwise(cuts), strict=True)
    return string_array([sha if sha is not None else hashlib.sha256(held[s:e]).hexdigest() for sha, (s, e) in pairs])


def removed_rows(article: Known | None, text_sha256: str | None) -> list[Row]:
    """Return what cleaning cut from an article, if the text is the one that lies in ``seeds/``."""
    if article is None or article.text_sha256 != text_sha256:
        return []
    return [
        {
            "range_id": f"{article.article_id}:{removed.start}-{removed.end}",
            "article_id": article.article_id,
            "start": removed.start,
            "end": removed.end,
            "kind": removed.kind,
            "sha256": removed.sha256,
        }
        for removed in article.removed
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
