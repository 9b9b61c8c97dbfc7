"""The relations of a block: ends, labels, directions, and what was inferred about them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import bool_array, codes_of, joined, spread, string_array, take
from goldpress.annotations.tables.spans import Spans, repair_columns
from goldpress.annotations.tables.vectors import (
    Columns,
    field_of,
    first_of,
    mixed,
    numbering,
    position,
    repeats,
    stacked,
    swapped,
)
from goldpress.annotations.tables.words import digests

if TYPE_CHECKING:
    from goldpress.annotations.tables.arrays import Ints, Mask
    from goldpress.annotations.tables.columns import Block
    from goldpress.annotations.tables.kinds import Kinds


@dataclass
class Relations:
    rows: "Ints"
    annotation: "Ints"
    number: "Ints"
    value: "Ints"
    drawn: list[str]
    swap: "Mask"
    read: "Mask"
    reversed: "Mask"
    id: Any = None
    start: Any = None
    end: Any = None


def read_relations(block: "Block", kinds: "Kinds", spans: "Spans") -> "Relations | None":
    import numpy as np

    rows, lex = kinds.links, block.lexicon
    annotation = block.annotation_of[rows]
    if not block.scheme.relation_layers:
        block.odd[annotation] = True
        return None
    listed = field_of(block.results, "labels")
    first, many = first_of(listed, rows)
    codes, names = codes_of(take(listed.values, first))
    drawn = names.to_pylist()
    way, ways = codes_of(take(field_of(block.results, "direction"), rows))
    way_names = ways.to_pylist()
    both, left = (way == position(way_names, name) for name in ("bi", "left"))
    pairs = spans.region[len(spans.rows) + len(kinds.asked) :].reshape(2, len(rows))
    block.odd[annotation[many | both | (pairs == 0).any(axis=0)]] = True
    ends = np.where(left, pairs[::-1], pairs)
    labels = [len(lex.labels)] * 2
    start, end = (
        np.where((found := spans.index.find(annotation * kinds.regions + side)) >= 0, spans.number[found], other)
        if len(spans.rows)
        else np.full(len(rows), other)
        for side, other in zip(ends, labels, strict=True)
    )
    size = len(lex.links)
    known = numbering(drawn, [name for name, _ in lex.links], missing=-1)
    number = np.where(codes < 0, -1, known[codes])
    read = (codes < 0) & (lex.read_as[start, end] >= 0)
    number = np.where(read, lex.read_as[start, end], number)
    turned = read & lex.turned[start, end]
    reversed_ = (codes >= 0) & (number >= 0) & ~lex.fits[number, start, end] & lex.fits[number, end, start]
    turned |= reversed_
    block.odd[annotation[(number >= 0) & lex.inherits[number]]] = True
    ends = np.where(turned, ends[::-1], ends)
    value = np.where(number >= 0, number, np.where(codes >= 0, codes + size, -1))
    place = mixed(annotation, ends[0], ends[1], value, value)
    block.odd[annotation[repeats(place)]] = True
    swap = left ^ turned
    return Relations(rows, annotation, number, value, drawn, swap, read, reversed_)


def relation_table(block: "Block", relations: "Relations", keep: "Mask") -> Columns:
    import numpy as np

    rows = np.flatnonzero(keep)
    ids = take(block.annotation_id, relations.annotation[rows])
    ends = [take(field_of(block.results, name), relations.rows[rows]) for name in ("from_id", "to_id")]
    spans = [joined(":", ids, end) for end in ends]
    swap = relations.swap[rows]
    start, end = swapped(spans[0], spans[1], swap)
    names = [*(name for name, _ in block.lexicon.links), *relations.drawn]
    label = spread(relations.value[rows], names)
    called = np.where(relations.value[rows] < 0, len(names), relations.value[rows])
    relations.id = digests(ids, start, end, spread(called, [*names, "None"]))
    relations.start, relations.end = start, end
    layers = [layer.name for _, layer in block.lexicon.links]
    return {
        "relation_id": relations.id,
        "annotation_id": ids,
        "article_id": take(block.article_id, relations.annotation[rows]),
        "layer": spread(relations.number[rows], layers),
        "type": label,
        "from_span": start,
        "to_span": end,
        "inferred": bool_array((relations.read | relations.reversed)[rows]),
    }


def relation_repairs(block: "Block", relations: "Relations", keep: "Mask") -> Columns:
    import numpy as np

    rows = np.flatnonzero(keep)
    names = [name for name, _ in block.lexicon.links]
    parts = []
    for check, name, chosen in (("C9", "type", relations.read), ("C6", "from_span", relations.reversed)):
        at = np.flatnonzero(chosen[rows])
        if not len(at):
            continue
        if check == "C9":
            values = (spread(np.full(len(at), -1), [""]), spread(relations.number[rows[at]], names))
        else:
            values = (take(relations.end, at), take(relations.start, at))
        checks = string_array([check] * len(at))
        row = take(relations.id, at)
        parts.append(repair_columns(block, checks, row, name, values, relations.annotation[rows[at]]))
    return stacked(parts)
