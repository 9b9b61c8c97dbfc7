"""Validation beside the same checks as DuckDB SQL, in pandera, and in Great Expectations used row by row.

    python benchmarks/validation.py [--articles 1000 10000] [--only ours same sql pandera naive]

The tables are those of made-up tasks (``tasks.py``) with two annotators, in copies with keys of their own until there
are enough. Each way runs in a process of its own: CPU and wall seconds, and the largest memory of the process.

*ours* judges every check of the list and writes its pages. *same* is goldpress with suites that hold the checks of
``SHARED`` alone, on the tables that they are about: what the others are measured against. *sql*, *pandera* and *naive*
judge those. The time that importing Great Expectations takes is left out, since it is the same for any number of rows.
"""

import argparse
import json
import resource
import shutil
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
import tasks
from memory import below, shares

ROOT = Path(__file__).parent.parent
TEMPLATE = 1000
"""Articles that are made up; more are copies of them."""
SHARED = {
    "annotations": ("S1.annotations",),
    "articles": ("S1.articles",),
    "spans": (
        *("S1.spans", "D11.spans.span_id.given", "S7.spans.label", "S11.spans.kb_id", "D1.spans.article_id"),
        *("D1.spans.annotation_id", "T3.spans", "T4.spans", "T6.spans", "T7.spans", "T9.spans", "S3.spans", "S9.spans"),
    ),
    "relations": ("S1.relations", "D1.relations.from_span", "D1.relations.to_span", "C5.relations", "C7.relations"),
    "claims": ("C1.claims.claim_type.given", "C2.claims.attribution", "T12.claims", "T16.claims", "C18.claims"),
}
"""What all ways judge: entries of the suites by table."""
NAMES = frozenset({"EVT", "GPE", "GRP", "ISSUE", "LOC", "ORG", "PER"})
LABELS = sorted(NAMES | {"CLAIM", "CUE"})
ATTRIBUTIONS = ["direct", "free_indirect", "indirect", "none", "reported"]
KEYS = ("_id", "_span")
OTHERS = ("kb_id", "entity_id")
Told = dict[str, float]


def make(articles: int, folder: Path) -> int:
    """Write the tables of so many articles; return their rows."""
    import goldpress
    from goldpress.annotations import assemble

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        for room in ("annotations", "seeds", "schemas"):
            (place / room).mkdir()
        shutil.copy(ROOT / "schemas" / "scheme.toml", place / "schemas")
        (place / "goldpress.toml").touch()
        tasks.write_tasks(min(articles, TEMPLATE), place / "tasks.json")
        goldpress.pull(place, file=place / "tasks.json")
        tables = assemble(place).tables
    rows = 0
    for name, table in tables.items():
        copies = 1 if name == "agreement" else max(1, round(articles / TEMPLATE))
        with pq.ParquetWriter(folder / f"{name}.parquet", table.schema, compression="zstd") as out:
            for number in range(copies):
                out.write_table(_named(table, str(number)))
        rows += table.num_rows * copies
    return rows


def _named(table: pa.Table, suffix: str) -> pa.Table:
    """A copy whose keys end in a number, so that no two are alike."""
    for at, field in enumerate(table.schema):
        key = field.name.endswith(KEYS) and not field.name.endswith(OTHERS)
        if key and pa.types.is_string(field.type):
            table = table.set_column(at, field, pc.binary_join_element_wise(table[field.name], suffix, "~"))
    return table


def ours(folder: Path) -> Told:
    """Every check, and the pages."""
    from goldpress.validation import judge
    from goldpress.validation.sources import read_folder

    scheme = _scheme()
    with tempfile.TemporaryDirectory() as pages:
        verdict = judge(read_folder(folder, scheme), scheme, ROOT / "validation", overlap=2, report=Path(pages))
    return {"checks": verdict.checks_run}


