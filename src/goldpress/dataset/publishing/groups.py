"""Articles that must stay on one side of a split: near-duplicates, one inside the other, the same story.

Candidates come from MinHash, and each is then measured exactly: a group never hangs on an estimate.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from goldpress.workspace import SplitSettings

SHINGLE = 5
"""Words in a row that are compared."""
HASHES = 128
RARE = 0.1
"""A word tells of a story if at most this share of the articles has it (or two articles do)."""
SHORTEST = 5
"""Letters of such a word."""

_WORD = re.compile(r"\w+")


class Alike(NamedTuple):
    """Two articles that belong together: why, and how much (0 to 1)."""

    a: str
    b: str
    why: str
    likeness: float


class Item(NamedTuple):
    """What is compared of an article."""

    article_id: str
    text: str
    published_at: datetime | None


def find_alike(items: Sequence[Item], rules: SplitSettings) -> list[Alike]:
    """Return the pairs that belong together, sorted: by shared runs of words, and by rare words within a few days."""
    found = {(pair.a, pair.b): pair for pair in _same_story(items, rules)}
    found |= {(pair.a, pair.b): pair for pair in _same_text(items, rules)}
    return sorted(found.values())


def join_groups(items: Sequence[Item], pairs: Sequence[Alike]) -> dict[str, str]:
    """Return each article's group, named by the first of its members."""
    head = {item.article_id: item.article_id for item in items}

    def find(name: str) -> str:
        while head[name] != name:
            head[name] = head[head[name]]
            name = head[name]
        return name

    for pair in pairs:
        first, second = sorted((find(pair.a), find(pair.b)))
        head[second] = first
    return {item.article_id: find(item.article_id) for item in items}


def _same_text(items: Sequence[Item], rules: SplitSettings) -> Iterator[Alike]:
    shingles = {item.article_id: _shingles(item.text) for item in items}
    for a, b in sorted(_candidates(shingles, rules)):
        common = len(shingles[a] & shingles[b])
        likeness = common / len(shingles[a] | shingles[b])
        within = common / min(len(shingles[a]), len(shingles[b]))
        if likeness >= rules.near:
            yield Alike(a, b, "near-duplicate", round(likeness, 4))
        elif within >= rules.within:
            yield Alike(a, b, "contained", round(within, 4))


def _candidates(shingles: Mapping[str, set[str]], rules: SplitSettings) -> set[tuple[str, str]]:
    from datasketch import MinHash, MinHashLSHEnsemble  # type: ignore[import-untyped]

    marks = {}
    for name, own in shingles.items():
        if own:
            marks[name] = MinHash(num_perm=HASHES, seed=1)
            marks[name].update_batch([shingle.encode() for shingle in own])
    if len(marks) < 2:
        return set()
    # One index serves both: what is alike is also contained. The threshold is below the rule: recall counts here.
    index = MinHashLSHEnsemble(threshold=max(0.1, 0.6 * min(rules.near, rules.within)), num_perm=HASHES, num_part=16)
    index.index([(name, mark, len(shingles[name])) for name, mark in marks.items()])
    pairs = set()
    for name, mark in marks.items():
        pairs |= {tuple(sorted((name, other))) for other in index.query(mark, len(shingles[name])) if other != name}
    return pairs


def _same_story(items: Sequence[Item], rules: SplitSettings) -> Iterator[Alike]:
    if not rules.story_days:
        return
    words = {item.article_id: {w for w in _WORD.findall(item.text.casefold()) if len(w) >= SHORTEST} for item in items}
    often = Counter(word for own in words.values() for word in own)
    most = max(2, RARE * len(items))
    telling = {name: {word for word in own if often[word] <= most} for name, own in words.items()}
    for a, b in _near_in_time(items, timedelta(days=rules.story_days)):
        least = min(len(telling[a]), len(telling[b]))
        likeness = len(telling[a] & telling[b]) / least if least else 0.0
        if likeness >= rules.story:
            yield Alike(a, b, "same story", round(likeness, 4))


def _near_in_time(items: Sequence[Item], span: timedelta) -> Iterator[tuple[str, str]]:
    """Pairs of articles that were published within a span of time, each pair in the order of its names."""
    dated = sorted((item.published_at, item.article_id) for item in items if item.published_at is not None)
    for i, (day, name) in enumerate(dated):
        j = i + 1
        while j < len(dated) and dated[j][0] - day <= span:
            yield min(name, dated[j][1]), max(name, dated[j][1])
            j += 1


def _shingles(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
