"""Adjudication on a real server: sent once, decided in Chromium on a prefilled page, pulled back as what decides."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import LabellingPage
from goldpress import adjudicate, agree, assemble, pull, push
from goldpress.annotations.adjudication import MERGED, adjudication_config
from goldpress.annotations.transport.projects import open_side, side_title
from goldpress.errors import UsageError
from goldpress.schemas import load_scheme
from studio import PASSWORD, TEXTS, Desk, answer, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server

pytestmark = pytest.mark.server

MARKT, HAFEN = TEXTS["markt"], TEXTS["hafen"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private state of this module's desk, the same for all of its tests."""
    return tmp_path_factory.mktemp("state-adjudication")


@pytest.fixture(scope="module")
def desk(server: "Server", home: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Desk]":
    """Two annotators who agree on one article and differ about the other; an adjudicator."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDPRESS_STATE", str(home))
        made = make_desk(server, tmp_path_factory.mktemp("adjudication"))
        push(made.workspace)
        for name, surface in (("anna", "Präsident Mirow"), ("ben", "Mirow")):
            vogt, mirow = span(MARKT, "Vogt", "entity", "PER", "e1"), span(MARKT, surface, "entity", "PER", "e2")
            made.label(name, "markt", [vogt, mirow, answer("relevance", "no_claim")])
            made.label(name, "hafen", [span(HAFEN, "Alster", "entity", "ORG", "e1"), answer("relevance", "no_claim")])
        made.person("cleo")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def state(home: Path, private_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's own state folder, not a new one for each test."""
    del private_state
    monkeypatch.setenv("GOLDPRESS_STATE", str(home))


def email_of(desk: Desk, name: str) -> str:
    return desk.clients[name].whoami().email


def test_only_the_disputed_article_is_sent_and_only_once(desk: Desk) -> None:
    pull(desk.workspace)
    first, again = adjudicate(desk.workspace), adjudicate(desk.workspace)
    assert (list(first.sent), first.agreed) == (["markt"], ["hafen"])
    assert (again.sent, again.present) == ({}, ["markt"])
    with desk.admin() as client:
        project = client.find_project(side_title(desk.workspace, "adjudicator"))
        assert project is not None
        (stub,) = client.task_index(project.id)
        task = client.task(stub.id)
    versions = {p["model_version"]: p["result"] for p in task["predictions"]}
    people = {row["annotator_pid"] for row in assemble(desk.workspace).tables["annotations"].to_pylist()}
    assert set(versions) == {MERGED, *people}
    marked = [row["value"]["text"] for row in versions[MERGED] if row["type"] == "labels"]
    assert marked == ["Vogt"], "the two names for the president are open"
    assert "„Mirow“" in task["data"]["open_points"] or "„Präsident Mirow“" in task["data"]["open_points"]


def test_an_untouched_adjudication_project_changes_nothing(desk: Desk) -> None:
    pull(desk.workspace)
    sources = {row["gold_source"] for row in assemble(desk.workspace).tables["gold_spans"].to_pylist()}
    assert sources == {"unanimous"}
    assert agree(desk.workspace).disputed == 2


@pytest.mark.browser
def test_the_adjudicators_page_is_prefilled_and_what_is_submitted_there_decides(
    desk: Desk, chromium: "Browser"
) -> None:
    with desk.admin() as client:
        project = client.find_project(side_title(desk.workspace, "adjudicator"))
    assert project is not None
    window = LabellingPage(chromium, desk.server.url)
    try:
        window.log_in(email_of(desk, "cleo"), PASSWORD)
        window.open_stream(project.id)
        window.read(MARKT)
        window.page.get_by_text("Offen (").first.wait_for()
        assert window.page.evaluate("Htx.annotationStore.selected.regionStore.regions.length") == 1
        window.mark("1", "Mirow")
        with window.page.expect_response(
            lambda answer: "/annotations" in answer.url and answer.request.method == "POST"
        ):
            window.page.get_by_label("submit").or_(window.page.get_by_role("button", name="Submit")).first.click()
        assert window.errors == []
    finally:
        window.close()
    pulled = pull(desk.workspace)
    assert pulled.changed == 1
    tables = assemble(desk.workspace).tables
    gold = [row for row in tables["gold_spans"].to_pylist() if row["article_id"] == "markt"]
    assert {(row["text"], row["gold_source"]) for row in gold} == {("Vogt", "adjudicated"), ("Mirow", "adjudicated")}
    raw = {row["annotation_id"]: row["role"] for row in tables["annotations"].to_pylist()}
    decided = [row for row in tables["spans"].to_pylist() if raw[row["annotation_id"]] == "adjudicator"]
    assert {(row["text"], row["origin"]) for row in decided} == {("Vogt", "prediction"), ("Mirow", "manual")}
    assert adjudicate(desk.workspace).decided == ["markt"]
    assert agree(desk.workspace).disputed == 2, "what was decided is no agreement"


def test_another_scheme_does_not_slip_into_the_project_and_another_look_does(desk: Desk) -> None:
    config = adjudication_config(load_scheme(desk.workspace))
    with desk.admin() as client:
        with pytest.raises(UsageError) as refusal:
            open_side(client, desk.workspace, "adjudicator", config.replace('"PER"', '"PERSON"'), overlap=1)
        assert refusal.value.code == "GP-SIDE-001"
        assert "'PER' of 'entity' is gone" in refusal.value.what
        other = config.replace("#8886", "#8888")
        assert open_side(client, desk.workspace, "adjudicator", other, overlap=1).label_config.strip() == other.strip()


def test_a_second_reading_is_compared_with_the_first_of_the_same_person_and_votes_nowhere(desk: Desk) -> None:
    gold = assemble(desk.workspace).tables["gold_spans"]
    first, again = push(desk.workspace, reannotate=1.0), push(desk.workspace, reannotate=1.0)
    assert (sorted(first.again), again.again) == (["hafen", "markt"], [])
    with desk.admin() as client:
        project = client.find_project(side_title(desk.workspace, "repeat"))
        assert project is not None
        task = {stub.meta["article_id"]: stub.id for stub in client.task_index(project.id)}["markt"]
    words = [span(MARKT, "Vogt", "entity", "PER", "e1"), span(MARKT, "Mirow", "entity", "PER", "e2")]
    desk.person("anna").create_annotation(task, words, unique_id=str(uuid.uuid4()), lead_time=30.0)
    pull(desk.workspace)
    tables = assemble(desk.workspace).tables
    assert "repeat" in tables["annotations"]["role"].to_pylist()
    assert tables["gold_spans"].equals(gold)
    report = agree(desk.workspace)
    assert {row.n_annotators for row in report.rows if row.name == "entity"} <= {0, 2}
    (anna,) = [one for one in report.annotators if one.reread]
    assert anna.with_self == 0.5, "of two names she drew one as before"
    strict = next(row for row in report.itself if row.measure == "f1_strict" and row.name == "entity")
    assert (strict.n_units, strict.reason) == (4, "fewer than 30 units")
