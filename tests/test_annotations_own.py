"""The repository's own labels: of the present texts, by three roles, with everything that the scheme can say."""

import re
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest

import goldpress
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.store import pull_files


@pytest.fixture(scope="module")
def corpus(repository: Path) -> goldpress.Corpus:
    return goldpress.assemble(repository)


def column(corpus: goldpress.Corpus, table: str, name: str) -> Counter[str | None]:
    return Counter(corpus.tables[table][name].to_pylist())


def test_every_label_is_of_the_text_that_lies_in_seeds(repository: Path) -> None:
    labelled = {(e.article_id, e.text_sha256) for e in newest_tasks(goldpress.open_workspace(repository))}
    assert labelled == {(a.article_id, a.text_sha256) for a in goldpress.read_articles(repository)}


def test_nobody_can_be_recognised_in_the_store(repository: Path) -> None:
    files = pull_files(repository / "annotations")
    assert files
    for path in files:
        assert re.findall(r"[\w.+-]+@[\w-]+\.\w+", path.read_text()) == []
    workspace = goldpress.open_workspace(repository)
    people = {a["completed_by"] for _, task in read_tasks(newest_tasks(workspace)) for a in task["annotations"]}
    assert all(re.fullmatch(r"ann-[0-9a-f]{10}", name) for name in people)


def test_two_people_label_and_a_third_decides(corpus: goldpress.Corpus) -> None:
    annotations = corpus.tables["annotations"].to_pylist()
    roles = Counter(row["role"] for row in annotations)
    assert len({row["annotator_pid"] for row in annotations if row["role"] == "primary"}) == 2
    assert len({row["annotator_pid"] for row in annotations if row["role"] == "adjudicator"}) == 1
    assert roles["primary"] == 2 * corpus.tables["articles"].num_rows
    assert 3 <= roles["adjudicator"] < corpus.tables["articles"].num_rows


def test_a_skip_an_article_without_a_claim_and_found_nothing_are_there(corpus: goldpress.Corpus) -> None:
    annotations = corpus.tables["annotations"].to_pylist()
    assert [row["state"] for row in annotations].count("skipped") == 1
    assert column(corpus, "doc_labels", "value")["no_claim"] >= 2
    spans = column(corpus, "spans", "annotation_id")
    submitted = {row["annotation_id"] for row in annotations if row["state"] != "skipped"}
    assert len(submitted - set(spans)) == 1


def test_everything_that_the_scheme_can_say_is_said(corpus: goldpress.Corpus) -> None:
    scheme = corpus.scheme
    assert set(column(corpus, "spans", "label")) == set(scheme.span_labels())
    # No article says one claim in pieces that stand paragraphs apart.
    assert set(column(corpus, "relations", "type")) == set(scheme.relation_labels()) - {"continues"}
    for layer in scheme.span_layers:
        for entry in layer.attributes:
            said = corpus.tables[layer.table or "spans"][entry.name]
            if entry.kind == "choice":
                assert {value.name for value in entry.values} <= set(said.to_pylist()), entry.name
            else:
                assert pc.count(said).as_py() > 0, entry.name


def test_the_labels_have_something_to_repair_and_nothing_else_that_is_wrong(corpus: goldpress.Corpus) -> None:
    repaired = set(column(corpus, "repairs", "check_id"))
    assert {"T6", "T8", "T20", "C6", "C9"} <= repaired
    text = {row["article_id"]: row["text"] for row in corpus.tables["articles"].to_pylist()}
    for row in corpus.tables["spans"].to_pylist():
        assert row["text"] == text[row["article_id"]][row["start"] : row["end"]]
