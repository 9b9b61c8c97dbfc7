"""A release written and read, side by side with bare Parquet and with ``datasets``.

    python benchmarks/publish.py [--articles 50000] [--annotators 2]

The tables are made of chance. Bare Parquet gets the same tables with the same settings; what goldpress does on top are
keys, splits, digests, the search for what may not leave, the card, and the commit. Times are wall times of the best of
``--rounds``; each writes to a new folder beside the others.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import goldpress
from goldpress.dataset import Imprint, write_release
from goldpress.dataset.changes.comparison import Side, compare_tables
from goldpress.dataset.form.manifest import Judgement
from goldpress.dataset.form.writing import PARQUET, group_rows
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.tables import tables as contracts_of
from goldpress.workspace import DatasetSettings

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
NAMES = ("articles", "annotations", "spans", "claims")
SPANS, CLAIMS = 25, 6
"""Spans of one annotation, and how many of them are claims."""
Tables = dict[str, pa.Table]


def make_tables(articles: int, annotators: int) -> Tables:
    """Return staged tables of a corpus of chance: about 3 kB of text an article."""
    chance = np.random.default_rng(1)
    words = np.array([f"{a}{b}" for a in ("kar", "lim", "dos", "fen", "tra", "mol") for b in range(500)])
    texts = [" ".join(words[chance.zipf(1.3, 450) % len(words)]) for _ in range(articles)]
    names = [f"article-{i:07}" for i in range(articles)]
    notes = [f"{name}-{person}" for name in names for person in range(annotators)]
    start = chance.integers(0, 2500, (len(notes), SPANS)).astype("int32")
    end = start + chance.integers(4, 40, start.shape).astype("int32")
    text_of = [text for text in texts for _ in range(annotators)]
    marked = [
        text[a:b]
        for text, firsts, lasts in zip(text_of, start, end, strict=True)
        for a, b in zip(firsts, lasts)  # noqa: B905
    ]
    of_note = [note for note in notes for _ in range(SPANS)]
    span_ids = [f"{note}:{i}" for note in notes for i in range(SPANS)]
    common: dict[str, Any] = {"annotation_id": of_note, "article_id": [note[:15] for note in of_note]}
    places: dict[str, Any] = {"start": start.ravel(), "end": end.ravel(), "text": marked}
    spans = {"span_id": span_ids, **common, **places, "start_raw": start.ravel(), "end_raw": end.ravel()}
    spans |= {"layer": ["entity"] * len(span_ids), "label": ["PER"] * len(span_ids)}
    claims = [i for i in range(len(span_ids)) if i % SPANS < CLAIMS]
    chosen = {name: [values[i] for i in claims] for name, values in {"claim_id": span_ids, **common, **places}.items()}
    moment = datetime(2025, 3, 1, tzinfo=UTC)
    made = {
        "articles": {"article_id": names, "text": texts, "n_chars": [len(text) for text in texts]},
        "annotations": {
            "annotation_id": notes,
            "article_id": [n[:15] for n in notes],
            "created_at": [moment] * len(notes),
        },
        "spans": spans,
        "claims": chosen,
    }
    return {name: _filled(name, columns) for name, columns in made.items()}


def _filled(name: str, given: dict[str, Any]) -> pa.Table:
    """A staged table with something in every column that needs it."""
    schema = contracts_of(SCHEME)[name].to_arrow()
    size = len(next(iter(given.values())))
    columns = []
    for field, column in zip(schema, contracts_of(SCHEME)[name].columns, strict=True):
        if field.name in given:
            columns.append(pa.array(given[field.name], field.type))
        elif field.nullable:
            columns.append(pa.nulls(size, field.type))
        elif pa.types.is_string(field.type):
            word = "CC-BY-4.0" if field.name == "licence" else column.values[0] if column.values else "x" * 8
            columns.append(pa.repeat(pa.scalar(word), size))
        else:
            plain = {"bool": False, "int32": 0, "double": 0.0}.get(str(field.type), datetime(2025, 3, 1, tzinfo=UTC))
            columns.append(pa.array([plain] * size, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def write_ours(tables: Tables, folder: Path) -> None:
    """Publish a release."""
    told = Judgement(success=True, checks=0, findings={})
    imprint = Imprint(DatasetSettings(), SCHEME, datetime(2026, 1, 1, tzinfo=UTC), told, {}, {})
    contracts = {name: contracts_of(SCHEME)[name] for name in NAMES}
    write_release(tables, contracts, folder, imprint=imprint)


def write_bare(tables: Tables, folder: Path) -> None:
    """Write the same tables with the same settings."""
    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=group_rows(table), **PARQUET)


def write_datasets(tables: Tables, folder: Path) -> None:
    """Write the same tables with ``datasets``."""
    from datasets import Dataset

    folder.mkdir()
    for name, table in tables.items():
        Dataset(table).to_parquet(folder / f"{name}.parquet")


def best(work: Callable[[], object], rounds: int) -> float:
    """Return the shortest of some runs, in seconds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--annotators", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    tables = make_tables(options.articles, options.annotators)
    rows = sum(table.num_rows for table in tables.values())
    print(f"{options.articles:,} articles, {rows:,} rows, {sum(t.nbytes for t in tables.values()) / 2**20:,.0f} MiB")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        writers = {"bare pyarrow": write_bare, "datasets": write_datasets, "goldpress": write_ours}
        times = {}
        for name, write in writers.items():

            def go(write: Callable[[Tables, Path], None] = write, name: str = name) -> None:
                shutil.rmtree(root / name, ignore_errors=True)
                write(tables, root / name)

            times[name] = best(go, options.rounds)
        for name, seconds in times.items():
            print(f"write, {name:13} {seconds:8.2f} s  {seconds / times['bare pyarrow']:6.2f} x bare")
        release = root / "goldpress" / "0.1.0"
        bare = best(lambda: pq.read_table(release / "data" / "spans", partitioning=None), 3)
        loaded = goldpress.load(release)
        first = best(goldpress.load(release).spans.to_arrow, 1)
        loaded.spans.to_arrow()
        again = best(loaded.spans.to_arrow, 3)
        print(f"read spans: bare {bare:.3f} s, first {first:.3f} s, after verification {again:.3f} s")
        print(f"read spans after verification: {again / bare:.2f} x bare")
        print(f"open a release: {best(lambda: goldpress.load(release), 3) * 1000:.1f} ms")
        print(f"verify a release: {best(lambda: goldpress.verify(release), 1):.2f} s")
    old = tables["spans"].slice(0, 400_000)
    flags = pa.array(["ORG" if i % 100 == 0 else "PER" for i in range(old.num_rows)])
    new = old.set_column(old.column_names.index("label"), old.schema.field("label"), flags)
    sides = ({"spans": Side("span_id", old)}, {"spans": Side("span_id", new)})
    print(f"diff of {old.num_rows:,} by {new.num_rows:,} rows: {best(lambda: compare_tables(*sides), 2):.2f} s")


if __name__ == "__main__":
    main()
