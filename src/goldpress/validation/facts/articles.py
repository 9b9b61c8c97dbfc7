"""Facts about articles and entities."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from goldpress.annotations.tables.boundaries import MARKS, STRAIGHT, quotation_pairs
from goldpress.errors import DataError
from goldpress.seeds.canonical import canonicalise
from goldpress.validation.facts.registry import fact
from goldpress.validation.facts.work import usual
from goldpress.validation.frames import Frames

LANGUAGES = ("de", "en")
LEAST_FOR_LANGUAGE = 200
"""Characters below which a language is a guess."""
ENOUGH_FOR_LANGUAGE = 800
"""Characters that are looked at: each word of them is looked up in a dictionary."""


@fact("T1")
def is_the_hashed_text(frames: Frames, name: str) -> Iterable[bool]:
    articles = frames[name]
    return [
        text is None or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == digest
        for text, digest in zip(frames.open_texts, articles["text_sha256"], strict=True)
    ]


@fact("T2")
def is_canonical(frames: Frames, _: str) -> Iterable[bool]:
    return [text is None or _is_canonical(text) for text in frames.open_texts]


@fact("T17")
def has_balanced_marks(frames: Frames, _: str) -> Iterable[bool]:
    return [text is None or _is_balanced(text) for text in frames.open_texts]


@fact("T18")
def is_in_its_language(frames: Frames, name: str) -> Iterable[bool]:
    texts = frames.open_texts
    return [text is None or _speaks(text, lang) for text, lang in zip(texts, frames[name]["lang"], strict=True)]


@fact("T19")
def is_of_usual_length(frames: Frames, name: str) -> Iterable[bool]:
    import numpy as np

    lengths = frames[name]["n_chars"].clip(lower=1).astype("float64")
    return usual(lengths.map(np.log), frames.limits)


@fact("D16")
def may_be_published(frames: Frames, name: str) -> Iterable[bool]:
    return ~frames[name]["article_id"].isin(frames.limits.takedown)


@fact("D2")
def has_a_text_of_its_own(frames: Frames, name: str) -> Iterable[bool]:
    return ~frames[name]["text_sha256"].duplicated(keep=False)


@fact("P1")
def has_enough_annotators(frames: Frames, name: str) -> Iterable[bool]:
    done = frames["annotations"]
    people = done[done["role"] == "primary"].groupby("article_id")["annotator_pid"].nunique()
    return frames[name]["article_id"].map(people).fillna(0) >= frames.overlap


@fact("S10")
def is_one_kind_of_thing(frames: Frames, name: str) -> Iterable[bool]:
    entities = frames[name]
    labels = entities.dropna(subset=["kb_id"]).groupby("kb_id")["label"].nunique()
    return entities["kb_id"].map(labels).fillna(1) <= 1


def _is_canonical(text: str) -> bool:
    try:
        return canonicalise(text) == text
    except DataError:
        return False


def _is_balanced(text: str) -> bool:
    pairs = quotation_pairs(text)
    found = [i for i, letter in enumerate(text) if letter in MARKS]
    styles = Counter(text[i] == STRAIGHT for i in found)
    return all(i in pairs for i in found) and len(styles) <= 1


def _speaks(text: str, lang: str | None) -> bool:
    stated = (lang or "und").split("-")[0]
    if stated not in LANGUAGES or len(text) < LEAST_FOR_LANGUAGE:
        return True
    from simplemma import langdetect

    return bool(langdetect(text[:ENOUGH_FOR_LANGUAGE], lang=LANGUAGES)[0][0] in (stated, "unk"))
