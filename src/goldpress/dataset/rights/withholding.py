"""Rights decide what leaves, article by article: the text, its masked shape, or places in it.

An article whose licence is not among those that the settings name is withheld: its text, and every piece of it in any
table, stays here. What leaves are offsets, and keyed hashes by which somebody who has the text finds the places again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from goldpress.schemas.contracts import Table
from goldpress.workspace import DatasetSettings

if TYPE_CHECKING:
    import pyarrow as pa

FULL, MASKED, STANDOFF = "full", "masked", "standoff"
CONTEXT = 32
"""Characters before and after a span that are hashed beside it."""
RUN = 8
"""Words in a row that are no longer a mere fact: a withheld text shares no such run with a release."""
ACCESS_COLUMN = "text_access"
HASHES = ("quote_hash", "prefix_hash", "suffix_hash")

_WORD = re.compile(r"\w+")
_BLANKS = re.compile(r"\s+")

Tables = dict[str, "pa.Table"]


@dataclass(frozen=True)
class Withheld:
    """What stays here: the texts that are not published, by article."""

    texts: Mapping[str, str]


def withhold(
    tables: Mapping[str, "pa.Table"], contracts: Mapping[str, Table], settings: DatasetSettings
) -> tuple[Tables, Withheld]:
    """Return staged tables as rights allow them, and what is withheld."""
    import pyarrow as pa

    if not {"article_id", "licence", "text"} <= set(tables["articles"].column_names if "articles" in tables else ()):
        return dict(tables), Withheld({})  # what is missing is named when the tables are held against the scheme
    articles = tables["articles"]
    licences = articles["licence"].to_pylist()
    open_ = {licence: may_leave(licence, settings) for licence in {*licences}}
    shut = pa.array([not open_[licence] for licence in licences], pa.bool_())
    rows = articles.select(["article_id", "text"]).filter(shut).to_pylist()
    closed = {row["article_id"]: row["text"] or "" for row in rows}
    hide = mask if settings.withheld == MASKED else _nothing
    named = _names_hidden(dict(tables), contracts, closed)  # first: ids of entities hold names
    made = {name: _hidden(table, closed, hide) for name, table in named.items()}
    for name in ("spans", "gold_spans"):
        if closed and name in made and name in contracts:
            made[name] = _hashed(made[name], closed)
    state = [FULL if open_[licence] else settings.withheld for licence in licences]
    made["articles"] = _with_strings(made["articles"], ACCESS_COLUMN, state)
    return made, Withheld(closed)


def may_leave(licence: str | None, settings: DatasetSettings) -> bool:
    """Return whether the settings let a text under this licence be published."""
    return licence is not None and any(fnmatchcase(licence, pattern) for pattern in settings.open_licences)


def is_quotation(column: str) -> bool:
    """Return whether a column of this name holds words of an article."""
    return column in ("text", "title") or column.endswith("_text")


def mask(text: str) -> str:
    """Return a text of the same length with letters and digits masked: blanks and marks stay."""
    return "".join(("X" if c.isupper() else "x") if c.isalpha() else "0" if c.isalnum() else c for c in text)


def span_hashes(article_id: str, text: str, start: int, end: int) -> tuple[str, str, str]:
    """Return the hashes of a span, of what stands before it, and of what stands after it."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return (
        keyed_hash(article_id, text[start:end]),
        keyed_hash(article_id, _BLANKS.sub(" ", before)),
        keyed_hash(article_id, _BLANKS.sub(" ", after)),
    )


def keyed_hash(article_id: str, text: str) -> str:
    """Return the first 16 hex digits of SHA-256 over the article's name, NUL and the text."""
    return hashlib.sha256(f"{article_id}\0{text}".encode()).hexdigest()[:16]


def word_runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of eight words of a text, case and marks apart."""
    words = _WORD.findall(text.casefold())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def _nothing(_: str) -> None:
    return None


def _hidden(table: "pa.Table", closed: Mapping[str, str], hide: Callable[[str], str | None]) -> "pa.Table":
    """A table without pieces of withheld texts: what quotes by its name, and whatever else holds a run of words."""
    import pyarrow as pa

    if not closed or "article_id" not in table.column_names:
        return table
    ids = table["article_id"].to_pylist()
    runs: dict[str, set[tuple[str, ...]]] = {}
    for at, field in enumerate(table.schema):
        if not pa.types.is_string(field.type) or field.name == "article_id":
            continue
        quotes = is_quotation(field.name)
        values = table.column(at).to_pylist()
        for i, (article_id, value) in enumerate(zip(ids, values, strict=True)):
            if value is None or article_id is None or article_id not in closed:
                continue
            if quotes:
                values[i] = hide(value)
            elif field.nullable and len(value) > 2 * RUN and (own := word_runs(value)):
                values[i] = None if own & runs.setdefault(article_id, word_runs(closed[article_id])) else value
        table = table.set_column(at, field, pa.array(values, field.type))
    return table


def _hashed(table: "pa.Table", closed: Mapping[str, str]) -> "pa.Table":
    places = table.select(["article_id", "start", "end"]).to_pylist()
    rows: list[tuple[str | None, ...]] = [
        span_hashes(row["article_id"], closed[row["article_id"]], row["start"], row["end"])
        if row["article_id"] in closed and row["start"] is not None and row["end"] is not None
        else (None, None, None)
        for row in places
    ]
    for i, name in enumerate(HASHES):
        table = _with_strings(table, name, [row[i] for row in rows])
    return table


def _names_hidden(tables: Tables, contracts: Mapping[str, Table], closed: Mapping[str, str]) -> Tables:
    """Tables in which no name of an entity is a whole sentence of a withheld text; its id holds the name too."""
    import pyarrow as pa

    if not closed or "entities" not in tables:
        return tables
    entities = tables["entities"].to_pylist()
    long = {row["entity_id"]: word_runs(row["canonical_name"] or "") for row in entities}
    suspects = {key: own for key, own in long.items() if own}
    said = {run for own in suspects.values() for run in own}
    leaked = {run for text in closed.values() for run in word_runs(text) & said} if said else set()
    renamed = {
        row["entity_id"]: f"{row['label']}:withheld-{hashlib.sha256(row['entity_id'].encode()).hexdigest()[:16]}"
        for row in entities
        if suspects.get(row["entity_id"], set()) & leaked
    }
    if not renamed:
        return tables
    made = dict(tables)
    for name, contract in contracts.items():
        if name not in made:
            continue
        refer = {c.name for c in contract.columns if c.references == "entities.entity_id"}
        refer |= {"entity_id"} if name == "entities" else set()
        for column in refer & set(made[name].column_names):
            values = [renamed.get(value, value) for value in made[name][column].to_pylist()]
            made[name] = made[name].set_column(
                made[name].column_names.index(column), made[name].schema.field(column), pa.array(values, pa.string())
            )
    names = [
        "(withheld)" if row["entity_id"] in renamed else row["canonical_name"] for row in tables["entities"].to_pylist()
    ]
    at = made["entities"].column_names.index("canonical_name")
    made["entities"] = made["entities"].set_column(at, made["entities"].schema.field(at), pa.array(names, pa.string()))
    return made


def _with_strings(table: "pa.Table", name: str, values: list[Any]) -> "pa.Table":
    import pyarrow as pa

    column = pa.array(values, pa.string())
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)
