"""Entities over all groups: clusters of mentions are one if they share a knowledge base id, or else label and name.

Works on what the clusters of all shards are called, which is little.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import (
    bool_array,
    codes_of,
    int_array,
    joined,
    numbers,
    one_chunk,
    string_array,
    take,
    validity,
)
from goldpress.annotations.tables.preferences import heaviest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints

Known = dict[tuple[str, str], str]
"""The knowledge base id of a label and a folded name, where there is only one."""


def sum_called(parts: "Sequence[pa.Table]") -> "pa.Table":
    """Return what the clusters of several shards are called, each once."""
    import numpy as np
    import pyarrow as pa

    together = pa.concat_tables(parts)
    key: Any = np.zeros(together.num_rows, dtype=np.int64)
    for name in ("label", "kb_id", "name"):
        codes, known = codes_of(one_chunk(together[name]))
        key = key * (len(known) + 1) + codes + 1
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    sums = {
        name: int_array(np.bincount(inverse, numbers(one_chunk(together[name])), len(first)), kind=pa.int64())
        for name in ("groups", "mentions")
    }
    names = {name: take(one_chunk(together[name]), first) for name in ("label", "name", "kb_id")}
    return pa.table({**names, **sums})


def known_ids(called: "pa.Table") -> Known:
    """Return the knowledge base id of each label and name that has one, and no two."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _with_id(called).to_pylist():
        if row["name"]:
            found[row["label"], row["name"].casefold()].add(row["kb_id"])
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def entity_ids(called: "pa.Table", known: Known) -> "pa.Array[Any]":
    """Return the entity that each of these names denotes; null where there is neither a name nor an id.

    A cluster without a knowledge base id takes the one that its label and name have elsewhere, if that is one only.
    """
    import pyarrow.compute as pc

    found = pc.coalesce(_given_ids(called, known), joined(":", called["label"], called["name"]))
    return one_chunk(found) if called.num_rows else string_array([])


def entity_columns(called: "pa.Table", known: Known) -> dict[str, Any]:
    """Return the columns of the ``entities`` table, sorted by id: label and name are the most frequent ones."""
    import numpy as np
    import pyarrow.compute as pc

    ids, given = entity_ids(called, known), _given_ids(called, known)
    there = bool_array(validity(ids))
    called, ids, given = called.filter(there), ids.filter(there), given.filter(there)
    codes, values = codes_of(ids)
    order = numbers(pc.sort_indices(values).cast("int64"))
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    entity = rank[codes]
    label = _preferred(entity, called["label"], called["mentions"], len(order))
    name = _preferred(entity, called["name"], called["groups"], len(order))
    at = np.zeros(len(order), dtype=np.int64)
    at[entity] = np.arange(len(entity))
    entity_id = take(values, order)
    return {
        "entity_id": entity_id,
        "label": label,
        "canonical_name": pc.coalesce(name, entity_id),
        "kb_id": take(given, at),
    }


def _with_id(called: "pa.Table") -> "pa.Table":
    return called.filter(bool_array(validity(one_chunk(called["kb_id"]))))


def _given_ids(called: "pa.Table", known: Known) -> Any:
    """The knowledge base id of each cluster: its own, else the one that is known of its label and name."""
    import pyarrow.compute as pc

    own = one_chunk(called["kb_id"])
    if not known:
        return own
    labels, names = called["label"].to_pylist(), called["name"].to_pylist()
    return pc.coalesce(
        own,
        string_array(
            [known.get((str(label), (name or "").casefold())) for label, name in zip(labels, names, strict=True)]
        ),
    )


def _preferred(entity: "Ints", values: Any, weights: Any, number: int) -> Any:
    codes, known = codes_of(one_chunk(values))
    return take(known, heaviest(entity, codes, known, number, weights=numbers(one_chunk(weights))))
