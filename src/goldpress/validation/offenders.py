"""The rows that break an expectation, found in the check view: the engine would take seconds a thousand rows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from goldpress.validation.engine import Judgement
from goldpress.validation.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

Address = Callable[[str, str | None], str]
"""From an article and an annotation to the page of its task; empty where none is known."""

SHOWN = 10
MEASURED = ("scope", "value", "limit", "n_units")
PLACE = ("article_id", "start", "end", "annotation_id")


def offenders(view: "pd.DataFrame", judgement: Judgement) -> "pd.DataFrame":
    """Return the rows of a view that break an expectation; none for a kind that judges the column as a whole."""
    column = judgement.kwargs.get("column")
    breaks = KINDS.get(judgement.kind)
    if breaks is None or column not in view.columns:
        return view.iloc[:0]
    broken = breaks(view[column], judgement.kwargs)
    return view[broken] if broken.any() else view.iloc[:0]


def _outside(values: Any, kwargs: dict[str, Any]) -> Any:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    inside = values.notna()
    if low is not None:
        inside &= values > low if kwargs.get("strict_min") else values >= low
    if high is not None:
        inside &= values < high if kwargs.get("strict_max") else values <= high
    return values.notna() & ~inside


def _unlike(values: Any, kwargs: dict[str, Any]) -> Any:
    return values.notna() & ~values.astype("str").str.match(kwargs["regex"])


def _lengths(values: Any) -> Any:
    return values.astype("str").str.len().where(values.notna())


_Breaks = Callable[[Any, dict[str, Any]], Any]
KINDS: dict[str, _Breaks] = {
    "expect_fact_to_hold": lambda values, _: values.notna() & ~values.isin([True]),
    "expect_reference_to_resolve": lambda values, _: values.notna() & ~values.isin([True]),
    "expect_column_values_to_not_be_null": lambda values, _: values.isna(),
    "expect_column_values_to_be_null": lambda values, _: values.notna(),
    "expect_column_values_to_be_in_set": lambda values, kwargs: values.notna() & ~values.isin(kwargs["value_set"]),
    "expect_column_values_to_not_be_in_set": lambda values, kwargs: values.isin(kwargs["value_set"]) & values.notna(),
    "expect_column_values_to_match_regex": _unlike,
    "expect_column_values_to_not_match_regex": lambda values, kwargs: values.notna() & ~_unlike(values, kwargs),
    "expect_column_values_to_be_unique": lambda values, _: values.duplicated(keep=False) & values.notna(),
    "expect_column_values_to_be_between": _outside,
    "expect_column_value_lengths_to_be_between": lambda values, kwargs: _outside(_lengths(values), kwargs),
    "expect_column_value_lengths_to_equal": lambda values, kwargs: (
        values.notna() & (_lengths(values) != kwargs["value"])
    ),
}
"""What breaks each kind of expectation; of any other kind the engine's count is told, without rows."""


def describe(rows: "pd.DataFrame", key: str, frames: Frames, address: Address | None = None) -> list[dict[str, Any]]:
    """Return the first rows as a person looks them up: key, article, offsets, pseudonym, and the task's page."""
    found = []
    for row in rows.head(SHOWN).to_dict("records"):
        place = {name: _plain(row[name]) for name in PLACE if name in row}
        if key == "measure_id":
            place = {name: _plain(row[name]) for name in MEASURED}
        annotation = place.pop("annotation_id", None) or row.get(key)
        article = place.get("article_id")
        task = address(str(article), str(annotation)) if address is not None and article is not None else ""
        found.append(
            {"row": _plain(row.get(key)), **place, "annotator": frames.people.get(annotation), "task": task or None}
        )
    return found


def _plain(value: Any) -> Any:
    """A JSON value: numbers of numpy and gaps are turned."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 4)
    return getattr(value, "item", lambda: value)()
