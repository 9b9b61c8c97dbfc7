"""The files of a release: what must not be in any byte of them, and whether they are what the release says."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.validation.frames import Frames
from goldpress.validation.measures.registry import Measure, measure

if TYPE_CHECKING:
    import pyarrow as pa

SECRET = re.compile(
    r"[\w.+%-]*\w@\w[\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}"  # an e-mail address
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"  # a token of Label Studio
    r"|\b[Tt]oken [0-9a-f]{40}\b"  # one of the old kind
)
HINT = "@|eyJ|oken "
"""Without one of these no value holds a secret: a quick look before the slow one."""
WORDS = 20
"""Words in a row that a release may not hold of a withheld text."""
ROWS = re.compile(r"^\| `(\w+)` \| \w+ \| ([\d,]+) \|", re.MULTILINE)
"""A table's line on the card, with its number of rows."""


@measure("D12")
def told_changes(frames: Frames) -> Iterator[Measure]:
    """Reasons for the changes since the last release, in the manifest and in the changelog."""
    manifest = manifest_of(frames)
    if manifest is None or not manifest.get("previous"):
        return
    reasons = [reason for reason in manifest.get("bump_reasons", ()) if str(reason).strip()]
    changes = _text(frames, "CHANGELOG.md").strip()
    yield Measure("D12", "manifest.json", bool(reasons) and bool(changes), len(reasons), 1, 1)


@measure("D13")
def no_secrets(frames: Frames) -> Iterator[Measure]:
    """E-mail addresses and tokens in every file; the address for takedowns may stand in metadata."""
    if frames.release is None:
        return
    allowed = set(SECRET.findall(_text(frames, "CITATION.cff")))
    for path in _files(frames.release):
        own = {*SECRET.findall(_words(path, HINT))} - (set() if path.suffix == ".parquet" else allowed)
        yield Measure("D13", _name(path, frames), not own, len(own), 0, path.stat().st_size)


@measure("D15")
def no_withheld_passages(frames: Frames) -> Iterator[Measure]:
    """Runs of twenty words of withheld texts in every file."""
    if frames.release is None or not frames.originals:
        return
    withheld = set(frames.column("articles", "article_id").filter(~frames.texts.open).to_pylist())
    texts = [text for article, text in frames.originals.items() if article in withheld]
    passages = {passage for text in texts for passage in _passages(text)}
    for path in _files(frames.release):
        found = passages.intersection(_passages(_words(path)))
        yield Measure("D15", _name(path, frames), not found, len(found), 0, path.stat().st_size)


@measure("D17")
def files_of_the_manifest(frames: Frames) -> Iterator[Measure]:
    """Files whose SHA-256 is another than the manifest's, that are missing, or that it does not name."""
    manifest = manifest_of(frames)
    if manifest is None or frames.release is None:
        return
    named = {entry["path"]: entry["sha256"] for table in manifest["tables"].values() for entry in table["files"]}
    named |= manifest.get("metadata_files", {})
    present = {_name(path, frames): path for path in _files(frames.release) if path.name != "manifest.json"}
    for name in sorted({*named, *present}):
        same = name in present and name in named and _sha256(present[name]) == named[name]
        yield Measure("D17", name, same, float(same), 1, 1)


@measure("D18")
def numbers_of_the_card(frames: Frames) -> Iterator[Measure]:
    """Rows of each table on the card beside those in its files."""
    if frames.release is None:
        return
    said = {name: int(rows.replace(",", "")) for name, rows in ROWS.findall(_text(frames, "README.md"))}
    for name in (name for name in frames.tables if said):
        rows = frames.rows(name)
        yield Measure("D18", name, said.get(name) == rows, said.get(name), rows, rows)


def manifest_of(frames: Frames) -> dict[str, Any] | None:
    """Return the manifest of the release that the tables are read from; None where there is none."""
    path = frames.release / "manifest.json" if frames.release is not None else None
    if path is None or not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return manifest


def _text(frames: Frames, name: str) -> str:
    path = frames.release / name if frames.release is not None else None
    return path.read_text("utf-8", errors="replace") if path is not None and path.is_file() else ""


def _files(release: Path) -> list[Path]:
    return sorted(path for path in release.rglob("*") if path.is_file())


def _name(path: Path, frames: Frames) -> str:
    return path.relative_to(frames.release or path).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _words(path: Path, hint: str = "") -> str:
    """Every text of a file: of Parquet its values, names and metadata, since its bytes are compressed.

    Args:
        path: The file.
        hint: A regular expression; values of Parquet without it are left out.
    """
    if path.suffix != ".parquet":
        return path.read_text("utf-8", errors="replace")
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    parts = [str(file.schema_arrow.metadata), *(f"{field.name} {field.metadata}" for field in file.schema_arrow)]
    for batch in file.iter_batches():
        for column in batch.columns:
            parts += [value for text in _texts(column) for value in _values(text, hint)]
    return "\n".join(parts)


def _texts(column: Any) -> "Iterator[pa.Array[Any]]":
    """The texts in a column, however deep they lie in lists and structures."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        yield column
    elif pa.types.is_list(column.type):
        yield from _texts(pc.list_flatten(column))
    elif pa.types.is_struct(column.type):
        for part in column.flatten():
            yield from _texts(part)


def _values(text: "pa.Array[Any]", hint: str) -> list[str]:
    """The different values of an array, as far as they may hold what is looked for."""
    import pyarrow.compute as pc

    likely: Any = text.filter(pc.match_substring_regex(text, hint)) if hint else text
    return [value for value in likely.unique().to_pylist() if value]


def _passages(text: str) -> Iterator[str]:
    words = re.findall(r"\w+", text.casefold())
    for i in range(len(words) - WORDS + 1):
        yield " ".join(words[i : i + WORDS])
