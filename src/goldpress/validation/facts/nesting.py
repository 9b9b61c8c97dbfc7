"""Facts about how spans lie to each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from goldpress.validation.columns import at, codes, given, has_one_value, is_in, places, same
from goldpress.validation.facts.boundaries import lies_in_the_text
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    from goldpress.validation.columns import Ints, Mask

DEEPEST = 3
OFTEN = 3
"""Mentions after which a missing one is worth a look."""
NO_NAMES = ("pronoun", "nominal")


@fact("S3")
def has_one_label(frames: Frames, name: str) -> "Mask":
    place = frames.grouped(name, frames.holders(name), "layer", "start", "end")
    return has_one_value(place, frames.column(name, "label"))


@fact("S4")
def name_crosses_nothing(frames: Frames, name: str) -> "Mask":
    crossed, _ = _nesting(frames, name)
    return ~(crossed & frames.are_names(name))


@fact("S5")
def proposition_crosses_nothing(frames: Frames, name: str) -> "Mask":
    crossed, _ = _nesting(frames, name)
    return ~(crossed & ~frames.are_names(name))


@fact("S6")
def is_not_too_deep(frames: Frames, name: str) -> "Mask":
    _, depth = _nesting(frames, name)
    return depth <= DEEPEST


@fact("S8")
def is_of_its_layer(frames: Frames, name: str) -> "Mask":
    import pyarrow as pa

    layers = {label: layer.column_layer(label) for label, layer in frames.scheme.span_labels().items()}
    found = places(frames.column(name, "label"), pa.array(layers, pa.string()))
    return same(frames.column(name, "layer"), at(pa.array(layers.values(), pa.string()), found))


@fact("S9")
def is_labelled_alike(frames: Frames, name: str) -> "Mask":
    import numpy as np

    words = frames.grouped(name, frames.holders(name), "layer", "text")
    return has_one_value(np.where(_names(frames, name), words, -1), frames.column(name, "label"))


@fact("S12")
def is_marked_everywhere(frames: Frames, name: str) -> "Mask":
    import numpy as np

    words = frames.grouped(name, frames.holders(name), "text")
    names = _names(frames, name) & (words >= 0)
    times = np.bincount(words[names], minlength=words.max(initial=-1) + 1)
    good = np.ones(len(words), dtype=bool)
    first = np.flatnonzero(_is_first(words) & names)
    first = first[times[words[first]] >= OFTEN]
    first = first[np.argsort(frames.text_of(name)[first], kind="stable")]
    good[first] = [not missing for missing in _are_missing(frames, name, first)]
    return good


@fact("S13")
def is_linked_to_a_name(frames: Frames, name: str) -> "Mask":
    import numpy as np

    if not (frames.has(name, "mention") and frames.has(name, "kb_id")):
        return np.ones(frames.rows(name), dtype=bool)
    # A relation between equal labels leads on from it: coreference.
    layers = {layer.name for layer in frames.scheme.relation_layers if layer.same_label}
    relations = frames.beside(name, "relations")
    linked = frames.picked(relations, "from_span", is_in(frames.column(relations, "layer"), layers))
    good = ~(is_in(frames.column(name, "mention"), NO_NAMES) & given(frames.column(name, "kb_id")))
    good[~good] = is_in(frames.picked(name, "span_id", ~good), linked)
    return good


def _names(frames: Frames, name: str) -> "Mask":
    """Rows that mark a proper name of a layer of names, in a text that may be looked at."""
    found = frames.are_names(name) & given(frames.column(name, "text")) & (frames.text_of(name) >= 0)
    return found & ~is_in(frames.column(name, "mention"), NO_NAMES) if frames.has(name, "mention") else found


# ── crossing and nesting ────────────────────────────────────────────────────────────────────────────────


def _nesting(frames: Frames, name: str) -> "tuple[Mask, Ints]":
    """Rows that cross another of their layer, and how deep each row lies; three facts about a table ask for it."""
    return frames.once((name, "nesting"), lambda: _sweep(frames, name))


def _sweep(frames: Frames, name: str) -> "tuple[Mask, Ints]":
    import numpy as np

    crossed = np.zeros(frames.rows(name), dtype=bool)
    depth = np.ones(frames.rows(name), dtype=np.int64)
    group = frames.grouped(name, frames.holders(name), "layer")
    rows = np.flatnonzero(lies_in_the_text(frames, name) & (group >= 0))
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    rows = rows[np.lexsort((-end[rows], start[rows], group[rows]))]
    for heap in _heaps(group[rows], start[rows], end[rows]):
        around: list[tuple[int, int]] = []
        for row in rows[heap].tolist():
            while around and around[-1][0] <= start[row]:
                around.pop()
            for last, other in around:
                if last < end[row]:
                    crossed[[row, other]] = True
            around.append((int(end[row]), row))
            depth[row] = len(around)
    return crossed, depth


def _heaps(group: "Ints", start: "Ints", end: "Ints") -> "Iterator[Ints]":
    """Yield the places, in order of start, of spans that overlap at all: most lie by themselves."""
    import numpy as np

    wide = int(end.max(initial=0)) + 1
    reached = np.maximum.accumulate(group * wide + end)
    alone = np.append(True, reached[:-1] <= group[1:] * wide + start[1:])
    begins = np.append(np.flatnonzero(alone), len(group))
    for heap in np.flatnonzero(np.diff(begins) > 1).tolist():
        yield np.arange(begins[heap], begins[heap + 1])


# ── names that are marked in one place and not in another ───────────────────────────────────────────────


def _is_first(group: "Ints") -> "Mask":
    """Which rows are the first of their group; none without a group."""
    import pandas as pd

    return ~pd.Series(group).duplicated().to_numpy() & (group >= 0)


def _are_missing(frames: Frames, name: str, rows: "Ints") -> Iterator[bool]:
    """Whether the words of each row stand in its text where its holder has marked no name: a claim marks none."""
    import numpy as np

    holder, text = codes(frames.column(name, frames.holders(name))), frames.text_of(name)
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    of_names = np.flatnonzero(frames.are_names(name))
    by_holder = of_names[np.argsort(holder[of_names], kind="stable")]
    bounds = np.searchsorted(holder[by_holder], np.arange(holder.max(initial=-1) + 2))
    content, known = "", -1
    said: Any = frames.column(name, "text").take(rows).to_pylist()
    for row, words in zip(rows, said, strict=True):
        if text[row] != known:
            content, known = frames.texts.one(int(text[row])), text[row]
        own = by_holder[bounds[holder[row]] : bounds[holder[row] + 1]]
        yield any(not ((start[own] < at + len(words)) & (at < end[own])).any() for at in _stands_at(content, words))


def _stands_at(text: str, words: str) -> Iterator[int]:
    """Where words stand in a text, as whole words."""
    place = text.find(words)
    while place >= 0:
        beside = text[place - 1 : place] + text[place + len(words) : place + len(words) + 1]
        whole = not any(letter.isalnum() or letter == "_" for letter in beside)
        if whole:
            yield place
        place = text.find(words, place + (max(len(words), 1) if whole else 1))
