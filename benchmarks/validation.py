"""Validation beside the same checks as DuckDB SQL, in pandera, and in Great Expectations used row by row.

    python benchmarks/validation.py [--articles 1000] [--only ours sql pandera naive]

The tables are those of this repository, as often as it takes. Each way runs in a process of its own; CPU seconds, and
the largest memory. Ours judges every check of the list and writes its pages; the others judge the twelve of ``SHARED``,
so theirs is the lower bound. Importing the engine is told apart, since it costs the same however many rows there are.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent
LABELS = ("CLAIM", "CUE", "EVT", "GPE", "GRP", "ISSUE", "LOC", "ORG", "PER")
SHARED = (
    "span_id is given, and once; label is of the scheme; kb_id has its form; article_id and annotation_id are found; "
    "0 <= start < end <= length; text is the slice; no white space at the edges; both ends of a relation are found; "
    "from is not to; claim_type is given"
)
KEYS = ("_id", "_span", "split")


def make(articles: int, folder: Path) -> int:
    """Write the repository's tables so often that there are this many articles; return their rows."""
    from goldpress.annotations import assemble

    tables = assemble(ROOT).tables
    times = max(1, round(articles / tables["articles"].num_rows))
    rows = 0
    for name, table in tables.items():
        copies = [table] if name == "agreement" else [_named(table, str(i)) for i in range(times)]
        many = pa.concat_tables(copies)
        pq.write_table(many, folder / f"{name}.parquet")
        rows += many.num_rows
    return rows


def _named(table: pa.Table, suffix: str) -> pa.Table:
    """A copy whose keys end in a number, and whose texts say it, so that no two articles are alike."""
    for at, field in enumerate(table.schema):
        key = field.name.endswith(KEYS) and field.name not in {
            "kb_id",
            "entity_id",
            "target_entity_id",
            "claimer_entity_id",
        }
        if key and pa.types.is_string(field.type) and "annotator" not in field.name:
            table = table.set_column(at, field, pc.binary_join_element_wise(table[field.name], suffix, "~"))
    return table


def ours(folder: Path) -> dict[str, float]:
    """Every check, and the pages."""
    import great_expectations  # noqa: F401 - so that the cost of importing it is told apart

    import goldpress

    begin = time.process_time()
    with tempfile.TemporaryDirectory() as pages:
        verdict = goldpress.validate(ROOT, folder=folder, report=pages)
    return {"checks": verdict.checks_run, "cpu_s": time.process_time() - begin}


def sql(folder: Path) -> dict[str, float]:
    """The shared checks in DuckDB."""
    import duckdb

    begin = time.process_time()
    con = duckdb.connect()
    for name in ("articles", "annotations", "spans", "relations", "claims"):
        con.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    for query in (
        """SELECT count(*) FILTER (s.span_id IS NULL), count(s.span_id) - count(DISTINCT s.span_id),
            count(*) FILTER (NOT list_contains($labels, s.label)),
            count(*) FILTER (NOT regexp_matches(s.kb_id, '^Q[1-9]\\d*$')),
            count(*) FILTER (a.article_id IS NULL), count(*) FILTER (n.annotation_id IS NULL),
            count(*) FILTER (NOT (s.start >= 0 AND s.start < s."end" AND s."end" <= a.n_chars)),
            count(*) FILTER (substring(a.text, s.start + 1, s."end" - s.start) IS DISTINCT FROM s.text),
            count(*) FILTER (trim(s.text) <> s.text)
            FROM spans s LEFT JOIN articles a USING (article_id) LEFT JOIN annotations n USING (annotation_id)""",
        """SELECT count(*) FILTER (f.span_id IS NULL OR t.span_id IS NULL), count(*) FILTER (from_span = to_span)
            FROM relations LEFT JOIN spans f ON from_span = f.span_id LEFT JOIN spans t ON to_span = t.span_id""",
        "SELECT count(*) FILTER (claim_type IS NULL) FROM claims",
    ):
        con.execute(query, {"labels": list(LABELS)} if "$labels" in query else None).fetchall()
    return {"checks": 12, "cpu_s": time.process_time() - begin}


def _joined(folder: Path) -> tuple[Any, Any, Any]:
    frames = {
        name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in ("articles", "annotations", "spans")
    }
    spans = frames["spans"].merge(
        frames["articles"][["article_id", "text", "n_chars"]], on="article_id", suffixes=("", "_of")
    )
    spans["known"] = spans["annotation_id"].isin(frames["annotations"]["annotation_id"])
    relations = pq.read_table(folder / "relations.parquet").to_pandas()
    for end in ("from_span", "to_span"):
        relations[f"{end}_known"] = relations[end].isin(frames["spans"]["span_id"])
    return spans, relations, pq.read_table(folder / "claims.parquet").to_pandas()


