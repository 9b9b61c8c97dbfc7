"""Facts about articles and entities."""

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from goldpress.annotations.tables.boundaries import MARKS, STRAIGHT, quotation_pairs
from goldpress.validation.columns import groups, has_one_value, is_in, same
from goldpress.validation.facts.registry import fact
from goldpress.validation.facts.work import usual
from goldpress.validation.frames import Frames
from goldpress.validation.texts import Text

if TYPE_CHECKING:
    from goldpress.validation.columns import Mask


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LANGUAGES = ("de", "en")
LEAST_FOR_LANGUAGE = 200
"""Characters below which a language is a guess."""
ENOUGH_FOR_LANGUAGE = 800
"""Characters that are looked at: each word of them is looked up in a dictionary."""
COMMON = {
    "de": _words(
        "aber auch auf aus bei das dass dem den der des die durch ein eine einem einen einer er es für ist mit nach "
        "nicht noch nur oder sein seine sich sie sind und von vor werden wie wird wurde zu zum zur über"
    ),
    "en": _words(
        "and are be been but by for from had has have he her his if is it its not of on she that the their there they "
        "this to we were which who with would"
    ),
}
"""Words that come all the time in one of the languages, and not at all in the other."""
CLEAR, STRAY = 0.08, 0.02
"""Share of common words of a language from which a text is in it, and of those of another up to which it is."""
MARK = re.compile(f"[{re.escape(''.join(sorted(MARKS)))}]")
UNUSUAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028\u2029\u2060\ufeff\ud800-\udfff]| \n")
"""What no canonical text holds."""


def unlike_its_hash(text: Text) -> list[int]:
    """Return a number if a text is another than the one that was hashed."""
    found = hashlib.sha256(text.words.encode("utf-8", "surrogatepass")).hexdigest()
    return [] if found == text.digest else [0]


def not_canonical(text: Text) -> list[int]:
    """Return a number if ``seeds.canonical.canonicalise`` would change a text; a test holds the two together."""
    return [] if _is_canonical(text.words) else [0]


def loose_marks(text: Text) -> list[int]:
    """Return where quotation marks stand that have no partner."""
    found = [match.start() for match in MARK.finditer(text.words)]
    if not found:
        return []
    pairs = quotation_pairs(text.words)
    return [place for place in found if place not in pairs]


def mixed_marks(text: Text) -> list[int]:
    """Return a number if a text has straight quotation marks and others."""
    mixed = STRAIGHT in text.words and any(mark in text.words for mark in MARKS if mark != STRAIGHT)
    return [0] if mixed else []


def other_language(text: Text) -> list[int]:
    """Return a number if a text is in another language than its article says."""
    return [] if _speaks(text.words, text.lang) else [0]


@fact("T1", unlike_its_hash)
def is_the_hashed_text(frames: Frames, _: str) -> "Mask":
    return ~frames.texts.found(unlike_its_hash).there


@fact("T2", not_canonical)
def is_canonical(frames: Frames, _: str) -> "Mask":
    return ~frames.texts.found(not_canonical).there


@fact("T17", loose_marks, mixed_marks)
def has_balanced_marks(frames: Frames, _: str) -> "Mask":
    return ~(frames.texts.found(loose_marks).there | frames.texts.found(mixed_marks).there)


@fact("T18", other_language)
def is_in_its_language(frames: Frames, _: str) -> "Mask":
    return ~frames.texts.found(other_language).there


@fact("T19")
def is_of_usual_length(frames: Frames, name: str) -> "Mask":
    import numpy as np

    lengths = frames.numbers(name, "n_chars")
    return usual(np.where(lengths >= 0, np.log(lengths.clip(1)), np.nan), frames.limits)


@fact("D16")
def may_be_published(frames: Frames, name: str) -> "Mask":
    return ~is_in(frames.column(name, "article_id"), frames.limits.takedown)


@fact("D2")
def has_a_text_of_its_own(frames: Frames, name: str) -> "Mask":
    import pandas as pd

    once: Mask = ~pd.Series(groups(frames.column(name, "text_sha256"))).duplicated(keep=False).to_numpy()
    return once


@fact("P1")
def has_enough_annotators(frames: Frames, name: str) -> "Mask":
    import numpy as np

    people = groups(frames.column("annotations", "article_id"), frames.column("annotations", "annotator_pid"))
    primary = np.flatnonzero(same(frames.column("annotations", "role"), "primary") & (people >= 0))
    article = frames.article_of("annotations")[primary[np.unique(people[primary], return_index=True)[1]]]
    counts = np.bincount(article[article >= 0], minlength=frames.rows(name))
    return counts >= frames.overlap


@fact("S10")
def is_one_kind_of_thing(frames: Frames, name: str) -> "Mask":
    return has_one_value(groups(frames.column(name, "kb_id")), frames.column(name, "label"))


def _is_canonical(text: str) -> bool:
    return (
        UNUSUAL.search(text) is None
        and unicodedata.is_normalized("NFC", text)
        and text[:1] not in ("\n", " ")
        and text[-1:] not in ("\n", " ")
    )


def _speaks(text: str, lang: str) -> bool:
    stated = lang.split("-", maxsplit=1)[0]
    if stated not in LANGUAGES or len(text) < LEAST_FOR_LANGUAGE:
        return True
    if _is_clearly(text[:ENOUGH_FOR_LANGUAGE], stated):
        return True
    from simplemma import langdetect

    return bool(langdetect(text[:ENOUGH_FOR_LANGUAGE], lang=LANGUAGES)[0][0] in (stated, "unk"))


def _is_clearly(text: str, lang: str) -> bool:
    """Whether common words leave no doubt; most texts are so spared the dictionaries, which take a second to load."""
    words = text.casefold().split()
    share = {name: sum(word in common for word in words) / max(len(words), 1) for name, common in COMMON.items()}
    return share.pop(lang) >= CLEAR and max(share.values()) <= STRAY
