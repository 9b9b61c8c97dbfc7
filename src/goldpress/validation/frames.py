"""The tables that are judged, column by column: each is read when a fact asks for it, and kept for one table's turn."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from goldpress.memory import give_back
from goldpress.schemas.scheme import Scheme, SpanLayer
from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation import passages
from goldpress.validation.columns import at, coded, groups, is_in, mask, numbers, places, plain
from goldpress.validation.sources import read_columns, read_pieces, read_rows, read_schema
from goldpress.validation.texts import Find, Texts
from goldpress.workspace import ValidationSettings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from goldpress.validation.columns import Ints, Mask

Kept = TypeVar("Kept")
Look = Callable[[str, int, int], bool]
"""Looks at one row's article, from its first character to one past its last."""


class Frames:
    """The tables of a corpus.

    Attributes:
        tables: The Arrow tables.
        scheme: The scheme that they follow.
        overlap: Annotators that the project asks for per article.
        limits: The settings' limits.
        previous: Tables of the last release; none where there is none.
        release: The folder of the release that the tables are read from.
        originals: Texts of articles as they were collected, by article: what a release may have to withhold.
        finds: What will be looked for in texts, so that it is found in one go.
        workers: Processes that look through texts; None takes one a core where there are many.
    """

    def __init__(
        self,
        tables: "Mapping[str, pa.Table]",
        scheme: Scheme,
        *,
        overlap: int = 1,
        limits: ValidationSettings | None = None,
        previous: "Mapping[str, pa.Table] | None" = None,
        release: Path | None = None,
        originals: Mapping[str, str] | None = None,
        finds: Iterable[Find] = (),
        workers: int | None = None,
    ) -> None:
        self.tables, self.scheme, self.overlap = tables, scheme, overlap
        self.limits = limits or ValidationSettings()
        self.previous, self.release = previous or {}, release
        self.originals = originals or {}
        self.finds, self.workers = frozenset(finds), workers
        self._kept = dict[Any, Any]()

    # ── tables and columns ──────────────────────────────────────────────────────────────────────────────

    def __contains__(self, name: str) -> bool:
        return name in self.tables

    def __getitem__(self, name: str) -> "pd.DataFrame":
        """Return a whole table as a frame: for small ones."""
        return self.frame(name, *self.schema(name).names)

    def frame(self, name: str, *columns: str) -> "pd.DataFrame":
        """Return some columns of a table as a frame; what comes again and again is categorical."""
        import pandas as pd

        from goldpress.validation.series import to_series

        return pd.DataFrame({column: to_series(self.column(name, column)) for column in columns})

    def column(self, name: str, column: str) -> "pa.Array[Any]":
        """Return one column of a table; a table that is not there is empty."""
        as_one = coded if column in self._coded.get(name, ()) else plain
        return self.once((name, column), lambda: as_one(self._read(name, column)))

    def given(self, name: str, column: str) -> "Mask":
        """Return which rows of a table have a value in a column, which is read a piece at a time and not kept."""
        import numpy as np
        import pyarrow.compute as pc

        if not self.has(name, column):
            return np.zeros(self.rows(name), dtype=bool)
        pieces = read_pieces(self.tables, name, [column])
        return np.concatenate([np.zeros(0, dtype=bool), *(mask(pc.is_valid(piece[column])) for piece in pieces)])

    def picked(self, name: str, column: str, rows: "Mask") -> "pa.Array[Any]":
        """Return a column in some rows of a table, which is read a piece at a time and not kept: for few rows."""
        import pyarrow as pa

        if name not in self.tables or not self.has(name, column):
            return plain(self._read(name, column).filter(pa.array(rows)))
        found, begin = [], 0
        for piece in read_pieces(self.tables, name, [column]):
            found.append(piece[column].filter(pa.array(rows[begin : begin + len(piece)])))
            begin += len(piece)
        return plain(pa.chunked_array(found, self.schema(name).field(column).type))

    def numbers(self, name: str, column: str) -> "Ints":
        """Return one column of whole numbers, -1 where there is none."""
        return self.once((name, column, "numbers"), lambda: numbers(self.column(name, column)))

    def has(self, name: str, column: str) -> bool:
        """Return whether a table has a column: which attributes there are, the scheme decides."""
        return column in self.schema(name).names

    def rows(self, name: str) -> int:
        """Return the number of rows of a table."""
        return read_rows(self.tables, name)

    def schema(self, name: str) -> "pa.Schema":
        """Return the columns of a table and their types."""
        return read_schema(self.tables, name) or contracts_of(self.scheme)[name].to_arrow(staged=True)

    def once(self, what: object, make: Callable[[], Kept]) -> Kept:
        """Return something that several facts about one table ask for; it is kept until ``forget``."""
        if what not in self._kept:
            self._kept[what] = make()
        found: Kept = self._kept[what]
        return found

    def forget(self) -> None:
        """Let go what was kept of the columns, and give the memory back."""
        self._kept = {}
        give_back()

    def _read(self, name: str, column: str) -> "pa.ChunkedArray[Any]":
        import pyarrow as pa

        if name not in self.tables:
            return self.schema(name).empty_table()[column]
        if not self.has(name, column):
            # An older release lacks what was added since: it is empty there, and D11 says so.
            field = contracts_of(self.scheme)[name].to_arrow(staged=True).field(column)
            return pa.chunked_array([pa.nulls(self.rows(name), field.type)])
        return read_columns(self.tables, name, [column], coded=column in self._coded.get(name, ()))[column]

    @cached_property
    def _coded(self) -> dict[str, set[str]]:
        """Columns by table whose values come again and again: closed sets, and the articles and annotations of rows."""
        owners = ("articles.article_id", "annotations.annotation_id")
        return {
            name: {c.name for c in table.columns if c.type == "string" and (c.values or c.references in owners)}
            for name, table in contracts_of(self.scheme).items()
        }

    # ── articles and their texts ────────────────────────────────────────────────────────────────────────

    @cached_property
    def texts(self) -> Texts:
        """Text of each article, read piece by piece: read at once it would take twice its size."""
        texts = Texts(self._text_pieces(), self.rows("articles"), workers=self.workers)
        texts.wanted |= self.finds
        return texts

    def _text_pieces(self) -> "Iterator[pa.Table]":
        import pyarrow as pa

        names = {"text": "text", "lang": "lang", "digest": "text_sha256", "access": "text_access"}
        there = [name for name in names.values() if self.has("articles", name)]
        for piece in read_pieces(self.tables, "articles", there) if "articles" in self.tables else ():
            none = pa.nulls(len(piece), pa.string())
            columns = {as_: piece[name].cast(pa.string()) if name in there else none for as_, name in names.items()}
            yield pa.table(columns)

    def article_of(self, name: str) -> "Ints":
        """Return which article each row of a table is about; -1 for one that is not there."""
        keys = lambda: places(self.column(name, "article_id"), self.column("articles", "article_id"))  # noqa: E731
        return self.once((name, "article_of"), keys)

    def text_of(self, name: str) -> "Ints":
        """Return which article's text each row of a table lies in; -1 where it may not be looked at."""
        import numpy as np

        article = self.article_of(name)
        seen = self.texts.open
        return np.where((article >= 0) & seen[article], article, -1) if len(seen) else article

    # ── rows in texts ───────────────────────────────────────────────────────────────────────────────────

    def shards(self, name: str) -> Iterator[passages.Shard]:
        """Yield the rows of a table that lie in texts, some articles at a time."""
        start, end = self.numbers(name, "start"), self.numbers(name, "end")
        return passages.shards(self.texts, self.text_of(name), start, end)

    def edges(self, name: str) -> passages.Edges:
        """Return the characters at the edges of each row; 0 where there are none to look at."""
        return self.once((name, "edges"), lambda: passages.edges(self.shards(name), self.rows(name)))

    def lies_in_text(self, name: str) -> "Mask":
        """Return which rows have words that may be looked at."""
        return self.edges(name).first > 0

    def reads(self, name: str) -> "Mask":
        """Return which rows have the words that stand at their offsets."""
        return self.once((name, "reads"), lambda: passages.reads(self.shards(name), self.column(name, "text")))

    def words(self, name: str) -> "Ints":
        """Return the number of words of each row; -1 where there are none to look at."""
        return self.once((name, "words"), lambda: passages.words(self.shards(name), self.rows(name)))

    def look(self, name: str, rows: "Mask", holds: Look) -> "Mask":
        """Return what is said of some rows by looking at each by itself; all others hold. For few rows."""
        import numpy as np

        said = np.ones(len(rows), dtype=bool)
        chosen = np.flatnonzero(rows & (self.text_of(name) >= 0))
        chosen = chosen[np.argsort(self.text_of(name)[chosen], kind="stable")]
        start, end, text, known = self.numbers(name, "start"), self.numbers(name, "end"), "", -1
        for row, article in zip(chosen.tolist(), self.text_of(name)[chosen].tolist(), strict=True):
            if article != known:
                text, known = self.texts.one(article), article
            said[row] = holds(text, int(start[row]), int(end[row]))
        return said

    # ── who and what ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def people(self) -> dict[Any, Any]:
        """Pseudonym of the annotator of each annotation."""
        columns = (plain(self._read("annotations", name)).to_pylist() for name in ("annotation_id", "annotator_pid"))
        return dict(zip(*columns, strict=True))

    def holders(self, name: str) -> str:
        """Return the column by which the rows of a table belong together: the annotation, or in gold the article."""
        return "annotation_id" if self.has(name, "annotation_id") else "article_id"

    def grouped(self, name: str, *columns: str) -> "Ints":
        """Return numbers that are equal where all of these columns are; -1 where one is null."""
        return self.once((name, "grouped", columns), lambda: groups(*(self.column(name, c) for c in columns)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Labels of the layers that mark names."""
        return frozenset(k for k, layer in self.scheme.span_labels().items() if layer.boundary == "name")

    def are_names(self, name: str) -> "Mask":
        """Return which rows have a label of a layer that marks names."""
        return self.once((name, "names"), lambda: is_in(self.column(name, "label"), self.names))

    def layer_of(self, label: object) -> SpanLayer | None:
        """Return the span layer of a label; None for a label that the scheme does not know."""
        return self.scheme.span_labels().get(label) if isinstance(label, str) else None

    def beside(self, name: str, table: str) -> str:
        """Return the name of another table of the same layer, raw or gold."""
        return f"gold_{table}" if name.startswith("gold_") else table

    def of_spans(self, name: str, keys: "pa.Array[Any]", column: str) -> "pa.Array[Any]":
        """Return a column of the spans, raw or gold, that some keys name; null where there is no such span."""
        spans = self.beside(name, "spans")
        found = self.once((name, id(keys)), lambda: (places(keys, self.column(spans, "span_id")), keys))
        return at(self.column(spans, column), found[0])
