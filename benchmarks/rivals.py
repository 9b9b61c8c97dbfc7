"""One job, done by one tool: task JSON to Parquet tables of articles, annotations, spans, claims and relations.

    python benchmarks/rivals.py TOOL TASKS FOLDER

Each tool is used in the best form that we know: with an explicit schema where it takes one, multi-threaded where it is
by itself, and once more with one thread where that costs it less. All but the SDK's converters give all five tables
with the same keys and types (``COLUMNS``), compressed alike, because some forty lines were written for each.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SCHEME = Path(__file__).parent.parent / "schemas" / "scheme.toml"
ASKED = ("claim_type", "attribution", "claim_polarity", "claimer_kind")
DATA = ("article_id", "title", "text", "lang", "source", "url", "published_at", "licence")
TIMES = ("created_at", "updated_at")
SPAN = ("annotation_id", "article_id", "start", "end", "text")
COLUMNS = {
    "articles": DATA,
    "annotations": ("annotation_id", "article_id", "state", "ground_truth", *TIMES),
    "spans": ("span_id", "label", "origin", *SPAN),
    "claims": ("claim_id", *ASKED, *SPAN),
    "relations": ("annotation_id", "article_id", "from_span", "to_span", "type"),
}
"""What every tool has to give. Ids are those of the annotation and the region; times are points in time."""


def goldpress(file: Path, out: Path) -> None:
    """Ours: complete tables with ids, repaired edges, checked words, entities and stances."""
    from goldpress.annotations.assembly.intake import tabulate_into
    from goldpress.schemas.scheme import load_scheme

    tabulate_into(file, load_scheme(SCHEME), out)


def goldpress_raw(file: Path, out: Path) -> None:
    """Ours, what the others give: raw tables, words checked and edges repaired, but no entities and stances."""
    from goldpress.annotations.assembly.intake import tabulate_into
    from goldpress.schemas.scheme import load_scheme

    tabulate_into(file, load_scheme(SCHEME), out, linked=False)


def goldpress_rows(file: Path, out: Path) -> None:
    """Ours, row by row: the path for values of unusual shape."""
    from goldpress.annotations.tables import shards

    shards.by_columns = lambda *_: None  # type: ignore[assignment]
    goldpress_raw(file, out)


# ── loops over Python objects ───────────────────────────────────────────────────────────────────────────────


def orjson_loop(file: Path, out: Path) -> None:
    """The script that everybody writes, with the fastest decoder."""
    import orjson

    _write_rows(_loop(orjson.loads(file.read_bytes())), out)


def msgspec_loop(file: Path, out: Path) -> None:
    """The same with msgspec."""
    import msgspec

    _write_rows(_loop(msgspec.json.decode(file.read_bytes())), out)


def json_loop(file: Path, out: Path) -> None:
    """The same with the standard library."""
    _write_rows(_loop(json.loads(file.read_bytes())), out)


def _loop(tasks: list[Row]) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {name: [] for name in ("articles", "annotations", "spans", "claims", "relations")}
    for task in tasks:
        article = task["data"]["article_id"]
        row = {name: task["data"].get(name) for name in DATA}
        tables["articles"].append({**row, "published_at": datetime.fromisoformat(row["published_at"])})
        for annotation in task["annotations"]:
            key = annotation["unique_id"]
            tables["annotations"].append(
                {
                    "annotation_id": key,
                    "article_id": article,
                    **{name: annotation[name] for name in ("completed_by", "ground_truth", "lead_time")},
                    **{name: datetime.fromisoformat(annotation[name]) for name in TIMES},
                    "state": "skipped"
                    if annotation["was_cancelled"]
                    else "labelled"
                    if annotation["result"]
                    else "empty",
                }
            )
            asked: dict[str, Row] = {}
            for row in annotation["result"]:
                if row["type"] == "choices" and row["from_name"] in ASKED:
                    asked.setdefault(row["id"], {})[row["from_name"]] = row["value"]["choices"][0]
            for row in annotation["result"]:
                if row["type"] == "labels":
                    value = row["value"]
                    region = f"{key}:{row['id']}"
                    span = {
                        "annotation_id": key,
                        "article_id": article,
                        "start": value["start"],
                        "end": value["end"],
                        "text": value["text"],
                    }
                    tables["spans"].append(
                        {**span, "span_id": region, "label": value["labels"][0], "origin": row.get("origin")}
                    )
                    if row["from_name"] == "claim":
                        tables["claims"].append({**span, "claim_id": region, **asked.get(row["id"], {})})
                elif row["type"] == "relation":
                    tables["relations"].append(
                        {
                            "annotation_id": key,
                            "article_id": article,
                            "from_span": f"{key}:{row['from_id']}",
                            "to_span": f"{key}:{row['to_id']}",
                            "type": row["labels"][0],
                        }
                    )
    return tables


def _write_rows(tables: dict[str, list[Row]], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out.mkdir()
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), out / f"{name}.parquet", compression="zstd", compression_level=3)


# ── data frames and a database ──────────────────────────────────────────────────────────────────────────────


def pandas_normalize(file: Path, out: Path) -> None:
    """``json_normalize`` down to the results, then joins."""
    import pandas as pd

    tasks = json.loads(file.read_bytes())
    annotations = pd.json_normalize(tasks, "annotations", [["data", "article_id"]])
    annotations = annotations.rename(columns={"unique_id": "annotation_id", "data.article_id": "article_id"})
    annotations["state"] = "labelled"
    annotations.loc[annotations["result"].str.len() == 0, "state"] = "empty"
    annotations.loc[annotations["was_cancelled"], "state"] = "skipped"
    for name in TIMES:
        annotations[name] = pd.to_datetime(annotations[name])
    articles = pd.json_normalize(tasks)[[f"data.{name}" for name in DATA]]
    articles = articles.rename(columns=lambda name: name.removeprefix("data."))
    articles["published_at"] = pd.to_datetime(articles["published_at"])
    results = annotations[["annotation_id", "article_id", "result"]].explode("result").dropna(subset="result")
    flat = pd.json_normalize(results["result"].tolist())
    flat[["annotation_id", "article_id"]] = results[["annotation_id", "article_id"]].to_numpy()
    flat = flat.rename(columns={f"value.{name}": name for name in ("start", "end", "text")})
    for name, part in {"span_id": "id", "from_span": "from_id", "to_span": "to_id"}.items():
        flat[name] = flat["annotation_id"] + ":" + flat[part]
    spans = flat[flat["type"] == "labels"].copy()
    spans["label"] = spans["value.labels"].str[0]
    choices = flat[flat["from_name"].isin(ASKED)].copy()
    choices["value"] = choices["value.choices"].str[0]
    wide = choices.pivot_table(index="span_id", columns="from_name", values="value", aggfunc="first")
    claims = spans[spans["from_name"] == "claim"].merge(wide, how="left", on="span_id")
    relations = flat[flat["type"] == "relation"].copy()
    relations["type"] = relations["labels"].str[0]
    out.mkdir()
    for name, frame in {
        "articles": articles,
        "annotations": annotations[["completed_by", "lead_time", *COLUMNS["annotations"]]],
        "spans": spans[[*COLUMNS["spans"]]],
        "claims": claims.rename(columns={"span_id": "claim_id"})[[*COLUMNS["claims"]]],
        "relations": relations[[*COLUMNS["relations"]]],
    }.items():
        frame.to_parquet(out / f"{name}.parquet", compression="zstd", compression_level=3, index=False)


def polars_read(file: Path, out: Path, *, threads: int | None = None) -> None:
    """``read_json`` with a schema, then explode and join."""
    if threads:
        os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    text = pl.String
    value = pl.Struct(
        {"start": pl.Int32, "end": pl.Int32, "text": text, "labels": pl.List(text), "choices": pl.List(text)}
    )
    result = pl.Struct(
        {
            **dict.fromkeys(("id", "from_name", "type", "origin"), text),
            "value": value,
            **dict.fromkeys(("from_id", "to_id", "direction"), text),
            "labels": pl.List(text),
        }
    )
    annotation = pl.Struct(
        {
            "unique_id": text,
            "completed_by": pl.Int64,
            "was_cancelled": pl.Boolean,
            "ground_truth": pl.Boolean,
            "created_at": text,
            "updated_at": text,
            "lead_time": pl.Float64,
            "result": pl.List(result),
        }
    )
    schema = {
        "id": pl.Int64,
        "annotations": pl.List(annotation),
        "data": pl.Struct(dict.fromkeys(DATA, text)),
    }
    tasks = pl.read_json(file, schema=schema)
    articles = tasks.select("data").unnest("data").with_columns(pl.col("published_at").str.to_datetime(time_zone="UTC"))
    annotations = (
        tasks.select(pl.col("data").struct.field("article_id"), "annotations")
        .explode("annotations")
        .unnest("annotations")
        .rename({"unique_id": "annotation_id"})
    )
    results = (
        annotations.select("article_id", "annotation_id", "result")
        .explode("result")
        .drop_nulls("result")
        .unnest("result")
        .unnest("value", separator=".")
        .with_columns(span_id=pl.concat_str("annotation_id", "id", separator=":"))
    )
    spans = results.filter(pl.col("type") == "labels").select(
        "annotation_id",
        "article_id",
        "from_name",
        "span_id",
        label=pl.col("value.labels").list.first(),
        start="value.start",
        end="value.end",
        text="value.text",
        origin="origin",
    )
    choices = results.filter(pl.col("from_name").is_in(ASKED)).select(
        "from_name", "span_id", choice=pl.col("value.choices").list.first()
    )
    claims = spans.filter(pl.col("from_name") == "claim")
    for name in ASKED:
        one = choices.filter(pl.col("from_name") == name).select("span_id", pl.col("choice").alias(name))
        claims = claims.join(one, on="span_id", how="left")
    relations = results.filter(pl.col("type") == "relation").select(
        "annotation_id",
        "article_id",
        from_span=pl.concat_str("annotation_id", "from_id", separator=":"),
        to_span=pl.concat_str("annotation_id", "to_id", separator=":"),
        type=pl.col("labels").list.first(),
    )
    state = (
        pl.when(pl.col("was_cancelled"))
        .then(pl.lit("skipped"))
        .when(pl.col("result").list.len() > 0)
        .then(pl.lit("labelled"))
        .otherwise(pl.lit("empty"))
    )
    annotations = annotations.with_columns(
        pl.col(*TIMES).str.to_datetime(time_unit="us", time_zone="UTC"), state=state
    ).drop("result", "was_cancelled")
    out.mkdir()
    for name, frame in {
        "articles": articles,
        "annotations": annotations,
        "spans": spans.drop("from_name"),
        "claims": claims.drop("from_name", "label", "origin").rename({"span_id": "claim_id"}),
        "relations": relations,
    }.items():
        frame.write_parquet(out / f"{name}.parquet", compression="zstd", compression_level=3)


def duckdb_read(file: Path, out: Path, *, threads: int | None = None) -> None:
    """``read_json`` with columns, then SQL."""
    import duckdb

    value = 'STRUCT(start INTEGER, "end" INTEGER, text VARCHAR, labels VARCHAR[], choices VARCHAR[])'
    result = (
        "STRUCT(id VARCHAR, from_name VARCHAR, type VARCHAR, origin VARCHAR, from_id VARCHAR, to_id VARCHAR, "
        f"labels VARCHAR[], value {value})"
    )
    annotation = (
        "STRUCT(unique_id VARCHAR, completed_by BIGINT, was_cancelled BOOLEAN, ground_truth BOOLEAN, "
        f"created_at VARCHAR, updated_at VARCHAR, lead_time DOUBLE, result {result}[])"
    )
    columns = {
        "id": "BIGINT",
        "data": f"STRUCT({', '.join(f'{name} VARCHAR' for name in DATA)})",
        "annotations": f"{annotation}[]",
    }
    out.mkdir()
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    if threads:
        con.execute(f"SET threads = {threads}")
    con.execute(
        f"CREATE TABLE tasks AS SELECT * FROM read_json('{file}', format = 'array', columns = {columns}, "  # noqa: S608
        "maximum_object_size = 100000000)"
    )
    con.execute("CREATE TABLE a AS SELECT data.article_id AS article_id, unnest(annotations) AS a FROM tasks")
    con.execute("CREATE TABLE r AS SELECT article_id, a.unique_id AS annotation_id, unnest(a.result) AS r FROM a")
    asked = ", ".join(f"max(r.value.choices[1]) FILTER (r.from_name = '{name}') AS {name}" for name in ASKED)
    times = ", ".join(f"a.{name}::TIMESTAMPTZ AS {name}" for name in TIMES)
    span = 'annotation_id, article_id, r.value.start AS start, r.value."end" AS "end", r.value.text AS text'
    region = "annotation_id || ':' || r."
    queries = {
        "articles": "SELECT data.* REPLACE (data.published_at::TIMESTAMPTZ AS published_at) FROM tasks",
        "annotations": "SELECT article_id, a.unique_id AS annotation_id, a.completed_by AS completed_by, "  # noqa: S608
        "CASE WHEN a.was_cancelled THEN 'skipped' WHEN len(a.result) > 0 THEN 'labelled' ELSE 'empty' END AS state, "
        f"a.ground_truth AS ground_truth, {times}, a.lead_time AS lead_time FROM a",
        "spans": f"SELECT {region}id AS span_id, {span}, r.value.labels[1] AS label, r.origin AS origin "  # noqa: S608
        "FROM r WHERE r.type = 'labels'",
        "claims": f"SELECT {region}id AS claim_id, {span}, {', '.join(ASKED)} "  # noqa: S608
        "FROM (SELECT *, r.id AS region FROM r WHERE r.type = 'labels' AND r.from_name = 'claim') LEFT JOIN (SELECT "
        f"annotation_id, r.id AS region, {asked} FROM r WHERE r.type = 'choices' GROUP BY ALL) "
        "USING (annotation_id, region)",
        "relations": f"SELECT annotation_id, article_id, {region}from_id AS from_span, {region}to_id AS to_span, "  # noqa: S608
        "r.labels[1] AS type FROM r WHERE r.type = 'relation'",
    }
    for name, query in queries.items():
        con.execute(f"COPY ({query}) TO '{out / name}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)")


# ── the SDK's converters ────────────────────────────────────────────────────────────────────────────────────


def _convert(file: Path, out: Path, kind: str) -> None:
    from label_studio_sdk.converter import Converter

    from goldpress.schemas.label_config import label_config
    from goldpress.schemas.scheme import load_scheme

    converter = Converter(label_config(load_scheme(SCHEME)), str(file.parent), download_resources=False)
    converter.convert(str(file), str(out), kind, is_dir=False)


def sdk_csv(file: Path, out: Path) -> None:
    """Label Studio's own CSV."""
    _convert(file, out, "CSV")


