"""Agreement of many articles, side by side with the libraries that do parts of it.

    uv pip install --group bench
    python benchmarks/agreement.py [--articles 50000] [--annotators 3] [--peers 2000]

Articles are made shard by shard and thrown away after counting, so that the peak memory is that of a shard. The peers
get the same spans and the same answers of the first ``--peers`` articles, ready in the form that they take; goldpress
gets Arrow tables. Times are those of the processor, all threads together. What is compared must have equal values, or
the script fails.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from goldpress.annotations.agreement.alpha import alpha_of_cells, coincide
from goldpress.annotations.agreement.comparisons import Comparison
from goldpress.annotations.agreement.concordance import agreement_rows
from goldpress.annotations.agreement.ledger import Ledger
from goldpress.annotations.agreement.resampling import Resampling
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.schemas.tables import tables as contracts
from goldpress.workspace import AgreementSettings

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
LABELS = np.array(["PER", "ORG", "GPE", "LOC", "GRP", "EVT", "ISSUE"])
KINDS = np.array(["assertion", "assessment", "demand", "commitment", "prediction"])
ENTITIES, CLAIMS, WIDTH = 25, 6, 100
"""Entities and claims of one annotator in one article, and the characters that each has to itself."""
SHARD = 1000
TEXT = "Das Wort gilt auch hier. " * ((ENTITIES + 2 * CLAIMS) * WIDTH // 25)
Tables = dict[str, pa.Table]


def make_shard(number: int, articles: int, annotators: int) -> Tables:
    """Return raw tables of some articles: every annotator marks the same places, with slips of their own."""
    random = np.random.default_rng(number)
    names = np.array([f"article-{number * SHARD + at:07}" for at in range(articles)])
    size = (articles, ENTITIES + CLAIMS)
    start = np.arange(ENTITIES + CLAIMS) * WIDTH + random.integers(0, 30, size)
    length = np.where(np.arange(size[1]) < ENTITIES, random.integers(4, 20, size), random.integers(30, 60, size))
    label, kind = random.integers(0, len(LABELS), size), random.integers(0, len(KINDS), size)
    parts: dict[str, list[Any]] = {"spans": [], "claims": [], "annotations": []}
    for person in range(annotators):
        slip = random.random(size)
        kept = slip > 0.05
        begin, end = start + (slip > 0.95), start + length + ((slip > 0.9) & (slip <= 0.95)) * 2
        mine = np.where((slip > 0.05) & (slip < 0.1), random.integers(0, len(LABELS), size), label)
        said = np.where(random.random(size) < 0.2, random.integers(0, len(KINDS), size), kind)
        parts["annotations"].append(_annotations(names, person))
        parts["spans"].append(_spans(names, person, kept, begin, end, LABELS[mine]))
        parts["claims"].append(_claims(names, person, kept, begin, end, KINDS[said]))
    tables = {name: pa.concat_tables(found) for name, found in parts.items()}
    tables["articles"] = _table("articles", article_id=names, text=np.full(articles, TEXT))
    return tables | {name: _table(name, article_id=names[:0]) for name in ("relations", "doc_labels")}


def _annotations(names: Any, person: int) -> pa.Table:
    return _table(
        "annotations",
        annotation_id=_ids(names, person),
        article_id=names,
        annotator_pid=np.full(len(names), f"ann-{person}"),
        role=np.full(len(names), "primary"),
        state=np.full(len(names), "labelled"),
        guideline_version=np.full(len(names), "1"),
    )


def _spans(names: Any, person: int, kept: Any, begin: Any, end: Any, label: Any) -> pa.Table:
    article, column = np.nonzero(kept)
    entity = column < ENTITIES
    return _table(
        "spans",
        span_id=_span_ids(names, person, article, column),
        annotation_id=_ids(names, person)[article],
        article_id=names[article],
        layer=np.where(entity, "entity", "claim"),
        label=np.where(entity, label[kept], "CLAIM"),
        start=begin[kept],
        end=end[kept],
        mention=np.full(len(article), "name"),
    )


def _claims(names: Any, person: int, kept: Any, begin: Any, end: Any, kind: Any) -> pa.Table:
    article, column = np.nonzero(kept)
    mine = column >= ENTITIES
    article, column = article[mine], column[mine]
    return _table(
        "claims",
        claim_id=_span_ids(names, person, article, column),
        annotation_id=_ids(names, person)[article],
        article_id=names[article],
        start=begin[article, column],
        end=end[article, column],
        claim_type=kind[article, column],
    )


def _ids(names: Any, person: int) -> Any:
    return np.char.add(names, f"/{person}")


def _span_ids(names: Any, person: int, article: Any, column: Any) -> Any:
    return np.char.add(np.char.add(_ids(names, person)[article], ":"), column.astype(str))


def _table(name: str, **columns: Any) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in contracts(SCHEME)[name].to_arrow(staged=True)])
    size = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def shards(articles: int, annotators: int) -> Iterator[Tables]:
    """Yield the articles shard by shard."""
    for number, first in enumerate(range(0, articles, SHARD)):
        yield make_shard(number, min(SHARD, articles - first), annotators)


def measure(articles: int, annotators: int, replicas: int, scheme: Scheme = SCHEME) -> tuple[float, dict[Any, Any]]:
    """Return the processor seconds that counting took (making the articles is not counted), and the numbers."""
    rules = AgreementSettings(replicas=replicas)
    ledger, sampling, spent = Ledger(), Resampling(articles, replicas, 1), 0.0
    for tables in shards(articles, annotators):
        begin = time.process_time()
        Comparison(tables, scheme, ledger, sampling.draw).count()
        spent += time.process_time() - begin
    begin = time.process_time()
    rows = agreement_rows(ledger, scheme, rules)
    spent += time.process_time() - begin
    return spent, {(r.layer, r.attribute, r.label, r.measure, r.annotator_a, r.annotator_b): r.value for r in rows}


def run_nervaluate(articles: int, annotators: int) -> tuple[float, dict[Any, float]]:
    """Return the seconds and F1 of entities for every pair of annotators."""
    from nervaluate import Evaluator

    people: list[list[Any]] = [[] for _ in range(annotators)]
    for tables in shards(articles, annotators):
        found: dict[str, dict[str, list[Any]]] = {}
        for row in (
            tables["spans"].select(["annotation_id", "article_id", "layer", "label", "start", "end"]).to_pylist()
        ):
            if row["layer"] == "entity":
                by = found.setdefault(row["article_id"], {})
                # nervaluate takes inclusive ends.
                span = {"label": row["label"], "start": row["start"], "end": row["end"] - 1}
                by.setdefault(row["annotation_id"].rsplit("/", 1)[1], []).append(span)
        for by in found.values():
            for person in range(annotators):
                people[person].append(by.get(str(person), []))
    values = {}
    begin = time.process_time()
    for one, other in combinations(range(annotators), 2):
        result = Evaluator(people[one], people[other], tags=LABELS.tolist(), loader="dict").evaluate()["overall"]
        for theirs, ours in (("strict", "strict"), ("exact", "exact"), ("partial", "partial"), ("ent_type", "type")):
            values[f"f1_{ours}", f"ann-{one}", f"ann-{other}"] = result[theirs].f1
    return time.process_time() - begin, values


def run_krippendorff(units: int, annotators: int) -> tuple[float, float, float, float]:
    """Return seconds and alpha of krippendorff, then ours, for the same table of answers with gaps."""
    import krippendorff

    random = np.random.default_rng(5)
    truth = random.integers(0, 5, units)
    table = np.where(
        random.random((units, annotators)) < 0.2, random.integers(0, 5, (units, annotators)), truth[:, None]
    )
    table[random.random(table.shape) < 0.05] = -1
    theirs = np.where(table < 0, np.nan, table.astype(float)).T
    begin = time.process_time()
    value = krippendorff.alpha(reliability_data=theirs, level_of_measurement="nominal")
    spent = time.process_time() - begin
    begin = time.process_time()
    cells, weights = coincide(table)
    sums = np.bincount(cells, weights, minlength=25)
    own = alpha_of_cells([(at // 5, at % 5) for at in range(25)], sums[None, :])[0]
    return spent, float(value), time.process_time() - begin, float(own)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--annotators", type=int, default=3)
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=2000, help="articles that the peers get")
    asked = parser.parse_args()
    spent, _ = measure(asked.articles, asked.annotators, asked.replicas)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"goldpress: {asked.articles} articles x {asked.annotators}, every number, {asked.replicas} samples: "
        f"{spent:.1f} processor seconds, peak {peak:.0f} MB"
    )
    small, ours = measure(asked.peers, asked.annotators, 0)
    theirs_spent, theirs = run_nervaluate(asked.peers, asked.annotators)
    for (name, one, other), value in theirs.items():
        assert abs(ours["entity", None, "*", name, one, other] - value) < 1e-9, (name, one, other, value)
    print(
        f"{asked.peers} articles, every number without samples: goldpress {small:.2f} s; "
        f"entities only: nervaluate {theirs_spent:.2f} s ({theirs_spent / small:.1f} times as long); equal values"
    )
    units = asked.articles * CLAIMS
    theirs_spent, value, own_spent, own = run_krippendorff(units, asked.annotators)
    assert abs(value - own) < 1e-9, (value, own)
    print(
        f"alpha of {units} units x {asked.annotators}: goldpress {own_spent:.3f} s, krippendorff {theirs_spent:.3f} s "
        f"({theirs_spent / own_spent:.1f} times as long); equal values ({own:.4f})"
    )


if __name__ == "__main__":
    main()
