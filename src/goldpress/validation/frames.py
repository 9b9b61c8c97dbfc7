"""The tables as frames that facts are derived from: read once, looked up by key."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from goldpress.schemas.scheme import Scheme, SpanLayer
from goldpress.schemas.tables import tables as contracts_of
from goldpress.workspace import ValidationSettings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Kept = TypeVar("Kept")


def to_frame(table: "pa.Table") -> "pd.DataFrame":
    """Return a table as a frame whose texts are Python's own: facts walk over them."""
    import pandas as pd
    import pyarrow as pa

    words = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    others = table.drop_columns(words).to_pandas()
    columns = {
        name: pd.Series(table[name].to_numpy(), dtype=object) if name in words else others[name]
        for name in table.column_names
    }
    return pd.DataFrame(columns)


class Frames:
    """The tables of a corpus, as pandas frames on demand.

    Attributes:
        tables: The Arrow tables.
        scheme: The scheme that they follow.
        overlap: Annotators that the project asks for per article.
        limits: The settings' limits.
        previous: Tables of the last release; none where there is none.
        release: The folder of the release that the tables are read from.
        originals: Texts of articles as they were collected, by article: what a release may have to withhold.
    """

    def __init__(
        self,
        tables: Mapping[str, "pa.Table"],
        scheme: Scheme,
        *,
        overlap: int = 1,
        limits: ValidationSettings | None = None,
        previous: Mapping[str, "pa.Table"] | None = None,
        release: Path | None = None,
        originals: Mapping[str, str] | None = None,
    ) -> None:
        self.tables, self.scheme, self.overlap = tables, scheme, overlap
        self.limits = limits or ValidationSettings()
        self.previous, self.release = previous or {}, release
        self.originals = originals or {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._kept_of, self._kept = "", dict[str, Any]()

    def __getitem__(self, name: str) -> "pd.DataFrame":
        if name not in self._frames:
            found = self.tables.get(name)
            # A stranger's folder need not have every table: what is not there is empty.
            table = contracts_of(self.scheme)[name].to_arrow(staged=True).empty_table() if found is None else found
            self._frames[name] = to_frame(table)
        return self._frames[name]

    def __contains__(self, name: str) -> bool:
        return name in self.tables

    @cached_property
    def texts(self) -> dict[str, str]:
        """Text by article; an article without published text is not in it."""
        keys: list[Any] = self.tables["articles"]["article_id"].to_pylist()
        return {article: text for article, text in zip(keys, self.open_texts, strict=True) if text is not None}

    @cached_property
    def open_texts(self) -> list[str | None]:
        """Text of each article; None where it is withheld, be it that its shape is shown."""
        articles = self.tables["articles"]
        texts: list[str | None] = articles["text"].to_pylist()
        if "text_access" not in articles.column_names:
            return texts
        access = articles["text_access"].to_pylist()
        return [text if way in ("full", None) else None for text, way in zip(texts, access, strict=True)]

    @cached_property
    def sentences(self) -> dict[str, list[int]]:
        """Where each sentence of each article starts: found once, since every look at an article takes milliseconds."""
        from goldpress.seeds.sentences import sentence_starts

        return {article: sentence_starts(text, self.languages[article]) for article, text in self.texts.items()}

    @cached_property
    def lengths(self) -> dict[str, int]:
        """Length of each article in code points."""
        return dict(self._pairs("n_chars"))

    @cached_property
    def languages(self) -> dict[str, str]:
        """Language of each article."""
        return dict(self._pairs("lang"))

    def _pairs(self, column: str) -> Iterator[tuple[str, Any]]:
        articles = self.tables["articles"]
        keys: list[Any] = articles["article_id"].to_pylist()
        yield from zip(keys, articles[column].to_pylist(), strict=True)

    def slices(self, name: str) -> list[str | None]:
        """Return the words at each row's offsets; None where the offsets or the text are no good.

        Most facts about a table ask for them.
        """
        return self.once(name, "slices", lambda: list(self._slices(name)))

    def once(self, name: str, what: str, make: Callable[[], Kept]) -> Kept:
        """Return something that several facts about one table ask for; it is kept until the next table."""
        if self._kept_of != name:
            self._kept_of, self._kept = name, {}
        if what not in self._kept:
            self._kept[what] = make()
        found: Kept = self._kept[what]
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """Labels of the layers that mark names."""
        return frozenset(k for k, layer in self.scheme.span_labels().items() if layer.boundary == "name")

    def _slices(self, name: str) -> Iterator[str | None]:
        frame = self[name]
        for article, start, end in zip(frame["article_id"], frame["start"], frame["end"], strict=True):
            text = self.texts.get(article)
            # NaN compares false: offsets that are missing give None.
            good = text is not None and 0 <= start < end <= len(text)
            yield text[int(start) : int(end)] if good and text is not None else None

    def holders(self, name: str) -> "pd.Series[str]":
        """Return what the rows of a table are grouped by: the annotation, or in gold the article."""
        frame = self[name]
        return frame["annotation_id"] if "annotation_id" in frame.columns else frame["article_id"]

    def layer_of(self, label: object) -> SpanLayer | None:
        """Return the span layer of a label; None for a label that the scheme does not know."""
        return self.scheme.span_labels().get(label) if isinstance(label, str) else None

    def labels(self, name: str) -> dict[str, str]:
        """Return the label of each span, for the spans that a table's relations join."""
        spans = self["gold_spans" if name.startswith("gold_") else "spans"]
        return dict(zip(spans["span_id"], spans["label"], strict=True))

    def relations(self, name: str) -> "pd.DataFrame":
        """Return the relations of the layer, raw or gold, that a table belongs to."""
        import pandas as pd

        wanted = "gold_relations" if name.startswith("gold_") else "relations"
        if wanted in self:
            return self[wanted]
        return pd.DataFrame({"layer": [], "type": [], "from_span": [], "to_span": [], "article_id": []})
