"""Which mentions denote the same entity: linked by coreference, by name, and by knowledge base id.

Inside a group (what one annotator marked in one article, or one article's gold) mentions are one entity if a
coreference links them or if they are the same name with the same label. Over all groups, entities are one if they share
a knowledge base id, or else label and name. The first step works on the columns of a shard; the second on what the groups of all
shards are called, which is little.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goldpress.annotations.arrays import codes_of, one_chunk, spread, string_array, take, validity
from goldpress.schemas.scheme import Attribute, Scheme

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.arrays import Ints, Mask

KB = "kb_id"

Called = tuple[str, str | None, str | None]
"""Label, name and knowledge base id of a cluster of mentions."""


@dataclass(frozen=True)
class Clusters:
    """The clusters of a shard's mentions.

    Attributes:
        called: What clusters are called, each once.
        of: For each span the number of what its cluster is called; -1 for a span that is no mention.
        groups: By number: how many clusters are called so.
        mentions: By number: how many mentions these have.
    """

    called: list[Called]
    of: "Ints"
    groups: "Ints"
    mentions: "Ints"


@dataclass
class Register:
    """What the clusters of all shards are called, with how many clusters and mentions there are of each."""

    groups: Counter[Called] = field(default_factory=Counter)
    mentions: Counter[Called] = field(default_factory=Counter)

    def add(self, called: Iterable[Called], groups: Iterable[int], mentions: Iterable[int]) -> None:
        """Count the clusters of one shard."""
        for name, group, mention in zip(called, groups, mentions, strict=True):
            self.groups[name] += group
            self.mentions[name] += mention


def cluster_mentions(spans: "pa.Table", relations: "pa.Table | None", group: str, scheme: Scheme) -> Clusters:
    """Return the clusters of a shard's spans.

    Args:
        spans: Raw or gold spans.
        relations: The relations between them.
        group: The column within which mentions are linked: ``annotation_id`` or ``article_id``.
        scheme: The scheme.
    """
    import numpy as np

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
    best_name = _best(cluster[named], text[at][named], texts, number)
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
    names: list[Called] = [
        (label_names[best_label[i]], _name(texts, best_name[i]), _name(kb_ids, best_kb[i])) for i in first.tolist()
    ]
    size = len(names)
    return Clusters(names, of, np.bincount(called, minlength=size), np.bincount(of[at], minlength=size))


def name_entities(register: Register) -> dict[Called, str]:
    """Return the entity of each cluster name; one without a name and an id denotes nothing yet.

    A cluster without a knowledge base id takes the one that its name and label have elsewhere, if that is one only.
    """
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for label, name, kb_id in register.groups:
        if kb_id and name:
            known[label, name.casefold()].add(kb_id)
    out = {}
    for called in register.groups:
        label, name, kb_id = called
        candidates = known.get((label, (name or "").casefold()), set())
        found = kb_id or (next(iter(candidates)) if len(candidates) == 1 else None)
        if found or name:
            out[called] = found or f"{label}:{name}"
    return out


def entity_rows(register: Register, entity_of: Mapping[Called, str]) -> list[dict[str, Any]]:
    """Return the rows of the ``entities`` table, sorted by id."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    kb_ids: dict[str, str | None] = {}
    for called, entity_id in entity_of.items():
        label, name, _ = called
        labels[entity_id][label] += register.mentions[called]
        if name:
            names[entity_id][name] += register.groups[called]
        kb_ids[entity_id] = entity_id if entity_id != f"{label}:{name}" else kb_ids.get(entity_id)
    return [
        {
            "entity_id": entity_id,
            "label": most_common(labels[entity_id]),
            "canonical_name": most_common(names[entity_id]) or entity_id,
            "kb_id": kb_ids[entity_id],
        }
        for entity_id in sorted(kb_ids)
    ]


def entity_column(of: "Ints", called: Iterable[Called], entity_of: Mapping[Called, str]) -> "pa.Array[Any]":
    """Return the entity id of each span."""
    return spread(of, [entity_of.get(name) for name in called])


def most_common(counts: Counter[str]) -> str | None:
    """Return the most frequent value; of equally frequent ones the shortest, then the first in order."""
    return min(counts, key=lambda value: (-counts[value], len(value), value), default=None)


def is_naming(entry: Attribute) -> bool:
    """Whether an attribute tells names from other mentions: the default kind of mention is the proper name."""
    return entry.default is not None and entry.published


def _column(table: "pa.Table", name: str) -> "tuple[Ints, list[str]]":
    codes, known = codes_of(one_chunk(table[name]))
    return codes, known.to_pylist()


def _name(names: list[str], code: int) -> str | None:
    return names[code] if code >= 0 else None


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
    a, b = (cluster[np.asarray(end.filter(_mask(there)).to_pylist(), dtype=np.int64)] for end in ends)
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


def _mask(mask: "Mask") -> Any:
    from goldpress.annotations.arrays import bool_array

    return bool_array(mask)


def _best(cluster: "Ints", codes: "Ints", values: list[str], number: int) -> "Ints":
    """The most frequent value of each cluster, as ``most_common`` has it; -1 where there is none."""
    import numpy as np

    out = np.full(number, -1, dtype=np.int64)
    if not len(codes):
        return out
    width = len(values)
    pairs, counts = np.unique(cluster * width + codes, return_counts=True)
    place, value = pairs // width, pairs % width
    used = np.unique(value).tolist()
    rank = np.zeros(width, dtype=np.int64)
    rank[sorted(used, key=lambda i: (len(values[i]), values[i]))] = np.arange(len(used))
    order = np.lexsort((rank[value], -counts, place))
    place, value = place[order], value[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    out[place[first]] = value[first]
    return out
