"""From the places of tasks to all staged tables: shard by shard, in as many processes as one likes.

Two rounds. In the first each shard becomes raw tables and gold, and says what its mentions are called; from that follow
the entities of all shards. In the second each shard gets its entities, and the tables that are derived from them. What
lies between the rounds lies on disk, unless there is only one shard.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.annotations.assembly.parts import Merge, merge, part_path
from goldpress.annotations.assembly.shares import agreement_of_shards, judged_names
from goldpress.annotations.gold.computation import gold_tables
from goldpress.annotations.tables.arrays import int_array, numbers, one_chunk, take
from goldpress.annotations.tables.batches import Spot
from goldpress.annotations.tables.derivation import derive_tables, fill_table
from goldpress.annotations.tables.entities import Known, entity_columns, entity_ids, known_ids, sum_called
from goldpress.annotations.tables.known import Known as Collected
from goldpress.annotations.tables.mentions import cluster_mentions
from goldpress.annotations.tables.shards import Fault, tabulate_spots
from goldpress.engine import map_shards
from goldpress.errors import SurroundingsError
from goldpress.memory import load, save
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts
from goldpress.timings import step
from goldpress.workspace import AgreementSettings, GoldSettings

if TYPE_CHECKING:
    import pyarrow as pa

SHARD = 32 * 2**20
"""Bytes of task JSON in a shard. What a process holds grows with it, and with nothing else."""

CALLED = "called"
"""Column of spans between the rounds: the number of what the cluster is called."""

AGREEMENT = "agreement"

GROUPS = {"spans": "annotation_id", "gold_spans": "article_id"}

Tables = dict[str, "pa.Table"]


@dataclass(frozen=True)
class Job:
    """One shard: where its tasks lie, and all that is needed to tabulate them."""

    number: int
    spots: tuple[Spot, ...]
    scheme: Scheme
    known: Mapping[str, Collected] = field(default_factory=dict)
    keep_going: bool = False
    gold: bool = True
    rules: GoldSettings = field(default_factory=GoldSettings)
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    folder: str = ""


@dataclass(frozen=True)
class Built:
    """What a shard says after the first round; its tables are on disk."""

    counts: Counter[str]
    faults: list[Fault]
    articles: list[str]
    called: dict[str, "pa.Table"]
    compared: int = 0


@dataclass(frozen=True)
class Finish:
    """What a shard needs for the second round: what its mentions are called, and ids that are known of names."""

    number: int
    scheme: Scheme
    called: dict[str, "pa.Table"]
    known: Known
    folder: str


@dataclass(frozen=True)
class Assembled:
    """All staged tables, what was counted, and the tasks that were set aside.

    ``repeated`` says that tasks of one article did not stand together: then gold and entities saw them apart.
    ``compared`` says how many articles of each shard two or more people read.
    """

    tables: Tables
    counts: Counter[str]
    faults: list[Fault]
    repeated: bool = False
    compared: tuple[int, ...] = ()


def assemble_jobs(jobs: Sequence[Job], *, workers: int = 1) -> Assembled:
    """Return the tables of all shards, sorted by key; the same for any number of workers.

    The tables of several shards are mapped from files that are gone when nobody holds the tables any more.

    Raises:
        DataError: A task is broken, and they are not to be set aside.
        SurroundingsError: The folder for what lies between the rounds cannot be written (GP-TAB-011).
    """
    scheme = jobs[0].scheme
    if len(jobs) == 1:
        with step("tabulate, gold"):
            tables, built = _build(jobs[0])
        with step("entities, stances"):
            entities, known = _entities([built], scheme)
            tables = {**_finish(tables, scheme, built.called, known), "entities": entities}
        tables = _compared(_sorted(tables, scheme), jobs[0])
        return Assembled(tables, built.counts, built.faults, _repeated([built]))
    try:
        with tempfile.TemporaryDirectory(prefix="goldpress-") as scratch:
            result = build_shards(jobs, scratch, workers=workers)
            tables = dict(result.tables)
            if jobs[0].gold and AGREEMENT in contracts(scheme) and not result.repeated:
                with step("agreement"):
                    shards = dict(zip((job.number for job in jobs), result.compared, strict=True))
                    tables[AGREEMENT] = agreement_of_shards(shards, scratch, scheme, jobs[0].agreement, workers=workers)
            with step("sort"):
                tables |= _merged(jobs, scratch, workers)
    except OSError as error:
        raise SurroundingsError(
            "GP-TAB-011",
            f"the tables on the way cannot be written: {error.strerror or error}",
            where=tempfile.gettempdir(),
            hint="make room there, or set TMPDIR to a folder on a larger disk",
        ) from error
    return replace(result, tables=_compared(tables, jobs[0]))


def build_shards(jobs: Sequence[Job], scratch: str, *, workers: int = 1) -> Assembled:
    """Run both rounds; the shards' tables lie in ``scratch`` afterwards, those of all shards are returned."""
    scheme = jobs[0].scheme
    placed = [Job(**{**vars(job), "folder": scratch}) for job in jobs]
    with step("tabulate, gold"):
        built = map_shards(build_shard, placed, workers=workers)
    with step("entities, stances"):
        entities, known = _entities(built, scheme)
        rest = [Finish(job.number, scheme, part.called, known, scratch) for job, part in zip(jobs, built, strict=True)]
        map_shards(finish_shard, rest, workers=workers)
    counts: Counter[str] = Counter()
    for part in built:
        counts.update(part.counts)
    faults = [fault for part in built for fault in part.faults]
    return Assembled({"entities": entities}, counts, faults, _repeated(built), tuple(part.compared for part in built))


