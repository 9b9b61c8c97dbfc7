"""The spans of a block: edges, words, attributes, and the repairs of their edges."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import codes_of, int_array, joined, spread, take, validity
from goldpress.annotations.tables.codepoints import CodePoints
from goldpress.annotations.tables.edges import Edges, repair_edges
from goldpress.annotations.tables.kinds import Kinds, read_days, read_replies, topic_lists
from goldpress.annotations.tables.lexicon import CHECKS
from goldpress.annotations.tables.parsing import rare_fields
from goldpress.annotations.tables.units import says_points
from goldpress.annotations.tables.vectors import (
    Columns,
    Index,
    blank_names,
    decimal,
    field_of,
    filtered,
    first_of,
    mixed,
    numbering,
    numbers_at,
    repeats,
    stacked,
)

if TYPE_CHECKING:
    from goldpress.annotations.tables.arrays import Ints, Mask
    from goldpress.annotations.tables.columns import Block


@dataclass
class Spans:
    rows: "Ints"
    annotation: "Ints"
    layer: "Ints"
    label: Any
    codes: "Ints"
    number: "Ints"
    start: "Ints"
    end: "Ints"
    start_there: "Mask"
    end_there: "Mask"
    edges: Edges
    index: "Index"
    attributes: Columns = field(default_factory=dict)
    span_id: Any = None
    region: "Ints" = field(init=False)


def read_spans(block: "Block", kinds: "Kinds") -> "Spans":
    import numpy as np
    import pyarrow as pa

    rows = kinds.marks
    annotation = block.annotation_of[rows]
    value = dict(zip([f.name for f in kinds.value.type], kinds.value.flatten(), strict=True))
    value |= {name: pa.nulls(len(kinds.value), kind) for name, kind in rare_fields().items() if name not in value}
    kinds.parts = value
    start, start_there = numbers_at(value["start"], rows)
    end, end_there = numbers_at(value["end"], rows)
    first, many = first_of(value["labels"], rows)
    label = take(value["labels"].values, first)
    codes, drawn = codes_of(label)
    names = drawn.to_pylist()
    known = numbering(names, block.lexicon.labels)
    number = np.where(codes < 0, len(block.lexicon.labels), known[codes])
    block.odd[annotation[many | ((codes >= 0) & blank_names(names)[codes])]] = True
    ids = field_of(block.results, "id")
    needy = np.concatenate([rows, kinds.asked])
    block.odd[block.annotation_of[needy[~validity(ids)[needy]]]] = True
    region = _region_codes(block, kinds, ids)
    index = Index(annotation * kinds.regions + region[: len(rows)])
    block.odd[annotation[index.repeated]] = True
    layer = kinds.layer[rows]
    row = block.task_of[annotation]
    points = CodePoints(block.texts)
    shown = take(value["text"], rows)
    edges = repair_edges(
        points,
        block.texts,
        row,
        (start, end, start_there & end_there),
        block.lexicon.boundary[layer, number],
        shown,
    )
    block.doubted = points.astral & block.old
    block.doubted[row[edges.doubtful & points.astral[row]]] = True
    block.odd |= block.doubted[block.task_of]
    sure = np.flatnonzero(validity(shown) & (points.astral & ~block.doubted)[row])
    block.pointed = _pointed(block, row[sure], start[sure], end[sure])
    spans = Spans(rows, annotation, layer, label, codes, number, start, end, start_there, end_there, edges, index)
    _find_copies(block, spans)
    spans.attributes = _attributes(block, kinds, spans, region)
    spans.region = region
    return spans


def span_tables(block: "Block", spans: "Spans", keep: "Mask") -> dict[str, Columns]:
    import numpy as np

    names = block.lexicon.kind_names
    number = np.where(spans.codes >= 0, block.lexicon.kinds[spans.layer, spans.number], -1)
    ids = take(block.annotation_id, spans.annotation)
    spans.span_id = joined(":", ids, take(field_of(block.results, "id"), spans.rows))
    base = {
        "annotation_id": ids,
        "article_id": take(block.article_id, spans.annotation),
        "start": int_array(spans.edges.start, spans.start_there),
        "end": int_array(spans.edges.end, spans.end_there),
        "text": spans.edges.text,
    }
    table = {
        **base,
        "span_id": spans.span_id,
        "layer": spread(number, names),
        "label": spans.label,
        "start_raw": int_array(spans.start, spans.start_there),
        "end_raw": int_array(spans.end, spans.end_there),
        "origin": take(field_of(block.results, "origin"), spans.rows),
    }
    inline = {
        entry.name for entry, own in block.lexicon.attributes if block.lexicon.layers[own].table is None
    } & spans.attributes.keys()
    out = {"spans": filtered({**table, **{name: spans.attributes[name] for name in inline}}, keep)}
    for i, layer in enumerate(block.lexicon.layers):
        if layer.table is None:
            continue
        rows = keep & (spans.layer == i) & (spans.codes >= 0) & block.lexicon.rows[spans.layer, spans.number]
        own = {a.name: spans.attributes[a.name] for a in layer.attributes if a.name in spans.attributes}
        key = f"{layer.table.removesuffix('s')}_id"
        found = filtered({**base, key: spans.span_id, **own}, rows)
        out[layer.table] = stacked([out[layer.table], found]) if layer.table in out else found
    return out


def edge_repairs(block: "Block", spans: "Spans", keep: "Mask") -> Columns:
    import numpy as np

    edges = spans.edges
    steps = (("T6", (spans.start, spans.end), edges.bare), ("", edges.bare, (edges.start, edges.end)))
    checks = [*CHECKS, "T6"]
    boundary = block.lexicon.boundary[spans.layer, spans.number]
    parts = []
    for check, before, after in steps:
        for name, old, new in zip(("start", "end"), before, after, strict=True):
            rows = np.flatnonzero(keep & edges.valid & (old != new))
            if not len(rows):
                continue
            rule = np.full(len(rows), checks.index("T6")) if check else boundary[rows]
            parts.append(
                repair_columns(
                    block,
                    spread(rule, checks),
                    take(spans.span_id, rows),
                    name,
                    (decimal(old[rows]), decimal(new[rows])),
                    spans.annotation[rows],
                )
            )
    return stacked(parts)


def repair_columns(
    block: "Block", check: Any, row: Any, name: str, values: tuple[Any, Any], annotation: "Ints"
) -> Columns:
    import numpy as np

    return {
        "repair_id": joined(":", check, row, name),
        "article_id": take(block.article_id, annotation),
        "annotation_id": take(block.annotation_id, annotation),
        "check_id": check,
        "row": row,
        "field": spread(np.zeros(len(row), dtype=np.int64), [name]),
        "old": values[0],
        "new": values[1],
    }


def _region_codes(block: "Block", kinds: "Kinds", ids: Any) -> "Ints":
    """Numbers of the region ids of spans, attributes, and both ends of relations, in this order."""
    import pyarrow as pa

    ends = [field_of(block.results, name) for name in ("from_id", "to_id")]
    parts = [take(ids, kinds.marks), take(ids, kinds.asked), *(take(end, kinds.links) for end in ends)]
    codes, known = codes_of(pa.concat_arrays(parts))
    kinds.regions = len(known) + 2
    return codes + 1


def _find_copies(block: "Block", spans: "Spans") -> None:
    """An annotation that may hold the same span twice goes row by row; a false alarm only costs time."""
    import numpy as np

    gap = np.int64(-(2**40))
    start = np.where(spans.start_there, spans.edges.start, gap)
    end = np.where(spans.end_there, spans.edges.end, gap)
    place = mixed(spans.annotation, start, end, spans.codes, spans.layer)
    block.odd[spans.annotation[repeats(place)]] = True


def _pointed(block: "Block", row: "Ints", start: "Ints", end: "Ints") -> list[int]:
    """The tasks whose offsets can be nothing else than code points. The last spans tell most, so they come first."""
    import numpy as np

    tasks = np.unique(row)
    first, ends = (np.searchsorted(row, tasks, side=side) for side in ("left", "right"))
    return [
        task
        for task, a, b in zip(tasks.tolist(), first.tolist(), ends.tolist(), strict=True)
        if says_points(block.texts[task].as_py(), zip(start[a:b][::-1].tolist(), end[a:b][::-1].tolist(), strict=True))
    ]


def _attributes(block: "Block", kinds: "Kinds", spans: "Spans", region: "Ints") -> Columns:
    import numpy as np

    rows = kinds.asked
    annotation = block.annotation_of[rows]
    keys = annotation * kinds.regions + region[len(spans.rows) : len(spans.rows) + len(rows)]
    target = spans.index.find(keys)
    which = kinds.attribute[rows]
    owns = block.lexicon.owns
    fits = target >= 0
    fits[fits] = owns[which[fits], spans.layer[target[fits]], spans.number[target[fits]]]
    fits[fits] &= spans.codes[target[fits]] >= 0
    block.odd[annotation[~fits]] = True
    said, values, odd = read_replies(kinds, block.lexicon)
    block.odd[annotation[odd[rows]]] = True
    columns: Columns = {}
    for a, (entry, _) in enumerate(block.lexicon.attributes):
        if not entry.published:
            continue
        mine = np.flatnonzero((which == a) & fits)
        source = np.full(len(spans.rows), -1, dtype=np.int64)
        source[target[mine]] = rows[mine]
        has = owns[a, spans.layer, spans.number] & (spans.codes >= 0)
        if entry.kind == "topic":
            columns[entry.name] = topic_lists(kinds.parts["taxonomy"], source, has)
            continue
        codes = np.where(source >= 0, said[source], -1)
        names = values
        if entry.default is not None:
            names = [*values, entry.default]
            codes = np.where(codes < 0, len(values), codes)
        codes[~has] = -1
        columns[entry.name] = read_days(codes, names) if entry.kind == "date" else (codes, names)
    kinds.said, kinds.values, kinds.odd = said, values, odd
    return columns
