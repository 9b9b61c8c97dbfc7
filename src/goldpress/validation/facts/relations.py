"""Facts about relations, and about the stances that are read from them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from goldpress.schemas.scheme import Label, RelationLayer
from goldpress.validation.columns import each, given, has_one_value, is_in, mask, numbers, same
from goldpress.validation.facts.boundaries import sentences_begin
from goldpress.validation.facts.propositions import VERBATIM
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.validation.columns import Mask

FARTHEST = 5
"""Sentences between a claim and its holder."""
BOTH_WAYS = "(both ways)"
"""What was drawn both ways keeps its words behind its label, so that nothing is lost."""


@fact("C5")
def joins_one_annotation(frames: Frames, name: str) -> "Mask":
    own = frames.column(name, frames.holders(name))
    homes = (frames.of_spans(name, end, frames.holders(name)) for end in _ends(frames, name))
    one, other = (same(own, home) for home in homes)
    return one & other


@fact("C6")
def fits_its_signature(frames: Frames, name: str) -> "Mask":
    import numpy as np

    labels = [frames.of_spans(name, end, "label") for end in _ends(frames, name)]
    layers = frames.scheme.relation_labels()
    kinds = [array.dictionary_encode() for array in (frames.column(name, "type"), *labels)]
    words = [(*array.dictionary.to_pylist(), None) for array in kinds]
    shape = tuple(map(len, words))
    placed = np.ravel_multi_index(
        tuple(numbers(array.indices) for array in kinds), shape, mode="wrap"
    )  # null is the last
    signatures, which = np.unique(placed, return_inverse=True)
    fits = [
        _fits(frames, layers.get(kind), start, end)
        for kind, start, end in (
            (words[i][at] for i, at in enumerate(one)) for one in zip(*np.unravel_index(signatures, shape), strict=True)
        )
    ]
    return np.array(fits, dtype=bool)[which]


@fact("C7")
def joins_two_spans(frames: Frames, name: str) -> "Mask":
    return ~same(*_ends(frames, name))


@fact("C10")
def leads_one_way(frames: Frames, name: str) -> "Mask":
    import pyarrow.compute as pc

    return ~each(frames.column(name, "type"), lambda kinds: mask(pc.ends_with(kinds, BOTH_WAYS)))


@fact("C15")
def pronoun_is_resolved(frames: Frames, name: str) -> "Mask":
    import numpy as np

    spans = frames.beside(name, "spans")
    if not frames.has(spans, "mention"):
        return np.ones(frames.rows(name), dtype=bool)
    pronouns = frames.column(spans, "span_id").filter(same(frames.column(spans, "mention"), "pronoun"))
    equal = [layer.name for layer in frames.scheme.relation_layers if layer.same_label]
    start, end = _ends(frames, name)
    resolved = start.filter(is_in(frames.column(name, "layer"), equal))
    return ~(_names_a_holder(frames, name) & is_in(end, pronouns) & ~is_in(end, resolved))


@fact("C16", sentences_begin)
def holder_is_near(frames: Frames, name: str) -> "Mask":
    start, end = (numbers(frames.of_spans(name, one, "start")) for one in _ends(frames, name))
    rows = _names_a_holder(frames, name) & (frames.text_of(name) >= 0) & (start >= 0) & (end >= 0)
    between = frames.texts.found(sentences_begin).between(frames.text_of(name), start + 1, end + 1)
    return ~rows | (abs(between) <= FARTHEST)


@fact("C17")
def does_not_run_in_a_circle(frames: Frames, name: str) -> "Mask":
    import numpy as np

    good = np.ones(frames.rows(name), dtype=bool)
    for layer in (layer.name for layer in frames.scheme.relation_layers if layer.acyclic):
        rows = np.flatnonzero(same(frames.column(name, "layer"), layer))
        joined = list(zip(*(end.take(rows).to_pylist() for end in _ends(frames, name)), strict=True))
        onward: dict[str, list[str]] = {}
        for start, end in joined:
            onward.setdefault(start, []).append(end)
        good[rows] &= np.array([a == b or a not in _reachable(b, onward) for a, b in joined], dtype=bool)
    return good


@fact("C19")
def cue_stands_outside(frames: Frames, name: str) -> "Mask":
    import numpy as np

    start, end = _ends(frames, name)
    cues = {label for layer in frames.scheme.span_layers for label in _cue_labels(layer.labels)}
    rows = is_in(frames.of_spans(name, end, "label"), cues) & _is_verbatim(frames, name, start)
    first, at = (numbers(frames.of_spans(name, one, "start")) for one in (start, end))
    last, until = (numbers(frames.of_spans(name, one, "end")) for one in (start, end))
    rows &= (first >= 0) & (first <= at) & (until <= last) & (frames.text_of(name) >= 0)
    good = np.ones(len(rows), dtype=bool)
    chosen, text = np.flatnonzero(rows), frames.text_of(name)
    for row in chosen[np.argsort(text[chosen], kind="stable")].tolist():
        good[row] = not _is_quoted(frames.texts.one(int(text[row])), int(first[row]), int(at[row]))
    return good


@fact("C11")
def is_one_stance(frames: Frames, name: str) -> "Mask":
    pairs = frames.grouped(name, _start_column(frames, name), "target_span")
    return has_one_value(pairs, frames.column(name, "polarity"))


@fact("C12")
def is_not_about_oneself(frames: Frames, name: str) -> "Mask":
    import numpy as np

    columns = [c for c in frames.schema(name).names if c.endswith("_entity_id") and c != "target_entity_id"]
    if not columns:
        return np.ones(frames.rows(name), dtype=bool)
    return ~same(frames.column(name, columns[0]), frames.column(name, "target_entity_id"))


@fact("C13")
def has_a_holder(frames: Frames, name: str) -> "Mask":
    layer = next(layer for layer in frames.scheme.relation_layers if layer.table == name.removeprefix("gold_"))
    held = given(frames.column(name, f"{layer.holder or 'holder'}_span"))
    if layer.holder_kind is None or not frames.has(name, layer.holder_kind):
        return held
    free = {
        value.name
        for span_layer in frames.scheme.span_layers
        for entry in span_layer.attributes
        if entry.name == layer.holder_kind
        for value in entry.values
        if value.forbids == layer.holder
    }
    return held | is_in(frames.column(name, layer.holder_kind), free)


def _ends(frames: Frames, name: str) -> "tuple[pa.Array[Any], pa.Array[Any]]":
    return frames.column(name, "from_span"), frames.column(name, "to_span")


def _fits(frames: Frames, layer: RelationLayer | None, start: str | None, end: str | None) -> bool:
    # An end that does not exist is check C5's.
    return start is None or end is None or (layer is not None and frames.scheme.fits(layer, start, end))


def _names_a_holder(frames: Frames, name: str) -> "Mask":
    holders = [layer.holder for layer in frames.scheme.relation_layers if layer.holder]
    return is_in(frames.column(name, "layer"), holders)


def _start_column(frames: Frames, name: str) -> str:
    """The column of a derived table that names the span which the relation starts at."""
    columns = frames.schema(name).names
    return str(columns[columns.index("relation_id") + 1])


def _reachable(start: str, onward: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        span = waiting.pop()
        if span not in seen:
            seen.add(span)
            waiting += onward.get(span, [])
    return seen


def _is_verbatim(frames: Frames, name: str, spans: "pa.Array[Any]") -> "Mask":
    """Which spans are claims that say that they are quoted."""
    import numpy as np

    found = np.zeros(len(spans), dtype=bool)
    for table in (frames.beside(name, layer.table) for layer in frames.scheme.span_layers if layer.table):
        if frames.has(table, "attribution"):
            key = f"{table.removeprefix('gold_').removesuffix('s')}_id"
            quoted = same(frames.column(table, "attribution"), VERBATIM)
            found |= is_in(spans, frames.column(table, key).filter(quoted))
    return found


def _cue_labels(labels: Iterable[Label]) -> list[str]:
    """Labels that stand in a column layer of their own: what introduces a proposition."""
    return [label.name for label in labels if label.layer is not None]


def _is_quoted(text: str, start: int, at: int) -> bool:
    """Whether a place inside a quotation is quoted itself: an interrupting frame stands between marks."""
    from goldpress.annotations.tables.boundaries import MARKS

    return sum(letter in MARKS for letter in text[start:at]) % 2 == 0
