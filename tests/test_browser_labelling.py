"""What annotators do on the real page, and what arrives: two people, three articles, then a pull.

The flow runs once; each test looks at one side of what it left.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import goldpress
from browser import SELECTED, LabellingPage
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.pseudonyms import open_pseudonyms
from goldpress.labelstudio import Client
from goldpress.labelstudio.tokens import save_token

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server

pytestmark = pytest.mark.browser

HARD = (
    "Bürgermeisterin Ines Oltmann gab in Auerhafen bekannt: „Wir stellen die Nachtfähre nicht ein.“ \U0001f600 "
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 Die Stadt steckt 1,2\u00a0Millionen Euro in das Schiff.\n\n"
    "Jannik Brehm \U0001f1e9\U0001f1ea nannte das einen Fehler. „Das ist“, erklärte er, „ein Zuschuss für leere "
    "Sitze.“\n\nEs heißt, der Vertrag sei gekündigt."
)
SUGGESTED = (
    "Kanzlerin Vogt sagte in Berlin: „Wir liefern keine Panzer.“ \U0001f4e3 Präsident Mirow forderte mehr Luftabwehr."
)
SKIPPED = "Wetter am Wochenende: Am Samstag bleibt es an der Küste trocken, am Sonntag ziehen von Westen Wolken auf."

KEPT = "Vogt"
WRONG = "Berlin"


@dataclass
class Outcome:
    """What the two left behind, and what was seen on the way."""

    texts: dict[str, str]
    pids: dict[str, str]
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: dict[str, dict[str, str]] = field(default_factory=dict)
    left_by_skip: list[str] = field(default_factory=list)
    refusal: str = ""
    refused_at: list[list[int]] = field(default_factory=list)
    seen_by_ben: list[Any] = field(default_factory=list)
    told_to_ben: dict[str, Any] = field(default_factory=dict)
    beyond_loopback: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)
    shown: dict[str, bool] = field(default_factory=dict)
    dragged: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def rows(self, table: str, article: str, person: str) -> list[dict[str, Any]]:
        """Return one person's raw rows of one article."""
        own = {
            row["annotation_id"]
            for row in self.tables["annotations"]
            if row["article_id"] == article and row["annotator_pid"] == self.pids[person]
        }
        return [row for row in self.tables[table] if row["annotation_id"] in own]

    def spans(self, article: str, person: str) -> set[tuple[str, str]]:
        """Return label and surface of the spans, after holding each surface against the pushed text."""
        found = set()
        for row in self.rows("spans", article, person):
            assert self.texts[article][row["start"] : row["end"]] == row["text"]
            found.add((row["label"], row["text"]))
        return found

    def places(self, article: str, person: str) -> set[tuple[int, int]]:
        """Return the code points between which the mouse went, as the pull has them."""
        return {(row["start_raw"], row["end_raw"]) for row in self.rows("spans", article, person)}

    def links(self, article: str, person: str) -> set[tuple[str, str, str]]:
        """Return the relations as type, surface of the start, surface of the end."""
        text_of = {row["span_id"]: row["text"] for row in self.rows("spans", article, person)}
        return {
            (row["type"], text_of[row["from_span"]], text_of[row["to_span"]])
            for row in self.rows("relations", article, person)
        }


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, server: "Server", chromium: "Browser") -> Iterator[Outcome]:
    """Two annotators label three articles in the browser; then their labels are pulled and tabulated."""
    root = tmp_path_factory.mktemp("labelled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDPRESS_STATE", str(tmp_path_factory.mktemp("state")))
        yield _label(root, server, chromium)


def _label(root: Path, server: "Server", chromium: "Browser") -> Outcome:
    mark = uuid.uuid4().hex[:8]
    _prepare(root, server, mark)
    people = {name: f"{name}-{mark}@example.org" for name in ("anna", "ben")}
    for email in people.values():
        goldpress.annotators_add(email, root, password="correct horse")
    pushed = goldpress.push(root)
    _suggest(server, pushed.project_id)
    texts = {article.article_id: article.text for article in goldpress.read_articles(root)}
    workspace = goldpress.open_workspace(root)
    pseudonyms = open_pseudonyms(workspace)
    outcome = Outcome(texts, {name: pseudonyms.of(email) for name, email in people.items()})
    for name, work in (("anna", _anna), ("ben", _ben)):
        page = LabellingPage(chromium, server.url)
        page.log_in(people[name], "correct horse")
        work(page, pushed.project_id, outcome)
        outcome.beyond_loopback += page.refused
        outcome.script_errors += page.errors
        page.close()
    by_pid = {pid: name for name, pid in outcome.pids.items()}
    for state in goldpress.status(root).articles:
        outcome.states[state.article_id] = {by_pid[pid]: value for pid, value in state.by.items()}
    pulled = goldpress.pull(root)
    tables = goldpress.tabulate([root / pulled.path], goldpress.load_scheme(root / "schemas/scheme.toml"), gold=False)
    (skip,) = (a for _, t in read_tasks(newest_tasks(workspace)) for a in t["annotations"] if a["was_cancelled"])
    outcome.left_by_skip = [label for row in skip["result"] for label in row["value"]["labels"]]
    outcome.tables = {name: table.to_pylist() for name, table in tables.items()}
    return outcome