def same(folder: Path) -> Told:
    """The shared checks, as goldpress judges them."""
    from goldpress.schemas.tables import tables as contracts_of
    from goldpress.validation.engine import Engine, quiet
    from goldpress.validation.frames import Frames
    from goldpress.validation.sources import read_folder
    from goldpress.validation.views import check_view

    scheme = _scheme()
    frames = Frames(read_folder(folder, scheme), scheme, overlap=2)
    with tempfile.TemporaryDirectory() as suites, quiet():
        for name, wanted in SHARED.items():
            suite = json.loads((ROOT / "validation" / f"{name}.json").read_text("utf-8"))
            suite["expectations"] = [e for e in suite["expectations"] if e["meta"]["check_id"] in wanted]
            (Path(suites) / f"{name}.json").write_text(json.dumps(suite), "utf-8")
        engine = Engine(Path(suites))
        views = ((name, check_view(frames, contracts_of(scheme)[name], engine.columns(name))) for name in SHARED)
        judged = [one for name, view in views for one in engine.judge(name, view)]
    return {"checks": len(judged)} | {one.check_id: one.count for one in judged if not one.success}


def _scheme() -> Any:
    from goldpress.schemas.scheme import load_scheme

    return load_scheme(ROOT / "schemas" / "scheme.toml")


QUERIES = (
    "SELECT count(*) - count(DISTINCT article_id) FROM articles",
    "SELECT count(*) - count(DISTINCT annotation_id) FROM annotations",
    r"""SELECT count(*) - count(DISTINCT s.span_id), count(*) FILTER (s.span_id IS NULL),
        count(*) FILTER (NOT list_contains($labels, s.label)),
        count(*) FILTER (NOT regexp_matches(s.kb_id, '^Q[1-9]\d*$')),
        count(*) FILTER (a.article_id IS NULL), count(*) FILTER (n.annotation_id IS NULL),
        count(*) FILTER (NOT (s.start >= 0 AND s.start < s."end" AND s."end" <= a.n_chars)),
        count(*) FILTER (substring(a.text, s.start + 1, s."end" - s.start) IS DISTINCT FROM s.text),
        count(*) FILTER (regexp_matches(s.text, '^[\s\p{Z}]|[\s\p{Z}]$')),
        count(*) FILTER (coalesce(s.mention, '') NOT IN ('deriv', 'part') AND (
            regexp_matches(substring(a.text, s.start, 2), '^[\p{L}\p{N}]{2}$')
            OR regexp_matches(substring(a.text, s."end", 2), '^[\p{L}\p{N}]{2}$'))),
        count(*) FILTER (contains(s.text, chr(10)) AND list_contains($names, s.label))
        FROM spans s LEFT JOIN articles a USING (article_id) LEFT JOIN annotations n USING (annotation_id)""",
    """SELECT coalesce(sum(n) FILTER (l > 1), 0) FROM (SELECT count(*) n, count(DISTINCT label) l FROM spans
        GROUP BY annotation_id, layer, start, "end")""",
    """SELECT coalesce(sum(n) FILTER (l > 1), 0) FROM (SELECT count(*) n, count(DISTINCT label) l FROM spans
        WHERE list_contains($names, label) AND coalesce(mention, '') NOT IN ('pronoun', 'nominal')
        GROUP BY annotation_id, layer, text)""",
    """SELECT count(*) - count(DISTINCT relation_id), count(*) FILTER (f.span_id IS NULL),
        count(*) FILTER (t.span_id IS NULL), count(*) FILTER (from_span = to_span),
        count(*) FILTER (f.annotation_id <> r.annotation_id OR t.annotation_id <> r.annotation_id)
        FROM relations r LEFT JOIN spans f ON from_span = f.span_id LEFT JOIN spans t ON to_span = t.span_id""",
    """SELECT count(*) FILTER (claim_type IS NULL), count(*) FILTER (NOT list_contains($attributions, attribution)),
        count(*) FILTER (NOT regexp_matches(trim(text), '[[:space:]]')),
        count(*) FILTER (regexp_matches(text, '[.,;:!?…]$')),
        count(*) FILTER (attribution = 'none' AND claimer_kind = 'span') FROM claims""",
)


