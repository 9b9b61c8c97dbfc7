"""Task JSON from anywhere to tables: tasks in memory, exports as an array or in lines, pulls; plain, .gz or .zst."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.annotations.assembly.rounds import (
    AGREEMENT,
    Assembled,
    Job,
    assemble_jobs,
    build_shards,
    read_shard,
    split_spots,
)
from goldpress.annotations.tables.cutting import cut_array, cut_brackets, cut_lines, first_byte, with_strays
from goldpress.annotations.tables.packing import unpack
from goldpress.annotations.tables.shards import Spot, raw_names, staged_schemas, tabulate_spots
from goldpress.annotations.tables.units import old_exports, told
from goldpress.annotations.transport.store import Header
from goldpress.engine import default_workers
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Source = Path | str | Iterable[Path | str] | Iterable[Mapping[str, Any]]

UNIQUE = {"span_id", "claim_id", "relation_id", "stance_id", "repair_id", "row", "from_span", "to_span", "text_sha256"}
"""Columns in which hardly any value comes twice."""

ALIKE = {"span_id", "claim_id"}
"""Those of them whose values begin like the ones before."""

BATCH = 2**14
"""Rows that the writer encodes at once."""

Run = Callable[[list[Job]], Assembled]

NO_CONFIG = "0" * 64
NOT_JSON = "GP-TAB-003"


class _Stub(msgspec.Struct):
    data: Any = None


def tabulate(
    source: Source,
    scheme: Scheme,
    *,
    gold: bool = True,
    keep_going: bool = False,
    workers: int | None = 1,
) -> dict[str, "pa.Table"]:
    """Return the tables of task JSON: raw rows, gold rows and what they share, each sorted by key.

    Args:
        source: Tasks as Label Studio exports them, or files of them: an array or one task a line, plain, ``.gz`` or
            ``.zst``, or pulls. ``data`` holds ``text`` and ``article_id``.
        scheme: What may be said.
        gold: Compute gold too.
        keep_going: Leave broken tasks out, instead of ending there.
        workers: Processes to spread the work over; None takes one per core where there is enough to do.

    Raises:
        UsageError: There is no such file (GP-TAB-005).
        DataError: A file is empty (GP-TAB-006); a task is broken (GP-TAB-001 to -004), with its place in the file.
    """
    return tabulate_all(source, scheme, gold=gold, keep_going=keep_going, workers=workers).tables


def tabulate_all(
    source: Source,
    scheme: Scheme,
    *,
    gold: bool = True,
    keep_going: bool = False,
    workers: int | None = 1,
) -> Assembled:
    """Return what ``tabulate`` does, with what was counted and the tasks that were set aside."""
    with tempfile.TemporaryDirectory(prefix="goldpress-") as scratch:
        files = _files(source, Path(scratch))

        def run(jobs: list[Job]) -> Assembled:
            return assemble_jobs(jobs, workers=default_workers(workers, len(jobs)))

        return _settled(files, scheme, run, gold=gold, keep_going=keep_going)


def tabulate_into(
    source: Source,
    scheme: Scheme,
    into: Path | str,
    *,
    gold: bool = False,
    linked: bool = True,
    keep_going: bool = False,
    workers: int | None = 1,
) -> Assembled:
    """Write the tables of task JSON as Parquet files into a new folder, in memory bounded by a shard.

    Rows stand in the order of the tasks. The folder appears whole or not at all. The table ``agreement``, which needs
    all articles at once, is left out. What is returned holds no tables but ``entities``.

    Args:
        source: As for ``tabulate``.
        scheme: What may be said.
        into: The folder; it must not be there.
        gold: Compute gold too.
        linked: Link entities and derive stances; False writes only what the annotations say directly, in one pass, and
            without gold.
        keep_going: Leave broken tasks out, instead of ending there.
        workers: Processes to spread the work over; None takes one per core where there is enough to do.

    Raises:
        UsageError: The folder is there already (GP-TAB-007).
        SurroundingsError: It cannot be written (GP-TAB-008).
    """
    into = Path(into)
    if into.exists():
        raise UsageError("GP-TAB-007", "the folder is there already", where=into, hint="name a new one")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as scratch:
            files = _files(source, Path(scratch))

            def write(jobs: list[Job]) -> Assembled:
                if not linked:
                    return _write_raw(jobs, Path(scratch) / "out")
                shards = Path(scratch) / "shards"
                shutil.rmtree(shards, ignore_errors=True)
                shards.mkdir()
                made = build_shards(jobs, str(shards), workers=default_workers(workers, len(jobs)))
                _write_folder(made, jobs, shards, Path(scratch) / "out")
                return made

            made = _settled(files, scheme, write, gold=gold, keep_going=keep_going)
            (Path(scratch) / "out").rename(into)
            return made
    except OSError as error:
        raise SurroundingsError(
            "GP-TAB-008",
            f"the tables cannot be written: {error.strerror or error}",
            where=into,
            hint="make room or make the folder writable; nothing is left behind",
        ) from error


def _settled(files: list[Path], scheme: Scheme, run: Run, *, gold: bool, keep_going: bool) -> Assembled:
    """Tabulate in the order of the files; again where the cut was wrong, or one article's tasks lie apart.

    Again too where the tasks of a file say that it counts UTF-16 units: others of that file cannot say it themselves.
    """

    def go(spots: list[Spot]) -> Assembled:
        jobs = [Job(i, part, scheme, {}, keep_going, gold) for i, part in enumerate(split_spots(spots))]
        return run(jobs or [Job(0, (), scheme, {}, keep_going, gold)])

    spots = [spot for path in files for spot in spots_of(path, scheme)]
    try:
        made = go(spots)
        doubtful = any(fault.code == NOT_JSON for fault in made.faults)
    except DataError as error:
        again = [spot for path in files for spot in spots_of(path, scheme, careful=True)]
        if error.code != NOT_JSON or again == spots:
            raise
        spots, made, doubtful = again, go(again), False
    if doubtful:
        again = [spot for path in files for spot in spots_of(path, scheme, careful=True)]
        spots, made = (again, go(again)) if again != spots else (spots, made)
    if old := old_exports(made.counts):
        spots = [msgspec.structs.replace(spot, old=spot.path in old) for spot in spots]
        made = go(spots)
    made = go(_by_article(spots)) if made.repeated else made
    return replace(made, counts=told(made.counts))


def _by_article(spots: list[Spot]) -> list[Spot]:
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


def _files(source: Source, scratch: Path) -> list[Path]:
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


def _unpacked(path: Path, scratch: Path, number: int) -> Path:
    if not path.is_file():
        raise UsageError("GP-TAB-005", "there is no such file", where=path, hint="check the path")
    plain = unpack(path, scratch / f"{number}-{path.stem}")
    if not first_byte(plain):
        raise DataError("GP-TAB-006", "the file is empty", where=path, hint="export the project again, as JSON")
    return plain


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


def _write_folder(made: Assembled, jobs: list[Job], shards: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    scheme = jobs[0].scheme
    for name, contract in contracts(scheme).items():
        if name == AGREEMENT or (contract.layer == "gold" and not jobs[0].gold):
            continue
        with _writer(out, name, scheme) as writer:
            if name == "entities":
                writer.write_table(made.tables[name])
                continue
            for job in jobs:
                writer.write_table(read_shard(str(shards), job.number, name))


def _write_raw(jobs: list[Job], out: Path) -> Assembled:
    """Write what the annotations say directly, shard after shard, each table once."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    made = Assembled({}, Counter(), [])
    articles: list[str] = []
    with ExitStack() as stack:
        names = raw_names(jobs[0].scheme)
        writers = {name: stack.enter_context(_writer(out, name, jobs[0].scheme)) for name in names}
        for job in jobs:
            raw = tabulate_spots(job.spots, job.scheme, job.known, keep_going=job.keep_going)
            for name, writer in writers.items():
                writer.write_table(raw.tables[name])
            made.counts.update(raw.counts)
            made.faults.extend(raw.faults)
            articles += map(str, raw.tables["articles"]["article_id"].to_pylist())
    return replace(made, repeated=len(set(articles)) < len(articles))


def _writer(out: Path, name: str, scheme: Scheme) -> "pq.ParquetWriter":
    import pyarrow.parquet as pq

    schema = staged_schemas(scheme)[name]
    # A dictionary of what hardly comes again costs time and saves nothing. Least and greatest values help who looks for
    # an article.
    repeated = [f.name for f in schema if not (f.name.endswith("text") or f.name in UNIQUE)]
    ordered = [name for name in ("article_id", "annotation_id") if name in schema.names]
    options: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
    options |= {"use_dictionary": repeated, "write_statistics": ordered, "write_batch_size": BATCH}
    # Ids of one annotation stand together and begin alike: only what differs is left to compress.
    if alike := {f.name: "DELTA_BYTE_ARRAY" for f in schema if f.name in ALIKE}:
        options["column_encoding"] = alike
    return pq.ParquetWriter(out / f"{name}.parquet", schema, **options)
