"""One number of agreement: with its base before it is judged, and as the row that says what may be said of it."""

from dataclasses import dataclass

import numpy as np

from goldpress.annotations.agreement.ledger import ALL, Pair, Subject
from goldpress.annotations.agreement.resampling import confidence
from goldpress.annotations.gold.matching import Floats
from goldpress.workspace import AgreementSettings, Gate

EVERY = "*"


@dataclass(frozen=True)
class AgreementRow:
    """One number of the ``agreement`` table."""

    kind: str
    layer: str
    attribute: str | None
    label: str
    measure: str
    annotator_a: str | None
    annotator_b: str | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_units: int
    n_annotators: int
    coverage: float
    reason: str | None
    gate: str | None

    @property
    def agreement_id(self) -> str:
        """Kind, layer, attribute, label, measure and annotators."""
        people = f"{self.annotator_a}+{self.annotator_b}" if self.annotator_a else EVERY
        return ":".join((self.kind, self.layer, self.attribute or "", self.label, self.measure, people))

    @property
    def name(self) -> str:
        """What is measured, as people write it: ``claim.claim_type=demand``."""
        name = f"{self.layer}.{self.attribute}" if self.attribute else self.layer
        return name if self.label == EVERY else f"{name}={self.label}"


@dataclass(frozen=True)
class Draft:
    """A number before it is judged: its samples, its base, and what speaks against showing it."""

    kind: str
    subject: Subject
    label: str
    measure: str
    pair: Pair
    samples: Floats
    units: float
    annotators: int
    coverage: float
    articles: int
    doubt: str | None = None

    def judged(self, settings: AgreementSettings) -> AgreementRow:
        layer, attribute = self.subject.layer, self.subject.attribute or None
        value = float(self.samples[0]) if len(self.samples) else float("nan")
        reason = self.doubt or self._reason(value, settings)
        interval = confidence(self.samples[1:]) if reason is None and self.articles > 1 else None
        gate = self._gate(value, settings) if reason is None and self.pair == ALL else None
        return AgreementRow(
            self.kind,
            layer,
            attribute,
            self.label,
            self.measure,
            self.pair[0] or None,
            self.pair[1] or None,
            None if reason else value,
            interval[0] if interval else None,
            interval[1] if interval else None,
            round(self.units),
            self.annotators,
            min(1.0, self.coverage),
            reason,
            gate,
        )

    def _reason(self, value: float, settings: AgreementSettings) -> str | None:
        if self.articles == 0:
            return "no overlap: no article was read by two annotators"
        if self.units == 0:
            return "nobody marked any" if self.measure.startswith("f1") else "no overlap: no two annotators have one"
        if self.units < settings.units:
            return f"fewer than {settings.units} units"
        return "no variation: everybody always said the same" if np.isnan(value) else None

    def _gate(self, value: float, settings: AgreementSettings) -> str | None:
        limits = gate_of(self.subject, self.label, self.measure, settings)
        if limits is None:
            return None
        return "pass" if value >= limits.good else "tentative" if value >= limits.least else "fail"


def gate_of(subject: Subject, label: str, measure: str, settings: AgreementSettings) -> Gate | None:
    """Return the limits of a number: its own, its label's, attribute's or layer's, else the defaults for any alpha.

    F1 has limits only where the settings name the measure (``"claim:f1_half"``): no number of negatives is natural
    for spans, so there is no common limit.
    """
    name = f"{subject.layer}.{subject.attribute}" if subject.attribute else subject.layer
    names = [f"{name}.{label}", name, subject.layer] if label != EVERY else [name, subject.layer]
    for key in names:
        if f"{key}:{measure}" in settings.labels:
            return settings.labels[f"{key}:{measure}"]
    if not measure.startswith("alpha"):
        return None
    for key in names:
        if key in settings.labels:
            return settings.labels[key]
    return Gate(settings.good, settings.least)