def sql(folder: Path) -> Told:
    """The shared checks in DuckDB."""
    import duckdb

    con = duckdb.connect()
    for name in SHARED:
        con.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    given = {"labels": LABELS, "names": sorted(NAMES), "attributions": ATTRIBUTIONS}
    found = [
        con.execute(query, {key: value for key, value in given.items() if f"${key}" in query}).fetchall()[0]
        for query in QUERIES
    ]
    return {"checks": sum(len(row) for row in found), "broken": sum(sum(row) for row in found)}


def _joined(folder: Path) -> tuple[Any, Any, Any]:
    """Spans with the text of their article, relations with the homes of their ends, claims."""
    frames = {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in SHARED}
    articles = frames["articles"][["article_id", "text", "n_chars"]]
    spans = frames["spans"].merge(articles, on="article_id", how="left", suffixes=("", "_of"))
    spans["known"] = spans["annotation_id"].isin(frames["annotations"]["annotation_id"])
    home = frames["spans"].set_index("span_id")["annotation_id"]
    relations = frames["relations"]
    for end in ("from_span", "to_span"):
        relations[f"{end}_home"] = relations[end].map(home)
    return spans, relations, frames["claims"]


def _is_slice(row: Any) -> bool:
    return bool(row["text_of"][row["start"] : row["end"]] == row["text"])


def _is_inside(row: Any) -> bool:
    return bool(0 <= row["start"] < row["end"] <= row["n_chars"])


def _is_bare(row: Any) -> bool:
    return bool(row["text"].strip() == row["text"])


def _is_whole(row: Any) -> bool:
    text, start, end = row["text_of"], row["start"], row["end"]
    cuts = [text[at - 1].isalnum() and text[at].isalnum() for at in (start, end) if 0 < at < len(text)]
    return row["mention"] in ("deriv", "part") or not any(cuts)


def _is_in_a_line(row: Any) -> bool:
    return row["label"] not in NAMES or "\n" not in row["text"]


SPAN_RULES = {"slice": _is_slice, "inside": _is_inside, "bare": _is_bare, "whole": _is_whole, "line": _is_in_a_line}
RELATION_RULES: dict[str, Callable[[Any], bool]] = {
    "from": lambda row: row["from_span_home"] == row["from_span_home"],
    "to": lambda row: row["to_span_home"] == row["to_span_home"],
    "one": lambda row: bool(row["from_span_home"] == row["annotation_id"] == row["to_span_home"]),
    "two": lambda row: bool(row["from_span"] != row["to_span"]),
}
CLAIM_RULES: dict[str, Callable[[Any], bool]] = {
    "long": lambda row: len(row["text"].split()) > 1,
    "ends": lambda row: row["text"][-1] not in ".,;:!?…",
    "frameless": lambda row: not (row["attribution"] == "none" and row["claimer_kind"] == "span"),
}


def _alike(spans: Any) -> tuple[Any, Any]:
    """Whether one place, and one name, has one label: columns at once, in pandera as in the naive way."""
    names = spans["label"].isin(NAMES) & ~spans["mention"].isin(("pronoun", "nominal"))
    by_place = spans.groupby(["annotation_id", "layer", "start", "end"])["label"].transform("nunique") <= 1
    by_name = spans[names].groupby(["annotation_id", "layer", "text"])["label"].transform("nunique")
    return by_place, by_name.reindex(spans.index).fillna(1) <= 1


