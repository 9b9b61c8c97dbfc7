"""Points in time from text, a column at once."""

from typing import Any

from goldpress.annotations.tables.arrays import time_array
from goldpress.annotations.tables.decoding import parse_time


def read_times(texts: Any) -> Any:
    """Return ISO times as points in time; value by value where Arrow does not read all of them."""
    import pyarrow as pa

    try:
        return texts.cast(pa.timestamp("us", tz="UTC"))
    except pa.ArrowInvalid:
        return time_array([parse_time(text) for text in texts.to_pylist()])
