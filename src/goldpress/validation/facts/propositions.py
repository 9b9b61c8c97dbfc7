"""Facts about claims: their words, their marks, their values."""

from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.boundaries import FINAL, MARKS, PAIRS, STRAIGHT
from goldpress.annotations.tables.codepoints import one_of
from goldpress.schemas.scheme import SpanLayer
from goldpress.validation.columns import at, given, is_in, numbers, same
from goldpress.validation.facts.articles import loose_marks
from goldpress.validation.facts.boundaries import sentences_begin
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.validation.columns import Mask

MOST_SENTENCES, MOST_WORDS, LEAST_WORDS = 5, 180, 2
VERBATIM = "direct"
OPENING = frozenset({*PAIRS, STRAIGHT})
DIRECTED = ("demand", "assessment")
"""Kinds of claim that are for or against something."""
YEARS_BEFORE, YEARS_AFTER = 10, 1


@fact("T11", sentences_begin)
def is_not_too_long(frames: Frames, name: str) -> "Mask":
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    begun = frames.texts.found(sentences_begin).between(frames.text_of(name), start + 1, end)
    return (frames.words(name) <= MOST_WORDS) & ((begun < MOST_SENTENCES) | ~frames.lies_in_text(name))


@fact("T12")
def is_not_too_short(frames: Frames, name: str) -> "Mask":
    return (frames.words(name) >= LEAST_WORDS) | ~frames.lies_in_text(name)


@fact("T14", loose_marks)
def has_its_marks_in_pairs(frames: Frames, name: str) -> "Mask":
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    loose = frames.texts.found(loose_marks).between(frames.text_of(name), start, end)
    return ~(_is_verbatim(frames, name) & (loose > 0))


@fact("T15")
def stands_between_marks(frames: Frames, name: str) -> "Mask":
    edges = frames.edges(name)
    # The closing mark may stand behind the final punctuation, of which there may be more than one.
    closed = one_of(edges.after, MARKS) | one_of(edges.behind, MARKS)
    return ~_is_verbatim(frames, name) | (one_of(edges.before, OPENING) & closed)


@fact("T16")
def ends_on_a_word(frames: Frames, name: str) -> "Mask":
    return ~one_of(frames.edges(name).last, frozenset(FINAL))


@fact("C3")
def has_what_it_requires(frames: Frames, name: str) -> "Mask":
    return _fits_its_values(frames, name, "requires")


@fact("C4")
def lacks_what_it_forbids(frames: Frames, name: str) -> "Mask":
    return _fits_its_values(frames, name, "forbids")


@fact("C14")
def has_a_target(frames: Frames, name: str) -> "Mask":
    import numpy as np

    if not frames.has(name, "claim_type"):
        return np.ones(frames.rows(name), dtype=bool)
    derived = [layer.name for layer in frames.scheme.relation_layers if layer.table]
    targeted = is_in(frames.column(name, _key(name)), _starts(frames, name, derived))
    return ~is_in(frames.column(name, "claim_type"), DIRECTED) | targeted


@fact("C22")
def fits_discourse_networks(frames: Frames, name: str) -> "Mask":
    import numpy as np
    import pyarrow.compute as pc

    if not frames.limits.discourse_network or not frames.has(name, "topic"):
        return np.ones(frames.rows(name), dtype=bool)
    relations, spans = frames.beside(name, "relations"), frames.beside(name, "spans")
    known = frames.column(spans, "span_id").filter(given(frames.column(spans, "entity_id")))
    holders = [layer.holder for layer in frames.scheme.relation_layers if layer.holder]
    holds = is_in(frames.column(relations, "layer"), holders) & is_in(frames.column(relations, "to_span"), known)
    held = is_in(frames.column(name, _key(name)), frames.column(relations, "from_span").filter(holds))
    return held & (numbers(pc.list_value_length(frames.column(name, "topic"))) > 0)


