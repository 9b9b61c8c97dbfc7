"""Which mentions denote the same entity: linked by coreference, by name, and by knowledge base id.

Inside a group (what one annotator marked in one article, or one article's gold) mentions are one entity if a
coreference links them or if they are the same name with the same label. Over all groups, entities are one if they share
a knowledge base id, or else label and name. The first step works on the columns of a shard; the second on what the
groups of all shards are called, which is little.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import (
    bool_array,
    codes_of,
    int_array,
    joined,
    numbers,
    one_chunk,
    spread,
    string_array,
    take,
    validity,
)
from goldpress.schemas.scheme import Attribute, Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask

KB = "kb_id"

Known = dict[tuple[str, str], str]
"""The knowledge base id of a label and a folded name, where there is only one."""


@dataclass(frozen=True)
class Clusters:
    """The clusters of a shard's mentions.

    Attributes:
        called: What clusters are called, each once: ``label``, ``name`` and ``kb_id``, with the number of ``groups``
            (clusters) and of ``mentions`` that are called so.
        of: For each span the row of what its cluster is called; -1 for a span that is no mention.
    """

    called: "pa.Table"
    of: "Ints"


def cluster_mentions(spans: "pa.Table", relations: "pa.Table | None", group: str, scheme: Scheme) -> Clusters:
    """Return the clusters of a shard's spans.

    Args:
        spans: Raw or gold spans.
        relations: The relations between them.
        group: The column within which mentions are linked: ``annotation_id`` or ``article_id``.
        scheme: The scheme.
    """
    import numpy as np
    import pyarrow as pa

    labels = {label.name: layer for layer in scheme.span_layers if not layer.table for label in layer.labels}
    label, label_names = _column(spans, "label")
    text, texts = _column(spans, "text")
    groups, _ = _column(spans, group)
    wanted = np.array([name in labels for name in label_names] + [False], dtype=bool)
    filled = np.array([bool(name) for name in texts] + [False], dtype=bool)
    at = np.flatnonzero(wanted[label] & filled[text])
    named = _named(spans, label, label_names, scheme)[at]
    cluster = _by_name(groups[at], label[at], text[at], texts, named)
    if relations is not None:
        cluster = _by_link(cluster, spans, relations, at, scheme)
    _, cluster = np.unique(cluster, return_inverse=True)
    number = int(cluster.max()) + 1 if len(cluster) else 0
    best_label = _best(cluster, label[at], label_names, number)
    best_name = _best(cluster[named], text[at][named], texts, number, full=True)
    if KB in spans.column_names:
        kb, kb_ids = _column(spans, KB)
        held = kb[at] >= 0
        best_kb = _best(cluster[held], kb[at][held], kb_ids, number)
    else:
        best_kb, kb_ids = np.full(number, -1), []
    key = (best_label * (len(texts) + 2) + best_name + 1) * (len(kb_ids) + 2) + best_kb + 1
    _, first, called = np.unique(key, return_index=True, return_inverse=True)
    of = np.full(len(label), -1, dtype=np.int64)
    of[at] = called[cluster]
    size = len(first)
    called_so = {
        "label": spread(best_label[first], label_names),
        "name": spread(best_name[first], texts),
        "kb_id": spread(best_kb[first], kb_ids),
        "groups": int_array(np.bincount(called, minlength=size), kind=pa.int64()),
        "mentions": int_array(np.bincount(of[at], minlength=size), kind=pa.int64()),
    }
    return Clusters(pa.table(called_so), of)


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
    label = _most(entity, called["label"], called["mentions"], len(order))
    name = _most(entity, called["name"], called["groups"], len(order))
    at = np.zeros(len(order), dtype=np.int64)
    at[entity] = np.arange(len(entity))
    entity_id = take(values, order)
    return {
        "entity_id": entity_id,
        "label": label,
        "canonical_name": pc.coalesce(name, entity_id),
        "kb_id": take(given, at),
    }


def most_common(counts: Counter[str]) -> str | None:
    """Return the most frequent value; of equally frequent ones the shortest, then the first in order."""
    return min(counts, key=lambda value: (-counts[value], len(value), value), default=None)


def fullest(counts: Counter[str]) -> str | None:
    """Return the name of most words, so that Vogt is Anna Vogt where both are linked; of these the most common."""
    most = max((name.count(" ") for name in counts), default=0)
    return most_common(Counter({name: count for name, count in counts.items() if name.count(" ") == most}))


def is_naming(entry: Attribute) -> bool:
    """Whether an attribute tells names from other mentions: the default kind of mention is the proper name."""
    return entry.default is not None and entry.published


def _column(table: "pa.Table", name: str) -> "tuple[Ints, list[str]]":
    codes, known = codes_of(one_chunk(table[name]))
    return codes, known.to_pylist()


def _named(spans: "pa.Table", label: "Ints", label_names: list[str], scheme: Scheme) -> "Mask":
    """Which spans are proper names: every naming attribute of their layer holds its default."""
    import numpy as np

    named = np.ones(len(label), dtype=bool)
    for layer in (entry for entry in scheme.span_layers if not entry.table):
        own = {entry.name for entry in layer.labels}
        mine = np.array([name in own for name in label_names] + [False], dtype=bool)[label]
        for entry in filter(is_naming, layer.attributes):
            codes, values = _column(spans, entry.name)
            default = values.index(entry.default) if entry.default in values else -2
            named[mine] &= codes[mine] == default
    return named


def _by_name(groups: "Ints", label: "Ints", text: "Ints", texts: list[str], named: "Mask") -> "Ints":
    """Number the mentions so that the same name with the same label in one group has one number."""
    import numpy as np

    folded: dict[str, int] = {}
    same = np.array([folded.setdefault(name.casefold(), len(folded)) for name in texts] + [-1], dtype=np.int64)
    widths = int(label.max(initial=0)) + 1, len(folded) + 1
    key = (groups * widths[0] + label) * widths[1] + same[text]
    out = np.arange(len(key))
    _, first, inverse = np.unique(key[named], return_index=True, return_inverse=True)
    out[named] = np.flatnonzero(named)[first][inverse]
    return out


def _by_link(cluster: "Ints", spans: "pa.Table", relations: "pa.Table", at: "Ints", scheme: Scheme) -> "Ints":
    """Join the clusters that a coreference links."""
    import numpy as np
    import pyarrow.compute as pc

    same = [layer.name for layer in scheme.relation_layers if layer.same_label]
    linked = relations.filter(pc.is_in(relations["layer"], value_set=string_array(same)))
    if not linked.num_rows:
        return cluster
    ids = take(one_chunk(spans["span_id"]), at)
    ends = [one_chunk(pc.index_in(linked[name], value_set=ids)) for name in ("from_span", "to_span")]
    there = validity(ends[0]) & validity(ends[1])
    a, b = (cluster[np.asarray(end.filter(bool_array(there)).to_pylist(), dtype=np.int64)] for end in ends)
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while (up := parent.get(x, x)) != x:
            x = up
        return x

    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        parent[root(x)] = root(y)
    numbers = np.arange(int(cluster.max(initial=0)) + 1)
    for x in set(parent):
        numbers[x] = root(x)
    joined: Ints = numbers[cluster]
    return joined


def _best(cluster: "Ints", codes: "Ints", values: list[str], number: int, *, full: bool = False) -> "Ints":
    """The value of each cluster that ``most_common`` chooses, or ``fullest``; -1 where there is none."""
    import numpy as np

    out = np.full(number, -1, dtype=np.int64)
    if not len(codes):
        return out
    width = len(values)
    pairs, counts = np.unique(cluster * width + codes, return_counts=True)
    place, value = pairs // width, pairs % width
    known = string_array(values)
    spaces = np.array([name.count(" ") if full else 0 for name in values], dtype=np.int64)
    order = np.lexsort((_rank(known)[value], -counts, -spaces[value], place))
    place, value = place[order], value[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    out[place[first]] = value[first]
    return out


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


def _most(entity: "Ints", values: Any, weights: Any, number: int) -> Any:
    """The value with most weight of each entity; of equally heavy ones the shortest, then the first in order."""
    import numpy as np

    codes, known = codes_of(one_chunk(values))
    held = np.flatnonzero(codes >= 0)
    width = max(len(known), 1)
    pairs, inverse = np.unique(entity[held] * width + codes[held], return_inverse=True)
    weight = np.bincount(inverse, numbers(one_chunk(weights))[held], minlength=len(pairs))
    place, value = pairs // width, pairs % width
    order = np.lexsort((_rank(known)[value], -weight, place))
    place, value = place[order], value[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    best = np.full(number, -1, dtype=np.int64)
    best[place[first]] = value[first]
    return take(known, best) if len(known) else spread(best, [])


def _rank(values: Any) -> "Ints":
    """The place of each string among all, shorter ones first."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.table({"length": pc.utf8_length(values), "value": values})
    order = numbers(pc.sort_indices(table, [("length", "ascending"), ("value", "ascending")]).cast("int64"))
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank
