"""A block of tasks to raw tables by columns: no Python object for a region.

Most annotations are plain, and are handled as vectors. One that is not (a region id used twice, a copied region, an
attribute without its region, a fragment that inherits …) is left to the row by row path, alone; so are all annotations
of a task whose offsets may count UTF-16 units. Both paths give the same rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goldpress.annotations.arrays import (
    bool_array,
    booleans,
    codes_of,
    int_array,
    joined,
    list_array,
    numbers,
    offsets,
    one_chunk,
    spread,
    string_array,
    take,
    validity,
)
from goldpress.annotations.codepoints import CodePoints
from goldpress.annotations.decoding import LARGEST, person, read_date
from goldpress.annotations.edges import Edges, repair_edges
from goldpress.annotations.lexicon import CHECKS, Lexicon, lexicon
from goldpress.annotations.times import read_times
from goldpress.annotations.words import digests
from goldpress.schemas.scheme import Scheme

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from goldpress.annotations.arrays import Ints, Mask

Columns = dict[str, Any]
PRIME = 0x9E3779B97F4A7C15


@dataclass
class Plain:
    """What the columns of a block gave.

    Attributes:
        tables: Columns by table and name; a column that is missing is null.
        left: Annotations left to the row by row path: number of the task, number of the annotation in it.
        spoken: By task: how many annotations it has.
        unknown: Rows of the result that the scheme has no place for.
    """

    tables: dict[str, Columns] = field(default_factory=dict)
    left: list[tuple[int, int]] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def tabulate_columns(
    table: "pa.Table", scheme: Scheme, configs: Sequence[str], versions: Sequence[str]
) -> Plain | None:
    """Return the raw rows of a block's annotations, or None where the block has something that needs rows.

    Args:
        table: Tasks, as ``parse_block`` returns them.
        scheme: What may be said.
        configs: SHA-256 of the label config, by task.
        versions: Version of the guidelines, by task.
    """
    block = _Block(table, scheme)
    return block.tabulate(configs, versions) if block.readable else None


class _Block:
    def __init__(self, table: "pa.Table", scheme: Scheme) -> None:
        self.scheme, self.lexicon = scheme, lexicon(scheme)
        self.ids = one_chunk(table["id"])
        data = one_chunk(table["data"])
        self.article = _field(data, "article_id")
        self.texts = _field(data, "text")
        listed = one_chunk(table["annotations"])
        self.task_of = _parents(listed)
        self.annotations = listed.flatten()
        results = _field(self.annotations, "result")
        self.readable = not (self.annotations.null_count or results.null_count)
        if self.readable:
            self.annotation_of = _parents(results)
            self.results = results.flatten()
            self.number = len(self.annotations)
            self.sizes = _sizes(results)
            self.readable = not self.results.null_count and self._articles_agree() and self._people_named()

    def _articles_agree(self) -> bool:
        """Whether every task has an article and a text, and one article has one text."""
        import numpy as np

        if self.article.null_count or self.texts.null_count:
            return False
        codes, known = codes_of(self.article)
        if len(known) < len(codes):
            texts, _ = codes_of(self.texts)
            first = np.full(len(known), -1, dtype=np.int64)
            first[codes[::-1]] = texts[::-1]
            if (first[codes] != texts).any():
                return False
        self.article_code = codes
        return True

    def _people_named(self) -> bool:
        """Whether nobody's pseudonym was taken for a point in time."""
        import pyarrow as pa

        kind = self.annotations.type
        at = kind.get_field_index("completed_by")
        return at < 0 or not pa.types.is_temporal(kind.field(at).type)

    def tabulate(self, configs: Sequence[str], versions: Sequence[str]) -> Plain:
        import numpy as np

        annotations = self._annotations(configs, versions)
        kept = self._newest()
        self.odd = np.zeros(self.number, dtype=bool)
        kinds = _Kinds(self.results, self.lexicon)
        spans = self._spans(kinds)
        relations = self._relations(kinds, spans)
        answers = self._answers(kinds)
        plain = kept & ~self.odd
        out = Plain(spoken=np.bincount(self.task_of, minlength=len(self.ids)).tolist())
        out.tables["annotations"] = _filtered(annotations, plain)
        span_rows = plain[spans.annotation]
        for name, columns in self._span_tables(spans, span_rows).items():
            out.tables[name] = columns
        repairs = [self._edge_repairs(spans, span_rows)]
        if relations is not None:
            rows = plain[relations.annotation]
            out.tables["relations"] = self._relation_table(relations, rows)
            repairs.append(self._relation_repairs(relations, rows))
        if self.scheme.document_labels:
            out.tables["doc_labels"] = self._answer_table(answers, plain)
        out.tables["repairs"] = _stacked(repairs)
        out.unknown = self._unknown(kinds, plain)
        left = np.flatnonzero(kept & self.odd)
        nth = np.arange(self.number) - np.searchsorted(self.task_of, self.task_of)
        out.left = list(zip(self.task_of[left].tolist(), nth[left].tolist(), strict=True))
        return out

    # ── annotations ─────────────────────────────────────────────────────────────────────────────────────

    def _annotations(self, configs: Sequence[str], versions: Sequence[str]) -> Columns:
        import numpy as np
        import pyarrow as pa

        part = {name.name: self.annotations.field(i) for i, name in enumerate(self.annotations.type)}
        self.annotation_id = self._annotation_ids(part)
        self.updated = read_times(part["updated_at"])
        role_codes, roles = codes_of(part["role"])
        roles = [role or "primary" for role in roles.to_pylist()]
        state = np.where(booleans(part["was_cancelled"]), 0, np.where(self.sizes > 0, 1, 2))
        self.article_id = take(self.article, self.task_of)
        return {
            "annotation_id": self.annotation_id,
            "article_id": self.article_id,
            "annotator_pid": _people(part.get("completed_by"), self.number),
            "role": spread(np.where(role_codes < 0, len(roles), role_codes), [*roles, "primary"]),
            "state": spread(state, ["skipped", "labelled", "empty"]),
            "guideline_version": take(string_array(versions), self.task_of),
            "config_sha256": take(string_array(configs), self.task_of),
            "created_at": read_times(part["created_at"]),
            "updated_at": self.updated,
            "lead_time_s": part["lead_time"].cast(pa.float64()),
            "ground_truth": bool_array(booleans(part["ground_truth"])),
        }

    def _annotation_ids(self, part: Columns) -> "pa.Array[Any]":
        import numpy as np

        ids = part["unique_id"]
        missing = ~validity(ids) | (_sizes(ids) == 0)
        if not missing.any():
            return ids
        found = ids.to_pylist()
        for i in np.flatnonzero(missing).tolist():
            task = self.ids[int(self.task_of[i])].as_py()
            found[i] = f"task{task}-annotation{part['id'][i].as_py()}"
        return string_array(found)

    def _newest(self) -> "Mask":
        """Of an annotation that occurs twice in one article, the version that was changed last."""
        import numpy as np

        codes, known = codes_of(self.annotation_id)
        keys = self.article_code[self.task_of] * (len(known) + 1) + codes
        kept = np.ones(self.number, dtype=bool)
        order = np.argsort(keys, kind="stable")
        if not (np.diff(keys[order]) == 0).any():
            return kept
        moved = np.where(validity(self.updated), numbers(self.updated), np.iinfo(np.int64).max)
        newest: dict[int, int] = {}
        for i, key in enumerate(keys.tolist()):
            before = newest.get(key)
            if before is None or moved[before] <= moved[i]:
                newest[key] = i
        kept[:] = False
        kept[list(newest.values())] = True
        return kept

    # ── spans ───────────────────────────────────────────────────────────────────────────────────────────

    def _spans(self, kinds: "_Kinds") -> "_Spans":
        import numpy as np

        rows = kinds.marks
        annotation = self.annotation_of[rows]
        value = dict(zip([f.name for f in self.results.type.field("value").type], kinds.value.flatten(), strict=True))
        kinds.parts = value
        start, start_there = _numbers(value["start"], rows)
        end, end_there = _numbers(value["end"], rows)
        first, many = _first(value["labels"], rows)
        label = take(value["labels"].values, first)
        codes, drawn = codes_of(label)
        names = drawn.to_pylist()
        known = _numbering(names, self.lexicon.labels)
        number = np.where(codes < 0, len(self.lexicon.labels), known[codes])
        self.odd[annotation[many | ((codes >= 0) & _blank(names)[codes])]] = True
        ids = _field(self.results, "id")
        needy = np.concatenate([rows, kinds.asked])
        self.odd[self.annotation_of[needy[~validity(ids)[needy]]]] = True
        region = self._region_codes(kinds, ids)
        index = _Index(annotation * kinds.regions + region[: len(rows)])
        self.odd[annotation[index.repeated]] = True
        layer = kinds.layer[rows]
        row = self.task_of[annotation]
        points = CodePoints(self.texts)
        shown = take(value["text"], rows)
        edges = repair_edges(
            points,
            self.texts,
            row,
            (start, end, start_there & end_there),
            self.lexicon.boundary[layer, number],
            shown,
        )
        suspicious = np.zeros(len(self.ids), dtype=bool)
        suspicious[row[edges.doubtful & points.astral[row]]] = True
        self.odd |= suspicious[self.task_of]
        spans = _Spans(rows, annotation, layer, label, codes, number, start, end, start_there, end_there, edges, index)
        self._find_copies(spans)
        spans.attributes = self._attributes(kinds, spans, region)
        spans.region = region
        return spans

    def _region_codes(self, kinds: "_Kinds", ids: Any) -> "Ints":
        """Numbers of the region ids of spans, attributes, and both ends of relations, in this order."""
        import pyarrow as pa

        ends = [_field(self.results, name) for name in ("from_id", "to_id")]
        parts = [take(ids, kinds.marks), take(ids, kinds.asked), *(take(end, kinds.links) for end in ends)]
        codes, known = codes_of(pa.concat_arrays(parts))
        kinds.regions = len(known) + 2
        return codes + 1

    def _find_copies(self, spans: "_Spans") -> None:
        """An annotation that may hold the same span twice goes row by row; a false alarm only costs time."""
        import numpy as np

        gap = np.int64(-(2**40))
        start = np.where(spans.start_there, spans.edges.start, gap)
        end = np.where(spans.end_there, spans.edges.end, gap)
        place = _mixed(spans.annotation, start, end, spans.codes, spans.layer)
        self.odd[spans.annotation[_repeats(place)]] = True

    def _attributes(self, kinds: "_Kinds", spans: "_Spans", region: "Ints") -> Columns:
        import numpy as np

        rows = kinds.asked
        annotation = self.annotation_of[rows]
        keys = annotation * kinds.regions + region[len(spans.rows) : len(spans.rows) + len(rows)]
        target = spans.index.find(keys)
        which = kinds.attribute[rows]
        owns = self.lexicon.owns
        fits = target >= 0
        fits[fits] = owns[which[fits], spans.layer[target[fits]], spans.number[target[fits]]]
        fits[fits] &= spans.codes[target[fits]] >= 0
        self.odd[annotation[~fits]] = True
        said, values, odd = _replies(kinds, self.lexicon)
        self.odd[annotation[odd[rows]]] = True
        columns = {}
        for a, (entry, _) in enumerate(self.lexicon.attributes):
            if not entry.published:
                continue
            mine = np.flatnonzero((which == a) & fits)
            source = np.full(len(spans.rows), -1, dtype=np.int64)
            source[target[mine]] = rows[mine]
            has = owns[a, spans.layer, spans.number] & (spans.codes >= 0)
            if entry.kind == "topic":
                columns[entry.name] = _topics(kinds.parts["taxonomy"], source, has)
                continue
            codes = np.where(source >= 0, said[source], -1)
            names = values
            if entry.default is not None:
                names = [*values, entry.default]
                codes = np.where(codes < 0, len(values), codes)
            codes[~has] = -1
            columns[entry.name] = _days(codes, names) if entry.kind == "date" else (codes, names)
        kinds.said, kinds.values, kinds.odd = said, values, odd
        return columns

    def _span_tables(self, spans: "_Spans", keep: "Mask") -> dict[str, Columns]:
        import numpy as np

        names = self.lexicon.kind_names
        number = np.where(spans.codes >= 0, self.lexicon.kinds[spans.layer, spans.number], -1)
        ids = take(self.annotation_id, spans.annotation)
        self.span_id = joined(":", ids, take(_field(self.results, "id"), spans.rows))
        base = {
            "annotation_id": ids,
            "article_id": take(self.article_id, spans.annotation),
            "start": int_array(spans.edges.start, spans.start_there),
            "end": int_array(spans.edges.end, spans.end_there),
            "text": spans.edges.text,
        }
        table = {
            **base,
            "span_id": self.span_id,
            "layer": spread(number, names),
            "label": spans.label,
            "start_raw": int_array(spans.start, spans.start_there),
            "end_raw": int_array(spans.end, spans.end_there),
            "origin": take(_field(self.results, "origin"), spans.rows),
        }
        inline = {
            entry.name for entry, own in self.lexicon.attributes if self.lexicon.layers[own].table is None
        } & spans.attributes.keys()
        out = {"spans": _filtered({**table, **{name: spans.attributes[name] for name in inline}}, keep)}
        for i, layer in enumerate(self.lexicon.layers):
            if layer.table is None:
                continue
            rows = keep & (spans.layer == i) & (spans.codes >= 0) & self.lexicon.rows[spans.layer, spans.number]
            own = {a.name: spans.attributes[a.name] for a in layer.attributes if a.name in spans.attributes}
            key = f"{layer.table.removesuffix('s')}_id"
            found = _filtered({**base, key: self.span_id, **own}, rows)
            out[layer.table] = _stacked([out[layer.table], found]) if layer.table in out else found
        return out

    def _edge_repairs(self, spans: "_Spans", keep: "Mask") -> Columns:
        import numpy as np

        edges = spans.edges
        steps = (("T6", (spans.start, spans.end), edges.bare), ("", edges.bare, (edges.start, edges.end)))
        checks = [*CHECKS, "T6"]
        boundary = self.lexicon.boundary[spans.layer, spans.number]
        parts = []
        for check, before, after in steps:
            for name, old, new in zip(("start", "end"), before, after, strict=True):
                rows = np.flatnonzero(keep & edges.valid & (old != new))
                if not len(rows):
                    continue
                rule = np.full(len(rows), checks.index("T6")) if check else boundary[rows]
                parts.append(
                    self._repairs(
                        spread(rule, checks),
                        take(self.span_id, rows),
                        name,
                        (_decimal(old[rows]), _decimal(new[rows])),
                        spans.annotation[rows],
                    )
                )
        return _stacked(parts)

    def _repairs(self, check: Any, row: Any, name: str, values: tuple[Any, Any], annotation: "Ints") -> Columns:
        return {
            "repair_id": joined(":", check, row, name),
            "article_id": take(self.article_id, annotation),
            "annotation_id": take(self.annotation_id, annotation),
            "check_id": check,
            "row": row,
            "field": string_array([name] * len(row)),
            "old": values[0],
            "new": values[1],
        }

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────

    def _relations(self, kinds: "_Kinds", spans: "_Spans") -> "_Relations | None":
        import numpy as np

        rows, lex = kinds.links, self.lexicon
        annotation = self.annotation_of[rows]
        if not self.scheme.relation_layers:
            self.odd[annotation] = True
            return None
        listed = _field(self.results, "labels")
        first, many = _first(listed, rows)
        codes, names = codes_of(take(listed.values, first))
        drawn = names.to_pylist()
        way, ways = codes_of(take(_field(self.results, "direction"), rows))
        way_names = ways.to_pylist()
        both, left = (way == _position(way_names, name) for name in ("bi", "left"))
        pairs = spans.region[len(spans.rows) + len(kinds.asked) :].reshape(2, len(rows))
        self.odd[annotation[many | both | (pairs == 0).any(axis=0)]] = True
        ends = np.where(left, pairs[::-1], pairs)
        labels = [len(lex.labels)] * 2
        start, end = (
            np.where((found := spans.index.find(annotation * kinds.regions + side)) >= 0, spans.number[found], other)
            if len(spans.rows)
            else np.full(len(rows), other)
            for side, other in zip(ends, labels, strict=True)
        )
        size = len(lex.links)
        known = _numbering(drawn, [name for name, _ in lex.links], missing=-1)
        number = np.where(codes < 0, -1, known[codes])
        read = (codes < 0) & (lex.read_as[start, end] >= 0)
        number = np.where(read, lex.read_as[start, end], number)
        turned = read & lex.turned[start, end]
        reversed_ = (codes >= 0) & (number >= 0) & ~lex.fits[number, start, end] & lex.fits[number, end, start]
        turned |= reversed_
        self.odd[annotation[(number >= 0) & lex.inherits[number]]] = True
        ends = np.where(turned, ends[::-1], ends)
        value = np.where(number >= 0, number, np.where(codes >= 0, codes + size, -1))
        place = _mixed(annotation, ends[0], ends[1], value, value)
        self.odd[annotation[_repeats(place)]] = True
        swap = left ^ turned
        return _Relations(rows, annotation, number, value, drawn, swap, read, reversed_)

    def _relation_table(self, relations: "_Relations", keep: "Mask") -> Columns:
        import numpy as np

        rows = np.flatnonzero(keep)
        ids = take(self.annotation_id, relations.annotation[rows])
        ends = [take(_field(self.results, name), relations.rows[rows]) for name in ("from_id", "to_id")]
        spans = [joined(":", ids, end) for end in ends]
        swap = relations.swap[rows]
        start, end = _swapped(*spans, swap)
        names = [*(name for name, _ in self.lexicon.links), *relations.drawn]
        label = spread(relations.value[rows], names)
        called = np.where(relations.value[rows] < 0, len(names), relations.value[rows])
        relations.id = digests(ids, start, end, spread(called, [*names, "None"]))
        relations.start, relations.end = start, end
        layers = [layer.name for _, layer in self.lexicon.links]
        return {
            "relation_id": relations.id,
            "annotation_id": ids,
            "article_id": take(self.article_id, relations.annotation[rows]),
            "layer": spread(relations.number[rows], layers),
            "type": label,
            "from_span": start,
            "to_span": end,
            "inferred": bool_array((relations.read | relations.reversed)[rows]),
        }

    def _relation_repairs(self, relations: "_Relations", keep: "Mask") -> Columns:
        import numpy as np

        rows = np.flatnonzero(keep)
        names = [name for name, _ in self.lexicon.links]
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
            parts.append(self._repairs(checks, row, name, values, relations.annotation[rows[at]]))
        return _stacked(parts)

    # ── whole articles ──────────────────────────────────────────────────────────────────────────────────

    def _answers(self, kinds: "_Kinds") -> "np.ndarray[Any, Any]":
        """The code of each annotation's answer to each question; -1 where there is none."""
        import numpy as np

        found = np.full((len(self.lexicon.questions), self.number), -1, dtype=np.int64)
        rows = kinds.replies
        self.odd[self.annotation_of[rows[kinds.odd[rows]]]] = True
        rows = rows[kinds.said[rows] >= 0]
        found[kinds.question[rows], self.annotation_of[rows]] = kinds.said[rows]
        self.values = kinds.values
        return found

    def _answer_table(self, answers: "np.ndarray[Any, Any]", plain: "Mask") -> Columns:
        import numpy as np

        parts = []
        for entry, codes in zip(self.lexicon.questions, answers, strict=True):
            rows = np.flatnonzero(plain & (codes >= 0))
            if not entry.published or not len(rows):
                continue
            ids = take(self.annotation_id, rows)
            parts.append(
                {
                    "doc_label_id": joined(":", ids, entry.name),
                    "annotation_id": ids,
                    "article_id": take(self.article_id, rows),
                    "name": string_array([entry.name] * len(rows)),
                    "value": spread(codes[rows], self.values),
                }
            )
        return _stacked(parts)

    def _unknown(self, kinds: "_Kinds", plain: "Mask") -> Counter[str]:
        rows = kinds.strangers[plain[self.annotation_of[kinds.strangers]]]
        if not len(rows):
            return Counter()
        types, names = (take(_field(self.results, name), rows).to_pylist() for name in ("type", "from_name"))
        return Counter(f"{kind} '{name}'" for kind, name in zip(types, names, strict=True))