def pandera(folder: Path) -> Told:
    """The shared checks in pandera, columns at once where it can."""
    import pandera.errors
    import pandera.pandas as pan

    spans, relations, claims = _joined(folder)
    true = pan.Check.equal_to(True)
    spans["slice"] = [
        t[a:b] == w for t, a, b, w in zip(spans["text_of"], spans["start"], spans["end"], spans["text"], strict=True)
    ]
    around = zip(spans["text_of"], spans["start"], spans["end"], spans["mention"], strict=True)
    spans["whole"] = [
        kind in ("deriv", "part")
        or not any(t[at - 1].isalnum() and t[at].isalnum() for at in (a, b) if 0 < at < len(t))
        for t, a, b, kind in around
    ]
    spans["place"], spans["name"] = _alike(spans)
    schemas = [
        (
            spans,
            pan.DataFrameSchema(
                {
                    "span_id": pan.Column(nullable=False, unique=True),
                    "label": pan.Column(checks=pan.Check.isin(LABELS)),
                    "kb_id": pan.Column(checks=pan.Check.str_matches(r"^Q[1-9]\d*$"), nullable=True, required=True),
                    "text_of": pan.Column(nullable=False),
                    "text": pan.Column(checks=pan.Check(lambda s: s.str.strip() == s)),
                    **{name: pan.Column(checks=true) for name in ("known", "slice", "whole", "place", "name")},
                },
                checks=[
                    pan.Check(lambda d: (d["start"] >= 0) & (d["start"] < d["end"]) & (d["end"] <= d["n_chars"])),
                    pan.Check(lambda d: ~d["label"].isin(NAMES) | ~d["text"].str.contains("\n")),
                ],
            ),
        ),
        (
            relations,
            pan.DataFrameSchema(
                {
                    "relation_id": pan.Column(unique=True),
                    "from_span_home": pan.Column(nullable=False),
                    "to_span_home": pan.Column(nullable=False),
                },
                checks=[
                    pan.Check(lambda d: d["from_span"] != d["to_span"]),
                    pan.Check(
                        lambda d: (
                            (d["from_span_home"] == d["annotation_id"]) & (d["to_span_home"] == d["annotation_id"])
                        )
                    ),
                ],
            ),
        ),
        (
            claims,
            pan.DataFrameSchema(
                {
                    "claim_type": pan.Column(nullable=False),
                    "attribution": pan.Column(checks=pan.Check.isin(ATTRIBUTIONS), nullable=True),
                    "text": pan.Column(
                        checks=[
                            pan.Check(lambda s: s.str.split().str.len() > 1),
                            pan.Check(lambda s: ~s.str[-1].isin(list(".,;:!?…"))),
                        ]
                    ),
                },
                checks=pan.Check(lambda d: ~((d["attribution"] == "none") & (d["claimer_kind"] == "span"))),
            ),
        ),
    ]
    broken = 0
    for frame, schema in schemas:
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            broken += len(error.failure_cases)
    return {"checks": sum(map(len, SHARED.values())) - 2, "broken": broken}


