"""Facts about the parts of a data set: nothing of test is known from train."""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

SHINGLE, NEAR, WITHIN = 5, 0.7, 0.5
"""Words in a shingle; likeness (Jaccard) of near copies; share of the shorter text that two of one agency have."""
KEPT = 4
"""One shingle in so many is compared in a long text: enough to see half of a text again."""
LONG = 400
ORDER = ("train", "validation", "test")


@fact("D3")
def has_no_copy_elsewhere(frames: Frames, name: str) -> Iterable[bool]:
    split = _splits(frames, name)
    copied = {i for i, j, likeness, _ in _alike(frames, name) if likeness >= NEAR and split[i] != split[j]}
    return [row not in copied for row in range(len(split))]


@fact("D4")
def shares_no_text_elsewhere(frames: Frames, name: str) -> Iterable[bool]:
    split = _splits(frames, name)
    shared = {i for i, j, _, within in _alike(frames, name) if within >= WITHIN and split[i] != split[j]}
    return [row not in shared for row in range(len(split))]


@fact("D5")
def is_older_than_later_parts(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    split = _splits(frames, name)
    if not frames.limits.split_by_time or len(set(split)) < 2:
        return [True] * len(frame)
    published = frame["published_at"]
    first = {part: published[[s == part for s in split]].min() for part in ORDER}
    return [_is_before(moment, part, first) for moment, part in zip(published, split, strict=True)]


def _is_before(moment: "pd.Timestamp", part: str, first: "dict[str, pd.Timestamp]") -> bool:
    later = [first[other] for other in ORDER[ORDER.index(part) + 1 :]] if part in ORDER else []
    return not any(moment > other for other in later)


def _splits(frames: Frames, name: str) -> list[str]:
    frame = frames[name]
    return frame["split"].tolist() if "split" in frame.columns else ["train"] * len(frame)


def _alike(frames: Frames, name: str) -> list[tuple[int, int, float, float]]:
    """Pairs of rows, both ways, that share text: likeness, and the share of the shorter one; none within one part."""
    if len(set(_splits(frames, name))) < 2:
        return []
    sets = [_shingles(text) if text else frozenset() for text in frames.open_texts]
    index: dict[int, list[int]] = defaultdict(list)
    found = []
    for row, own in enumerate(sets):
        common: Counter[int] = Counter()
        for shingle in own:
            common.update(index[shingle])
            index[shingle].append(row)
        for other, shared in common.items():
            likeness = shared / (len(own) + len(sets[other]) - shared)
            within = shared / min(len(own), len(sets[other]))
            found += [(row, other, likeness, within), (other, row, likeness, within)]
    return found


@lru_cache(maxsize=100_000)
def _shingles(text: str) -> frozenset[int]:
    words = re.findall(r"\w+", text.casefold())
    every = {
        zlib.crc32(" ".join(words[i : i + SHINGLE]).encode("utf-8", "surrogatepass"))
        for i in range(len(words) - SHINGLE + 1)
    }
    return frozenset(every if len(words) < LONG else {value for value in every if value % KEPT == 0})
