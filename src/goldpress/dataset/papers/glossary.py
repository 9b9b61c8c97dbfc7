"""What the labels mean, and how far those who gave them agreed: two tables of the card."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from goldpress.schemas.scheme import Scheme

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[str, ...]


def render_labels(scheme: Scheme) -> str:
    """Return a table of every label and every question, with its meaning."""
    return _table(("label", "is", "meaning"), _labels(scheme))


def render_agreement(tables: "Mapping[str, pa.Table]") -> str:
    """Return a table of chance-corrected agreement (Krippendorff's alpha), layer by layer; empty without one."""
    columns = ["kind", "layer", "attribute", "label", "measure", "annotator_a", "value", "ci_low", "ci_high", "n_units"]
    if "agreement" not in tables or not {*columns} <= {*tables["agreement"].column_names}:
        return ""
    rows = tables["agreement"].select(columns).to_pylist()
    whole = [row for row in rows if row["annotator_a"] is None and row["label"] == "*"]
    found = [
        (
            _measured(row),
            f"{row['value']:.2f}",
            "" if row["ci_low"] is None else f"{row['ci_low']:.2f} to {row['ci_high']:.2f}",
            f"{row['n_units']:,}",
        )
        for row in whole
        if row["value"] is not None and row["measure"].startswith("alpha")
    ]
    return _table(("of", "alpha", "95 % interval", "units"), iter(found)) if found else ""


def _measured(row: "Mapping[str, str | None]") -> str:
    """What was compared: a question, a relation, or where spans lie and what they are called."""
    if row["attribute"]:
        return f"answers to `{row['attribute']}`, {row['layer']}"
    if row["kind"] == "relation":
        return f"relation `{row['layer']}`"
    return f"spans `{row['layer']}`, word by word"


def _labels(scheme: Scheme) -> Iterator[Row]:
    for layer in scheme.span_layers:
        for label in layer.labels:
            yield f"`{label.name}`", f"span, `{label.layer or layer.name}`", label.definition
        for entry in layer.attributes:
            of = ", ".join(f"`{name}`" for name in entry.on) or f"`{layer.name}`"
            yield f"`{entry.name}`", f"asked of {of}", entry.definition
    for relations in scheme.relation_layers:
        for label in relations.labels:
            yield f"`{label.name}`", f"relation, `{relations.name}`", label.definition
    for entry in scheme.document_labels:
        if entry.published:
            yield f"`{entry.name}`", "asked of the article", entry.definition


def _table(head: Row, rows: Iterator[Row]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").split()).replace("|", "\\|")
