"""The contract of every table: columns, types, keys and meaning, derived from the scheme.

Types are spelled as Arrow prints them. ``staged`` tables allow nulls everywhere but in keys, so that a check can
say what is missing; released tables have the nullability that is written here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goldpress.schemas.scheme import Attribute, RelationLayer, Scheme, SpanLayer

if TYPE_CHECKING:
    import pyarrow as pa

CODE_POINT = "code point"
TIMESTAMP = "timestamp[us, tz=UTC]"
VOTES = "list<item: struct<value: string, votes: int32>>"
GOLD_SOURCES = ("unanimous", "majority", "adjudicated", "single")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: As in the Parquet file.
        type: Arrow type, spelled as Arrow prints it.
        about: One sentence for the data dictionary.
        nullable: Whether a released table may hold null.
        unit: Unit of a number, written to the field's metadata.
        values: The closed set of values, empty where the set is open.
        references: ``table.column`` that every value must be found in.
        pattern: A regular expression that every value must match.
    """

    name: str
    type: str
    about: str
    nullable: bool = False
    unit: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class Table:
    """One table of a release: its name, primary key and columns, and the layer (raw, gold or shared) it is of."""

    name: str
    about: str
    key: str
    columns: tuple[Column, ...]
    layer: str = "raw"

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def to_arrow(self, *, staged: bool = False) -> "pa.Schema":
        """Return the Arrow schema, meanings and units as field metadata.

        Args:
            staged: Allow null in every column but the key.
        """
        import pyarrow as pa

        return pa.schema(
            [
                pa.field(
                    column.name,
                    _arrow_type(column.type),
                    nullable=column.nullable or (staged and column.name != self.key),
                    metadata={"about": column.about, **({"unit": column.unit} if column.unit else {})},
                )
                for column in self.columns
            ]
        )


def tables(scheme: Scheme) -> dict[str, Table]:
    """Return the contract of every table that this scheme makes, in the order in which they are published."""
    raw = [_articles(), _removed_ranges(), _annotations(), _spans(scheme)]
    raw += [_attribute_table(layer) for layer in scheme.span_layers if layer.table]
    if scheme.relation_layers:
        raw += [_relations(scheme)]
        raw += [_derived(layer, scheme) for layer in scheme.relation_layers if layer.table]
    if scheme.document_labels:
        raw += [_doc_labels(scheme)]
    judged = [
        table for table in raw if any(c.name == "annotation_id" for c in table.columns) and table.name != "annotations"
    ]
    gold = [_gold(table) for table in judged]
    shared = [_entities(scheme)]
    return {table.name: table for table in [*raw, *shared, *gold, _provenance(), _repairs(), _agreement()]}


def released(table: Table, splits: tuple[str, ...] = ("train", "validation", "test")) -> Table:
    """Return a table's contract with what a release adds.

    That is ``split`` and ``added_in`` in every table; in ``articles`` what may be published of the text; and with
    spans the hashes that find them again in a copy of a text that may not be published.
    """
    return replace(
        table,
        columns=(
            *table.columns,
            *_RIGHTS.get(table.name.removeprefix("gold_"), ()),
            Column("split", "string", "The part of the data set that the row belongs to.", values=splits),
            Column("added_in", "string", "The release that held this row first."),
        ),
    )


ACCESS = ("full", "masked", "standoff")
_HASH = "First 16 hex digits of SHA-256 over article_id, NUL and"
_RIGHTS = {
    "articles": (
        Column(
            "text_access",
            "string",
            "What rights allow: the text; its shape, letters masked; or places in it only.",
            values=ACCESS,
        ),
    ),
    "spans": (
        Column("quote_hash", "string", f"{_HASH} the marked text; null where the text is here.", nullable=True),
        Column("prefix_hash", "string", f"{_HASH} the 32 characters before, blanks collapsed.", nullable=True),
        Column("suffix_hash", "string", f"{_HASH} the 32 characters after, blanks collapsed.", nullable=True),
    ),
}


