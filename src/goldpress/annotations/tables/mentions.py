"""Which mentions of a group denote the same entity: linked by coreference, or of the same name with the same label.

A group is what one annotator marked in one article, or one article's gold. Works on the columns of a shard.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goldpress.annotations.tables.arrays import (
    bool_array,
    codes_of,
    int_array,
    one_chunk,
    spread,
    string_array,
    take,
    validity,
)
from goldpress.annotations.tables.preferences import heaviest
from goldpress.schemas.scheme import Attribute, Scheme

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask

KB = "kb_id"


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
    best_label = heaviest(cluster, label[at], string_array(label_names), number)
    best_name = heaviest(cluster[named], text[at][named], string_array(texts), number, full=True)
    if KB in spans.column_names:
        kb, kb_ids = _column(spans, KB)
        best_kb = heaviest(cluster, kb[at], string_array(kb_ids), number)
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
