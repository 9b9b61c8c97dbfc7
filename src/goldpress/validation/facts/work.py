"""Facts about how the annotating went, and about what is said of the whole article."""

from typing import TYPE_CHECKING

from goldpress.validation.columns import given, is_in, mask, same
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames
from goldpress.validation.texts import Text
from goldpress.workspace import ValidationSettings

if TYPE_CHECKING:
    import pandas as pd

    from goldpress.validation.columns import Floats, Mask

CONSISTENT = 0.6745
"""Turns the median absolute deviation into a standard deviation (Iglewicz and Hoaglin 1993)."""
LEAST_SAMPLE = 10


@fact("C24")
def agrees_with_the_spans(frames: Frames, name: str) -> "Mask":
    import numpy as np

    spans, holder = frames.beside(name, "spans"), frames.holders(name)
    labels = frames.column(spans, "label")
    good = np.ones(frames.rows(name), dtype=bool)
    for question in frames.scheme.document_labels:
        asked = same(frames.column(name, "name"), question.name)
        for value in question.values:
            for label, wanted in ((value.requires, True), (value.forbids, False)):
                if label is not None:
                    rows = asked & same(frames.column(name, "value"), value.name)
                    has_it = is_in(
                        frames.column(name, holder), frames.column(spans, holder).filter(same(labels, label))
                    )
                    good &= ~rows | (has_it == wanted)
    return good


@fact("P2")
def is_the_only_one(frames: Frames, name: str) -> "Mask":
    work = frames.frame(name, "article_id", "annotator_pid", "role")
    return ~work.duplicated(keep=False).to_numpy()


@fact("P3")
def is_by_somebody_else(frames: Frames, name: str) -> "Mask":
    import numpy as np

    role, both = frames.column(name, "role"), frames.grouped(name, "article_id", "annotator_pid")
    return ~(same(role, "adjudicator") & (both >= 0) & np.isin(both, both[same(role, "primary")]))


def count_words(text: Text) -> list[int]:
    """Return the number of words of a text that has any letters."""
    return [len(text.words.split())] if text.words else []


@fact("P4", count_words)
def took_a_usual_time(frames: Frames, name: str) -> "Mask":
    import numpy as np

    found = frames.texts.found(count_words)
    words = np.full(len(frames.texts) + 1, np.nan)  # the last one is that of no article
    words[:-1][found.there] = found.values
    timed = frames.frame(name, "lead_time_s", "state")
    pace = timed["lead_time_s"] / words[frames.article_of(name)]
    return usual(pace.where(timed["state"] == "labelled").to_numpy(), frames.limits)


@fact("P5")
def took_no_hurry(frames: Frames, name: str) -> "pd.Series[bool]":
    frame = frames.frame(name, "lead_time_s", "state", "annotator_pid")
    timed = frame["lead_time_s"].where(frame["state"] == "labelled")
    by_person = timed.groupby(frame["annotator_pid"])
    enough = by_person.transform("count") >= LEAST_SAMPLE
    return ~(enough & (timed < frames.limits.hurry * by_person.transform("median")))


def usual(values: "Floats", limits: ValidationSettings) -> "Mask":
    """Return which values lie within a robust z of the median; all where there are few, or most are equal."""
    import numpy as np

    there = values[~np.isnan(values)]
    spread = np.median(abs(there - np.median(there))) if len(there) and len(there) >= limits.least else 0
    if not spread:
        return np.ones(len(values), dtype=bool)
    near: Mask = ~(abs(CONSISTENT * (values - np.median(there)) / spread) > limits.outlier)
    return near


@fact("P10")
def has_no_gate_that_fails(frames: Frames, name: str) -> "Mask":
    return ~same(frames.column(name, "gate"), "fail")


@fact("P10a")
def has_no_tentative_gate(frames: Frames, name: str) -> "Mask":
    return ~same(frames.column(name, "gate"), "tentative")


@fact("P13")
def follows_the_scheme(frames: Frames, name: str) -> "Mask":
    return same(frames.column(name, "guideline_version"), frames.scheme.version)


@fact("P14")
def was_submitted(frames: Frames, name: str) -> "Mask":
    work = {column: frames.column("annotations", column) for column in ("article_id", "state", "role")}
    submitted = ~same(work["state"], "skipped") & ~same(work["role"], "model")
    return is_in(frames.column(name, "article_id"), work["article_id"].filter(submitted))


@fact("P15")
def tie_is_decided(frames: Frames, name: str) -> "Mask":
    tie, value = mask(frames.column(name, "tie")), given(frames.column(name, "value"))
    return ~(tie & value & ~same(frames.column(name, "gold_source"), "adjudicated"))
