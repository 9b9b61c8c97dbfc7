"""Facts about where spans start and end."""

import re
from collections.abc import Iterable, Iterator

from goldpress.annotations.tables.boundaries import trim_name
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

JOINERS = frozenset("-/*:_'’")
"""A boundary beside one of these is one between words: EU-Gipfel, CDU/CSU, Bürger*innen."""
WITHIN_WORDS = ("deriv", "part")
"""Kinds of mention that may be a part of a word."""

FOREIGN = re.compile(
    r"^.*(?:©|\(c\) \d{4}|dpa-infocom|alle rechte vorbehalten|all rights reserved|urheberrechtlich geschützt).*$"
    r"|^(?:lesen sie auch|mehr zum thema|read more|newsletter)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines of the publisher: notices of rights, links to other articles."""


@fact("T3")
def lies_in_the_text(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    length = frame["article_id"].map(frames.lengths)
    return (frame["start"] >= 0) & (frame["start"] < frame["end"]) & (frame["end"] <= length)


@fact("T4")
def is_the_slice(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    rows = zip(frames.slices(name), frame["text"], frame["article_id"], strict=True)
    return [words == surface if article in frames.texts else True for words, surface, article in rows]


@fact("T6")
def is_trimmed(frames: Frames, name: str) -> Iterable[bool]:
    return [words is None or words == words.strip() for words in frames.slices(name)]


@fact("T7")
def keeps_words_whole(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    mention = frame["mention"] if "mention" in frame.columns else [None] * len(frame)
    places = _places(frames, name)
    return [
        place is None or kind in WITHIN_WORDS or not (_cuts(place[0], place[1]) or _cuts(place[0], place[2]))
        for place, kind in zip(places, mention, strict=True)
    ]


@fact("T8")
def is_a_bare_name(frames: Frames, name: str) -> Iterable[bool]:
    rows = zip(_places(frames, name), frames[name]["label"], strict=True)
    return [
        place is None or not _is_name(frames, label) or trim_name(*place) == (place[1], place[2])
        for place, label in rows
    ]


@fact("T9")
def stays_in_its_paragraph(frames: Frames, name: str) -> Iterable[bool]:
    rows = zip(frames.slices(name), frames[name]["label"], strict=True)
    return [words is None or not _is_name(frames, label) or "\n" not in words for words, label in rows]


@fact("T9-claim")
def proposition_stays_in_its_paragraph(frames: Frames, name: str) -> Iterable[bool]:
    rows = zip(frames.slices(name), frames[name]["label"], strict=True)
    return [words is None or _is_name(frames, label) or "\n" not in words for words, label in rows]


@fact("T10")
def stays_in_its_sentence(frames: Frames, name: str) -> Iterable[bool]:
    frame, starts = frames[name], frames.sentences
    good = lies_in_the_text(frames, name)
    return [
        not fits or not _is_name(frames, label) or article not in starts or _same(starts[article], start, end)
        for fits, label, article, start, end in zip(
            good, frame["label"], frame["article_id"], frame["start"], frame["end"], strict=True
        )
    ]


@fact("T13")
def stands_in_the_article(frames: Frames, name: str) -> Iterable[bool]:
    foreign = {article: _foreign_ranges(text) for article, text in frames.texts.items()}
    foreign = {article: ranges for article, ranges in foreign.items() if ranges}
    frame = frames[name]
    return [
        article not in foreign or not any(start < last and first < end for first, last in foreign[article])
        for article, start, end in zip(frame["article_id"], frame["start"], frame["end"], strict=True)
    ]


@fact("D14")
def shows_no_withheld_words(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    if name == "articles":
        masked = zip(frames.tables[name]["text"].to_pylist(), frames.open_texts, frame["n_chars"], strict=True)
        good = [shown is None or own is not None or _is_shape(shown, length) for shown, own, length in masked]
        return [stated and shape for stated, shape in zip(frame["licence"].fillna("") != "", good, strict=True)]
    rows = zip(frame["article_id"], frames.tables[name]["text"].to_pylist(), strict=True)
    return [words is None or article in frames.texts or _is_shape(words) for article, words in rows]


def _is_shape(words: str, length: float | None = None) -> bool:
    """Whether a text is masked: every letter an x, every digit a 0, as long as it was."""
    return not set(filter(str.isalnum, words)) - {"x", "X", "0"} and length in (None, len(words))


def _foreign_ranges(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in FOREIGN.finditer(text)]


def _places(frames: Frames, name: str) -> Iterator[tuple[str, int, int] | None]:
    frame = frames[name]
    rows = zip(frames.slices(name), frame["article_id"], frame["start"], frame["end"], strict=True)
    for words, article, start, end in rows:
        yield None if words is None else (frames.texts[article], int(start), int(end))


def _cuts(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not {before, after} & JOINERS


def _is_name(frames: Frames, label: object) -> bool:
    return label in frames.names


def _same(starts: list[int], start: float, end: float) -> bool:
    from bisect import bisect_right

    return bisect_right(starts, start) == bisect_right(starts, end - 1)
