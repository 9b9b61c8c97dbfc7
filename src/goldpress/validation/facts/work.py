"""Facts about how the annotating went, and about what is said of the whole article."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames
from goldpress.workspace import ValidationSettings

if TYPE_CHECKING:
    import pandas as pd

CONSISTENT = 0.6745
"""Turns the median absolute deviation into a standard deviation (Iglewicz and Hoaglin 1993)."""
LEAST_SAMPLE = 10


@fact("C24")
def agrees_with_the_spans(frames: Frames, name: str) -> Iterable[bool]:
    frame, gold = frames[name], name.startswith("gold_")
    spans = frames["gold_spans" if gold else "spans"]
    holder = "article_id" if gold else "annotation_id"
    labels: dict[str, set[str]] = defaultdict(set)
    for key, label in zip(spans[holder], spans["label"], strict=True):
        labels[key].add(label)
    values = {(q.name, v.name): v for q in frames.scheme.document_labels for v in q.values}
    good = []
    for key, question, answer in zip(frame[holder], frame["name"], frame["value"], strict=True):
        value = values.get((question, answer))
        lacks = value is not None and value.requires is not None and value.requires not in labels[key]
        breaks = value is not None and value.forbids is not None and value.forbids in labels[key]
        good.append(not (lacks or breaks))
    return good


@fact("P2")
def is_the_only_one(frames: Frames, name: str) -> Iterable[bool]:
    return ~frames[name].duplicated(["article_id", "annotator_pid", "role"], keep=False)


@fact("P3")
def is_by_somebody_else(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    labelled = set(zip(*(frame[frame["role"] == "primary"][c] for c in ("article_id", "annotator_pid")), strict=True))
    rows = zip(frame["role"], frame["article_id"], frame["annotator_pid"], strict=True)
    return [role != "adjudicator" or (article, person) not in labelled for role, article, person in rows]


@fact("P4")
def took_a_usual_time(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    words = frame["article_id"].map({article: len(text.split()) for article, text in frames.texts.items()})
    pace = (frame["lead_time_s"] / words).where(frame["state"] == "labelled")
    return usual(pace, frames.limits)


@fact("P5")
def took_no_hurry(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    timed = frame["lead_time_s"].where(frame["state"] == "labelled")
    by_person = timed.groupby(frame["annotator_pid"])
    enough = by_person.transform("count") >= LEAST_SAMPLE
    return ~(enough & (timed < frames.limits.hurry * by_person.transform("median")))


def usual(values: "pd.Series[float]", limits: ValidationSettings) -> "pd.Series[bool]":
    """Return which values lie within a robust z of the median; all where there are few, or most are equal."""
    spread = (values - values.median()).abs().median() if values.count() >= limits.least else 0
    if not spread:
        return values.isna() | True
    return ~((CONSISTENT * (values - values.median()) / spread).abs() > limits.outlier)


@fact("P10")
def has_no_gate_that_fails(frames: Frames, name: str) -> Iterable[bool]:
    return frames[name]["gate"] != "fail"


@fact("P10a")
def has_no_tentative_gate(frames: Frames, name: str) -> Iterable[bool]:
    return frames[name]["gate"] != "tentative"


@fact("P13")
def follows_the_scheme(frames: Frames, name: str) -> Iterable[bool]:
    return frames[name]["guideline_version"] == frames.scheme.version


@fact("P14")
def was_submitted(frames: Frames, name: str) -> Iterable[bool]:
    work = frames["annotations"]
    submitted = work[(work["state"] != "skipped") & (work["role"] != "model")]["article_id"]
    return frames[name]["article_id"].isin(submitted)


@fact("P15")
def tie_is_decided(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    return ~(frame["tie"].fillna(False) & frame["value"].notna() & (frame["gold_source"] != "adjudicated"))