class _Kinds:
    """Which row of the results is what."""

    def __init__(self, results: Any, lex: Lexicon) -> None:
        import numpy as np

        codes, types = codes_of(_field(results, "type"))
        link = codes == _position(types.to_pylist(), "relation")
        codes, names = codes_of(_field(results, "from_name"))
        controls = names.to_pylist()

        def numbered(known: Sequence[str]) -> "Ints":
            return np.where((codes >= 0) & ~link, _numbering(controls, known, missing=-1)[codes], -1)

        self.layer = numbered([layer.name for layer in lex.layers])
        self.question = numbered([entry.name for entry in lex.questions])
        self.attribute = numbered([entry.name for entry, _ in lex.attributes])
        self.links = np.flatnonzero(link)
        self.marks = np.flatnonzero(self.layer >= 0)
        self.replies = np.flatnonzero(self.question >= 0)
        self.asked = np.flatnonzero(self.attribute >= 0)
        self.strangers = np.flatnonzero(~link & (self.layer < 0) & (self.question < 0) & (self.attribute < 0))
        self.value = _field(results, "value")
        self.size = len(results)
        self.regions = 0
        self.parts: Columns = {}
        self.said: Ints
        self.values: list[str]
        self.odd: Mask


@dataclass
class _Spans:
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
    index: "_Index"
    attributes: Columns = field(default_factory=dict)
    region: "Ints" = field(init=False)