ARTICLE = Column("article_id", "string", "The article.", references="articles.article_id")
ANNOTATION = Column("annotation_id", "string", "The annotation.", references="annotations.annotation_id")


def _articles() -> Table:
    return Table(
        "articles",
        "The articles, with the text that all offsets refer to.",
        "article_id",
        (
            Column("article_id", "string", "Stable name of the article."),
            Column("text_sha256", "string", "SHA-256 of the text as UTF-8, in hex.", pattern="^[0-9a-f]{64}$"),
            Column("n_chars", "int32", "Length of the text.", unit=CODE_POINT),
            Column("title", "string", "Headline; null where the article has none.", nullable=True),
            Column("text", "string", "The canonical text; null where it may not be published.", nullable=True),
            Column("lang", "string", "Language as BCP 47 tag."),
            Column("source", "string", "The outlet."),
            Column("url", "string", "Where the article was found.", nullable=True),
            Column("published_at", TIMESTAMP, "When the outlet published it.", nullable=True),
            Column("fetched_at", TIMESTAMP, "When it was collected.", nullable=True),
            Column("licence", "string", "Licence of the text as SPDX id, or LicenseRef-unknown."),
            Column("rights_holder", "string", "Who holds the rights in the text.", nullable=True),
        ),
        "shared",
    )


def _removed_ranges() -> Table:
    return Table(
        "removed_ranges",
        "What cleaning cut from the collected text before anyone labelled it.",
        "range_id",
        (
            Column("range_id", "string", "Article, start and end."),
            ARTICLE,
            Column("start", "int32", "First character removed, in the text before cleaning.", unit=CODE_POINT),
            Column("end", "int32", "One past the last.", unit=CODE_POINT),
            Column("kind", "string", "Name of the cleaning rule."),
            Column("sha256", "string", "SHA-256 of the removed text as UTF-8, in hex.", pattern="^[0-9a-f]{64}$"),
        ),
        "shared",
    )


def _annotations() -> Table:
    return Table(
        "annotations",
        "One row for each article that one annotator submitted or skipped.",
        "annotation_id",
        (
            Column("annotation_id", "string", "Label Studio's unique_id; its other ids are used again."),
            ARTICLE,
            Column("annotator_pid", "string", "Keyed pseudonym of the annotator."),
            Column(
                "role", "string", "What the annotator decides.", values=("primary", "adjudicator", "repeat", "model")
            ),
            Column(
                "state",
                "string",
                "Submitted with labels, submitted without any, or skipped.",
                values=("labelled", "empty", "skipped"),
            ),
            Column("guideline_version", "string", "Version of the scheme that was on the page."),
            Column(
                "config_sha256",
                "string",
                "SHA-256 of the label config that was on the page.",
                pattern="^[0-9a-f]{64}$",
            ),
            Column("created_at", TIMESTAMP, "First submitted."),
            Column("updated_at", TIMESTAMP, "Last changed."),
            Column("lead_time_s", "double", "Time on the page.", nullable=True, unit="second"),
            Column("ground_truth", "bool", "Marked as ground truth in Label Studio."),
            Column(
                "parent_prediction",
                "string",
                "The suggestion that it began with, by the version of its model; null for none.",
                nullable=True,
            ),
        ),
    )


