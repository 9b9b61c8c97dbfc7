"""The articles of a release with their gold spans, claims, who makes them and their stance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldpress.dataset.loading.release import Release
from goldpress.pages.palette import Palette
from goldpress.pages.passages import Mark, Piece, cut_text

MOST_ARTICLES = 100
"""A page with more is slow to open, and nobody reads it to the end."""

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]


@dataclass(frozen=True)
class Claim:
    """One row of the table below an article; without words where the article's text is withheld."""

    number: int
    text: str
    holders: list[str]
    stances: list[str]
    answers: list[str]
    source: str


@dataclass(frozen=True)
class ShownArticle:
    """An article as the page shows it; ``pieces`` is None where the text is withheld."""

    title: str
    lang: str
    licence: str
    facts: list[str]
    pieces: list[Piece] | None
    claims: list[Claim]


def show_articles(release: Release, palette: Palette) -> list[ShownArticle]:
    """Return the first articles of a release, ready to be shown."""
    if "articles" not in release.manifest.tables:
        return []
    articles = release.table("articles").to_arrow().slice(0, MOST_ARTICLES).to_pylist()
    ids = [row["article_id"] for row in articles]
    by_table = {name: _rows(release, name, ids) for name in ("spans", "relations", *_derived(palette))}
    return [_show(row, {name: rows[row["article_id"]] for name, rows in by_table.items()}, palette) for row in articles]


def _derived(palette: Palette) -> list[str]:
    if palette.scheme is None:
        return []
    named = [layer.table for layer in palette.scheme.span_layers]
    named += [layer.table for layer in palette.scheme.relation_layers]
    return [name for name in named if name]


def _rows(release: Release, name: str, ids: Sequence[str]) -> Mapping[str, list[Row]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    grouped: dict[str, list[Row]] = defaultdict(list)
    # Gold only: raw rows of several annotators in one text would lie upon each other.
    if f"gold_{name}" in release.manifest.tables:
        table = release.table(name).to_arrow()
        for row in table.filter(pc.is_in(table["article_id"], pa.array(ids, pa.string()))).to_pylist():
            grouped[row["article_id"]].append(row)
    return grouped


def _show(article: Row, rows: Rows, palette: Palette) -> ShownArticle:
    spans = sorted(rows["spans"], key=lambda row: (row["start"], -row["end"]))
    claims = [row for row in spans if not palette.entry(row["label"]).boxed and _asked(row, rows, palette) is not None]
    numbers = {row["span_id"]: number for number, row in enumerate(claims, start=1)}
    text = article["text"]
    facts = [article["source"], str(article["published_at"] or "")[:10], article["lang"], article["licence"]]
    return ShownArticle(
        title=article["title"] or article["article_id"],
        lang=article["lang"],
        licence=article["licence"],
        facts=[article["article_id"], *(fact for fact in facts if fact)],
        pieces=None if text is None else cut_text(text, [_mark(row, numbers, palette) for row in spans]),
        claims=[] if text is None else [_claim(row, numbers, spans, rows, palette) for row in claims],
    )


def _mark(row: Row, numbers: Mapping[str, int], palette: Palette) -> Mark:
    entry = palette.entry(row["label"])
    number = numbers.get(row["span_id"], 0)
    return Mark(row["start"], row["end"], entry.kind, entry.name, boxed=entry.boxed, number=number)


def _asked(span: Row, rows: Rows, palette: Palette) -> Row | None:
    """The row of the attribute table that belongs to a span, if its label has one."""
    for layer in palette.scheme.span_layers if palette.scheme else ():
        if layer.table:
            key = f"{layer.table.removesuffix('s')}_id"
            for row in rows[layer.table]:
                if row[key] == span["span_id"]:
                    return row
    return None


def _claim(span: Row, numbers: Mapping[str, int], spans: Sequence[Row], rows: Rows, palette: Palette) -> Claim:
    words = {row["span_id"]: str(row["text"] or "") for row in spans}
    asked = _asked(span, rows, palette) or {}
    layers = palette.scheme.relation_layers if palette.scheme else ()
    holder = next((layer for layer in layers if layer.holder), None)
    holders = [
        words.get(row["to_span"], "")
        for row in rows["relations"]
        if holder is not None and row["layer"] == holder.holder and row["from_span"] == span["span_id"]
    ]
    kind = asked.get(holder.holder_kind) if holder is not None and holder.holder_kind else None
    apart = {holder.holder_kind} if holder is not None else set()
    return Claim(
        number=numbers[span["span_id"]],
        text=words[span["span_id"]],
        holders=holders or ([f"({kind})"] if kind else []),
        stances=list(dict.fromkeys(_stances(span, rows, palette))),
        answers=_answers(asked, palette, apart),
        source=str(asked.get("gold_source", "")),
    )


def _stances(span: Row, rows: Rows, palette: Palette) -> list[str]:
    tables = [layer.table for layer in (palette.scheme.relation_layers if palette.scheme else ()) if layer.table]
    return [
        f"{row['polarity']} → {row['target_text'] or '…'}"
        for table in tables
        for row in rows[table]
        if span["span_id"] in {value for key, value in row.items() if key.endswith("_id") and key != "article_id"}
    ]


def _answers(asked: Row, palette: Palette, apart: set[str | None]) -> list[str]:
    layers = palette.scheme.span_layers if palette.scheme else ()
    names = [entry.name for layer in layers if layer.table for entry in layer.attributes if entry.name not in apart]
    found = [asked.get(name) for name in names]
    return [", ".join(value) if isinstance(value, list) else str(value) for value in found if value not in (None, [])]
