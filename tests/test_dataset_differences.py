"""What changed between two releases: cells, labels that became others, articles, agreement, comparable splits."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldpress
from dataset_fixtures import changed, corpus, release
from goldpress.dataset.changes import comparison
from goldpress.dataset.changes.cells import transitions
from goldpress.dataset.changes.comparison import Side
from goldpress.dataset.changes.differences import Comparability

Rows = dict[str, tuple[str | None, list[str] | None]]
"""A table by key: a word, and a list of words."""
WORD = st.none() | st.sampled_from(["", "a", "b"])
ROWS = st.dictionaries(
    st.sampled_from([f"k{i}" for i in range(9)]),
    st.tuples(WORD, st.none() | st.lists(st.sampled_from("xy"), max_size=2)),
)
SCHEMA = pa.schema([("key", pa.string()), ("word", pa.string()), ("list", pa.list_(pa.string()))])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases; the second has another claim type, in a title that is new."""
    folder = tmp_path_factory.mktemp("dataset")
    release(folder, version="1.0.0")
    tables = changed(corpus(claim_type="prediction"), "articles", "title", [None, "Kein Panzer mehr"])
    release(folder, tables)
    return folder


def test_a_difference_names_the_changed_cells(root: Path) -> None:
    found = goldpress.diff(root / "1.0.0", root / "2.0.0")
    tables = {table.name: table for table in found.tables if not table.empty}
    assert {"claims", "gold_claims", "articles"} <= set(tables)
    assert tables["claims"].changed_columns == {"claim_type": 2}
    (cell, _) = tables["claims"].examples
    assert (cell.op, cell.column, cell.old, cell.new) == ("changed", "claim_type", "commitment", "prediction")
    assert goldpress.diff(root / "1.0.0", root / "1.0.0").empty


def test_a_difference_says_which_label_became_which_and_in_which_articles(root: Path) -> None:
    found = goldpress.diff(root / "1.0.0", root / "2.0.0")
    claims = next(table for table in found.tables if table.name == "claims")
    assert claims.transitions == {"claim_type": {"commitment": {"prediction": 2}}}
    assert found.articles == ("markt",)
    assert found.splits == (Comparability("train", same=False, same_texts=False),)
    told = found.to_dict()
    assert told["articles"] == ["markt"]
    assert "cells" not in told["tables"][0]


