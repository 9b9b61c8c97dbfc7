"""Facts about how spans lie to each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldpress.validation.facts.boundaries import lies_in_the_text
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

DEEPEST = 3
OFTEN = 3
"""Mentions after which a missing one is worth a look."""
NO_NAMES = ("pronoun", "nominal")


@fact("S3")
def has_one_label(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name].assign(holder=frames.holders(name))
    labels = frame.groupby(["holder", "layer", "start", "end"])["label"].transform("nunique")
    return labels.fillna(1) <= 1


@fact("S4")
def name_crosses_nothing(frames: Frames, name: str) -> Iterable[bool]:
    crossed, _ = _nesting(frames, name)
    of_names = frames[name]["label"].isin(_labels_of_names(frames))
    return [row not in crossed or not is_name for row, is_name in enumerate(of_names)]


@fact("S5")
def proposition_crosses_nothing(frames: Frames, name: str) -> Iterable[bool]:
    crossed, _ = _nesting(frames, name)
    of_names = frames[name]["label"].isin(_labels_of_names(frames))
    return [row not in crossed or is_name for row, is_name in enumerate(of_names)]


@fact("S6")
def is_not_too_deep(frames: Frames, name: str) -> Iterable[bool]:
    _, depth = _nesting(frames, name)
    return [depth.get(row, 1) <= DEEPEST for row in range(len(frames[name]))]


@fact("S8")
def is_of_its_layer(frames: Frames, name: str) -> Iterable[bool]:
    rows = zip(frames[name]["label"], frames[name]["layer"], strict=True)
    layers = {label: layer.column_layer(label) for label, layer in frames.scheme.span_labels().items()}
    return [layers.get(label) == layer for label, layer in rows]


@fact("S9")
def is_labelled_alike(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name].assign(holder=frames.holders(name))
    names = _names(frames, name)
    labels = frame[names].groupby(["holder", "layer", "text"])["label"].transform("nunique")
    return labels.reindex(frame.index).fillna(1) <= 1


@fact("S12")
def is_marked_everywhere(frames: Frames, name: str) -> Iterable[bool]:
    frame, names = frames[name], _names(frames, name)
    marked = Counter(zip(frames.holders(name)[names], frame["text"][names], strict=True))
    covered: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for holder, start, end in zip(frames.holders(name), frame["start"], frame["end"], strict=True):
        covered[holder].append((start, end))
    article_of = dict(zip(frames.holders(name), frame["article_id"], strict=True))
    missed = {
        key
        for key, times in marked.items()
        if times >= OFTEN and _missing(frames.texts.get(article_of[key[0]], ""), key[1], covered[key[0]])
    }
    first = ~frame.assign(holder=frames.holders(name)).duplicated(["holder", "text"])
    keys = zip(frames.holders(name), frame["text"], first & names, strict=True)
    return [not is_first or (holder, words) not in missed for holder, words, is_first in keys]


@fact("S13")
def is_linked_to_a_name(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    if "mention" not in frame.columns or "kb_id" not in frame.columns:
        return [True] * len(frame)
    linked = _linked(frames, name)
    rows = zip(frame["span_id"], frame["mention"], frame["kb_id"].notna(), strict=True)
    return [not (kind in NO_NAMES and known) or span in linked for span, kind, known in rows]


def _linked(frames: Frames, name: str) -> set[str]:
    """Spans that a relation between equal labels leads on from: coreference."""
    same = {layer.name for layer in frames.scheme.relation_layers if layer.same_label}
    relations = frames.relations(name)
    return set(relations[relations["layer"].isin(same)]["from_span"])


def _nesting(frames: Frames, name: str) -> tuple[set[int], dict[int, int]]:
    """Rows that cross another of their layer, and how deep each row lies; three facts about a table ask for it."""
    return frames.once(name, "nesting", lambda: _sweep(frames, name))


def _sweep(frames: Frames, name: str) -> tuple[set[int], dict[int, int]]:
    frame = frames[name]
    good = lies_in_the_text(frames, name)
    groups: dict[tuple[str, str], list[tuple[float, float, int]]] = defaultdict(list)
    rows = zip(frames.holders(name), frame["layer"], frame["start"], frame["end"], good, strict=True)
    for row, (holder, layer, start, end, fits) in enumerate(rows):
        if fits and layer is not None:
            groups[holder, layer].append((start, -end, row))
    crossed: set[int] = set()
    depth: dict[int, int] = {}
    for spans in groups.values():
        around: list[tuple[float, int]] = []
        for start, minus_end, row in sorted(spans):
            while around and around[-1][0] <= start:
                around.pop()
            for end, other in around:
                if end < -minus_end:
                    crossed |= {row, other}
            around.append((-minus_end, row))
            depth[row] = len(around)
    return crossed, depth


def _names(frames: Frames, name: str) -> "pd.Series[bool]":
    """Rows that mark a proper name of a layer of names."""
    frame = frames[name]
    readable = frame["text"].notna() & frame["article_id"].isin(frames.texts)
    found = frame["label"].isin(_labels_of_names(frames)) & readable
    return found & ~frame["mention"].isin(NO_NAMES) if "mention" in frame.columns else found


def _labels_of_names(frames: Frames) -> set[str]:
    return {label for label, layer in frames.scheme.span_labels().items() if layer.boundary == "name"}


def _missing(text: str, words: str, covered: list[tuple[float, float]]) -> bool:
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
    return any(
        not any(start < match.end() and match.start() < end for start, end in covered)
        for match in pattern.finditer(text)
    )