def build_shard(job: Job) -> Built:
    """Run the first round of one shard: its tables go to its folder, what is returned is small."""
    tables, built = _build(job)
    for name, table in tables.items():
        save(table.combine_chunks(), part_path(job.folder, job.number, name))
    return built


def finish_shard(job: Finish) -> int:
    """Run the second round of one shard; the tables that it changes are written anew."""
    names = {path.name.split(".")[1] for path in Path(job.folder).glob(f"{job.number:06d}.*.arrow")}
    tables = {name: load(part_path(job.folder, job.number, name)) for name in names}
    for name, table in _finish(tables, job.scheme, job.called, job.known).items():
        if table is not tables.get(name):
            save(table.combine_chunks(), part_path(job.folder, job.number, name))
    return job.number


def split_spots(spots: Iterable[Spot]) -> Iterator[tuple[Spot, ...]]:
    """Yield the tasks of each shard: as many as fit, whole groups, at least one group."""
    held: list[Spot] = []
    size = 0
    for spot in spots:
        if size >= SHARD and spot.group != held[-1].group:
            yield tuple(held)
            held, size = [], 0
        held.append(spot)
        size += spot.size
    if held:
        yield tuple(held)


def _build(job: Job) -> tuple[Tables, Built]:
    raw = tabulate_spots(job.spots, job.scheme, job.known, keep_going=job.keep_going)
    tables = {**raw.tables}
    if job.gold:
        tables |= gold_tables(raw.tables, job.scheme, job.rules)
    called = {}
    for name, group in GROUPS.items():
        if name in tables:
            found = cluster_mentions(tables[name], tables.get(name.replace("spans", "relations")), group, job.scheme)
            called[name] = found.called
            tables[name] = tables[name].append_column(CALLED, int_array(found.of))
    articles = one_chunk(raw.tables["articles"]["article_id"]).to_pylist()
    return tables, Built(raw.counts, raw.faults, articles, called, _readers(raw.tables) if job.gold else 0)


def _entities(built: Iterable[Built], scheme: Scheme) -> "tuple[pa.Table, dict[tuple[str, str], str]]":
    called = sum_called([table for part in built for table in part.called.values()])
    known = known_ids(called)
    schema = contracts(scheme)["entities"].to_arrow(staged=True)
    return fill_table(entity_columns(called, known), schema), known


def _finish(tables: Tables, scheme: Scheme, called: "Mapping[str, pa.Table]", known: Known) -> Tables:
    contract_of = contracts(scheme)
    out = {**tables}
    for name, names in called.items():
        of = numbers(one_chunk(tables[name][CALLED])).astype("int64")
        column = take(entity_ids(names, known), of)
        at = tables[name].schema.get_field_index("entity_id")
        field_ = tables[name].schema.field(at)
        out[name] = tables[name].set_column(at, field_, column).drop_columns([CALLED])
        prefix = name.removesuffix("spans")
        parts = {
            raw: out[f"{prefix}{raw}"]
            for raw in ("spans", "relations", *(layer.table for layer in scheme.span_layers if layer.table))
            if f"{prefix}{raw}" in out
        }
        schemas = {
            layer.table: contract_of[f"{prefix}{layer.table}"].to_arrow(staged=True)
            for layer in scheme.relation_layers
            if layer.table
        }
        made = derive_tables(parts, out["articles"], scheme, schemas)
        out |= {f"{prefix}{table}": rows for table, rows in made.items()}
    return out


def _repeated(built: Iterable[Built]) -> bool:
    articles = [article_id for part in built for article_id in part.articles]
    return len(set(articles)) < len(articles)


def _order(scheme: Scheme, job: Job) -> list[str]:
    """The tables that shards have."""
    known = contracts(scheme).items()
    return [name for name, x in known if name not in {"entities", AGREEMENT} and (job.gold or x.layer != "gold")]


def _compared(tables: Tables, job: Job) -> Tables:
    """Add how far the annotators agree, which needs all articles."""
    if job.gold and AGREEMENT in contracts(job.scheme) and AGREEMENT not in tables:
        from goldpress.annotations.agreement.concordance import agreement_table

        with step("agreement"):
            judged = {name: tables[name] for name in judged_names(job.scheme)}
            tables[AGREEMENT] = agreement_table(judged, job.scheme, job.agreement)
    return {name: tables[name] for name in contracts(job.scheme) if name in tables}


def _readers(tables: Tables) -> int:
    """How many articles two or more people read."""
    from goldpress.annotations.agreement.selection import comparable

    return len(comparable(tables["annotations"])[0].by_article)


def _merged(jobs: Sequence[Job], scratch: str, workers: int) -> Tables:
    known, names = contracts(jobs[0].scheme), _order(jobs[0].scheme, jobs[0])
    merges = [
        Merge(tuple(part_path(scratch, job.number, name) for job in jobs), known[name].key, Path(scratch) / name)
        for name in names
    ]
    return dict(zip(names, merge(merges, workers=workers), strict=True))


def _sorted(tables: Tables, scheme: Scheme) -> Tables:
    known = contracts(scheme)
    return {
        name: tables[name].combine_chunks().sort_by([(contract.key, "ascending")])
        for name, contract in known.items()
        if name in tables
    }
