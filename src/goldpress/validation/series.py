"""Columns as pandas has them for the engine: narrow, and quick to compare."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_series(array: "pa.Array[Any]", *, whole: bool = False) -> "pd.Series[Any]":
    """Return a column as a series: coded strings as categories, whole numbers as 64 bit.

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
    found: pd.Series[Any] = array.to_pandas()
    return found
