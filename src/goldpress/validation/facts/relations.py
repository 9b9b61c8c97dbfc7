"""Facts about relations, and about the stances that are read from them."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldpress.schemas.scheme import Label, RelationLayer
from goldpress.validation.facts.propositions import VERBATIM
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

FARTHEST = 5
"""Sentences between a claim and its holder."""


@fact("C5")
def joins_one_annotation(frames: Frames, name: str) -> Iterable[bool]:
    spans = frames["gold_spans" if name.startswith("gold_") else "spans"]
    holder = "article_id" if name.startswith("gold_") else "annotation_id"
    home = dict(zip(spans["span_id"], spans[holder], strict=True))
    frame = frames[name]
    rows = zip(frame["from_span"], frame["to_span"], frame[holder], strict=True)
    return [home.get(start) == own and home.get(end) == own for start, end, own in rows]


@fact("C6")
def fits_its_signature(frames: Frames, name: str) -> Iterable[bool]:
    labels, layers = frames.labels(name), frames.scheme.relation_labels()
    frame = frames[name]
    rows = zip(frame["type"], frame["from_span"], frame["to_span"], strict=True)
    # An end that does not exist is check C5's.
    return [
        start not in labels or end not in labels or _fits(frames, layers.get(kind), labels[start], labels[end])
        for kind, start, end in rows
    ]


@fact("C7")
def joins_two_spans(frames: Frames, name: str) -> Iterable[bool]:
    return frames[name]["from_span"] != frames[name]["to_span"]


@fact("C10")
def leads_one_way(frames: Frames, name: str) -> Iterable[bool]:
    # What was drawn both ways keeps its words behind its label, so that nothing is lost.
    return ~frames[name]["type"].fillna("").str.endswith("(both ways)")


@fact("C15")
def pronoun_is_resolved(frames: Frames, name: str) -> Iterable[bool]:
    frame, spans = frames[name], frames["gold_spans" if name.startswith("gold_") else "spans"]
    if "mention" not in spans.columns:
        return [True] * len(frame)
    pronouns = set(spans[spans["mention"] == "pronoun"]["span_id"])
    same = [layer.name for layer in frames.scheme.relation_layers if layer.same_label]
    resolved = set(frame[frame["layer"].isin(same)]["from_span"])
    return ~(frame["layer"].isin(_holders(frames)) & frame["to_span"].isin(pronouns - resolved))


@fact("C16")
def holder_is_near(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    spans = frames["gold_spans" if name.startswith("gold_") else "spans"]
    at = dict(zip(spans["span_id"], spans["start"], strict=True))
    starts = frames.sentences
    rows = zip(frame["layer"], frame["article_id"], frame["from_span"], frame["to_span"], strict=True)
    holders = _holders(frames)
    return [
        layer not in holders
        or article not in starts
        or not (start in at and end in at)
        or abs(bisect_right(starts[article], at[start]) - bisect_right(starts[article], at[end])) <= FARTHEST
        for layer, article, start, end in rows
    ]


@fact("C17")
def does_not_run_in_a_circle(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    good = [True] * len(frame)
    for layer in (layer.name for layer in frames.scheme.relation_layers if layer.acyclic):
        inside = frame["layer"] == layer
        onward: dict[str, list[str]] = {}
        for start, end in zip(frame["from_span"][inside], frame["to_span"][inside], strict=True):
            onward.setdefault(start, []).append(end)
        for row, (start, end, own) in enumerate(zip(frame["from_span"], frame["to_span"], inside, strict=True)):
            if own and start != end:
                good[row] &= start not in _reachable(end, onward)
    return good


@fact("C19")
def cue_stands_outside(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    gold = name.startswith("gold_")
    spans = frames["gold_spans" if gold else "spans"]
    columns = (spans[name] for name in ("span_id", "label", "start", "end"))
    place = {span: (label, start, end) for span, label, start, end in zip(*columns, strict=True)}
    verbatim = _verbatim_claims(frames, gold=gold)
    cues = {label for layer in frames.scheme.span_layers for label in _cue_labels(layer.labels)}
    good = [True] * len(frame)
    rows = zip(frame["from_span"], frame["to_span"], frame["article_id"], strict=True)
    for row, (start, end, article) in enumerate(rows):
        if start in verbatim and start in place and end in place and place[end][0] in cues:
            (_, first, last), (_, at, until) = place[start], place[end]
            inside = first <= at and until <= last and article in frames.texts
            good[row] = not (inside and _is_quoted(frames.texts[article], first, at))
    return good


@fact("C11")
def is_one_stance(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    start = _start_column(frame)
    return frame.groupby([start, "target_span"])["polarity"].transform("nunique") <= 1


@fact("C12")
def is_not_about_oneself(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    holder = next((c for c in frame.columns if c.endswith("_entity_id") and c != "target_entity_id"), None)
    if holder is None:
        return [True] * len(frame)
    return ~(frame[holder].notna() & (frame[holder] == frame["target_entity_id"]))


@fact("C13")
def has_a_holder(frames: Frames, name: str) -> Iterable[bool]:
    frame, layer = frames[name], _derived_layer(frames, name)
    holder = f"{layer.holder or 'holder'}_span"
    if layer.holder_kind is None or layer.holder_kind not in frame.columns:
        return frame[holder].notna()
    free = {
        value.name
        for span_layer in frames.scheme.span_layers
        for entry in span_layer.attributes
        if entry.name == layer.holder_kind
        for value in entry.values
        if value.forbids == layer.holder
    }
    return frame[holder].notna() | frame[layer.holder_kind].isin(free)


def _fits(frames: Frames, layer: RelationLayer | None, start: str, end: str) -> bool:
    return layer is not None and frames.scheme.fits(layer, start, end)


def _holders(frames: Frames) -> list[str]:
    return [layer.holder for layer in frames.scheme.relation_layers if layer.holder]


def _derived_layer(frames: Frames, name: str) -> RelationLayer:
    return next(layer for layer in frames.scheme.relation_layers if layer.table == name.removeprefix("gold_"))


def _start_column(frame: "pd.DataFrame") -> str:
    """The column of a derived table that names the span which the relation starts at."""
    names = list(frame.columns)
    return str(names[names.index("relation_id") + 1])


def _reachable(start: str, onward: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        span = waiting.pop()
        if span not in seen:
            seen.add(span)
            waiting += onward.get(span, [])
    return seen


def _verbatim_claims(frames: Frames, *, gold: bool) -> set[str]:
    found: set[str] = set()
    for layer in (layer for layer in frames.scheme.span_layers if layer.table):
        frame = frames[f"{'gold_' if gold else ''}{layer.table}"]
        if "attribution" in frame.columns:
            key = f"{str(layer.table).removesuffix('s')}_id"
            found |= set(frame[frame["attribution"] == VERBATIM][key])
    return found


def _cue_labels(labels: Iterable[Label]) -> list[str]:
    """Labels that stand in a column layer of their own: what introduces a proposition."""
    return [label.name for label in labels if label.layer is not None]


def _is_quoted(text: str, start: float, at: float) -> bool:
    """Whether a place inside a quotation is quoted itself: an interrupting frame stands between marks."""
    from goldpress.annotations.tables.boundaries import MARKS

    return sum(letter in MARKS for letter in text[int(start) : int(at)]) % 2 == 0
