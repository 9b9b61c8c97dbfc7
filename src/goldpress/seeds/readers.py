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
LONGEST_TITLE = 200


def read_records(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    """Yield (place, record) for every article of a file.

    Raises:
        DataError: The file cannot be read as what its name says (GP-SEEDS-002 to -007).
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
    for number, line in enumerate(decode(path.read_bytes(), where=name).splitlines(), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    "GP-SEEDS-007", f"the line is no JSON: {error}", where=f"{name}:{number}", hint="mend it"
                ) from error
            yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **record}


def _csv(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    rows = csv.DictReader(io.StringIO(decode(path.read_bytes(), where=name), newline=""))
    for number, row in enumerate(rows, start=1):
        yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **{k: v for k, v in row.items() if v}}


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
