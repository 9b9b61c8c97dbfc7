"""Readings to rows: safe repairs, defaults, ids. Every repair leaves a row in ``repairs``."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from goldpress.annotations.tables.boundaries import trim_blanks, trim_name, trim_proposition
from goldpress.annotations.tables.decoding import Link, Mark, Reading, Row
from goldpress.annotations.tables.words import digest, fold
from goldpress.schemas.scheme import RelationLayer, Scheme, SpanLayer

Rows = dict[str, list[Row]]

RULES = {"none": ("T6", trim_blanks), "name": ("T8", trim_name), "proposition": ("T20", trim_proposition)}


def tabulate_reading(reading: Reading, text: str, scheme: Scheme) -> Rows:
    """Return the rows of one annotation by table, staged: ``entity_id`` and derived tables are still missing.

    Args:
        reading: What one annotator said.
        text: The canonical text of the article, which all offsets refer to.
        scheme: What may be said.
    """
    return _Tabulation(reading, text, scheme).rows()


class _Tabulation:
    def __init__(self, reading: Reading, text: str, scheme: Scheme) -> None:
        self.reading, self.text, self.scheme = reading, text, scheme
        self.annotation_id: str = reading.row["annotation_id"]
        self.article_id: str = reading.row["article_id"]
        self.layers = {layer.name: layer for layer in scheme.span_layers}
        self.out: Rows = defaultdict(list)
        self.span_of_region: dict[str, str] = {}
        self.labels: dict[str, str | None] = {}
        self.places: dict[str, tuple[Any, ...]] = {}

    def rows(self) -> Rows:
        self.out["annotations"].append(self.reading.row)
        for region, name, value in self.reading.strays:
            self._log("C23", self._span_id(region), name, value, None)
        self._add_spans()
        self._add_relations()
        self._inherit()
        for name, value in self.reading.answers.items():
            self._add_doc_label(name, value)
        return self.out

    # ── spans ───────────────────────────────────────────────────────────────────────────────────────────

    def _add_spans(self) -> None:
        seen: dict[tuple[Any, ...], str] = {}
        for mark in self.reading.marks:
            span_id = self._new_id(mark)
            self._log_ends("T5", span_id, mark.drawn or (mark.start, mark.end), (mark.start, mark.end))
            start, end = self._repair_edges(mark, span_id)
            place = (start, end, mark.label, mark.control)
            twin = seen.get(place) if mark.label is not None else None
            if twin is not None:
                self._log("S2", span_id, "span_id", span_id, None)
                self.span_of_region.setdefault(mark.region, twin)
                continue
            seen[place] = span_id
            self.span_of_region.setdefault(mark.region, span_id)
            self.labels[span_id] = mark.label
            self._add_span(mark, span_id, start, end)

    def _add_span(self, mark: Mark, span_id: str, start: int | None, end: int | None) -> None:
        layer = self.layers.get(mark.control or "")
        attributes = self._attributes(mark, layer, span_id)
        base = {
            "annotation_id": self.annotation_id,
            "article_id": self.article_id,
            "start": start,
            "end": end,
            "text": self._surface(mark, start, end),
        }
        span = {
            **base,
            "span_id": span_id,
            "layer": layer.column_layer(mark.label) if layer and mark.label else None,
            "label": mark.label,
            "start_raw": mark.drawn[0] if mark.drawn else mark.start,
            "end_raw": mark.drawn[1] if mark.drawn else mark.end,
            "entity_id": None,
            "origin": mark.origin,
        }
        if layer is None or layer.table is None:
            self.out["spans"].append({**span, **attributes})
            return
        self.out["spans"].append(span)
        if mark.label is not None and layer.attributes_of(mark.label):
            self.out[layer.table].append({**base, f"{layer.table.removesuffix('s')}_id": span_id, **attributes})

    def _repair_edges(self, mark: Mark, span_id: str) -> tuple[int | None, int | None]:
        start, end = mark.start, mark.end
        if start is None or end is None or not 0 <= start < end <= len(self.text):
            return start, end
        layer = self.layers.get(mark.control or "")
        # A cue is no proposition: its edges are those of a name.
        own = layer is not None and mark.label is not None and bool(layer.attributes_of(mark.label))
        boundary = layer.boundary if layer is not None and (own or layer.boundary != "proposition") else "name"
        check, trim = RULES[boundary]
        bare = trim_blanks(self.text, start, end)
        new = trim(self.text, *bare)
        self._log_ends("T6", span_id, (start, end), bare)
        self._log_ends(check, span_id, bare, new)
        return new

    def _log_ends(self, check: str, span_id: str, old: Iterable[int | None], new: Iterable[int | None]) -> None:
        for field, before, after in zip(("start", "end"), old, new, strict=True):
            if before != after:
                self._log(check, span_id, field, str(before), str(after))

    def _surface(self, mark: Mark, start: int | None, end: int | None) -> str | None:
        """The text at the offsets; where the page showed other words, those, so that check T4 points at the span."""
        if start is None or end is None or not 0 <= start < end <= len(self.text):
            return mark.shown
        if mark.shown is not None and mark.start is not None and mark.end is not None:
            drawn = self.text[mark.start : mark.end]
            if fold(mark.shown) != fold(drawn):
                return mark.shown
        return self.text[start:end]

    def _attributes(self, mark: Mark, layer: SpanLayer | None, span_id: str) -> Row:
        """Every attribute of the mark's label: what was chosen, else the default, else nothing."""
        own = layer.attributes_of(mark.label) if layer is not None and mark.label is not None else ()
        foreign = mark.attributes.keys() - {entry.name for entry in own} if mark.label is not None else ()
        self.reading.unknown.update(f"'{name}' on a label that does not have it" for name in foreign)
        found = {}
        for entry in own:
            value = mark.attributes.get(entry.name)
            if entry.kind == "date" and isinstance(value, str):
                if entry.published:
                    self._log("C20", span_id, entry.name, value, None)
                value = None
            found[entry.name] = entry.default if value is None else value
        return found

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────

    def _add_relations(self) -> None:
        seen: set[str] = set()
        for link in self.reading.links:
            start, end = self._end(link.start), self._end(link.end)
            if link.direction == "left":
                start, end = end, start
            label, start, end, rule = self._read_label(link, start, end)
            relation_id = digest(self.annotation_id, start, end, str(label))
            if rule == "C9":
                self._log(rule, relation_id, "type", link.label, label)
            elif rule == "C6":
                self._log(rule, relation_id, "from_span", end, start)
            if relation_id in seen:
                self._log("C8", relation_id, "relation_id", relation_id, None)
                continue
            seen.add(relation_id)
            layer = self.scheme.relation_labels().get(label or "")
            self.out["relations"].append(
                {
                    "relation_id": relation_id,
                    "annotation_id": self.annotation_id,
                    "article_id": self.article_id,
                    "layer": layer.name if layer else None,
                    "type": label,
                    "from_span": start,
                    "to_span": end,
                    "inferred": rule is not None,
                }
            )

    def _read_label(self, link: Link, start: str, end: str) -> tuple[str | None, str, str, str | None]:
        """The label and the ends in the direction of the signature, and the rule that was applied."""
        label = link.label
        if link.direction == "bi":
            return f"{label} (both ways)", start, end, None
        if label is None:
            for layer in self.scheme.relation_layers:
                if layer.read_unlabelled and self._fits(layer, start, end):
                    return layer.labels[0].name, start, end, "C9"
                if layer.read_unlabelled and self._fits(layer, end, start):
                    return layer.labels[0].name, end, start, "C9"
            return None, start, end, None
        known = self.scheme.relation_labels().get(label)
        if known is not None and not self._fits(known, start, end) and self._fits(known, end, start):
            return label, end, start, "C6"
        return label, start, end, None

    def _fits(self, layer: RelationLayer, start: str, end: str) -> bool:
        return self.scheme.fits(layer, self.labels.get(start) or "", self.labels.get(end) or "")

    def _end(self, region: str) -> str:
        return self.span_of_region.get(region, self._span_id(region))

    def _inherit(self) -> None:
        """A later fragment reads the attributes that it lacks from the fragment that it continues."""
        layers = {layer.name for layer in self.scheme.relation_layers if layer.inherits}
        links = {row["from_span"]: row["to_span"] for row in self.out["relations"] if row["layer"] in layers}
        for layer in self.scheme.span_layers:
            if layer.table is None:
                continue
            key = f"{layer.table.removesuffix('s')}_id"
            rows = {row[key]: row for row in self.out[layer.table]}
            for later, earlier in links.items():
                if later in rows and earlier in rows:
                    for entry in layer.attributes:
                        if rows[later].get(entry.name) is None:
                            rows[later][entry.name] = rows[earlier].get(entry.name)

    # ── the whole article ───────────────────────────────────────────────────────────────────────────────

    def _add_doc_label(self, name: str, value: str) -> None:
        entry = next(entry for entry in self.scheme.document_labels if entry.name == name)
        if not entry.published:
            return
        self.out["doc_labels"].append(
            {
                "doc_label_id": f"{self.annotation_id}:{name}",
                "annotation_id": self.annotation_id,
                "article_id": self.article_id,
                "name": name,
                "value": value,
            }
        )

    def _new_id(self, mark: Mark) -> str:
        """The id of a span: of several labels at one place the later ones get ids of their own.

        Two regions with one id at different places are left with it, and stop a release (S1): which of them an answer
        or a relation means cannot be told.
        """
        place = mark.start, mark.end, mark.control
        again = mark.region in self.places and self.places[mark.region] == place
        self.places.setdefault(mark.region, place)
        span_id = self._span_id(mark.region, mark.label if again else None)
        if not mark.named:
            self._log("S14", span_id, "span_id", None, span_id)
        return span_id

    def _span_id(self, region: str, label: str | None = None) -> str:
        return f"{self.annotation_id}:{region}" + (f"#{label}" if label else "")

    def _log(self, check: str, row: str, field: str, old: str | None, new: str | None) -> None:
        self.out["repairs"].append(
            {
                "repair_id": f"{check}:{row}:{field}",
                "article_id": self.article_id,
                "annotation_id": self.annotation_id,
                "check_id": check,
                "row": row,
                "field": field,
                "old": old,
                "new": new,
            }
        )
