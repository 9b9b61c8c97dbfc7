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
    """Return the rows of a view that break an expectation; none for a kind that judges the table as a whole."""
    column, kwargs = judgement.kwargs.get("column"), judgement.kwargs
    if column not in view.columns:
        return view.iloc[:0]
    values = view[column]
    if judgement.kind == "expect_column_values_to_not_be_null":
        broken = values.isna()
    elif judgement.kind in ("expect_fact_to_hold", "expect_reference_to_resolve"):
        broken = values.notna() & ~values.isin([True])
    elif judgement.kind == "expect_column_values_to_be_in_set":
        broken = values.notna() & ~values.isin(kwargs["value_set"])
    elif judgement.kind == "expect_column_values_to_match_regex":
        broken = values.notna() & ~values.astype("str").str.match(kwargs["regex"])
    elif judgement.kind == "expect_column_values_to_be_unique":
        broken = values.duplicated(keep=False) & values.notna()
    elif judgement.kind == "expect_column_values_to_be_between":
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        broken = values.notna() & ~values.between(
            float("-inf") if low is None else low, float("inf") if high is None else high
        )
    else:
        return view.iloc[:0]
    return view[broken] if broken.any() else view.iloc[:0]


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