@dataclass
class _Relations:
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


class _Index:
    """Finds the place of a key."""

    def __init__(self, keys: "Ints") -> None:
        import numpy as np

        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        again = np.flatnonzero(np.diff(self.keys) == 0)
        self.repeated = self.order[again]

    def find(self, keys: "Ints") -> "Ints":
        """Return the place of each key, -1 where it is not."""
        import numpy as np

        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.order[at], -1)


def _replies(kinds: _Kinds, lex: Lexicon) -> "tuple[Ints, list[str], Mask]":
    """What each row of an attribute or a question says, as a code (-1 for nothing), and which rows are odd."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = {a: entry.kind for a, (entry, _) in enumerate(lex.attributes)}
    choice = np.array([kind == "choice" for kind in asked.values()] + [False], dtype=bool)
    question = np.array([entry.kind == "choice" for entry in lex.questions] + [False], dtype=bool)
    chosen = choice[kinds.attribute] | question[kinds.question]
    rows = np.sort(np.concatenate([kinds.asked, kinds.replies]))
    picked, typed = rows[chosen[rows]], rows[~chosen[rows]]
    first, _ = _first(kinds.parts["choices"], picked)
    options = take(kinds.parts["choices"].values, first)
    first, _ = _first(kinds.parts["list"], typed)
    written = pc.coalesce(take(kinds.parts["list"].values, first), take(kinds.parts["text"], typed))
    codes, known = codes_of(pa.concat_arrays([options, written]))
    said = np.full(kinds.size, -1, dtype=np.int64)
    values: dict[str, int] = {}
    stripped = [value.strip() for value in known.to_pylist()]
    number = np.array([values.setdefault(v, len(values)) if v else -1 for v in stripped] + [-1], dtype=np.int64)
    said[np.concatenate([picked, typed])] = number[codes]
    names = list(values)
    odd = np.zeros(kinds.size, dtype=bool)
    days = np.array([*asked.values(), ""]) == "date"
    dated = typed[days[kinds.attribute[typed]]]
    undated = np.array([not isinstance(read_date(name), date_type()) for name in names] + [False], dtype=bool)
    odd[dated] = undated[said[dated]]
    rare = np.array([entry.kind not in {"choice", "text"} for entry in lex.questions] + [False], dtype=bool)
    odd[kinds.replies] = rare[kinds.question[kinds.replies]]
    return said, names, odd


def date_type() -> type:
    """Return the class of a day."""
    from datetime import date

    return date


def _topics(paths: Any, source: "Ints", has: "Mask") -> "pa.Array[Any]":
    """The leaves of each span's topics, as lists; null where nothing was asked or answered."""
    import numpy as np

    answered = (source >= 0) & has
    at = np.flatnonzero(answered)
    cuts = offsets(paths)
    begin, size = cuts[source[at]], _sizes(paths)[source[at]]
    nodes = np.arange(size.sum()) + np.repeat(begin - (np.cumsum(size) - size), size)
    inner = paths.values
    lasts, lengths = offsets(inner)[1:], _sizes(inner)
    full = lengths[nodes] > 0 if len(nodes) else np.zeros(0, dtype=bool)
    full[full] &= validity(inner.values)[lasts[nodes[full]] - 1]
    leaves = take(inner.values, lasts[nodes[full]] - 1) if len(nodes) else string_array([])
    sizes = np.zeros(len(source), dtype=np.int64)
    sizes[at] = np.bincount(np.repeat(np.arange(len(at)), size)[full], minlength=len(at)) if len(at) else 0
    ends = np.zeros(len(source) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    return list_array(ends, leaves, answered)


def _days(codes: "Ints", names: Sequence[str]) -> "pa.Array[Any]":
    from goldpress.annotations.arrays import date_array

    read = [read_date(name) for name in names]
    return take(date_array([day if isinstance(day, date_type()) else None for day in read]), codes)


def _people(column: Any, number: int) -> Any:
    import pyarrow as pa

    if column is None or pa.types.is_null(column.type):
        return pa.nulls(number, pa.string())
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_integer(column.type):
        return joined("-", "user", column.cast(pa.string()))
    return string_array([person(user) for user in column.to_pylist()])


def _numbers(column: Any, rows: "Ints") -> "tuple[Ints, Mask]":
    import numpy as np

    values = numbers(column)[rows]
    there = validity(column)[rows] & (np.abs(values) <= LARGEST)
    return np.where(there, values, 0), there


def _first(lists: Any, rows: "Ints") -> "tuple[Ints, Mask]":
    """Where the first value of each list stands, -1 for none, and which lists have several."""
    import numpy as np

    cuts, sizes = offsets(lists), _sizes(lists)[rows]
    return np.where(sizes > 0, cuts[:-1][rows], -1), sizes > 1


def _sizes(lists: Any) -> "Ints":
    import numpy as np

    return np.where(validity(lists), np.diff(offsets(lists)), 0) if len(lists) else np.zeros(0, dtype=np.int64)


def _numbering(names: Sequence[str], known: Sequence[str], missing: int | None = None) -> "Ints":
    """For each name its number among the known ones; one more entry, for no name."""
    import numpy as np

    place = {name: i for i, name in enumerate(known)}
    other = len(known) if missing is None else missing
    return np.array([place.get(name, other) for name in names] + [other], dtype=np.int64)


def _position(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -2


def _blank(names: Sequence[str]) -> "Mask":
    import numpy as np

    return np.array([not name for name in names] + [False], dtype=bool)


def _mixed(*parts: "Ints") -> "np.ndarray[Any, Any]":
    """One number for several; equal parts give equal numbers, others nearly never."""
    import numpy as np

    mixed = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        mixed = (mixed ^ part.astype(np.int64).view(np.uint64)) * np.uint64(PRIME)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _repeats(keys: "np.ndarray[Any, Any]") -> "Ints":
    import numpy as np

    order = np.argsort(keys, kind="stable")
    again: Ints = order[1:][keys[order][1:] == keys[order][:-1]]
    return again


def _swapped(first: Any, second: Any, swap: "Mask") -> tuple[Any, Any]:
    import pyarrow.compute as pc

    if not swap.any():
        return first, second
    mask = bool_array(swap)
    return pc.if_else(mask, second, first), pc.if_else(mask, first, second)


def _decimal(values: "Ints") -> Any:
    import pyarrow as pa

    return int_array(values).cast(pa.string())


def _filtered(columns: Columns, keep: "Mask") -> Columns:
    """The rows to keep; a column may be codes with what they stand for."""
    import numpy as np

    rows = np.flatnonzero(keep)
    whole = len(rows) == len(keep)

    def chosen(column: Any) -> Any:
        if isinstance(column, tuple):
            return spread(column[0] if whole else column[0][rows], column[1])
        return column if whole else take(column, rows)

    return {name: chosen(column) for name, column in columns.items()}


def _stacked(parts: Sequence[Columns]) -> Columns:
    import pyarrow as pa

    parts = [part for part in parts if part]
    if not parts:
        return {}
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}


def _parents(lists: Any) -> "Ints":
    import numpy as np

    return np.repeat(np.arange(len(lists)), _sizes(lists))


def _field(struct: Any, name: str) -> Any:
    return struct.field(name)
