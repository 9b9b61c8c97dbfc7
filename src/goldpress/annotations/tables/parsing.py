"""A block of tasks, one a line, to Arrow: one pass in C++, no Python object for a region.

What the schema names is read; other fields are inferred, so that they can be counted. A value of another type than is
usual makes the block unreadable here; then the tolerant decoder takes it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import one_chunk, validity

if TYPE_CHECKING:
    import pyarrow as pa

ARTICLE = (
    "article_id",
    "text_sha256",
    "title",
    "text",
    "lang",
    "source",
    "url",
    "published_at",
    "fetched_at",
    "licence",
    "rights_holder",
)
READ = {
    "task": frozenset({"id", "data", "annotations", "drafts", "predictions"}),
    "data": frozenset(ARTICLE),
    "annotation": frozenset(
        {
            "id",
            "unique_id",
            "completed_by",
            "role",
            "result",
            "was_cancelled",
            "ground_truth",
            "created_at",
            "updated_at",
            "lead_time",
            "parent_prediction",
        }
    ),
    "result": frozenset({"id", "from_name", "type", "origin", "value", "from_id", "to_id", "direction", "labels"}),
    "value": frozenset({"start", "end", "text", "list", "labels", "choices", "taxonomy"}),
}
"""The fields that are read, by level; the others are counted."""

KNOWN = {
    level: frozenset(names.split())
    for level, names in {
        "task": "allow_skip annotators avg_lead_time cancelled_annotations comment_authors comment_count completed_at "
        "created_at draft_exists file_upload inner_id is_labeled last_comment_updated_at meta overlap "
        "precomputed_agreement project state storage_filename total_annotations total_predictions "
        "unresolved_comment_count updated_at updated_by",
        "annotation": "bulk_created created_ago created_username draft_created_at import_id last_action "
        "last_created_by parent_annotation prediction project result_count state task updated_by",
        "result": "hidden readonly score to_name",
        "data": "open_points review_note",
    }.items()
}
"""Label Studio's own fields and our notes, of which nothing is wanted: they are counted, and nobody is told."""

LISTED = b'"text":'
RENAMED = b'"list"'

STRIDE = 300
DEEP = re.compile(rb"[\[\]{} \t\r\n]{10}")
"""In every three hundredth byte: thousands of brackets in a row, deeper than any task lies. The reader takes stack for
each, and dies of twenty thousand."""


def parse_block(lines: bytes | bytearray | memoryview) -> "pa.Table | None":
    """Return the tasks of a block as a table, or None where a value has another type than is usual.

    The text of a text area is a list, that of a span a string: one column cannot hold both. Where that ends the first
    try, which it does at the first of them, the lists are renamed to ``list``. Inside a JSON string a quotation mark is
    escaped, so the pattern matches keys alone.
    """
    found = _parsed(lines, _schema())
    if found is None and (listed := _keys_of_lists(lines)):
        # In a copy: who goes row by row needs the lines as they came.
        lines = bytearray(lines)
        for at in listed:
            lines[at : at + len(RENAMED)] = RENAMED
        return _parsed(lines, _schema(rare=True))
    return _parsed(lines, _schema(rare=True)) if found is not None and _misread(found) else found


def _parsed(lines: bytes | bytearray | memoryview, schema: "pa.Schema") -> "pa.Table | None":
    import pyarrow as pa
    import pyarrow.json as pj

    if DEEP.search(bytes(lines[::STRIDE])):
        return None
    try:
        return pj.read_json(
            pa.BufferReader(lines),  # type: ignore[arg-type]
            read_options=pj.ReadOptions(use_threads=False, block_size=len(lines) + 16),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer"),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def rare_fields() -> dict[str, Any]:
    """Return the fields of a value that are left to inference: a column that is named costs in every row."""
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return {"list": texts, "taxonomy": pa.list_(texts)}


def _misread(table: "pa.Table") -> bool:
    """Whether a rare field was taken for something else, such as a topic that reads like a day."""
    kind: Any = table.schema.field("annotations").type.value_type.field("result").type.value_type.field("value").type
    return any(
        kind.field(name).type != wanted for name, wanted in rare_fields().items() if kind.get_field_index(name) >= 0
    )


def _keys_of_lists(lines: bytes | bytearray | memoryview) -> list[int]:
    """Where a key ``"text"`` begins that has a list, with or without a blank before the bracket."""
    import numpy as np

    data = np.frombuffer(lines, dtype=np.uint8)
    at = np.flatnonzero(data == ord("["))
    at = at[at > len(LISTED)]
    at -= data[at - 1] == ord(" ")
    for back, byte in enumerate(reversed(LISTED), start=1):
        at = at[data[at - back] == byte]
    places: list[int] = (at - len(LISTED)).tolist()
    return places


def unread_fields(table: "pa.Table") -> Counter[str]:
    """Return how often each field occurs that is not read, null aside, by level and name."""
    found: Counter[str] = Counter()
    task = {name: one_chunk(table[name]) for name in table.column_names}
    annotations = task["annotations"].flatten()
    results = annotations.field("result").flatten()
    levels = {
        "task": task,
        "data": _fields(task["data"]),
        "annotation": _fields(annotations),
        "result": _fields(results),
        "value": _fields(results.field("value")),
    }
    for level, fields in levels.items():
        for name in fields.keys() - READ[level]:
            if number := int(validity(fields[name]).sum()):
                found[f"{level}.{name}"] += number
    return found


def count_unread(task: Mapping[str, Any]) -> Counter[str]:
    """Return what ``unread_fields`` does, of one task as Python objects."""
    found: Counter[str] = Counter()

    def count(level: str, holder: Any) -> None:
        if isinstance(holder, Mapping):
            found.update(f"{level}.{k}" for k, v in holder.items() if k not in READ[level] and v is not None)

    count("task", task)
    count("data", task.get("data"))
    for annotation in _list(task.get("annotations")):
        count("annotation", annotation)
        for result in _list(annotation.get("result")) if isinstance(annotation, Mapping) else ():
            count("result", result)
            count("value", result.get("value") if isinstance(result, Mapping) else None)
    return found


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _fields(struct: Any) -> dict[str, Any]:
    return dict(zip([field.name for field in struct.type], struct.flatten(), strict=True))


def _schema(*, rare: bool = False) -> "pa.Schema":
    import pyarrow as pa

    text = pa.string()
    texts = pa.list_(text)
    value = pa.struct(
        [
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("text", text),
            ("labels", texts),
            ("choices", texts),
            *(rare_fields().items() if rare else ()),
        ]
    )
    result = pa.struct(
        [
            ("id", text),
            ("from_name", text),
            ("type", text),
            ("origin", text),
            ("value", value),
            ("from_id", text),
            ("to_id", text),
            ("direction", text),
            ("labels", texts),
        ]
    )
    # Who made an annotation is a number, a pseudonym or an object, by where the task comes from: inferred.
    annotation = pa.struct(
        [
            ("id", pa.int64()),
            ("unique_id", text),
            ("role", text),
            ("result", pa.list_(result)),
            ("was_cancelled", pa.bool_()),
            ("ground_truth", pa.bool_()),
            ("created_at", text),
            ("updated_at", text),
            ("lead_time", pa.float64()),
            ("parent_prediction", pa.int64()),
        ]
    )
    data = pa.struct([(name, text) for name in ARTICLE])
    return pa.schema([("id", pa.int64()), ("annotations", pa.list_(annotation)), ("data", data)])
