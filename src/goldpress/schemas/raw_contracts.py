"""The contracts of the articles, and of what each annotator said about them."""

from dataclasses import replace

from goldpress.schemas.contracts import ANNOTATION, ARTICLE, CODE_POINT, TIMESTAMP, Column, Table
from goldpress.schemas.scheme import Attribute, RelationLayer, Scheme, SpanLayer


def list_raw(scheme: Scheme) -> list[Table]:
    """Return the contracts of the tables that hold articles and what each annotator said about them."""
    raw = [_articles(), _removed_ranges(), _annotations(), _spans(scheme)]
    raw += [_attribute_table(layer) for layer in scheme.span_layers if layer.table]
    if scheme.relation_layers:
        raw += [_relations(scheme)]
        raw += [_derived(layer, scheme) for layer in scheme.relation_layers if layer.table]
    if scheme.document_labels:
        raw += [_doc_labels(scheme)]
    return raw


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
