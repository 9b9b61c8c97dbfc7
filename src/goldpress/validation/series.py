"""Columns as pandas has them for the engine: narrow, and quick to compare."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FEW = 4
"""A column whose values come again so often on average is categorical."""


def to_series(array: "pa.Array[Any]", *, whole: bool = False) -> "pd.Series[Any]":
    """Return a column as a series: strings that come again as categories, whole numbers as 64 bit.

    Args:
        array: The column.
        whole: Whether it must hold whole numbers; the engine compares those of 64 bit at once, all others row by row.
    """
    import pandas as pd
    import pyarrow as pa

    kind = array.type
    if whole and not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise TypeError(f"whole numbers are expected, and not {kind}")
    if pa.types.is_integer(kind) or (whole and pa.types.is_null(kind)):
        return pd.Series(array.cast(pa.float64() if array.null_count else pa.int64()).to_numpy(zero_copy_only=False))
    if pa.types.is_string(kind):
        encoded: Any = array.dictionary_encode()
        if len(encoded.dictionary) * FEW <= len(array):
            array = encoded
    found: pd.Series[Any] = array.to_pandas()
    return found
