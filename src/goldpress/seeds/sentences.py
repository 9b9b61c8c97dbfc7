"""Sentences of German and English news: simplemma's splitter, with a guard against its known errors.

The guard joins what was split after an abbreviation, an ordinal or a single letter, and splits what was left together
after a full stop and a closing quotation mark.
"""

import re
from functools import lru_cache
from itertools import pairwise

NAME = "simplemma+guard-1"
"""What is written beside sentences made with this module."""

ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        "a abs art az b bd betr bzgl bzw c ca co d dr e evtl f ff g geb gen ggf gov h hrsg i inc inkl jh jr lt ltd max "
        "mind mio mr mrd mrs ms no nr o prof rd s sen sog st str tel u u.s usw v vgl vs z zzgl",
    )
)
LANGUAGES = ("de", "en")
BEHIND_ORDINALS = re.compile(
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jahrhundert|Jahrestag)"
)
CLOSING = '“«”"‘'
AFTER_MARK = re.compile(rf"(?<=[.!?…][{CLOSING}])\s+(?=[A-ZÄÖÜ„»“\"‚])")
ORDINAL = re.compile(r"(?:^|\s)\d{1,3}\.$")


@lru_cache(maxsize=256)
def sentence_starts(text: str, lang: str = "de") -> list[int]:
    """Return the offset at which each sentence starts, in code points; a line break always ends one.

    Args:
        text: The canonical text.
        lang: BCP 47 tag; simplemma knows the abbreviations of German and English, the guard those of both.
    """
    starts, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            starts += [at + start for start in _line_starts(line, lang.split("-", maxsplit=1)[0])]
        at += len(line) + 1
    return starts


def sentences(text: str, lang: str = "de") -> list[tuple[int, int]]:
    """Return the sentences as half-open ranges of code points, without the white space around them."""
    return [
        (start, start + len(text[start:end].rstrip()))
        for start, end in pairwise([*sentence_starts(text, lang), len(text)])
    ]


def _line_starts(line: str, lang: str) -> list[int]:
    starts: list[int] = []
    for start in _candidates(line, lang):
        if not starts or not _goes_on(line[starts[-1] : start], line[start:]):
            starts.append(start)
    return starts


def _candidates(line: str, lang: str) -> list[int]:
    """Where simplemma or a quotation mark after a full stop starts a sentence, found forward in the line."""
    from simplemma import split_sentences

    found, at = {len(line) - len(line.lstrip())}, 0
    for sentence in split_sentences(line, lang=lang if lang in LANGUAGES else "de"):
        place = line.find(sentence, at)
        if place < 0:
            continue
        found.add(place)
        at = place + len(sentence)
    found |= {match.end() for match in AFTER_MARK.finditer(line)}
    # A closing mark that was left at the head of the next sentence belongs to the one before.
    return sorted({_skip_mark(line, place) for place in found})


def _skip_mark(line: str, place: int) -> int:
    if place and line[place] in "“«‘" and not line[place - 1].isspace():
        rest = line[place + 1 :]
        return place + 1 + len(rest) - len(rest.lstrip())
    return place


def _goes_on(before: str, after: str) -> bool:
    """Whether what was split is one sentence: after an abbreviation, an ordinal, or before a lower-case word."""
    before = before.rstrip()
    last = before.rpartition(" ")[2].strip("(„»").casefold()
    if last.endswith(".") and last.rstrip(".") in ABBREVIATIONS:
        return True
    if ORDINAL.search(before) and (BEHIND_ORDINALS.match(after) or after[:1].islower()):
        return True
    return after[:1].islower() and not before.endswith(("!", "?"))
