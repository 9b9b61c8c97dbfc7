"""Loading: by goldpress, and by every reader that needs no goldpress."""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import goldpress
from dataset_fixtures import corpus, release
from goldpress.dataset import Release
from goldpress.errors import UsageError

NEVER = ("dictionary", "large_", "_view", "uint", "[ns", "map<", "fixed_size", "halffloat", "duration", "extension")
"""What some reader does not take."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases; the second has another claim type."""
    folder = tmp_path_factory.mktemp("dataset")
    release(folder, version="1.9.0")
    release(folder, corpus(claim_type="prediction"), version="10.0.0")
    return folder


@pytest.fixture(scope="module")
def latest(root: Path) -> Release:
    return goldpress.load(root)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("latest", "10.0.0"), (None, "10.0.0"), ("1.9.0", "1.9.0"), (">=1,<2", "1.9.0"), (">=1", "10.0.0")],
)
def test_a_version_is_chosen_by_number_and_by_range(root: Path, wanted: str | None, found: str) -> None:
    assert goldpress.load(root, wanted).version == found


def test_a_version_that_is_not_there_names_those_that_are(root: Path) -> None:
    with pytest.raises(UsageError, match="no release fits version 3") as refused:
        goldpress.load(root, "3.0.0")
    assert "1.9.0, 10.0.0" in refused.value.hint
    with pytest.raises(UsageError, match="no version number"):
        goldpress.load(root, "newest")


def test_the_index_is_a_cache_and_latest_is_no_path(root: Path) -> None:
    (root / "index.json").unlink()
    assert goldpress.load(root).version == "10.0.0"
    assert {path.name for path in root.iterdir()} == {"1.9.0", "10.0.0", "CHANGELOG.md", "LICENSE"}


def test_every_reader_gives_the_same_rows(latest: Release) -> None:
    for name in latest.names():
        folder = latest.path / "data" / name
        rows = latest.table(name, "raw").num_rows
        with duckdb.connect() as database:
            counted = database.read_parquet(f"{folder}/*.parquet").shape[0]
        frame = pd.read_parquet(folder)
        assert len(frame) == rows == counted
        assert [*frame.columns] == [column.name for column in latest.manifest.tables[name].schema]
        assert pl.read_parquet(f"{folder}/*.parquet").height == rows
        assert pq.read_table(folder).num_rows == rows


def test_goldpress_gives_arrow_pandas_polars_and_duckdb(latest: Release) -> None:
    table = latest.claims
    (row,) = table.to_arrow().to_pylist()
    assert row["claim_type"] == "prediction"
    assert row["text"] == "Wir liefern keine Panzer"
    assert table.to_pandas().claim_type.tolist() == ["prediction"]
    assert table.to_polars()["claim_type"].to_list() == ["prediction"]
    assert table.to_duckdb().fetchall()[0][0] == row["claim_id"]
    assert latest.table("claims", "raw").num_rows == 2


def test_a_mistyped_table_is_suggested(latest: Release) -> None:
    with pytest.raises(UsageError) as refused:
        latest.table("clams")
    assert refused.value.hint == "did you mean 'claims'?"
    with pytest.raises(AttributeError, match="claims"):
        _ = latest.clams
    with pytest.raises(UsageError, match="no layer"):
        latest.table("claims", "silver")


def test_no_column_has_a_type_that_some_reader_refuses(latest: Release) -> None:
    for path in latest.path.glob("data/*/*.parquet"):
        file = pq.ParquetFile(path)
        assert not [field for field in file.schema_arrow if any(bad in str(field.type) for bad in NEVER)], path
        keys = set(file.schema_arrow.metadata or {})
        assert not keys & {b"pandas", b"huggingface"}
        assert "=" not in path.as_posix().removeprefix(latest.path.as_posix())


def test_columns_carry_their_meaning_and_unit(latest: Release) -> None:
    field = latest.spans.schema.field("start")
    assert field.metadata == {b"about": b"First character.", b"unit": b"code point"}
    assert field.type == pa.int32()


def test_offsets_survive_an_emoji(latest: Release) -> None:
    texts = {row["article_id"]: row["text"] for row in latest.articles.to_arrow().to_pylist()}
    spans = latest.table("spans", "raw").to_arrow().to_pylist()
    assert any(ord(character) > 0xFFFF for text in texts.values() for character in text)
    assert all(row["text"] == texts[row["article_id"]][row["start"] : row["end"]] for row in spans)


def test_a_release_and_its_tables_say_in_words_what_they_hold(tmp_path: Path) -> None:
    made = release(tmp_path / "dataset")
    shown = repr(made).splitlines()
    assert shown[0] == f"Release {made.manifest.name} {made.version} in {made.path}"
    assert [line.split()[0] for line in shown[1:]] == list(made.names())
    table = repr(made.claims).splitlines()
    assert table[0] == f"ReleaseTable gold_claims: {made.claims.num_rows} rows"
    assert [line.split()[0] for line in table[1:]] == made.claims.to_arrow().column_names
