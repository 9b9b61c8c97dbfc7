"""The contracts of gold and of how it was decided, of what the mentions denote, of repairs and of agreement."""

from collections.abc import Sequence
from dataclasses import replace

from goldpress.schemas.contracts import ANNOTATION, ARTICLE, TIMESTAMP, VOTES, Column, Table
from goldpress.schemas.scheme import Scheme

GOLD_SOURCES = ("unanimous", "majority", "adjudicated", "single")


def list_gold(raw: Sequence[Table], scheme: Scheme) -> list[Table]:
    """Return the contracts of the tables that follow from the raw ones: entities, gold and how it was decided."""
    judged = [
        table for table in raw if any(c.name == "annotation_id" for c in table.columns) and table.name != "annotations"
    ]
    return [_entities(scheme), *map(_gold, judged), _provenance(), _repairs(), _agreement()]


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
