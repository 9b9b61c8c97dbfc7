"""Tokens for formats that need them: a run of letters and digits, or one character that is neither nor white space.

Nothing is joined (``US-Präsident`` is three), so that hardly any span begins or ends inside a token.
"""

import re
from collections.abc import Sequence

from goldpress.seeds.sentences import sentence_starts

TOKEN = re.compile(r"[^\W_]+|[^\s]")

Range = tuple[int, int]
"""Half open, in code points."""


def tokens(text: str) -> list[Range]:
    """Return the tokens of a text."""
    return [match.span() for match in TOKEN.finditer(text)]


def sentences_around(text: str, lang: str, spans: Sequence[Range]) -> list[list[Range]]:
    """Return the tokens of a text by sentence; what would cut a span in two is no sentence boundary."""
    cuts = [start for start in sentence_starts(text, lang) if not any(s < start < e for s, e in spans)]
    found: list[list[Range]] = [[]]
    waiting = [cut for cut in cuts if cut > 0]
    for token in tokens(text):
        while waiting and waiting[0] <= token[0]:
            waiting.pop(0)
            found.append([])
        found[-1].append(token)
    return [sentence for sentence in found if sentence]