def test_of_a_list_of_labels_each_one_that_came_or_went_counts(tmp_path: Path) -> None:
    pairs = [(["a", "b"], ["b", "c"]), (["b"], ["b", "c", "d"]), (None, ["c"]), (["a"], None)]
    cells = pa.table(
        {
            "op": ["changed"] * len(pairs),
            "column": ["topic"] * len(pairs),
            "old": pa.array([None if old is None else str(old) for old, _ in pairs], pa.string()),
            "new": pa.array([None if new is None else str(new) for _, new in pairs], pa.string()),
        }
    )
    assert transitions(cells, ["topic"]) == {"topic": {"": {"c": 2, "d": 1}, "a": {"": 1, "c": 1}}}
    for topic in (["talks.terms"], ["talks.contact"]):
        release(tmp_path, changed(corpus(), "gold_claims", "topic", [topic]))
    found = goldpress.diff(tmp_path / "0.1.0", tmp_path / "0.2.0")
    assert {"gold_claims.topic", "gold_claims.claim_type"} <= {*found.labels}
    assert "gold_claims.gold_source" not in found.labels
    told = (tmp_path / "0.2.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "| `gold_claims.topic` | talks.terms | talks.contact | 1 |" in told


def test_an_article_that_came_is_affected(tmp_path: Path) -> None:
    release(tmp_path, corpus(articles=("markt",)))
    release(tmp_path, corpus())
    assert goldpress.diff(tmp_path / "0.1.0", tmp_path / "0.2.0").articles == ("hafen",)


def test_agreement_is_told_before_and_after(tmp_path: Path) -> None:
    rows = corpus()["agreement"].to_pylist()
    at = next(i for i, row in enumerate(rows) if row["annotator_a"] is None)
    for value in (0.5, 0.75):
        values = [value if i == at else row["value"] for i, row in enumerate(rows)]
        release(tmp_path, changed(corpus(), "agreement", "value", values))
    found = goldpress.diff(tmp_path / "0.1.0", tmp_path / "0.2.0")
    assert found.agreement == {rows[at]["agreement_id"]: (0.5, 0.75)}


def test_documents_that_changed_are_named(tmp_path: Path) -> None:
    release(tmp_path)
    release(tmp_path, title="Another")
    found = goldpress.diff(tmp_path / "0.1.0", tmp_path / "0.1.1")
    assert found.empty
    assert [*found.documents] == ["title"]
    assert found.splits == (Comparability("train", same=True, same_texts=True),)


def test_changes_are_files_without_text(root: Path) -> None:
    folder = root / "2.0.0" / "changes"
    rows = pq.read_table(folder / "claims.parquet").to_pylist()
    assert {(row["op"], row["article_id"], row["column"], row["old"], row["new"]) for row in rows} == {
        ("changed", "markt", "claim_type", "commitment", "prediction")
    }
    (title,) = pq.read_table(folder / "articles.parquet").to_pylist()
    assert (title["column"], title["old"], title["new"]) == ("title", None, None)
    assert not (root / "1.0.0" / "changes").exists()
    assert goldpress.verify(root / "2.0.0").ok


def test_the_changelog_says_what_a_reader_of_scores_asks(root: Path) -> None:
    section = (root / "2.0.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "| `claims.claim_type` | commitment | prediction | 2 |" in section
    assert "1 article concerned: `markt`." in section
    assert "- train: changed in this release" in section


def test_lists_and_structs_differ_where_python_says_so() -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time

    def drawn() -> list[dict[str, Any] | None] | None:
        def item() -> dict[str, Any] | None:
            inner = chance.choice([None, [], ["p"], ["p", None]])
            return chance.choice([None, {"a": chance.choice([None, "x", "y"]), "b": inner}])

        return None if chance.random() < 0.2 else [item() for _ in range(chance.randint(0, 3))]

    kind = pa.list_(pa.struct([("a", pa.string()), ("b", pa.list_(pa.string()))]))
    for number in range(100):
        old = [drawn() for _ in range(number % 30)]
        new = [value if chance.random() < 0.6 else drawn() for value in old]
        parts = pa.chunked_array([pa.array(old[:9], kind), pa.array(old[9:], kind)])
        sliced = pa.chunked_array([pa.array([[], *new], kind)[1:]])
        assert comparison._differs(parts, sliced).to_pylist() == [a != b for a, b in zip(old, new, strict=True)]


@settings(max_examples=200, deadline=None)
@given(old=ROWS, new=ROWS, order=st.randoms(use_true_random=False), together=st.sampled_from([1, 2, 3, 100]))
def test_rows_are_matched_as_a_dictionary_would(old: Rows, new: Rows, order: random.Random, together: int) -> None:
    def side(rows: Rows) -> dict[str, Side]:
        keys = sorted(rows)
        order.shuffle(keys)
        found = [{"key": key, "word": rows[key][0], "list": rows[key][1]} for key in keys]
        return {"t": Side("key", pa.Table.from_pylist(found, schema=SCHEMA))}

    both = old.keys() & new.keys()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "TOGETHER", together)
        (found,) = comparison.compare_tables(side(old), side(new)).tables
    assert (found.added, found.removed) == (len(new.keys() - old.keys()), len(old.keys() - new.keys()))
    differ = [(key, at) for key in both for at in (0, 1) if old[key][at] != new[key][at]]
    assert found.changed == len({key for key, _ in differ})
    assert found.unchanged == len(both) - found.changed
    wanted = Counter(("word", "list")[at] for _, at in differ)
    assert found.changed_columns == wanted
    cells = found.cells.to_pylist() if found.cells is not None else []
    told = {(cell["key"], cell["column"], cell["old"], cell["new"]) for cell in cells if cell["op"] == "changed"}
    shown = {(key, ("word", "list")[at], *(_said(rows[key][at]) for rows in (old, new))) for key, at in differ}
    assert told == shown
    assert {cell["key"] for cell in cells if cell["op"] == "removed"} == old.keys() - new.keys()
    assert {cell["key"] for cell in cells if cell["op"] == "added"} == new.keys() - old.keys()


def _said(value: Any) -> str | None:
    return None if value is None else str(value)
