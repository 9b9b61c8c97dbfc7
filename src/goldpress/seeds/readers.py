"""Files of ``seeds/`` to records: a text and what is said about it."""

import csv
import io
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from goldpress.errors import DataError
from goldpress.seeds.canonical import decode

Record = dict[str, Any]

KEYS = (
    "id",
    "title",
    "lang",
    "source",
    "url",
    "published_at",
    "fetched_at",
    "licence",
    "rights_holder",
    "text",
)
MEANT = {
    "author": "rights_holder",
    "body": "text",
    "content": "text",
    "date": "published_at",
    "headline": "title",
    "language": "lang",
    "link": "url",
    "outlet": "source",
    "published": "published_at",
    "publisher": "source",
    "rights": "licence",
}
"""What a key of another name may have meant."""
LONGEST_TITLE = 200


def read_records(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    """Yield (place, record) for every article of a file.

    Raises:
        DataError: The file cannot be read as what its name says (GP-SEEDS-002 to -009, -014).
    """
    reader = READERS[path.suffix.lower()]
    yield from reader(path, name)


def _text(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    text = decode(path.read_bytes(), where=name).replace("\r\n", "\n")
    head, gap, rest = text.partition("\n\n")
    # A headline stands alone on the first line; a first paragraph that ends as a sentence is none.
    is_title = (
        bool(gap)
        and "\n" not in head
        and 0 < len(head) <= LONGEST_TITLE
        and not head.rstrip().endswith((".", "!“", ".“"))
    )
    record = {"title": head.strip(), "text": rest} if is_title else {"text": text}
    yield name, {"id": path.stem, **record}


def _markdown(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    text = decode(path.read_bytes(), where=name).replace("\r\n", "\n")
    for fence, parse in (("+++", _toml), ("---", _yaml)):
        if text.startswith(f"{fence}\n"):
            head, found, body = text[len(fence) + 1 :].partition(f"\n{fence}\n")
            if not found:
                raise DataError(
                    "GP-SEEDS-005",
                    "the front matter does not end",
                    where=name,
                    hint=f"close it with a line {fence}",
                )
            yield name, {"id": path.stem, **parse(head, name), "text": body}
            return
    yield name, {"id": path.stem, "text": text}


def _toml(head: str, name: str) -> Record:
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            "GP-SEEDS-006", f"the front matter is no TOML: {error}", where=name, hint="mend the line"
        ) from error


def _yaml(head: str, name: str) -> Record:
    import yaml

    try:
        found = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise DataError(
            "GP-SEEDS-008", f"the front matter is no YAML: {error}", where=name, hint="mend the line"
        ) from error
    return found if isinstance(found, dict) else {}


def _jsonl(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    # Not splitlines(): a separator of Unicode may stand raw in a text.
    for number, line in enumerate(decode(path.read_bytes(), where=name).split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    "GP-SEEDS-007", f"the line is no JSON: {error}", where=f"{name}:{number}", hint="mend it"
                ) from error
            if not isinstance(record, dict):
                raise DataError(
                    "GP-SEEDS-007",
                    "the line is no JSON object",
                    where=f"{name}:{number}",
                    hint='one article a line: {"id": "…", "text": "…"}',
                )
            yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **record}


def _csv(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    text = decode(path.read_bytes(), where=name)
    head = text.partition("\n")[0]
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    # Excel writes semicolons where numbers have a comma.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        for number, row in enumerate(rows, start=1):
            if None in row:
                raise csv.Error(f"row {number} has more cells than the header has names")
            yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **{k: v for k, v in row.items() if v}}
    except csv.Error as error:
        raise DataError(
            "GP-SEEDS-014",
            f"the file is no CSV: {error}",
            where=name,
            hint="put texts between quotation marks, and double those within; a spreadsheet does both",
        ) from error


def _parquet(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            "GP-SEEDS-009", f"the file is no Parquet: {error}", where=name, hint="write it again"
        ) from error
    for number, row in enumerate(rows, start=1):
        yield (
            f"{name}:{number}",
            {"id": f"{path.stem}-{number}", **{k: v for k, v in row.items() if v is not None}},
        )


READERS = {".txt": _text, ".md": _markdown, ".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
