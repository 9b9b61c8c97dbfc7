"""Facts about the parts of a data set: nothing of test is known from train."""

import re
import zlib
from typing import TYPE_CHECKING, Any

from goldpress.validation.columns import codes
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from goldpress.validation.columns import Floats, Ints, Mask

SHINGLE, NEAR, WITHIN = 5, 0.7, 0.5
"""Words in a shingle; likeness (Jaccard) of near copies; share of the shorter text that two of one agency have."""
KEPT = 4
"""One shingle in so many is compared in a long text: enough to see half of a text again."""
LONG = 400
ORDER = ("train", "validation", "test")


@fact("D3")
def has_no_copy_elsewhere(frames: Frames, name: str) -> "Mask":
    rows, likeness, _ = _alike(frames, name)
    return _all_but(rows[likeness >= NEAR], frames.rows(name))


@fact("D4")
def shares_no_text_elsewhere(frames: Frames, name: str) -> "Mask":
    rows, _, within = _alike(frames, name)
    return _all_but(rows[within >= WITHIN], frames.rows(name))


@fact("D5")
def is_older_than_later_parts(frames: Frames, name: str) -> "Mask | list[bool]":
    split = _splits(frames, name)
    if not frames.limits.split_by_time or len(set(split)) < 2:
        return _all_but((), len(split))
    published = frames.frame(name, "published_at")["published_at"]
    first = {part: published[[s == part for s in split]].min() for part in ORDER}
    return [_is_before(moment, part, first) for moment, part in zip(published, split, strict=True)]


def _is_before(moment: "pd.Timestamp", part: str, first: "dict[str, pd.Timestamp]") -> bool:
    later = [first[other] for other in ORDER[ORDER.index(part) + 1 :]] if part in ORDER else []
    return not any(moment > other for other in later)


def _splits(frames: Frames, name: str) -> list[str]:
    given: Any = frames.column(name, "split").to_pylist() if frames.has(name, "split") else None
    return ["train"] * frames.rows(name) if given is None else given


def _all_but(rows: Any, length: int) -> "Mask":
    import numpy as np

    good = np.ones(length, dtype=bool)
    good[np.asarray(rows, dtype=np.int64)] = False
    return good


def _alike(frames: Frames, name: str) -> "tuple[Ints, Floats, Floats]":
    """Rows that share text with a row of another part: the row, the likeness, and the share of the shorter one."""
    return frames.once((name, "alike"), lambda: _compared(frames, name))


def _compared(frames: Frames, name: str) -> "tuple[Ints, Floats, Floats]":
    import numpy as np

    parts = codes(frames.column(name, "split")) if frames.has(name, "split") else np.zeros(0, dtype=np.int64)
    sets = (_shingles(text) if text else () for text in frames.texts.each()) if len(np.unique(parts)) > 1 else ()
    one, other, shared, sizes = _pairs([np.fromiter(own, dtype=np.uint32) for own in sets], parts)
    likeness = shared / (sizes[one] + sizes[other] - shared)
    within = shared / np.minimum(sizes[one], sizes[other])
    return np.concatenate([one, other]), np.tile(likeness, 2), np.tile(within, 2)


def _pairs(sets: "list[np.ndarray[Any, np.dtype[np.uint32]]]", parts: "Ints") -> "tuple[Ints, Ints, Ints, Ints]":
    """Pairs of rows of two parts that have shingles in common, how many, and the size of each row's set."""
    import numpy as np

    sizes = np.array([len(own) for own in sets], dtype=np.int64)
    every = np.concatenate([*sets, np.zeros(0, dtype=np.uint32)])
    row = np.repeat(np.arange(len(sets)), sizes)
    order = np.argsort(every, kind="stable")
    every, row = every[order], row[order]
    found = []
    # Rows with one shingle stand side by side now: each is paired with the next one, the one after that, and so on.
    gap = 1
    left: Ints = np.arange(len(every) - 1)
    while len(left):
        left = left[left + gap < len(every)]
        left = left[every[left] == every[left + gap]]
        met = left[parts[row[left]] != parts[row[left + gap]]]
        found.append(row[met] * len(sets) + row[met + gap])
        gap += 1
    pairs, shared = np.unique(np.concatenate([*found, np.zeros(0, dtype=np.int64)]), return_counts=True)
    return pairs // max(len(sets), 1), pairs % max(len(sets), 1), shared, sizes


def _shingles(text: str) -> frozenset[int]:
    words = re.findall(r"\w+", text.casefold())
    every = {
        zlib.crc32(" ".join(words[i : i + SHINGLE]).encode("utf-8", "surrogatepass"))
        for i in range(len(words) - SHINGLE + 1)
    }
    return frozenset(every if len(words) < LONG else {value for value in every if value % KEPT == 0})
