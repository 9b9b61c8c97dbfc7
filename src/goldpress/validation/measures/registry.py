"""Measures: what each is, where they are entered, and the check view that they make."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from goldpress.errors import DataError
from goldpress.schemas.suites import MEASURES, facts_of
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Measure:
    """One number and its limit.

    Attributes:
        check_id: The check.
        scope: What was measured: a pseudonym, a label, a source, a table, a file.
        holds: Whether the check holds of it.
        value: The number; None where there is none.
        limit: What it was held against.
        n_units: Rows that it was measured on.
        reason: Why it was not measured; empty where it was.
    """

    check_id: str
    scope: str
    holds: bool
    value: float | None = None
    limit: float | None = None
    n_units: int = 0
    reason: str = ""


Measuring = Callable[[Frames], Iterator[Measure]]

_MEASURES: dict[str, Measuring] = {}


def measure(check_id: str) -> Callable[[Measuring], Measuring]:
    """Enter a function as the measure behind a check."""

    def enter(function: Measuring) -> Measuring:
        if check_id in _MEASURES:
            raise ValueError(f"two measures for check {check_id}")
        _MEASURES[check_id] = function
        return function

    return enter


def too_few(check_id: str, scope: str, found: int, least: int) -> Measure:
    """Return a measure that says that there is too little to measure."""
    return Measure(check_id, scope, holds=True, n_units=found, reason=f"not computable: {found} of {least} units")


def measure_all(frames: Frames) -> list[Measure]:
    """Return every measure, check by check."""
    every = [found for check_id in facts_of(MEASURES, frames.scheme) for found in _measured(check_id, frames)]
    frames.forget()
    return every


def _measured(check_id: str, frames: Frames) -> list[Measure]:
    """What one check measures; what cannot be measured is a broken check, never a pass."""
    try:
        return list(_MEASURES[check_id](frames))
    except Exception as error:
        raise DataError(
            "GP-VALID-010",
            f"check {check_id} could not be measured: {type(error).__name__}: {error}",
            where=MEASURES,
            hint="do the columns have the types of the data dictionary? schemas/README.md lists them",
        ) from error


def measured() -> set[str]:
    """Return the ids of all checks that are measured."""
    return set(_MEASURES)


def measure_view(found: list[Measure], frames: Frames) -> "pd.DataFrame":
    """Return the check view of measures: a column of truth values for each check, true for the rows of others."""
    import pandas as pd

    names = ["check_id", "scope", "value", "limit", "n_units", "reason"]
    view = pd.DataFrame([asdict(one) for one in found], columns=[*names, "holds"])
    view.insert(0, "measure_id", view["check_id"] + " " + view["scope"].astype("str"))
    for check_id in facts_of(MEASURES, frames.scheme):
        view[check_id] = (view["check_id"] != check_id) | view["holds"].astype(bool)
    return view.drop(columns="holds")
