"""Cleaning by declared rules: what is cut, and where it stood."""

import hashlib
import re
from collections.abc import Iterator, Sequence

from goldpress.seeds.article import Removed
from goldpress.workspace import CleaningRule


def clean(text: str, rules: Sequence[CleaningRule], source: str) -> tuple[str, tuple[Removed, ...]]:
    """Return the text without the ranges that the rules cut, and these ranges in order.

    Ranges are code points of ``text``. The kept pieces and the removed ones make up the whole of it.
    """
    removed: list[Removed] = []
    for rule in rules:
        if rule.source in ("*", source):
            for start, end in _ranges(text, rule):
                if not any(start < other.end and other.start < end for other in removed):
                    removed.append(_removed(text, start, end, rule.name))
    removed.sort(key=lambda entry: entry.start)
    kept = "".join(_pieces(text, removed))
    return _close(text, kept, removed)


def _pieces(text: str, removed: Sequence[Removed]) -> Iterator[str]:
    position = 0
    for entry in removed:
        yield text[position : entry.start]
        position = entry.end
    yield text[position:]


def _ranges(text: str, rule: CleaningRule) -> Iterator[tuple[int, int]]:
    if rule.drop_tail is not None:
        found = re.search(rule.drop_tail, text, re.MULTILINE)
        if found is not None:
            start = text.rfind("\n", 0, found.start()) + 1
            yield len(text[:start].rstrip()), len(text)
        return
    for found in re.finditer(rule.drop_line or "", text, re.MULTILINE):
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        yield start, len(text) if end < 0 else end + 1


def _close(text: str, kept: str, removed: list[Removed]) -> tuple[str, tuple[Removed, ...]]:
    """Blank ends that cutting has left are cut too, so that the text is canonical again."""
    if not removed or kept == kept.strip("\n "):
        return kept, tuple(removed)
    lead, tail = len(kept) - len(kept.lstrip("\n ")), len(kept.rstrip("\n "))
    positions = [i for i in range(len(text)) if not any(e.start <= i < e.end for e in removed)]
    extra = [i for n, i in enumerate(positions) if n < lead or n >= tail]
    removed += [_removed(text, i, i + 1, "blank") for i in extra]
    return kept.strip("\n "), tuple(sorted(removed, key=lambda entry: entry.start))


def _removed(text: str, start: int, end: int, kind: str) -> Removed:
    return Removed(start, end, kind, hashlib.sha256(text[start:end].encode()).hexdigest())
