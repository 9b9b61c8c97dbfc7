"""Every table of a release, read by whatever reader is installed here, and held against its manifest.

It imports nothing of goldpress, and runs on old versions of the readers and of Python's libraries as on new ones:
``python tests/foreign_readers.py dataset --need pandas polars`` reads the newest release, and fails where one of these
readers is missing or sees other rows, columns, labels or places than the manifest says.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Seen = tuple[int, list[str], Any]
"""Rows, columns, and a way to a column's values."""


def read_pandas(folder: Path) -> Seen:
    """Read a table's folder with pandas."""
    import pandas as pd

    frame: Any = pd.read_parquet(folder)
    return len(frame), [*frame.columns], lambda name: [None if pd.isna(v) else v for v in frame[name].tolist()]


def read_pyarrow(folder: Path) -> Seen:
    """Read a table's folder with pyarrow."""
    import pyarrow.parquet as pq

    table = pq.read_table(folder)
    return table.num_rows, table.column_names, lambda name: table[name].to_pylist()


def read_polars(folder: Path) -> Seen:
    """Read a table's files with Polars."""
    import polars as pl

    frame = pl.read_parquet(f"{folder}/*.parquet")
    return frame.height, frame.columns, lambda name: frame[name].to_list()


def read_duckdb(folder: Path) -> Seen:
    """Read a table's files with DuckDB."""
    import duckdb

    relation = duckdb.read_parquet(f"{folder}/*.parquet")

    def values(name: str) -> list[Any]:
        return [row[0] for row in relation.project(f'"{name}"').fetchall()]  # end is a word of SQL

    return relation.shape[0], relation.columns, values


def read_datasets(folder: Path) -> Seen:
    """Read a table by the card, with ``datasets``; labels come back as names."""
    from datasets import ClassLabel, concatenate_datasets, load_dataset

    splits = load_dataset(str(folder.parent.parent), folder.name)
    rows = concatenate_datasets([*splits.values()])

    def values(name: str) -> list[Any]:
        kind = rows.features[name]
        found = list(rows[name])
        return [None if v is None else kind.int2str(v) for v in found] if isinstance(kind, ClassLabel) else found

    return rows.num_rows, rows.column_names, values


def read_spark(folder: Path) -> Seen:
    """Read a table's folder with Spark."""
    from pyspark.sql import SparkSession

    quiet = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = quiet.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    frame = session.read.parquet(str(folder))
    return frame.count(), frame.columns, lambda name: [row[0] for row in frame.select(name).collect()]


READERS: dict[str, Callable[[Path], Seen]] = {
    "pandas": read_pandas,
    "pyarrow": read_pyarrow,
    "polars": read_polars,
    "duckdb": read_duckdb,
    "datasets": read_datasets,
    "pyspark": read_spark,
}


def newest(root: Path) -> Path:
    """Return the folder of the newest release."""
    found = [path.parent for path in root.glob("*/manifest.json") if re.fullmatch(r"\d+\.\d+\.\d+", path.parent.name)]
    return max(found, key=lambda path: tuple(map(int, path.name.split("."))))


def faults(release: Path, read: Callable[[Path], Seen]) -> list[str]:
    """Return what a reader sees otherwise than the manifest says."""
    manifest = json.loads((release / "manifest.json").read_bytes())
    wrong = []
    for name, told in manifest["tables"].items():
        rows, columns, values = read(release / "data" / name)
        if rows != told["rows"]:
            wrong.append(f"{name}: {rows} rows instead of {told['rows']}")
        if [*columns] != [column["name"] for column in told["schema"]]:
            wrong.append(f"{name}: columns {columns}")
        closed = [column for column in told["schema"] if column.get("values") and column["type"] == "string"]
        strange = [column["name"] for column in closed if {*values(column["name"])} - {None, *column["values"]}]
        wrong += [f"{name}.{column}: values that the manifest does not know" for column in strange]
        splits = Counter({file["split"]: 0 for file in told["files"]})
        for file in told["files"]:
            splits[file["split"]] += file["rows"]
        if Counter(values("split")) != +splits:
            wrong.append(f"{name}: other splits than the manifest names")
    return wrong + _places(release, manifest, read)


def _places(release: Path, manifest: Any, read: Callable[[Path], Seen]) -> list[str]:
    """Whether the places of spans give what was marked, in code points."""
    if not {"articles", "spans"} <= set(manifest["tables"]):
        return []
    _, _, article = read(release / "data" / "articles")
    texts = dict(zip(article("article_id"), article("text"), strict=True))
    _, _, span = read(release / "data" / "spans")
    rows = zip(*(span(name) for name in ("article_id", "start", "end", "text")), strict=True)
    wrong = [key for key, start, end, text in rows if text is not None and texts[key][start:end] != text]
    return [f"spans: {len(wrong)} do not say what stands at their place"] if wrong else []


def main() -> int:
    """Read with every reader that is installed, print what was seen, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--need", nargs="*", default=[], choices=READERS)
    asked = parser.parse_args()
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    release, bad = newest(asked.root), 0
    for name, read in READERS.items():
        if find_spec(name) is None:
            if name in asked.need:
                bad += 1
                sys.stdout.write(f"{name}: not installed\n")
            continue
        wrong = faults(release.resolve(), read)
        bad += len(wrong)
        sys.stdout.write(f"{name} {version(name)}: {release.name} {'; '.join(wrong) or 'as the manifest says'}\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