def sdk_json_min(file: Path, out: Path) -> None:
    """Label Studio's own JSON_MIN."""
    _convert(file, out, "JSON_MIN")


def sdk_conll(file: Path, out: Path) -> None:
    """Label Studio's own CONLL2003."""
    _convert(file, out, "CONLL2003")


# ── floors ──────────────────────────────────────────────────────────────────────────────────────────────────


def floor_start(file: Path, out: Path) -> None:
    """Python with Arrow and numpy, and nothing done."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    del file, out, np, pa, pj, pq


def floor_read(file: Path, out: Path) -> None:
    """The bytes of the file, after the same start."""
    floor_start(file, out)
    for _ in _chunks(file):
        pass


def floor_parse(file: Path, out: Path) -> None:
    """The fastest JSON parser, to its own tape, task after task, after the same start."""
    import simdjson

    from goldpress.annotations.tables.cutting import cut_array

    floor_start(file, out)
    parser = simdjson.Parser()
    handle = os.open(file, os.O_RDONLY)
    for offset, size in cut_array(file):
        parser.parse(os.pread(handle, size, offset))
    os.close(handle)


def floor_write(file: Path, out: Path) -> None:
    """The tables that ``goldpress`` wrote, read back and written again; reading them is part of it."""
    import pyarrow.parquet as pq

    out.mkdir()
    for path in sorted((file.parent / "kept-goldpress").glob("*.parquet")):
        pq.write_table(pq.read_table(path), out / path.name, compression="zstd", compression_level=3)


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as handle:
        while chunk := handle.read(8 * 2**20):
            yield chunk


TOOLS: dict[str, Callable[[Path, Path], None]] = {
    "goldpress": goldpress,
    "goldpress, raw": goldpress_raw,
    "goldpress, row by row": goldpress_rows,
    "duckdb": duckdb_read,
    "duckdb, 1 thread": partial(duckdb_read, threads=1),
    "polars": polars_read,
    "polars, 1 thread": partial(polars_read, threads=1),
    "pandas": pandas_normalize,
    "orjson loop": orjson_loop,
    "msgspec loop": msgspec_loop,
    "json loop": json_loop,
    "sdk CSV": sdk_csv,
    "sdk JSON_MIN": sdk_json_min,
    "sdk CONLL2003": sdk_conll,
    "floor: start": floor_start,
    "floor: read": floor_read,
    "floor: parse": floor_parse,
    "floor: write": floor_write,
}


if __name__ == "__main__":
    # As the command line of goldpress does, and for all: nobody multiplies matrices here, and threads that wait cost.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    TOOLS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
