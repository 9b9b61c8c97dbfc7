"""What entities and stances are, row by row: slow, short, and what the columns must equal."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from goldpress.annotations.tables.decoding import Row
from goldpress.annotations.tables.mentions import KB, is_naming
from goldpress.annotations.tables.preferences import fullest, most_common
from goldpress.annotations.tables.tabulation import Rows
from goldpress.annotations.tables.words import digest
from goldpress.schemas.scheme import RelationLayer, Scheme, SpanLayer


@dataclass
class _Cluster:
    mentions: list[Row]
    label: str
    name: str | None
    kb_id: str | None


def link_entities(groups: Iterable[Rows], scheme: Scheme) -> list[Row]:
    """Set ``entity_id`` of every mention, in place, and return the rows of the ``entities`` table.

    A group is what one annotator marked in one article, or one article's gold. Inside a group mentions are one entity
    if a coreference links them or if they are the same name with the same label; over all groups, entities are one if
    they share a knowledge base id, or else label and name. A mention without a name, an id or a link to one stays null.
    """
    layers = [layer for layer in scheme.span_layers if not layer.table]
    clusters = [cluster for group in groups for cluster in _clusters(group, layers, scheme)]
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for cluster in clusters:
        if cluster.kb_id and cluster.name:
            known[cluster.label, cluster.name.casefold()].add(cluster.kb_id)
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    kb_ids: dict[str, str | None] = {}
    for cluster in clusters:
        candidates = known.get((cluster.label, (cluster.name or "").casefold()), set())
        kb_id = cluster.kb_id or (next(iter(candidates)) if len(candidates) == 1 else None)
        if kb_id is None and cluster.name is None:
            continue
        entity_id = kb_id or f"{cluster.label}:{cluster.name}"
        for mention in cluster.mentions:
            mention["entity_id"] = entity_id
        kb_ids[entity_id] = kb_id
        labels[entity_id][cluster.label] += len(cluster.mentions)
        names[entity_id].update([cluster.name] if cluster.name else [])
    return [
        {
            "entity_id": entity_id,
            "label": most_common(labels[entity_id]),
            "canonical_name": most_common(names[entity_id]) or entity_id,
            "kb_id": kb_ids[entity_id],
        }
        for entity_id in sorted(kb_ids)
    ]


def _clusters(group: Rows, layers: list[SpanLayer], scheme: Scheme) -> list[_Cluster]:
    owner = {label.name: layer for layer in layers for label in layer.labels}
    mentions = {row["span_id"]: row for row in group.get("spans", ()) if row["label"] in owner and row["text"]}
    parent = {span_id: span_id for span_id in mentions}

    def root(span_id: str) -> str:
        while parent[span_id] != span_id:
            span_id = parent[span_id]
        return span_id

    same = {layer.name for layer in scheme.relation_layers if layer.same_label}
    for relation in group.get("relations", ()):
        if relation["layer"] in same and relation["from_span"] in parent and relation["to_span"] in parent:
            parent[root(relation["from_span"])] = root(relation["to_span"])
    first: dict[tuple[str, str], str] = {}
    for span_id, row in mentions.items():
        if _is_name(row, owner[row["label"]]):
            twin = first.setdefault((row["label"], row["text"].casefold()), span_id)
            parent[root(span_id)] = root(twin)
    members: dict[str, list[Row]] = defaultdict(list)
    for span_id, row in mentions.items():
        members[root(span_id)].append(row)
    return [_cluster(rows, owner) for rows in members.values()]


def _cluster(rows: list[Row], owner: dict[str, SpanLayer]) -> _Cluster:
    names = Counter(row["text"] for row in rows if _is_name(row, owner[row["label"]]))
    return _Cluster(
        rows,
        label=most_common(Counter(row["label"] for row in rows)) or "",
        name=fullest(names),
        kb_id=most_common(Counter(row[KB] for row in rows if row.get(KB))),
    )


def _is_name(row: Row, layer: SpanLayer) -> bool:
    """Whether every attribute with a default holds it: the default kind of mention is the proper name."""
    return all(row.get(entry.name) == entry.default for entry in layer.attributes if is_naming(entry))


def derive_stances(rows: Rows, published: dict[str, Any], scheme: Scheme) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) of every table that is derived from a relation layer.

    One row for each relation and holder; without a marked holder, one row with null. The holders of a later fragment
    are those of the fragment that it continues.

    Args:
        rows: Spans, attribute tables and relations of one annotation, or of one article's gold.
        published: Date of publication by article id.
        scheme: The scheme.
    """
    spans = {row["span_id"]: row for row in rows.get("spans", ())}
    relations = rows.get("relations", [])
    for layer in (entry for entry in scheme.relation_layers if entry.table):
        start_layer = next(entry for entry in scheme.span_layers if entry.table)
        start_id = f"{str(start_layer.table).removesuffix('s')}_id"
        starts = {row[start_id]: row for row in rows.get(str(start_layer.table), ())}
        for relation in (row for row in relations if row["layer"] == layer.name):
            start, target = starts.get(relation["from_span"]), spans.get(relation["to_span"])
            if start is None or target is None:
                continue
            for holder in _holders(relation["from_span"], relations, layer, scheme) or [""]:
                yield (
                    str(layer.table),
                    _stance(layer, relation, start_id, start, target, spans.get(holder), published),
                )


def _stance(
    layer: RelationLayer,
    relation: Row,
    start_id: str,
    start: Row,
    target: Row,
    holder: Row | None,
    published: dict[str, Any],
) -> Row:
    name, role = str(layer.table).removesuffix("s"), layer.holder or "holder"
    when = published.get(relation["article_id"])
    marked = start.get(layer.dated_by or "")
    row = {
        f"{name}_id": digest(relation["relation_id"], holder["span_id"] if holder else ""),
        "article_id": relation["article_id"],
        "annotation_id": relation.get("annotation_id"),
        "relation_id": relation["relation_id"],
        start_id: relation["from_span"],
        "target_span": relation["to_span"],
        "target_text": target["text"],
        "target_entity_id": target.get("entity_id"),
        "polarity": relation["type"],
        f"{role}_span": holder["span_id"] if holder else None,
        f"{role}_text": holder["text"] if holder else None,
        f"{role}_entity_id": holder.get("entity_id") if holder else None,
        "date": marked or (when.date() if when else None),
        "date_source": "marked" if marked else "published" if when else None,
    }
    if layer.holder_kind:
        row[layer.holder_kind] = start.get(layer.holder_kind)
    for key in ("gold_source", "n_annotators", "n_votes"):
        if key in relation:
            row[key] = relation[key]
    return row


def _holders(span: str, relations: Iterable[Row], layer: RelationLayer, scheme: Scheme) -> list[str]:
    relations = list(relations)
    inherits = {entry.name for entry in scheme.relation_layers if entry.inherits}
    earlier = {row["from_span"]: row["to_span"] for row in relations if row["layer"] in inherits}
    visited = set()
    while span not in visited:
        visited.add(span)
        own = [row["to_span"] for row in relations if row["layer"] == layer.holder and row["from_span"] == span]
        if own:
            return sorted(own)
        span = earlier.get(span, span)
    return []
