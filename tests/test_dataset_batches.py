"""A table lies in files that keep their rows: what grows or is corrected rewrites few of them."""

from pathlib import Path

import pyarrow as pa
import pytest

import goldpress
from dataset_fixtures import changed, corpus, release, tree
from goldpress.dataset import Release
from goldpress.dataset.form import batches


@pytest.fixture(autouse=True)
def two_rows_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "rows_within", lambda *_: 2)


def files(release: Release, table: str) -> dict[str, str | None]:
    """Return the files of a table: name, and which release wrote it."""
    return {entry.path.rpartition("/")[2]: entry.reused_from for entry in release.manifest.tables[table].files}


def test_a_large_table_lies_in_several_files_and_reads_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = release(tmp_path / "cut")
    assert len(files(cut, "spans")) > 2
    assert goldpress.verify(cut.path).ok
    monkeypatch.undo()
    whole = release(tmp_path / "whole")
    assert len(files(whole, "spans")) == 1
    assert cut.manifest.content_digest == whole.manifest.content_digest
    assert cut.manifest.split_digests == whole.manifest.split_digests
    for name in cut.names():
        assert cut.table(name, "raw").to_arrow() == whole.table(name, "raw").to_arrow()


def test_new_rows_get_a_new_file_and_the_files_before_are_taken_over(tmp_path: Path) -> None:
    first = release(tmp_path, corpus(articles=("markt",)))
    old = {name: (first.path / "data/claims" / name).stat().st_ino for name in files(first, "claims")}
    more = release(tmp_path, _with_a_claim_more(corpus(articles=("markt",))))
    assert files(more, "claims") == {"train-0000.parquet": "0.1.0", "train-0001.parquet": None}
    assert {name: (more.path / "data/claims" / name).stat().st_ino for name in old} == old
    assert more.table("claims", "raw").num_rows == 3
    assert goldpress.verify(more.path).ok


def test_a_file_that_has_room_is_filled_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "rows_within", lambda *_: 3)
    release(tmp_path, corpus(articles=("markt",)))
    more = release(tmp_path, _with_a_claim_more(corpus(articles=("markt",))))
    assert files(more, "claims") == {"train-0000.parquet": None}


def test_a_corrected_cell_rewrites_the_file_that_holds_it_and_a_file_without_rows_goes(tmp_path: Path) -> None:
    first = release(tmp_path)
    names = [*files(first, "spans")]
    origin = corpus()["spans"]["origin"].to_pylist()
    ids = corpus()["spans"]["span_id"].to_pylist()
    keys = sorted(range(len(ids)), key=lambda i: str(ids[i]))
    origin[keys[2]] = "prediction"
    second = release(tmp_path, changed(corpus(), "spans", "origin", origin))
    assert [name for name, wrote in files(second, "spans").items() if wrote is None] == [names[1]]
    gone = pa.array([i not in keys[:2] for i in range(len(origin))])
    third = release(tmp_path, {**corpus(), "spans": corpus()["spans"].filter(gone)})
    assert [*files(third, "spans")] == names[1:]
    assert goldpress.verify(third.path).ok


def test_a_table_that_lost_all_rows_still_has_a_file(tmp_path: Path) -> None:
    release(tmp_path)
    empty = release(tmp_path, {**corpus(), "stances": corpus()["stances"].slice(0, 0)})
    assert files(empty, "stances") == {"train-0000.parquet": None}
    assert goldpress.verify(empty.path).ok
    again = release(tmp_path)
    assert again.table("stances", "raw").num_rows > 0
    assert tree(again.path)


def _with_a_claim_more(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    claims = tables["claims"]
    one = claims.slice(0, 1)
    one = one.set_column(0, claims.schema.field(0), pa.array(["zz"]))
    return {**tables, "claims": pa.concat_tables([claims, one])}


def test_rows_that_follow_one_another_are_not_copied() -> None:
    keys = ["a", "b", "c", "d", "e"]
    table = pa.table({"key": keys, "split": ["train"] * 5})
    found = [*batches.cut_batches(table, "key", ("train", "test"), None, None)]
    assert [batch.places for batch in found] == [range(2), range(2, 4), range(4, 5)]
    assert pa.concat_tables([batch.rows for batch in found]) == table
    mixed = pa.table({"key": keys, "split": ["train", "test", "train", "test", "train"]})
    found = [*batches.cut_batches(mixed, "key", ("train", "test"), None, None)]
    assert [(batch.name, batch.rows["key"].to_pylist()) for batch in found] == [
        ("train-0000.parquet", ["a", "c"]),
        ("train-0001.parquet", ["e"]),
        ("test-0000.parquet", ["b", "d"]),
    ]