def naive(folder: Path) -> Told:
    """The shared checks in Great Expectations on the joined tables, texts and all, one row at a time."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    spans, relations, claims = _joined(folder)
    rules = ((spans, SPAN_RULES), (relations, RELATION_RULES), (claims, CLAIM_RULES))
    for frame, of_frame in rules:
        for name, rule in of_frame.items():
            frame[name] = frame.apply(rule, axis=1)
    spans["place"], spans["name"] = _alike(spans)
    spans["found"] = spans["text_of"].notna()

    def holds(*names: str) -> list[Any]:
        return [gxe.ExpectColumnValuesToBeInSet(column=name, value_set=[True]) for name in names]

    wanted: dict[str, tuple[Any, str, list[Any]]] = {
        "spans": (
            spans,
            "span_id",
            [
                gxe.ExpectColumnValuesToNotBeNull(column="span_id"),
                gxe.ExpectColumnValuesToBeUnique(column="span_id"),
                gxe.ExpectColumnValuesToBeInSet(column="label", value_set=LABELS),
                gxe.ExpectColumnValuesToMatchRegex(column="kb_id", regex=r"^Q[1-9]\d*$"),
                *holds("found", "known", "place", "name", *SPAN_RULES),
            ],
        ),
        "relations": (
            relations,
            "relation_id",
            [gxe.ExpectColumnValuesToBeUnique(column="relation_id"), *holds(*RELATION_RULES)],
        ),
        "claims": (
            claims,
            "claim_id",
            [
                gxe.ExpectColumnValuesToNotBeNull(column="claim_type"),
                gxe.ExpectColumnValuesToBeInSet(column="attribution", value_set=ATTRIBUTIONS),
                *holds(*CLAIM_RULES),
            ],
        ),
    }
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    checks = broken = 0
    for name, (frame, key, entries) in wanted.items():
        batch = (
            context.data_sources.add_pandas(name).add_dataframe_asset(name).add_batch_definition_whole_dataframe("s")
        )
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=entries))
        made = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        form = {"result_format": "COMPLETE", "unexpected_index_column_names": [key]}
        result = made.run(batch_parameters={"dataframe": frame}, result_format=form)
        checks += len(entries)
        broken += sum((one.result or {}).get("unexpected_count") or 0 for one in result.results)
    return {"checks": checks, "broken": broken}


WAYS: dict[str, Callable[[Path], Told]] = {"ours": ours, "same": same, "sql": sql, "pandera": pandera, "naive": naive}


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Return what one way takes in this process, without importing the engine."""
    if name in ("ours", "same", "naive"):
        import great_expectations  # noqa: F401 - so that the cost of importing it is told apart
    cpu, wall = spent(), time.perf_counter()
    told = WAYS[name](folder)
    return {"cpu_s": spent() - cpu, "wall_s": time.perf_counter() - wall, **told}


def spent() -> float:
    """CPU seconds of this process and of those that it started and that are done."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Measure each way in a process of its own, or one way in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1000])
    parser.add_argument("--only", nargs="+", choices=sorted(WAYS), default=list(WAYS))
    parser.add_argument("--tables", type=Path, help="a folder of tables: made if it is not there, and kept")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        print(json.dumps(measure(options.only[0], options.here)))
        return
    for articles in options.articles:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.tables / str(articles) if options.tables else Path(scratch)
            if not any(folder.glob("*.parquet")):
                folder.mkdir(parents=True, exist_ok=True)
                make(articles, folder)
            rows = sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))
            print(f"{articles:,} articles, {rows:,} rows", flush=True)
            compare(options.only, folder)


def compare(ways: list[str], folder: Path) -> None:
    """Print what each way takes, and how many times what the shared checks take here."""
    cpu: dict[str, float] = {}
    for name in ways:
        command = [sys.executable, __file__, "--only", name, "--here", str(folder)]
        peak = 0.0
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as wrong:
            running = subprocess.Popen(command, stdout=said, stderr=wrong)
            while running.poll() is None:
                peak = max(peak, shares([running.pid, *below(running.pid)]))
                time.sleep(0.1)
            for file in (said, wrong):
                file.seek(0)
            if running.returncode:
                print(f"  {name:8} failed: {wrong.read().strip()[-600:]}", flush=True)
                continue
            told = json.loads(said.read().splitlines()[-1])
        cpu[name] = told["cpu_s"]
        ratio = f"{cpu[name] / cpu['same']:6.2f} x same" if "same" in cpu else ""
        line = f"{told['cpu_s']:8.2f} CPU s {told['wall_s']:8.2f} s {peak:7,.0f} MiB"
        print(f"  {name:8} {told['checks']:4.0f} checks {line} {ratio}", flush=True)
        for check, count in told.items():
            if check not in ("checks", "cpu_s", "wall_s"):
                print(f"           {check}: {count:,.0f} rows", flush=True)


if __name__ == "__main__":
    main()
