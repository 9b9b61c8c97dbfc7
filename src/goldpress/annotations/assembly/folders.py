"""The tables of shards to a folder of Parquet files, in memory bounded by a shard."""

import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.assembly.parts import read_shard
from goldpress.annotations.assembly.rounds import AGREEMENT, Assembled, Job
from goldpress.annotations.tables.shards import raw_names, staged_schemas, tabulate_spots
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow.parquet as pq

UNIQUE = {"span_id", "claim_id", "relation_id", "stance_id", "repair_id", "row", "from_span", "to_span", "text_sha256"}
"""Columns in which hardly any value comes twice."""

ALIKE = {"span_id", "claim_id"}
"""Those of them whose values begin like the ones before."""

BATCH = 2**14
"""Rows that the writer encodes at once."""


def write_folder(made: Assembled, jobs: list[Job], shards: Path, out: Path) -> None:
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


def write_raw(jobs: list[Job], out: Path) -> Assembled:
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