def pandera(folder: Path) -> dict[str, float]:
    """The shared checks in pandera, columns at once where it can."""
    import pandera.pandas as pa_

    begin = time.process_time()
    spans, relations, claims = _joined(folder)
    slices = pa_.Check(
        lambda d: [t[a:b] == w for t, a, b, w in zip(d["text_of"], d["start"], d["end"], d["text"], strict=True)]
    )
    pa_.DataFrameSchema(
        {
            "span_id": pa_.Column(nullable=False, unique=True),
            "label": pa_.Column(checks=pa_.Check.isin(LABELS)),
            "kb_id": pa_.Column(checks=pa_.Check.str_matches(r"^Q[1-9]\d*$"), nullable=True),
            "article_id": pa_.Column(nullable=False),
            "known": pa_.Column(checks=pa_.Check.equal_to(True)),
            "text": pa_.Column(checks=pa_.Check(lambda s: s.str.strip() == s)),
        },
        checks=[pa_.Check(lambda d: (d["start"] >= 0) & (d["start"] < d["end"]) & (d["end"] <= d["n_chars"])), slices],
    ).validate(spans, lazy=True)
    ends = {f"{end}_known": pa_.Column(checks=pa_.Check.equal_to(True)) for end in ("from_span", "to_span")}
    pa_.DataFrameSchema(ends, checks=pa_.Check(lambda d: d["from_span"] != d["to_span"])).validate(relations, lazy=True)
    pa_.DataFrameSchema({"claim_type": pa_.Column(nullable=False)}).validate(claims, lazy=True)
    return {"checks": 12, "cpu_s": time.process_time() - begin}


def naive(folder: Path) -> dict[str, float]:
    """The shared checks of spans in Great Expectations on the joined table, texts and all, one row at a time."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    begin = time.process_time()
    spans, _, _ = _joined(folder)
    spans["holds"] = spans.apply(lambda row: row["text_of"][row["start"] : row["end"]] == row["text"], axis=1)
    spans["inside"] = spans.apply(lambda row: 0 <= row["start"] < row["end"] <= row["n_chars"], axis=1)
    spans["bare"] = spans.apply(lambda row: row["text"].strip() == row["text"], axis=1)
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("s").add_dataframe_asset("s").add_batch_definition_whole_dataframe("s")
    wanted = [
        gxe.ExpectColumnValuesToNotBeNull(column="span_id"),
        gxe.ExpectColumnValuesToBeUnique(column="span_id"),
        gxe.ExpectColumnValuesToBeInSet(column="label", value_set=list(LABELS)),
        gxe.ExpectColumnValuesToMatchRegex(column="kb_id", regex=r"^Q[1-9]\d*$"),
        gxe.ExpectColumnValuesToNotBeNull(column="article_id"),
        *(gxe.ExpectColumnValuesToBeInSet(column=c, value_set=[True]) for c in ("known", "inside", "holds", "bare")),
    ]
    suite = context.suites.add(gx.ExpectationSuite(name="s", expectations=wanted))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="s", data=batch, suite=suite))
    format_ = {"result_format": "COMPLETE", "unexpected_index_column_names": ["span_id"]}
    definition.run(batch_parameters={"dataframe": spans}, result_format=format_)
    return {"checks": len(wanted), "cpu_s": time.process_time() - begin}


WAYS: dict[str, Callable[[Path], dict[str, float]]] = {"ours": ours, "sql": sql, "pandera": pandera, "naive": naive}


def main() -> None:
    """Measure each way in a process of its own, or one way in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[1000])
    parser.add_argument("--only", nargs="+", choices=sorted(WAYS), default=list(WAYS))
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        told = WAYS[options.only[0]](options.here)
        print(json.dumps({**told, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    print(f"Shared checks: {SHARED}.")
    for articles in options.articles:
        with tempfile.TemporaryDirectory() as scratch:
            rows = make(articles, Path(scratch))
            print(f"{articles:,} articles, {rows:,} rows")
            for name in options.only:
                command = [sys.executable, __file__, "--only", name, "--here", scratch]
                done = subprocess.run(command, check=False, capture_output=True, text=True)
                print(f"  {name:8} {done.stdout.strip() or done.stderr.strip()[-400:]}")


if __name__ == "__main__":
    main()
