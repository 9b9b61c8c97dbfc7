"""Facts about where spans start and end."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.boundaries import MARKS, NAME_FINAL, trim_name
from goldpress.annotations.tables.codepoints import BLANKS, one_of
from goldpress.validation.columns import given, is_in, is_one_of, same
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames
from goldpress.validation.texts import Text

if TYPE_CHECKING:
    from goldpress.validation.columns import Ints, Mask

JOINERS = frozenset("-/*:_'’")
"""A boundary beside one of these is one between words: EU-Gipfel, CDU/CSU, Bürger*innen."""
WITHIN_WORDS = ("deriv", "part")
"""Kinds of mention that may be a part of a word."""
ODD = MARKS | BLANKS | frozenset(NAME_FINAL)
"""What a name seldom begins or ends with."""

FOREIGN = re.compile(
    r"^.*(?:©|\(c\) \d{4}|dpa-infocom|alle rechte vorbehalten|all rights reserved|urheberrechtlich geschützt).*$"
    r"|^(?:lesen sie auch|mehr zum thema|read more|newsletter)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines of the publisher: notices of rights, links to other articles."""
TRACES = (
    *("©", "(c) ", "dpa-infocom", "alle rechte", "all rights", "urheberrechtlich"),
    *("lesen sie auch", "mehr zum thema", "read more", "newsletter"),
)
"""Without one of these no text has such a line: a quick look before the slow one."""
LINE_END = re.compile("\n")


def line_ends(text: Text) -> list[int]:
    """Return where the lines of a text end."""
    return [match.start() for match in LINE_END.finditer(text.words)]


def sentences_begin(text: Text) -> list[int]:
    """Return where the sentences of a text begin."""
    from goldpress.seeds.sentences import sentence_starts

    return sentence_starts(text.words, text.lang)


def foreign_lines_begin(text: Text) -> list[int]:
    """Return where lines of the publisher begin."""
    return [start for start, _ in _foreign_lines(text.words)]


def foreign_lines_end(text: Text) -> list[int]:
    """Return where lines of the publisher end."""
    return [end for _, end in _foreign_lines(text.words)]


@lru_cache(maxsize=1)
def _foreign_lines(text: str) -> list[tuple[int, int]]:
    small = text.casefold()
    if not any(trace in small for trace in TRACES):
        return []
    return [match.span() for match in FOREIGN.finditer(text)]


@fact("T3")
def lies_in_the_text(frames: Frames, name: str) -> "Mask":
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    return (start >= 0) & (start < end) & (end <= _lengths(frames, name))


@fact("T4")
def is_the_slice(frames: Frames, name: str) -> "Mask":
    # Where nothing can be looked up for want of good offsets, there should be no words either.
    surfaces = frames.column(name, "text")
    gap = ~frames.lies_in_text(name) & ~given(surfaces)
    return (frames.text_of(name) < 0) | frames.reads(name) | gap


@fact("T6")
def is_trimmed(frames: Frames, name: str) -> "Mask":
    edges = frames.edges(name)
    return ~(one_of(edges.first, BLANKS) | one_of(edges.last, BLANKS))


@fact("T7")
def keeps_words_whole(frames: Frames, name: str) -> "Mask":
    edges = frames.edges(name)
    cut = _is_within_a_word(edges.before, edges.first) | _is_within_a_word(edges.last, edges.after)
    return ~cut | is_in(frames.column(name, "mention"), WITHIN_WORDS) if frames.has(name, "mention") else ~cut


@fact("T8")
def is_a_bare_name(frames: Frames, name: str) -> "Mask":
    edges = frames.edges(name)
    # Most names begin and end with a letter; how the others are trimmed depends on the marks around them.
    rows = frames.are_names(name) & (one_of(edges.first, ODD) | one_of(edges.last, ODD))
    return frames.look(name, rows, lambda text, start, end: trim_name(text, start, end) == (start, end))


@fact("T9", line_ends)
def stays_in_its_paragraph(frames: Frames, name: str) -> "Mask":
    return ~(_crosses_a_line(frames, name) & frames.are_names(name))


@fact("T9-claim", line_ends)
def proposition_stays_in_its_paragraph(frames: Frames, name: str) -> "Mask":
    return ~(_crosses_a_line(frames, name) & ~frames.are_names(name))


@fact("T10", sentences_begin)
def stays_in_its_sentence(frames: Frames, name: str) -> "Mask":
    rows = lies_in_the_text(frames, name) & (frames.text_of(name) >= 0) & frames.are_names(name)
    start, end = frames.numbers(name, "start"), frames.numbers(name, "end")
    begun = frames.texts.found(sentences_begin).between(frames.text_of(name), start + 1, end)
    good: Mask = ~rows | (begun == 0)
    return good


@fact("T13", foreign_lines_begin, foreign_lines_end)
def stands_in_the_article(frames: Frames, name: str) -> "Mask":
    start, end, text = frames.numbers(name, "start"), frames.numbers(name, "end"), frames.text_of(name)
    # A line that has begun before the row's end and has not ended at its start is touched.
    begun = frames.texts.found(foreign_lines_begin).between(text, text * 0, end)
    over = frames.texts.found(foreign_lines_end).between(text, text * 0, start + 1)
    touched = (text >= 0) & (start >= 0) & (end >= 0) & (begun > over)
    return ~touched


@fact("D14")
def shows_no_withheld_words(frames: Frames, name: str) -> "Mask":
    import numpy as np

    own = name == "articles"
    shown = frames.texts.given if own else given(frames.column(name, "text"))
    closed = np.flatnonzero(shown & (~frames.texts.open if own else frames.text_of(name) < 0))
    words: list[Any] = [*map(frames.texts.one, closed)] if own else frames.column(name, "text").take(closed).to_pylist()
    lengths = frames.numbers(name, "n_chars")[closed].tolist() if own else [None] * len(closed)
    good = np.ones(len(shown), dtype=bool)
    good[closed] = [_is_shape(said, length) for said, length in zip(words, lengths, strict=True)]
    return good & given(frames.column(name, "licence")) & ~same(frames.column(name, "licence"), "") if own else good


def _is_shape(words: str, length: int | None) -> bool:
    """Whether a text is masked: every letter an x, every digit a 0, as long as it was."""
    return not set(filter(str.isalnum, words)) - {"x", "X", "0"} and length in (None, len(words))


def _lengths(frames: Frames, name: str) -> "Ints":
    """The stated length of each row's article; -1 where there is no such article."""
    import numpy as np

    article = frames.article_of(name)
    lengths: Ints = np.append(frames.numbers("articles", "n_chars"), -1)[article]
    return lengths


def _is_within_a_word(left: "Ints", right: "Ints") -> "Mask":
    joined = one_of(left, JOINERS) | one_of(right, JOINERS)
    return is_one_of(left, str.isalnum) & is_one_of(right, str.isalnum) & ~joined


def _crosses_a_line(frames: Frames, name: str) -> "Mask":
    ends = frames.texts.found(line_ends)
    crossed = ends.between(frames.text_of(name), frames.numbers(name, "start"), frames.numbers(name, "end"))
    return frames.lies_in_text(name) & (crossed > 0)