def _spans(scheme: Scheme) -> Table:
    layers = tuple(dict.fromkeys(layer.column_layer(label) for label, layer in scheme.span_labels().items()))
    inline = [
        _attribute_column(a, nullable=True)
        for layer in scheme.span_layers
        if not layer.table
        for a in layer.attributes
        if a.published
    ]
    return Table(
        "spans",
        "Every marked stretch of text.",
        "span_id",
        (
            Column("span_id", "string", "Annotation and region."),
            ANNOTATION,
            ARTICLE,
            Column("layer", "string", "The kind of span.", values=layers),
            Column("label", "string", "Label of the scheme.", values=tuple(scheme.span_labels())),
            Column("start", "int32", "First character.", unit=CODE_POINT),
            Column("end", "int32", "One past the last character.", unit=CODE_POINT),
            Column("start_raw", "int32", "Start as it was drawn, before repairs.", unit=CODE_POINT),
            Column("end_raw", "int32", "End as it was drawn, before repairs.", unit=CODE_POINT),
            Column("text", "string", "text[start:end] of the article.", nullable=True),
            *inline,
            Column(
                "entity_id",
                "string",
                "The entity that is meant.",
                nullable=True,
                references="entities.entity_id",
            ),
            Column("origin", "string", "Drawn by hand, or accepted from a suggestion.", nullable=True),
        ),
    )


def _attribute_table(layer: SpanLayer) -> Table:
    assert layer.table is not None  # noqa: S101 - the caller chose layers with a table
    singular = layer.table.removesuffix("s")
    labels = [label.name for label in layer.labels if layer.attributes_of(label.name)]
    columns = [_attribute_column(a, nullable=not a.required) for a in layer.attributes if a.published]
    return Table(
        layer.table,
        f"The spans {', '.join(labels)} with what was asked about them.",
        f"{singular}_id",
        (
            Column(f"{singular}_id", "string", "The span.", references="spans.span_id"),
            ANNOTATION,
            ARTICLE,
            Column("start", "int32", "First character.", unit=CODE_POINT),
            Column("end", "int32", "One past the last character.", unit=CODE_POINT),
            Column("text", "string", "text[start:end] of the article.", nullable=True),
            *columns,
        ),
    )


def _relations(scheme: Scheme) -> Table:
    return Table(
        "relations",
        "Links between spans of one annotation.",
        "relation_id",
        (
            Column("relation_id", "string", "Annotation, ends and type."),
            ANNOTATION,
            ARTICLE,
            Column(
                "layer",
                "string",
                "The kind of relation.",
                values=tuple(layer.name for layer in scheme.relation_layers),
            ),
            Column("type", "string", "Label of the scheme.", values=tuple(scheme.relation_labels())),
            Column("from_span", "string", "Where the relation starts.", references="spans.span_id"),
            Column("to_span", "string", "Where it ends.", references="spans.span_id"),
            Column("inferred", "bool", "The label or the direction was inferred from the signature."),
        ),
    )


def _derived(layer: RelationLayer, scheme: Scheme) -> Table:
    """The table of a relation layer whose start lies in an attribute table: stances."""
    assert layer.table is not None  # noqa: S101 - the caller chose layers with a table
    start = start_table(layer, scheme)
    singular = layer.table.removesuffix("s")
    holder = layer.holder or "holder"
    kinds = {entry.name: entry for span_layer in scheme.span_layers for entry in span_layer.attributes}
    kind = kinds.get(layer.holder_kind or "")
    return Table(
        layer.table,
        f"Each {layer.name} that a {start.removesuffix('s')} expresses, one row for each {holder}.",
        f"{singular}_id",
        (
            Column(f"{singular}_id", "string", f"Relation and {holder}."),
            ANNOTATION,
            ARTICLE,
            Column("relation_id", "string", "The relation.", references="relations.relation_id"),
            Column(
                f"{start.removesuffix('s')}_id",
                "string",
                "The span that expresses it.",
                references=f"{start}.{start.removesuffix('s')}_id",
            ),
            Column("target_span", "string", "What it is about.", references="spans.span_id"),
            Column("target_text", "string", "Text of the target.", nullable=True),
            Column(
                "target_entity_id",
                "string",
                "The entity that is the target.",
                nullable=True,
                references="entities.entity_id",
            ),
            Column(
                "polarity",
                "string",
                "Label of the scheme.",
                values=tuple(label.name for label in layer.labels),
            ),
            *(
                [replace(_attribute_column(kind, nullable=True), about=f"Of what kind the {holder} is.")]
                if kind
                else []
            ),
            Column(
                f"{holder}_span",
                "string",
                "Who holds it; null where nobody is marked.",
                nullable=True,
                references="spans.span_id",
            ),
            Column(f"{holder}_text", "string", f"Text of the {holder}.", nullable=True),
            Column(
                f"{holder}_entity_id",
                "string",
                f"The entity that is the {holder}.",
                nullable=True,
                references="entities.entity_id",
            ),
            Column("date", "date32[day]", "When it was expressed.", nullable=True),
            Column(
                "date_source",
                "string",
                "Where the date comes from.",
                nullable=True,
                values=("marked", "published"),
            ),
        ),
    )