@fact("C18")
def frameless_claim_names_nobody(frames: Frames, name: str) -> "Mask":
    import numpy as np

    if not (frames.has(name, "attribution") and frames.has(name, "claimer_kind")):
        return np.ones(frames.rows(name), dtype=bool)
    return ~(same(frames.column(name, "attribution"), "none") & same(frames.column(name, "claimer_kind"), "span"))


@fact("C20")
def is_dated_plausibly(frames: Frames, name: str) -> "Mask":
    import numpy as np

    published = numbers(at(_years(frames.column("articles", "published_at")), frames.article_of(name)))
    good = np.ones(frames.rows(name), dtype=bool)
    for entry in (entry for entry in _layer(frames, name).attributes if entry.kind == "date"):
        if frames.has(name, entry.name):
            stated = numbers(_years(frames.column(name, entry.name)))
            plausible = (published - YEARS_BEFORE <= stated) & (stated <= published + YEARS_AFTER)
            good &= plausible | (published < 0) | ~given(frames.column(name, entry.name))
    return good


@fact("C21")
def chooses_leaves(frames: Frames, name: str) -> "Mask":
    import numpy as np
    import pyarrow.compute as pc

    good = np.ones(frames.rows(name), dtype=bool)
    for entry in (entry for entry in _layer(frames, name).attributes if entry.kind == "topic"):
        if frames.has(name, entry.name):
            chosen: Any = frames.column(name, entry.name)
            row, topic = pc.list_parent_indices(chosen).to_numpy(), pc.list_flatten(chosen)
            good[row[~is_in(topic, frames.scheme.topic_leaves())]] = False
            good &= numbers(pc.list_value_length(chosen)) <= entry.most
    return good


def _layer(frames: Frames, name: str) -> SpanLayer:
    raw = name.removeprefix("gold_")
    return next(layer for layer in frames.scheme.span_layers if layer.table == raw)


def _years(days: "pa.Array[Any]") -> "pa.Array[Any]":
    import pyarrow as pa
    import pyarrow.compute as pc

    moments: Any = days
    years: pa.Array[Any] = pc.year(moments) if given(days).any() else pa.nulls(len(days), pa.int64())
    return years


def _key(name: str) -> str:
    return f"{name.removeprefix('gold_').removesuffix('s')}_id"


def _is_verbatim(frames: Frames, name: str) -> "Mask":
    """Rows that say that they are quoted, in a text that may be looked at."""
    there = frames.lies_in_text(name)
    return (
        there & same(frames.column(name, "attribution"), VERBATIM) if frames.has(name, "attribution") else there & False
    )


def _fits_its_values(frames: Frames, name: str, how: str) -> "Mask":
    """Whether relations start at each row as its values require, or do not as they forbid."""
    import numpy as np

    good = np.ones(frames.rows(name), dtype=bool)
    for entry in _layer(frames, name).attributes:
        for value in entry.values if frames.has(name, entry.name) else ():
            layer = getattr(value, how)
            if layer:
                rows = same(frames.column(name, entry.name), value.name)
                starts = _starts(frames, name, [layer], inherit=how == "requires")
                good &= ~rows | (is_in(frames.column(name, _key(name)), starts) == (how == "requires"))
    return good


def _starts(frames: Frames, name: str, layers: list[str], *, inherit: bool = False) -> "pa.Array[Any]":
    """Spans at which relations of some layers start; a later fragment has those of the one that it continues."""
    import pyarrow as pa

    relations = frames.beside(name, "relations")
    start, end, layer = (frames.column(relations, column) for column in ("from_span", "to_span", "layer"))
    found = start.filter(is_in(layer, layers))
    if not inherit:
        return found
    onward = is_in(layer, [layer.name for layer in frames.scheme.relation_layers if layer.inherits])
    have = set[Any]()
    earlier = end.filter(onward)
    for later, before, known in zip(
        start.filter(onward).to_pylist(), earlier.to_pylist(), is_in(earlier, found), strict=True
    ):
        if known or before in have:
            have.add(later)
    return pa.concat_arrays([found, pa.array(sorted(have), found.type)])
