"""Task JSON from anywhere to tables: tasks in memory, exports as an array or in lines, pulls; plain, .gz or .zst."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goldpress.annotations.assembly.folders import write_folder, write_raw
from goldpress.annotations.assembly.rounds import Assembled, Job, assemble_jobs, build_shards, split_spots
from goldpress.annotations.assembly.sources import Source, by_article, spots_of, unpacked
from goldpress.annotations.tables.batches import Spot
from goldpress.annotations.tables.readings import told
from goldpress.annotations.tables.units import old_exports
from goldpress.engine import default_workers
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.schemas.scheme import Scheme

if TYPE_CHECKING:
    import pyarrow as pa

Run = Callable[[list[Job]], Assembled]

NOT_JSON = "GP-TAB-003"


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
        files = unpacked(source, Path(scratch))

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
            files = unpacked(source, Path(scratch))

            def write(jobs: list[Job]) -> Assembled:
                if not linked:
                    return write_raw(jobs, Path(scratch) / "out")
                shards = Path(scratch) / "shards"
                shutil.rmtree(shards, ignore_errors=True)
                shards.mkdir()
                made = build_shards(jobs, str(shards), workers=default_workers(workers, len(jobs)))
                write_folder(made, jobs, shards, Path(scratch) / "out")
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
    made = go(by_article(spots)) if made.repeated else made
    return replace(made, counts=told(made.counts))