def start_table(layer: RelationLayer, scheme: Scheme) -> str:
    """Return the attribute table that relations of this layer start in (``claims``)."""
    starts = [
        entry
        for entry in scheme.span_layers
        if entry.table and (set(layer.starts) & {x.name for x in entry.labels} or "*" in layer.starts)
    ]
    return str(starts[0].table)


def _doc_labels(scheme: Scheme) -> Table:
    published = tuple(entry.name for entry in scheme.document_labels if entry.published)
    return Table(
        "doc_labels",
        "What was said about a whole article.",
        "doc_label_id",
        (
            Column("doc_label_id", "string", "Annotation and name."),
            ANNOTATION,
            ARTICLE,
            Column("name", "string", "The question.", values=published),
            Column("value", "string", "The answer."),
        ),
    )


def _entities(scheme: Scheme) -> Table:
    labels = tuple(label.name for layer in scheme.span_layers if not layer.table for label in layer.labels)
    return Table(
        "entities",
        "What the mentions denote: one row per entity, over all articles.",
        "entity_id",
        (
            Column("entity_id", "string", "Knowledge base id, or label and name."),
            Column("label", "string", "Label of the scheme.", values=labels),
            Column(
                "canonical_name", "string", "Its fullest name: of the names linked in an article that of most words."
            ),
            Column("kb_id", "string", "Item of the knowledge base.", nullable=True),
        ),
        "shared",
    )


GOLD = (
    Column("gold_source", "string", "How the row was decided.", values=GOLD_SOURCES),
    Column("n_annotators", "int32", "Annotators who could vote."),
    Column("n_votes", "int32", "Votes for the row."),
)


def _gold(table: Table) -> Table:
    """The gold twin of a raw table: gold ids, no annotation, and how it was decided."""
    columns = []
    for column in table.columns:
        if column.name in ("annotation_id", "start_raw", "end_raw", "origin", "inferred"):
            continue
        shared = column.references.startswith(("articles.", "entities."))
        changed = (
            replace(column, references=f"gold_{column.references}") if column.references and not shared else column
        )
        decided = column.name == table.key or column.references or column.name in _NEVER_TIED
        columns.append(changed if decided else replace(changed, nullable=True))
    return Table(
        f"gold_{table.name}",
        f"Gold: {table.about[0].lower()}{table.about[1:]}",
        table.key,
        (*columns, *GOLD),
        "gold",
    )


_NEVER_TIED = ("article_id", "layer", "label", "start", "end", "type", "name", "value", "polarity")
"""Columns without which a gold row would not exist: a tie there goes to the queue, not into gold."""


