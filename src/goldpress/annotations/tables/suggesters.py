"""Which suggestion an annotation began with: by the version of its model, or by Label Studio's number of it.

An export has suggestions as numbers, a pull has them whole; the annotation names the number.
"""

from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import joined, numbers, one_chunk, take, validity
from goldpress.annotations.tables.vectors import Index, parents, sizes_of

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints


def reads_suggestions(table: "pa.Table") -> bool:
    """Return whether the suggestions of a block have the shape that ``name_suggesters`` takes."""
    import pyarrow as pa

    kind = table.schema.field("predictions").type if "predictions" in table.column_names else pa.null()
    if not pa.types.is_list(kind):
        return pa.types.is_null(kind)
    kind = kind.value_type
    if not pa.types.is_struct(kind):
        return pa.types.is_null(kind) or pa.types.is_integer(kind)
    known = {field.name: field.type for field in kind}
    version = known.get("model_version", pa.null())
    return known.get("id") == pa.int64() and (pa.types.is_string(version) or pa.types.is_null(version))


def name_suggesters(table: "pa.Table", task_of: "Ints", parent: Any) -> Any:
    """Return the suggestion that each annotation began with; null where it began with none.

    Args:
        table: Tasks, as ``parse_block`` returns them.
        task_of: The task of each annotation.
        parent: Label Studio's number of the suggestion.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not validity(parent).any():
        return pa.nulls(len(parent), pa.string())
    named = joined("-", "prediction", parent.cast(pa.string()))
    listed = one_chunk(table["predictions"]) if "predictions" in table.column_names else pa.nulls(0)
    suggested = listed.flatten() if pa.types.is_list(listed.type) else listed
    if not pa.types.is_struct(suggested.type) or not pa.types.is_string(_version(suggested).type):
        return named
    known = np.where(validity(suggested.field("id")), numbers(suggested.field("id")), -1)
    asked = np.where(validity(parent), numbers(parent), -2)
    _, codes = np.unique(np.concatenate([known, asked]), return_inverse=True)
    owner = np.concatenate([parents(listed), task_of])
    keys = owner * (len(codes) + 1) + codes
    found = Index(keys[: len(known)]).find(keys[len(known) :])
    version = _version(suggested)
    found = np.where((found >= 0) & (sizes_of(version)[found] > 0), found, -1) if len(known) else found
    return pc.coalesce(take(version, found), named)


def _version(suggested: Any) -> Any:
    import pyarrow as pa

    at = suggested.type.get_field_index("model_version")
    return suggested.field(at) if at >= 0 else pa.nulls(len(suggested))
