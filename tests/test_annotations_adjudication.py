"""Adjudication: what is sent, what it is prefilled with, what the note says, and whose work it is not."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from annotation_rows import annotation, claim, doc_label, raw_tables, relation, span
from goldpress.annotations.adjudication import MERGED, _Plan, adjudicate, adjudication_config
from goldpress.annotations.assembly.corpus import Corpus
from goldpress.annotations.assembly.intake import tabulate
from goldpress.annotations.gold.computation import gold_tables
from goldpress.annotations.gold.proposals import MOST_POINTS, Place, collect_gold, open_points, to_note, to_result
from goldpress.annotations.transport.projects import LONGEST_TITLE, side_title
from goldpress.errors import UsageError
from goldpress.schemas.label_config import label_config
from goldpress.schemas.scheme import load_scheme
from goldpress.workspace import LabelStudioSettings, Settings, Workspace

ROOT = Path(__file__).parent.parent
SCHEME = load_scheme(ROOT / "schemas" / "scheme.toml")


def corpus(spans: list[Any], people: str = "12", **more: Any) -> Corpus:
    more.setdefault("annotations", [annotation(name) for name in people])
    raw = raw_tables(SCHEME, spans=spans, articles=[{"article_id": "a", "text": "x" * 100}], **more)
    return Corpus({**raw, **gold_tables(raw, SCHEME)}, SCHEME)


def plan(found: Corpus, deciders: str = "9", *, allow_own: bool = False) -> _Plan:
    return _Plan(found, {f"p{name}" for name in deciders}, allow_own=allow_own)


# ── which articles ──────────────────────────────────────────────────────────────────────────────────────────


def test_only_an_article_with_something_open_needs_a_decision() -> None:
    assert plan(corpus([span("1", 0, 5)])).wanted == {"a"}
    assert plan(corpus([span("1", 0, 5), span("2", 0, 5)])).agreed == ["a"]


def test_where_one_person_read_there_is_nobody_to_disagree_with() -> None:
    found = corpus([span("1", 0, 5)], annotations=[annotation("1"), annotation("2", state="skipped")])
    assert plan(found).alone == ["a"]


def test_what_an_adjudicator_has_decided_is_not_sent_again() -> None:
    people = [annotation("1"), annotation("2"), annotation("9", role="adjudicator")]
    found = corpus([span("1", 0, 5)], annotations=people)
    assert plan(found).decided == ["a"]
    assert plan(found).wanted == set()


def test_nobody_decides_on_their_own_work_unless_it_is_allowed() -> None:
    found = corpus([span("1", 0, 5)])
    assert plan(found, "1").own == ["a"]
    assert plan(found, "1", allow_own=True).wanted == {"a"}
    assert plan(found, "19").wanted == {"a"}, "the other one can decide"


def test_without_an_adjudicator_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "goldpress.toml").touch()
    with pytest.raises(UsageError, match="nobody is an adjudicator") as refusal:
        adjudicate(tmp_path)
    assert (refusal.value.code, "annotators add" in refusal.value.hint) == ("GP-ADJUDICATE-001", True)


# ── the merged proposal ─────────────────────────────────────────────────────────────────────────────────────


def full() -> Corpus:
    """Two annotators who agree on all but the type of one claim and one name."""
    spans: list[Any] = []
    claims, relations, labels = [], [], []
    for by, kind in (("1", "demand"), ("2", "prediction")):
        own = span(by, 0, 20, "CLAIM"), span(by, 30, 40, "ORG", kb_id="Q5"), span(by, 50, 60, "CLAIM")
        spans += own
        claims += [claim(own[0], topic=["arms.delivery", "talks.summit"]), claim(own[2], claim_type=kind)]
        relations.append(relation(own[0], own[1], "favor"))
        labels.append(doc_label(by, "relevance", "relevant"))
    spans.append(span("1", 70, 75))
    return corpus(spans, claims=claims, relations=relations, doc_labels=labels)


def test_the_proposal_comes_back_as_the_gold_that_it_was_made_from() -> None:
    found = full()
    gold = collect_gold(found.tables, ["a"])["a"]
    result = to_result(gold, SCHEME)
    reading = {"id": 1, "unique_id": "u1", "completed_by": "p9", "result": result, "was_cancelled": False}
    task = {"id": 1, "data": {"article_id": "a", "text": "x" * 100}, "annotations": [reading]}
    tables = tabulate([task], SCHEME)

    def spans(table: str) -> set[tuple[Any, ...]]:
        rows = tables[table].to_pylist() if table == "spans" else found.tables[table].to_pylist()
        return {(r["layer"], r["label"], r["start"], r["end"], r["kb_id"]) for r in rows}

    assert spans("spans") == spans("gold_spans")
    kinds = {(r["start"], r["claim_type"], tuple(r["topic"] or ())) for r in tables["claims"].to_pylist()}
    assert kinds == {(0, "demand", ("arms.delivery", "talks.summit")), (50, None, ())}
    assert [(r["layer"], r["type"]) for r in tables["relations"].to_pylist()] == [("stance", "favor")]
    assert [(r["name"], r["value"]) for r in tables["doc_labels"].to_pylist()] == [("relevance", "relevant")]
    assert tables["repairs"].num_rows == 0


def test_a_task_holds_the_proposal_first_and_one_set_for_each_annotator() -> None:
    entries = [
        {
            "completed_by": f"p{name}",
            "result": [{"id": name}],
            "updated_at": day,
            "was_cancelled": skipped,
            "role": role,
        }
        for name, day, skipped, role in (
            ("1", "2025-01-01", False, "primary"),
            ("2", "2025-01-02", False, "primary"),
            ("1", "2025-01-03", False, "primary"),
            ("3", "2025-01-03", True, "primary"),
            ("4", "2025-01-03", False, "repeat"),
        )
    ]
    entries[2]["result"] = [{"id": "newer"}]
    task = {"id": 7, "data": {"article_id": "a", "text_sha256": "s", "text": "x"}, "annotations": entries}
    made = plan(full()).to_task(task)
    versions = [(p["model_version"], p["result"]) for p in made["predictions"]]
    assert [name for name, _ in versions] == [MERGED, "p1", "p2"]
    assert versions[1][1] == [{"id": "newer"}]
    assert made["meta"] == {"article_id": "a", "text_sha256": "s"}
    assert "annotations" not in made


# ── the note ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_note_names_the_open_points_in_the_order_of_the_text_and_in_the_language_of_the_scheme() -> None:
    note = plan(full()).to_task({"data": {"article_id": "a", "text_sha256": "s"}})["data"]["open_points"]
    lines = note.splitlines()
    assert lines[0] == "Offen (2):"
    assert "[50–60]: Art der Aussage (Forderung 1 · Vorhersage 1)" in lines[1]
    assert "[70–75]: Ja oder nein? (nein 1 · ja 1)" in lines[2]


def test_a_relation_is_named_with_its_target_and_a_tie_of_boundaries_once() -> None:
    spans: list[Any] = []
    relations = []
    for by, kind in (("1", "favor"), ("2", "against")):
        own = span(by, 0, 20, "CLAIM", text="mehr Luftabwehr"), span(by, 30, 40, "ORG", text="Bundesrat")
        spans += own
        relations.append(relation(*own, kind))
    spans += [span("1", 60, 66), span("2", 60, 67)]
    found = corpus(spans, relations=relations, claims=[claim(s) for s in spans if s["label"] == "CLAIM"])
    made = plan(found)
    assert made.points("a") == 2
    note = made.to_task({"data": {"article_id": "a", "text_sha256": "s"}})["data"]["open_points"]
    assert "stance → „Bundesrat“: welche? (against 1 · favor 1)" in note
    assert "Welche Grenzen? (60-66 1 · 60-67 1)" in note


def test_a_long_list_is_cut_and_says_so_and_own_work_is_named() -> None:
    note = to_note([f"point {number}" for number in range(MOST_POINTS + 3)], SCHEME, own=["p2", "p1"])
    assert note.splitlines()[0] == "Nicht für p1, p2: selbst annotiert."
    assert note.splitlines()[-1] == "… und 3 weitere"


def test_a_point_without_a_place_is_told_last() -> None:
    found = collect_gold(corpus([span("1", 0, 5)]).tables, ["a"])["a"]
    (only,) = open_points(found, {}, SCHEME)
    assert only == ": Ja oder nein? (nein 1 · ja 1)"
    (placed,) = open_points(found, {"a/1:0-5-PER": Place(0, 5, "a\nlong " * 20)}, SCHEME)
    assert "\n" not in placed
    assert len(placed) < 120


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_adjudicators_page_is_the_annotators_with_the_note_above_the_text() -> None:
    config = adjudication_config(SCHEME)
    ET.fromstring(config)  # noqa: S314 - our own text
    assert config.index("$open_points") < config.index("<Text ")
    assert config.replace(config[config.index("<Style>\n.gp-open") : config.index("<Text ")], "") == label_config(
        SCHEME
    )


def test_titles_of_side_projects_fit_and_differ(tmp_path: Path) -> None:
    settings = Settings(label_studio=LabelStudioSettings(project="x" * LONGEST_TITLE))
    titles = {side_title(Workspace(tmp_path, settings), role) for role in ("adjudicator", "repeat")}
    assert len(titles) == 2
    assert {len(title) for title in titles} == {LONGEST_TITLE}