def _prepare(root: Path, server: "Server", mark: str) -> None:
    goldpress.init(root)
    (root / "seeds/beispiel.md").unlink()
    for name, text in (("1-hard", HARD), ("2-suggested", SUGGESTED), ("3-skipped", SKIPPED)):
        head = f'+++\ntitle = "{name}"\nsource = "Musterbote"\nlicence = "CC0-1.0"\n+++\n\n'
        (root / f"seeds/{name}.md").write_text(head + text + "\n", "utf-8")
    settings = root / "goldpress.toml"
    settings.write_text(settings.read_text("utf-8").replace('project = "goldpress"', f'project = "browser {mark}"'))
    save_token(goldpress.open_workspace(root), server.url, server.email, server.token)


def _span(text: str, name: str, layer: str, label: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": name, "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def _suggest(server: "Server", project_id: int) -> None:
    """Give two articles suggestions: a name that holds, one that does not, a claim with its claimer; a stray name."""
    claim = _span(SUGGESTED, "c1", "claim", "CLAIM", "Wir liefern keine Panzer")
    place = {name: claim["value"][name] for name in ("start", "end", "text")}
    answers = [
        {"id": "c1", "from_name": name, "to_name": "text", "type": "choices", "value": {**place, "choices": [value]}}
        for name, value in (("claim_type", "assertion"), ("attribution", "direct"))
    ]
    claimer = {"type": "relation", "from_id": "c1", "to_id": "e1", "direction": "right", "labels": ["claimer"]}
    names = [_span(SUGGESTED, "e1", "entity", "PER", KEPT), _span(SUGGESTED, "e2", "entity", "PER", WRONG)]
    suggested = {
        "2-suggested": [*names, claim, *answers, claimer],
        "3-skipped": [_span(SKIPPED, "e1", "entity", "ISSUE", "Wolken")],
    }
    with Client(server.url, server.token) as client:
        tasks = {stub.meta["article_id"]: stub.id for stub in client.task_index(project_id)}
        made = [
            {"task": tasks[article], "result": result, "model_version": "test-1"}
            for article, result in suggested.items()
        ]
        client.import_predictions(project_id, made)
        client.update_project(project_id, model_version="test-1", show_collab_predictions=True)


def _anna(page: LabellingPage, project_id: int, outcome: Outcome) -> None:
    page.open_stream(project_id)
    _anna_marks(page, outcome)
    outcome.dragged["anna"] = set(page.dragged)
    page.submit()
    page.read(outcome.texts["2-suggested"])
    _anna_corrects(page)
    page.submit()
    page.read(outcome.texts["3-skipped"])
    page.skip()


def _anna_marks(page: LabellingPage, outcome: Outcome) -> None:
    page.read(outcome.texts["1-hard"])
    ines = page.mark("1", "Ines Oltmann")
    page.select(ines)
    outcome.shown["mention of an entity"] = page.page.get_by_text("Eigenname").is_visible()
    outcome.shown["type of a claim, for an entity"] = page.page.get_by_text("Forderung").is_visible()
    page.press("0")
    page.mark("3", "Auerhafen")
    stays = page.mark("8", "Wir stellen die Nachtfähre nicht ein")
    ferry = page.mark("7", "Nachtfähre")
    money = page.mark("8", "Die Stadt steckt 1,2\u00a0Millionen Euro in das Schiff")
    page.mark("1", "Jannik Brehm")
    seats = page.mark("8", "Das ist“, erklärte er, „ein Zuschuss für leere Sitze")
    he = page.mark("1", "er", occurrence=page.text[: page.find("er, „ein")].count("er"))
    cue = page.mark("9", "erklärte")
    contract = page.mark("8", "der Vertrag sei gekündigt")
    page.select(he)
    page.press("x")
    for span, keys in ((stays, "egno"), (money, "blt"), (seats, "cgm")):
        page.select(span)
        page.press(*keys)
    page.press("Escape", "Shift+1")
    outcome.refusal = page.try_to_submit()
    outcome.refused_at = page.page.evaluate(SELECTED)
    page.select(contract)
    outcome.shown["type of a claim"] = page.page.get_by_text("Forderung").is_visible()
    outcome.shown["mention, for a claim"] = page.page.get_by_text("Eigenname").is_visible()
    page.press("b", "i", "q", "Shift+C")
    page.choose_topic("talks", "talks.terms")
    page.type_into("claim_date", "2025-03-01")
    page.press("Escape", "Alt+1")
    page.relate(stays, ines, "claimer")
    page.relate(stays, ferry, "favor")
    page.relate(seats, he)
    page.relate(seats, cue, "cue")


def _anna_corrects(page: LabellingPage) -> None:
    """Keep the claim and the first name, throw the other name away, give the claim another type, add a name."""
    wrong = page.find(WRONG)
    page.select((wrong, wrong + len(WRONG)))
    page.press("Backspace")
    claim = page.find("Wir liefern")
    page.select((claim, claim + len("Wir liefern keine Panzer")))
    page.press("e", "n")
    page.mark("1", "Mirow")
    page.press("Escape", "Shift+1")


def _ben(page: LabellingPage, project_id: int, outcome: Outcome) -> None:
    with page.page.expect_response(lambda answer: "next_task" in answer.url) as told:
        page.open_stream(project_id)
    outcome.told_to_ben = told.value.json()
    page.read(outcome.texts["1-hard"])
    outcome.seen_by_ben = page.serialised()
    claim = page.mark("CLAIM", "„Wir stellen die Nachtfähre nicht ein.“")
    page.select(claim)
    page.press("c", "g", "n", "q", "Escape", "Shift+1")
    outcome.dragged["ben"] = set(page.dragged)
    page.submit()
    page.read(outcome.texts["2-suggested"])
    page.press("Escape", "Shift+1")
    page.submit()
    page.read(outcome.texts["3-skipped"])
    page.mark("4", "Küste")
    page.wait_for_draft()


def test_names_and_claims_arrive_with_the_words_that_were_dragged_over(outcome: Outcome) -> None:
    assert outcome.spans("1-hard", "anna") == {
        ("PER", "Ines Oltmann"),
        ("GPE", "Auerhafen"),
        ("CLAIM", "Wir stellen die Nachtfähre nicht ein"),
        ("ISSUE", "Nachtfähre"),
        ("CLAIM", "Die Stadt steckt 1,2\u00a0Millionen Euro in das Schiff"),
        ("PER", "Jannik Brehm"),
        ("CLAIM", "Das ist“, erklärte er, „ein Zuschuss für leere Sitze"),
        ("PER", "er"),
        ("CUE", "erklärte"),
        ("CLAIM", "der Vertrag sei gekündigt"),
    }


@pytest.mark.parametrize("person", ["anna", "ben"])
def test_every_span_lies_where_the_mouse_went(outcome: Outcome, person: str) -> None:
    assert outcome.places("1-hard", person) == outcome.dragged[person]


def test_attributes_set_by_hotkey_arrive_on_their_span_and_no_other(outcome: Outcome) -> None:
    mentions = {row["text"]: row["mention"] for row in outcome.rows("spans", "1-hard", "anna") if row["mention"]}
    assert mentions == {
        "Ines Oltmann": "name",
        "Auerhafen": "name",
        "Nachtfähre": "name",
        "Jannik Brehm": "name",
        "er": "pronoun",
    }
    columns = ("claim_type", "attribution", "claim_polarity", "claimer_kind", "checkworthy", "topic")
    claims = {row["text"][:12]: tuple(row[c] for c in columns) for row in outcome.rows("claims", "1-hard", "anna")}
    assert claims == {
        "Wir stellen ": ("commitment", "direct", "deny", "span", None, None),
        "Die Stadt st": ("assertion", "none", "affirm", "author", None, None),
        "Das ist“, er": ("assessment", "direct", "affirm", "span", None, None),
        "der Vertrag ": ("assertion", "indirect", "affirm", "unattributed", "CFS", ["talks.terms"]),
    }
    dates = {str(row["claim_date"]) for row in outcome.rows("claims", "1-hard", "anna") if row["claim_date"]}
    assert dates == {"2025-03-01"}


def test_relations_drawn_with_the_mouse_arrive_and_an_unnamed_one_is_the_claimer(outcome: Outcome) -> None:
    stays, seats = "Wir stellen die Nachtfähre nicht ein", "Das ist“, erklärte er, „ein Zuschuss für leere Sitze"
    assert outcome.links("1-hard", "anna") == {
        ("claimer", stays, "Ines Oltmann"),
        ("favor", stays, "Nachtfähre"),
        ("claimer", seats, "er"),
        ("cue", seats, "erklärte"),
    }
    inferred = {row["type"] for row in outcome.rows("relations", "1-hard", "anna") if row["inferred"]}
    assert inferred == {"claimer"}
    stances = [
        (row["polarity"], row["target_text"], row["claimer_text"]) for row in outcome.rows("stances", "1-hard", "anna")
    ]
    assert stances == [("favor", "Nachtfähre", "Ines Oltmann")]


def test_labels_of_the_whole_article_arrive(outcome: Outcome) -> None:
    labels = {(row["name"], row["value"]) for row in outcome.rows("doc_labels", "1-hard", "anna")}
    assert labels == {("relevance", "relevant"), ("confidence", "high")}


def test_questions_are_asked_only_of_the_region_that_has_them(outcome: Outcome) -> None:
    assert outcome.shown == {
        "mention of an entity": True,
        "type of a claim, for an entity": False,
        "type of a claim": True,
        "mention, for a claim": False,
    }


def test_the_page_refuses_a_claim_without_its_type_names_the_question_as_it_stands_there_and_goes_to_the_claim(
    outcome: Outcome,
) -> None:
    assert "Bitte noch beantworten: Art der Aussage" in outcome.refusal
    ((start, end),) = outcome.refused_at
    assert outcome.texts["1-hard"][start:end] == "der Vertrag sei gekündigt"


def test_quotation_marks_that_were_dragged_along_are_put_right_and_the_raw_offsets_kept(outcome: Outcome) -> None:
    (claim,) = outcome.rows("spans", "1-hard", "ben")
    assert claim["text"] == "Wir stellen die Nachtfähre nicht ein"
    raw = outcome.texts["1-hard"][claim["start_raw"] : claim["end_raw"]]
    assert raw == "„Wir stellen die Nachtfähre nicht ein.“"
    repairs = [row for row in outcome.rows("repairs", "1-hard", "ben") if row["row"] == claim["span_id"]]
    assert repairs


def test_the_second_annotator_never_sees_the_labels_of_the_first(outcome: Outcome) -> None:
    assert outcome.seen_by_ben == []
    assert outcome.rows("annotations", "1-hard", "anna")
    assert outcome.told_to_ben["data"]["article_id"] == "1-hard"
    assert outcome.told_to_ben["annotations"] == []
    assert outcome.told_to_ben["drafts"] == []


def test_a_suggestion_is_kept_where_it_was_accepted_and_changed_where_it_was_corrected(outcome: Outcome) -> None:
    assert outcome.spans("2-suggested", "anna") == {
        ("PER", "Vogt"),
        ("PER", "Mirow"),
        ("CLAIM", "Wir liefern keine Panzer"),
    }
    (claim,) = outcome.rows("claims", "2-suggested", "anna")
    assert (claim["claim_type"], claim["claim_polarity"]) == ("commitment", "deny")
    assert outcome.links("2-suggested", "anna") == {("claimer", "Wir liefern keine Panzer", "Vogt")}
    origins = {row["text"]: row["origin"] for row in outcome.rows("spans", "2-suggested", "anna")}
    assert origins["Vogt"] == "prediction"
    assert origins["Mirow"] == "manual"


def test_a_suggestion_that_was_submitted_as_it_is_arrives_as_it_is(outcome: Outcome) -> None:
    assert outcome.spans("2-suggested", "ben") == {
        ("PER", "Vogt"),
        ("PER", "Berlin"),
        ("CLAIM", "Wir liefern keine Panzer"),
    }
    assert {row["origin"] for row in outcome.rows("spans", "2-suggested", "ben")} == {"prediction"}


def test_a_skipped_article_and_a_draft_stay_what_they_are(outcome: Outcome) -> None:
    assert outcome.states["3-skipped"] == {"anna": "skipped", "ben": "draft"}
    states = {
        row["annotator_pid"]: row["state"] for row in outcome.tables["annotations"] if row["article_id"] == "3-skipped"
    }
    assert states == {outcome.pids["anna"]: "skipped"}
    assert outcome.left_by_skip == ["ISSUE"], "the page sends what was suggested along with the skip"
    assert not [row for row in outcome.tables["spans"] if row["article_id"] == "3-skipped"]


def test_the_page_asks_nothing_beyond_loopback_and_throws_nothing(outcome: Outcome) -> None:
    assert outcome.beyond_loopback == []
    assert outcome.script_errors == []
