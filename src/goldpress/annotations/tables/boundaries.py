"""Safe repairs of span edges: blanks, stray punctuation, enclosing quotation marks.

The rules are those of T6, T8 and T20 of the check list. They never change which words are meant, and applying them
twice changes nothing.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

PAIRS = {"„": "“", "‚": "‘", "»": "«", "›": "‹", "«": "»", "‹": "›", "“": "”"}
"""Opening to closing mark. ‘…’ is left out: ’ is the apostrophe far more often. «…» is the Swiss way round."""

STRAIGHT = '"'
FINAL = ".,;:!?…"
NAME_FINAL = ",;:"
MARKS = frozenset({*PAIRS, *PAIRS.values(), STRAIGHT}) - {"’", "'"}


_PLACES = re.compile(f"[{re.escape(''.join(sorted(MARKS)))}\n]")


@lru_cache(maxsize=256)
def quotation_pairs(text: str) -> Mapping[int, int]:
    """Return the partner of each paired quotation mark, by offset, both ways; unpaired marks are left out.

    Marks are paired within a paragraph (a line), innermost first; straight marks alternate. A mark that would have to
    pair across another open quotation is unpaired: news text holds strays.
    """
    partner: dict[int, int] = {}
    stack: list[tuple[str, int]] = []
    for found in _PLACES.finditer(text):
        mark, position = found.group(), found.start()
        if mark == "\n":
            stack.clear()
            continue
        open_at = next((i for i in range(len(stack) - 1, -1, -1) if _closes(stack[i][0], mark)), None)
        if open_at is not None:
            partner[stack[open_at][1]], partner[position] = position, stack[open_at][1]
            del stack[open_at:]
        elif mark == STRAIGHT or _opens_here(mark, text, position):
            stack.append((mark, position))
    return partner


def trim_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without white space at its edges (T6); an all-blank range stays as it is."""
    stripped = text[start:end].strip()
    if not stripped:
        return start, end
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return start, start + len(stripped)


def trim_name(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of a name: no comma, semicolon, colon or unpaired quotation mark at its edges (T8)."""
    return _until_stable(text, start, end, final=NAME_FINAL, leading=NAME_FINAL)


def trim_proposition(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of a proposition: from its first to its last word (T20).

    Enclosing quotation marks and final punctuation go; a quoted fragment inside keeps both of its marks, and gets back
    the one that a drag from word to word has missed.
    """
    return _until_stable(text, *_complete_fragment(text, start, end), final=FINAL, leading="")


def _until_stable(text: str, start: int, end: int, *, final: str, leading: str) -> tuple[int, int]:
    original = start, end
    while True:
        before = start, end
        start, end = trim_blanks(text, start, end)
        if end > start and text[end - 1] in final:
            end -= 1
        if end > start and text[start] in leading:
            start += 1
        start, end = _strip_marks(text, start, end)
        if start >= end:
            return original
        if (start, end) == before:
            return start, end


def _strip_marks(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = text[start] in MARKS, end - 1 > start and text[end - 1] in MARKS
    if not first and not last:
        return start, end
    pairs = quotation_pairs(text)
    if first and last and pairs.get(start) == end - 1:
        return start + 1, end - 1
    if first and last and _interrupted(text, start, end, pairs):
        return start + 1, end - 1
    if first and not start < pairs.get(start, -1) < end:
        start += 1
    if last and end - 1 > start and not start <= pairs.get(end - 1, -1) < end:
        end -= 1
    return start, end


def _interrupted(text: str, start: int, end: int, pairs: Mapping[int, int]) -> bool:
    """Whether the range is one quotation that its frame interrupts: „A“, sagte B, „C“."""
    closes, opens = pairs.get(start, -1), pairs.get(end - 1, -1)
    if not start < closes < opens < end - 1:
        return False
    frame = text[closes + 1 : opens].strip()
    # The frame is set off by commas; two fragments of one indirect sentence are not.
    return (frame[:1] == "," or text[closes - 1] in ",!?") and frame[-1:] in {",", ":", "."}


def _complete_fragment(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the mark directly outside an edge whose partner lies inside the range."""
    if not MARKS.intersection(text[max(0, start - 1) : start] + text[end : end + 1]):
        return start, end
    pairs = quotation_pairs(text)
    if end < len(text) and start < pairs.get(end, -1) < end and not _opens_at(start, pairs, end):
        end += 1
    if start > 0 and start <= pairs.get(start - 1, -1) < end - 1:
        inner = pairs[start - 1]
        rest = text[inner + 1 : end]
        if rest.strip(FINAL + " ") and not _resumes(text, inner, end):
            start -= 1
    return start, end


def _opens_at(start: int, pairs: Mapping[int, int], end: int) -> bool:
    """Whether the quotation that closes at ``end`` opens right before the range, and so encloses it."""
    return pairs.get(end) == start - 1


def _resumes(text: str, closes: int, end: int) -> bool:
    """Whether the quotation that closed is taken up again inside the range: then its marks frame the whole."""
    rest = text[closes + 1 : end]
    return any(mark in rest for mark in ("„", "»", "“", STRAIGHT, "«"))


def _closes(opened: str, mark: str) -> bool:
    if opened == STRAIGHT:
        return mark == STRAIGHT
    # News mixes styles: „…" and „…” close as well as „…“.
    return mark == PAIRS[opened] or (opened == "„" and mark in {"”", STRAIGHT})


def _opens_here(mark: str, text: str, position: int) -> bool:
    """Whether an ambiguous mark opens: it does at the start of a word."""
    after, before = text[position + 1 : position + 2].strip("\n"), text[max(0, position - 1) : position]
    return mark in PAIRS and (after.isalnum() or after in MARKS or after in "([…") and not before.isalnum()