def _provenance() -> Table:
    return Table(
        "gold_provenance",
        "How each value of gold was decided, and what could not be.",
        "provenance_id",
        (
            Column("provenance_id", "string", "Table, row and field."),
            ARTICLE,
            Column("table", "string", "The gold table."),
            Column("gold_id", "string", "The row; an unresolved or rejected one has no row in the table."),
            Column("field", "string", "The column, or * for the existence of the row; boundary for start and end."),
            Column("value", "string", "What was decided; null where nothing was.", nullable=True),
            Column(
                "gold_source",
                "string",
                "How; null where it is unresolved.",
                nullable=True,
                values=GOLD_SOURCES,
            ),
            Column("n_annotators", "int32", "Annotators who could vote."),
            Column("n_votes", "int32", "Votes for the value."),
            Column("votes", VOTES, "Every value with its votes: the disagreement."),
            Column(
                "entropy",
                "double",
                "Entropy of the votes, divided by the logarithm of the number of values: 0 to 1.",
            ),
            Column("tie", "bool", "Whether two values had equally many votes."),
            Column("members", "list<item: string>", "The spans, relations or document labels that voted."),
            Column("adjudicator_pid", "string", "Pseudonym of the adjudicator who decided.", nullable=True),
            Column("decided_at", TIMESTAMP, "When the adjudicator decided.", nullable=True),
        ),
        "gold",
    )


def _repairs() -> Table:
    return Table(
        "repairs",
        "Safe repairs on the way from the labelling page, each with what was there before.",
        "repair_id",
        (
            Column("repair_id", "string", "Check, row and field."),
            ARTICLE,
            ANNOTATION,
            Column("check_id", "string", "The rule of the check list."),
            Column("row", "string", "Key of the row that was repaired or dropped."),
            Column("field", "string", "The column."),
            Column("old", "string", "Before.", nullable=True),
            Column("new", "string", "After; null where the row was dropped.", nullable=True),
        ),
    )


def _agreement() -> Table:
    return Table(
        "agreement",
        "How far the annotators agree, before adjudication; docs/agreement.md has the formulas.",
        "agreement_id",
        (
            Column("agreement_id", "string", "Kind, layer, attribute, label, measure and annotators."),
            Column(
                "kind",
                "string",
                "Whether marking, an answer about what is marked, linking, or the whole article was compared.",
                values=("spans", "attribute", "relation", "document"),
            ),
            Column("layer", "string", "Layer of spans or relations, or document."),
            Column("attribute", "string", "What was asked; null for what was marked at all.", nullable=True),
            Column("label", "string", "The label or value, or * for all of them together."),
            Column("measure", "string", "Which number it is."),
            Column("annotator_a", "string", "One of a pair of annotators; null for all.", nullable=True),
            Column("annotator_b", "string", "The other.", nullable=True),
            Column("value", "double", "Agreement: at most 1; null where it means nothing.", nullable=True),
            Column("ci_low", "double", "Lower end of the 95 % interval, articles resampled.", nullable=True),
            Column("ci_high", "double", "Upper end.", nullable=True),
            Column("n_units", "int32", "What was compared: spans, words, claims, pairs or articles."),
            Column("n_annotators", "int32", "How many annotators were compared."),
            Column("coverage", "double", "Share of what could have been compared that was: 0 to 1."),
            Column("reason", "string", "Why the value is null.", nullable=True),
            Column(
                "gate",
                "string",
                "What the value means for a release; null where nothing is asked of it.",
                nullable=True,
                values=("pass", "tentative", "fail"),
            ),
        ),
        "shared",
    )


def _attribute_column(entry: Attribute, *, nullable: bool) -> Column:
    types = {"choice": "string", "text": "string", "date": "date32[day]", "topic": "list<item: string>"}
    return Column(
        entry.name,
        types[entry.kind],
        entry.definition or entry.name,
        nullable=nullable,
        values=tuple(value.name for value in entry.values),
        pattern=entry.pattern or "",
    )


def _arrow_type(name: str) -> "pa.DataType":
    return dict(_types())[name]


def _types() -> Iterator[tuple[str, "pa.DataType"]]:
    import pyarrow as pa

    votes = pa.list_(pa.struct([("value", pa.string()), ("votes", pa.int32())]))
    known: list[pa.DataType] = [
        pa.string(),
        pa.int32(),
        pa.float64(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
        pa.list_(pa.string()),
        votes,
    ]
    yield from ((str(kind), kind) for kind in known)
