"""Raw tables from a few words, for tests of gold and agreement."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

START = datetime(2025, 6, 1, tzinfo=UTC)
CLAIM = {"claim_type": "demand", "attribution": "direct", "claim_polarity": "affirm", "claimer_kind": "unattributed"}


def annotation(name: str, article: str = "a", **more: Any) -> dict[str, Any]:
    """An annotation that somebody called ``p<name>`` submitted; ``day`` says when."""
    day = more.pop("day", 0)
    base = {"annotation_id": f"{article}/{name}", "article_id": article, "annotator_pid": f"p{name}"}
    return {**base, "role": "primary", "state": "labelled", "updated_at": START + timedelta(days=day), **more}


def span(by: str, start: int, end: int, label: str = "PER", article: str = "a", **more: Any) -> dict[str, Any]:
    """A span that annotation ``by`` holds."""
    layer = {"CLAIM": "claim", "CUE": "cue"}.get(label, "entity")
    base = {"span_id": f"{article}/{by}:{start}-{end}-{label}", "annotation_id": f"{article}/{by}", "layer": layer}
    return {**base, "article_id": article, "label": label, "start": start, "end": end, **_about(layer), **more}


def claim(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is said about a span that is a claim."""
    shared = {key: of[key] for key in ("annotation_id", "article_id", "start", "end")}
    return {**shared, "claim_id": of["span_id"], **CLAIM, **more}


def relation(start: dict[str, Any], end: dict[str, Any], kind: str = "claimer", layer: str = "") -> dict[str, Any]:
    """A relation between two spans of one annotation."""
    layer = layer or ("stance" if kind in {"favor", "against", "neutral"} else kind)
    key = f"{start['span_id']}>{end['span_id']}:{kind}"
    base = {"relation_id": key, "annotation_id": start["annotation_id"], "article_id": start["article_id"]}
    return {**base, "layer": layer, "type": kind, "from_span": start["span_id"], "to_span": end["span_id"]}


def doc_label(by: str, name: str, value: str, article: str = "a") -> dict[str, Any]:
    """An answer about the whole article."""
    base = {"doc_label_id": f"{article}/{by}:{name}", "annotation_id": f"{article}/{by}", "article_id": article}
    return {**base, "name": name, "value": value}


def raw_tables(scheme: Scheme, **rows: Iterable[dict[str, Any]]) -> dict[str, pa.Table]:
    """Staged raw tables of these rows, and ``articles`` where they are given."""
    out = {}
    for name, contract in contracts(scheme).items():
        if contract.layer == "raw" or name == "articles":
            found: Sequence[dict[str, Any]] = list(rows.get(name, ()))
            columns = {column.name: [row.get(column.name) for row in found] for column in contract.columns}
            schema = pa.schema([field.with_nullable(True) for field in contract.to_arrow(staged=True)])
            out[name] = pa.table(columns, schema=schema)
    return out


def _about(layer: str) -> dict[str, Any]:
    return {"mention": "name"} if layer == "entity" else {}
