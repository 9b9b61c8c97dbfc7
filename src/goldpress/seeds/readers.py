"""Files of ``seeds/`` to records: a text and what is said about it."""

import csv
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
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
FENCE = re.compile(r"(\+\+\+|---)[ \t]*\n")
AS_WRITTEN = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
"""What YAML would read into a plain word: ``0123`` is 83 to it, ``no`` is false."""


def read_records(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    """Yield (place, record) for every article of a file.

    Raises:
        DataError: The file cannot be read as what its name says (GP-SEEDS-002 to -009, -014), or a value is no text
            (GP-SEEDS-015).
    """
    for place, record in READERS[path.suffix.lower()](path, name):
        for key in KEYS:
            value = record.get(key, "")
            # str() of a list or of bytes would be labelled as if somebody had written it.
            if isinstance(value, bool) or not isinstance(value, str | int | date):
                raise DataError(
                    "GP-SEEDS-015",
                    f"'{key}' is no text but of type {type(value).__name__}",
                    where=place,
                    hint="write it as text, between quotation marks",
                )
        yield place, record


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
    text = decode(path.read_bytes(), where=name).replace("\r\n", "\n").replace("\r", "\n")
    opening = FENCE.match(text)
    if opening is None:
        yield name, {"id": path.stem, "text": text}
        return
    fence = opening[1]
    closing = re.compile(rf"^{re.escape(fence)}[ \t]*\n", re.MULTILINE).search(text, opening.end())
    if closing is None:
        raise DataError(
            "GP-SEEDS-005",
            "the front matter does not end",
            where=name,
            hint=f"close it with a line {fence}",
        )
    parse = _toml if fence == "+++" else _yaml
    head = parse(text[opening.end() : closing.start()], name)
    yield name, {"id": path.stem, **head, "text": text[closing.end() :]}


def _toml(head: str, name: str) -> Record:
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            "GP-SEEDS-006", f"the front matter is no TOML: {error}", where=name, hint="mend the line"
        ) from error


def _yaml(head: str, name: str) -> Record:
    import yaml

    class Words(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012
            sign: [rule for rule in rules if rule[0] not in AS_WRITTEN]
            for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        found = yaml.load(head, Loader=Words)  # noqa: S506, a safe loader
        if not isinstance(found, dict | None):
            raise yaml.YAMLError("it has no 'key: value'")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError(
            "GP-SEEDS-008", f"the front matter is no YAML: {error}", where=name, hint="mend the line"
        ) from error
    return {str(key): value for key, value in (found or {}).items() if value is not None}


def _jsonl(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    # Not splitlines(): a separator of Unicode may stand raw in a text.
    for number, line in enumerate(decode(path.read_bytes(), where=name).split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line, object_pairs_hook=_once)
            except (ValueError, RecursionError) as error:
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
            given = {key: value for key, value in record.items() if value is not None}
            yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **given}


def _once(pairs: Iterable[tuple[str, Any]]) -> Record:
    """Return the object; of two values under one name the last would be taken in silence."""
    pairs = list(pairs)
    _refuse_doubles(key for key, _ in pairs)
    return dict(pairs)


def _refuse_doubles(names: Iterable[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    if twice:
        raise ValueError(f"'{twice[0]}' stands there twice")


def _csv(path: Path, name: str) -> Iterator[tuple[str, Record]]:
    text = decode(path.read_bytes(), where=name)
    head = text.partition("\n")[0]
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    # Excel writes semicolons where numbers have a comma.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        _refuse_doubles(rows.fieldnames or ())
        for number, row in enumerate(rows, start=1):
            if None in row:
                raise csv.Error(f"row {number} has more cells than the header has names")
            yield f"{name}:{number}", {"id": f"{path.stem}-{number}", **{k: v for k, v in row.items() if v}}
    except (csv.Error, ValueError) as error:
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
