"""Where tasks come from: files and tasks in memory to the places of their tasks."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from goldpress.annotations.tables.batches import Spot
from goldpress.annotations.tables.cutting import cut_array, cut_brackets, cut_lines, first_byte, with_strays
from goldpress.annotations.tables.packing import unpack
from goldpress.annotations.transport.store import Header
from goldpress.errors import DataError, UsageError
from goldpress.schemas.scheme import Scheme

Source = Path | str | Iterable[Path | str] | Iterable[Mapping[str, Any]]

NO_CONFIG = "0" * 64


class _Stub(msgspec.Struct):
    data: Any = None


def unpacked(source: Source, scratch: Path) -> list[Path]:
    """The files of a source, unpacked where they are packed; tasks in memory become one file."""
    items = [source] if isinstance(source, Path | str) else source
    paths: list[Path] = []
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        lines: Any = None
        for item in items:
            if isinstance(item, Path | str):
                paths.append(_unpacked(Path(item), scratch, len(paths)))
                continue
            if lines is None:
                paths.append(scratch / "tasks.jsonl")
                lines = stack.enter_context(paths[-1].open("wb"))
            lines.write(encode(item) + b"\n")
    return paths


def spots_of(path: Path, scheme: Scheme, *, careful: bool = False) -> Iterator[Spot]:
    """Where the tasks of a file lie; ``careful`` cuts an array by its brackets, if they balance."""
    config, version = NO_CONFIG, scheme.version
    array = first_byte(path) == b"["
    pieces: Iterable[tuple[int, int]]
    if array:
        pieces = list(cut_array(path)) or list(cut_brackets(path))
        counted = list(cut_brackets(path)) if careful else []
        if counted and sum(counted[-1]) < path.stat().st_size:
            pieces = counted
        pieces = with_strays(path, pieces, array=True)
    elif _is_lines(path):
        header = _header(path)
        if header is not None:
            config, version = header.config_sha256, header.guideline_version
        pieces = list(cut_lines(path))[1 if header is not None else 0 :]
    else:
        pieces = with_strays(path, list(cut_brackets(path)), array=False)
    for number, (offset, size) in enumerate(pieces, start=1):
        yield Spot(str(path), offset, size, number, -(offset + 1), config, version)


def by_article(spots: list[Spot]) -> list[Spot]:
    groups: dict[Any, int] = {}
    decode = msgspec.json.Decoder(_Stub).decode
    named = []
    for spot in spots:
        with Path(spot.path).open("rb") as file:
            file.seek(spot.offset)
            line = file.read(spot.size)
        try:
            data = decode(line).data
        except (msgspec.MsgspecError, UnicodeDecodeError):
            data = None
        article = data.get("article_id") if isinstance(data, dict) else None
        key = article if isinstance(article, str) else (spot.path, spot.offset)
        named.append(msgspec.structs.replace(spot, group=groups.setdefault(key, len(groups))))
    return sorted(named, key=lambda spot: spot.group)


def _unpacked(path: Path, scratch: Path, number: int) -> Path:
    if not path.is_file():
        raise UsageError("GP-TAB-005", "there is no such file", where=path, hint="check the path")
    plain = unpack(path, scratch / f"{number}-{path.stem}")
    if not first_byte(plain):
        raise DataError("GP-TAB-006", "the file is empty", where=path, hint="export the project again, as JSON")
    return plain


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object of its own."""
    with path.open("rb") as file:
        line = file.readline().removeprefix(b"\xef\xbb\xbf")
        more = file.read(1)
    return not more or _decodes(line)


def _decodes(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _header(path: Path) -> Header | None:
    with path.open("rb") as file:
        try:
            return msgspec.json.decode(file.readline(), type=Header)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
