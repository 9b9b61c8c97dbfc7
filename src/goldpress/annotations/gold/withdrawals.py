"""What is taken out of gold again: a value without what it requires, so that gold does not contradict itself."""

from typing import Any

import numpy as np
import pyarrow as pa

from goldpress.annotations.gold.electorate import equals, inside, pc
from goldpress.annotations.gold.tallies import Bools
from goldpress.schemas.scheme import Attribute, Scheme

Columns = dict[str, Any]


def withdraw_unsupported(out: dict[str, Columns], scheme: Scheme) -> set[str]:
    """Empty values whose required relation or span is open, and return them as table, id and field.

    Args:
        out: The columns of each gold table, by its name; changed in place.
        scheme: Says what a value requires, and what it forbids.
    """
    withdrawn: set[str] = set()
    linked = _links(out, scheme)
    for layer in (entry for entry in scheme.span_layers if entry.table):
        table = f"gold_{layer.table}"
        columns = out.get(table, {})
        ids = columns.get(f"{str(layer.table).removesuffix('s')}_id")
        for entry in layer.attributes if ids is not None else ():
            if entry.name in columns:
                bad = _unsupported(entry, columns[entry.name], lambda what, ids=ids: inside(ids, linked[what]))
                for other in (other.name for other in scheme.relation_layers if other.inherits):
                    bad &= ~inside(ids, linked[other])
                columns[entry.name] = pc.if_else(pa.array(bad), None, columns[entry.name])
                withdrawn |= _named(table, ids, bad, entry.name)
    return withdrawn | _withdraw_doc_labels(out, scheme)


def _withdraw_doc_labels(out: dict[str, Columns], scheme: Scheme) -> set[str]:
    columns, spans = out.get("gold_doc_labels"), out["gold_spans"]
    if columns is None:
        return set()

    def holds(label: str) -> Bools:
        having = spans["article_id"].filter(pa.array(equals(spans["label"], label)))
        return inside(columns["article_id"], having)

    bad = np.zeros(len(columns["article_id"]), bool)
    for entry in scheme.document_labels:
        asked = equals(columns["name"], entry.name)
        bad |= asked & _unsupported(entry, columns["value"], holds)
    out["gold_doc_labels"] = {name: column.filter(pa.array(~bad)) for name, column in columns.items()}
    return _named("gold_doc_labels", columns["doc_label_id"], bad, "value")


def _links(out: dict[str, Columns], scheme: Scheme) -> dict[str, Any]:
    """The spans from which a relation of each layer goes out."""
    relations = out.get("gold_relations")
    if relations is None:
        return {}
    return {
        layer.name: relations["from_span"].filter(pa.array(equals(relations["layer"], layer.name)))
        for layer in scheme.relation_layers
    }


def _named(table: str, ids: Any, bad: Bools, field: str) -> set[str]:
    return {f"{table}:{name}:{field}" for name in ids.filter(pa.array(bad)).to_pylist()}


def _unsupported(entry: Attribute, column: Any, holds: Any) -> Bools:
    """Where a value stands without what it requires, or beside what it forbids."""
    bad = np.zeros(len(column), bool)
    for value in entry.values:
        if value.requires or value.forbids:
            here = equals(column, value.name)
            if value.requires:
                bad |= here & ~holds(value.requires)
            if value.forbids:
                bad |= here & holds(value.forbids)
    return bad
