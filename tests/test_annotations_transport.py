"""Push, status and pull against a real Label Studio: nothing lost, nothing doubled, nobody's address on disk."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import goldpress
from goldpress.annotations import assemble, pull, push, status
from goldpress.annotations.transport.store import pull_files
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.labelstudio import UnclearAnswer
from goldpress.labelstudio.client import Client
from goldpress.labelstudio.exchange import Exchange
from studio import TEXTS, Desk, answer, make_desk, span, write_seed

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

pytestmark = pytest.mark.server

MARKT = [
    span(TEXTS["markt"], "Vogt", "entity", "PER", "p"),
    span(TEXTS["markt"], "Mirow", "entity", "PER", "q"),
    answer("relevance", "no_claim"),
]


@pytest.fixture
def desk(server: "Server", tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(server, tmp_path)
    yield made
    made.close()


def test_pushing_twice_adds_nothing_and_says_so(desk: Desk) -> None:
    assert sorted(push(desk.workspace).created) == ["hafen", "markt"]
    again = push(desk.workspace)
    assert (again.created, sorted(again.present)) == ([], ["hafen", "markt"])
    assert len(desk.task_ids()) == 2


def test_label_studio_itself_doubles_what_is_sent_twice(desk: Desk) -> None:
    from goldpress.annotations.transport.pushing import to_task
    from goldpress.seeds import read_articles

    push(desk.workspace)
    tasks = [to_task(article) for article in read_articles(desk.workspace)]
    with desk.admin() as client:
        client.import_tasks(desk.project_id, tasks)
        assert len(client.task_index(desk.project_id)) == 4
    assert push(desk.workspace).created == []


def test_a_corrected_article_is_a_new_task_and_the_old_one_is_stale(desk: Desk) -> None:
    push(desk.workspace)
    write_seed(desk.workspace.root, "hafen", TEXTS["hafen"] + " Am Abend war Ruhe.")
    report = push(desk.workspace)
    assert (report.created, report.stale) == (["hafen"], ["hafen"])
    assert sorted((s.article_id, s.stale) for s in status(desk.workspace).articles) == [
        ("hafen", False),
        ("hafen", True),
        ("markt", False),
    ]


def test_labels_of_an_older_revision_are_kept_and_not_compared_with_those_of_the_newer(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "hafen", [span(TEXTS["hafen"], "Alster", "entity", "ORG", "o"), *MARKT[2:]])
    pull(desk.workspace)
    longer = "Am Abend war Ruhe. " + TEXTS["hafen"]
    write_seed(desk.workspace.root, "hafen", longer)
    push(desk.workspace)
    desk.label("ben", "hafen", [span(longer, "Alster", "entity", "ORG", "o"), *MARKT[2:]])
    pull(desk.workspace)
    corpus = assemble(desk.workspace)
    assert [row["text"] for row in corpus.tables["spans"].to_pylist()] == ["Alster"]
    assert corpus.tables["annotations"].num_rows == 1
    assert corpus.counts["tasks of a superseded revision"] == 1
    assert {row["n_annotators"] for row in corpus.tables["agreement"].to_pylist()} <= {0, 1}
    assert len(pull_files(desk.workspace.annotations)) == 2


def test_only_and_limit_choose_what_is_sent(desk: Desk) -> None:
    assert push(desk.workspace, only=["markt"]).created == ["markt"]
    assert push(desk.workspace, limit=1).created == ["hafen"]
    with pytest.raises(UsageError, match="GP-PUSH-004"):
        push(desk.workspace, only=["nirgends"])


def test_after_a_lost_answer_the_server_is_asked_and_nothing_is_sent_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    real = Client.import_tasks

    def lose_the_answer(self: Client, project_id: int, tasks: list[dict[str, object]]) -> list[int]:
        sent.append(len(tasks))
        real(self, project_id, tasks)
        raise UnclearAnswer("GP-LS-008", "the line broke after the server had stored everything")

    monkeypatch.setattr(Client, "import_tasks", lose_the_answer)
    assert sorted(push(desk.workspace).created) == ["hafen", "markt"]
    assert sent == [2]
    assert len(desk.task_ids()) == 2


def test_status_tells_open_skipped_empty_and_done_apart(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    desk.label("ben", "markt", [], was_cancelled=True)
    desk.label("anna", "hafen", [])
    report = status(desk.workspace)
    found = {state.article_id: sorted(state.by.values()) for state in report.articles}
    assert found == {"markt": ["done", "skipped"], "hafen": ["empty"]}
    assert report.not_pushed == []


def test_a_pull_brings_what_changed_under_pseudonyms_only(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    first = pull(desk.workspace)
    assert (first.tasks, first.annotations) == (2, 1)
    assert pull(desk.workspace).path == ""
    desk.label("ben", "hafen", [answer("relevance", "no_claim")])
    second = pull(desk.workspace)
    assert (second.changed, second.annotations) == (1, 1)
    content = "".join(path.read_text("utf-8") for path in pull_files(desk.workspace.annotations))
    assert "example.org" not in content
    spans = assemble(desk.workspace).tables["spans"].to_pylist()
    assert sorted(row["text"] for row in spans) == ["Mirow", "Vogt"]
    assert all(TEXTS[row["article_id"]][row["start"] : row["end"]] == row["text"] for row in spans)


def test_a_full_pull_fetches_everything_again_and_changes_no_table(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    pull(desk.workspace)
    before = assemble(desk.workspace).tables
    assert pull(desk.workspace, full=True).changed == 2
    after = assemble(desk.workspace).tables
    assert all(after[name].equals(table) for name, table in before.items())


def test_a_task_that_is_gone_from_the_server_stays_in_the_store(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    pull(desk.workspace)
    gone = desk.task_ids()["markt"]
    with desk.admin() as client:
        client._exchange.send("DELETE", f"/api/tasks/{gone}/")
    report = pull(desk.workspace)
    assert report.gone == [gone]
    assert len(assemble(desk.workspace).tables["spans"]) == 2


def test_the_server_stores_what_does_not_fit_and_the_tables_show_it(desk: Desk) -> None:
    push(desk.workspace)
    text = TEXTS["markt"]
    beyond = {"start": 5, "end": 9999, "text": "x", "labels": ["PER"]}
    wrong = [
        {"id": "far", "from_name": "entity", "to_name": "text", "type": "labels", "value": beyond},
        span(text, "Vogt", "entity", "FOO", "foo"),
        {"type": "relation", "from_id": "foo", "to_id": "nowhere", "direction": "right", "labels": ["claimer"]},
    ]
    desk.label("anna", "markt", wrong)
    pull(desk.workspace)
    verdict = goldpress.validate(desk.workspace)
    broken = {finding.check_id.partition(".")[0] for finding in verdict.findings}
    assert not verdict.ok
    assert {"T3", "S7", "D1"} <= broken
    assert verdict.to_dict()["seen"]["tasks"] == len(desk.task_ids())


def test_findings_go_back_to_the_annotators_as_notes_and_the_notes_go_with_them(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p"), answer("relevance", "relevant")])
    desk.label("anna", "hafen", MARKT[2:])
    pull(desk.workspace)
    before = [path.read_bytes() for path in pull_files(desk.workspace.annotations)]
    sent = goldpress.validate(desk.workspace, send_back=True).sent_back
    assert sent is not None
    assert (sent["noted"], sent["cleared"]) == (["markt"], [])
    with desk.admin() as client:
        task = client.task(desk.task_ids()["markt"])
        assert "(C24)" in task["data"]["review_note"]
        assert "relevant" in task["data"]["review_note"]
        assert task["data"]["text"] == TEXTS["markt"]
        mended = [*task["annotations"][0]["result"][:1], answer("relevance", "no_claim")]
        client._exchange.send("PATCH", f"/api/annotations/{task['annotations'][0]['id']}/", json={"result": mended})
    pull(desk.workspace)
    sent = goldpress.validate(desk.workspace, send_back=True).sent_back
    assert sent is not None
    assert (sent["noted"], sent["cleared"]) == ([], ["markt"])
    assert [path.read_bytes() for path in pull_files(desk.workspace.annotations)][:1] == before
    with pytest.raises(UsageError, match="GP-VALID-011"):
        goldpress.validate(desk.workspace, "0.1.0", send_back=True)


def test_the_same_annotation_submitted_twice_is_stored_once(desk: Desk) -> None:
    push(desk.workspace)
    task, mark = desk.task_ids()["markt"], str(uuid.uuid4())
    assert desk.person("anna").create_annotation(task, MARKT, unique_id=mark)
    assert not desk.person("anna").create_annotation(task, MARKT, unique_id=mark)
    assert pull(desk.workspace).annotations == 1


def test_two_people_at_once_lose_nothing(desk: Desk) -> None:
    push(desk.workspace)
    desk.person("anna"), desk.person("ben")
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(desk.label, who, what, MARKT[2:]) for who in ("anna", "ben") for what in TEXTS]
        pulls = [pool.submit(pull, desk.workspace) for _ in range(2)]
        for job in jobs:
            job.result()
        for done in pulls:
            done.result()
    pull(desk.workspace)
    assert len(assemble(desk.workspace).tables["annotations"]) == 4


def test_a_project_with_another_label_config_is_refused_with_a_way_out(desk: Desk) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    scheme = desk.workspace.schemas / "scheme.toml"
    scheme.write_text(scheme.read_text("utf-8").replace('name = "PER"', 'name = "HUMAN"').replace('"PER"', '"HUMAN"'))
    with pytest.raises(UsageError, match="GP-PUSH-003") as caught:
        push(desk.workspace)
    assert caught.value.hint


def test_a_wrong_token_is_told_apart_from_a_server_that_is_not_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(desk.workspace)
    monkeypatch.setenv("GOLDPRESS_TOKEN", "0123456789abcdef0123456789abcdef01234567")
    with pytest.raises(UsageError) as refused:
        pull(desk.workspace)
    assert refused.value.code in {"GP-LS-005", "GP-LS-021"}
    with pytest.raises(SurroundingsError, match="GP-LS-001"):
        pull(desk.workspace, url="http://127.0.0.1:9")


def test_an_answer_with_fewer_tasks_than_were_asked_for_is_no_pull(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    real = Exchange.get

    def short(self: Exchange, path: str, kind: Any, *args: Any, **more: Any) -> Any:
        found = real(self, path, kind, *args, **more)
        return found[:-1] if path.endswith("/export") else found

    monkeypatch.setattr(Exchange, "get", short)
    with pytest.raises(SurroundingsError, match="GP-LS-010"):
        pull(desk.workspace)
    assert pull_files(desk.workspace.annotations) == []


def test_an_export_of_the_server_comes_in_without_the_server(desk: Desk, tmp_path: Path) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", MARKT)
    with desk.admin() as client:
        ids = list(desk.task_ids().values())
        tasks = [task for chunk in client.export_tasks(desk.project_id, ids) for task in chunk]
    file = tmp_path / "export.json"
    file.write_text(json.dumps(tasks), "utf-8")
    other = make_desk(desk.server, tmp_path / "other").workspace
    report = pull(other, file=file)
    assert (report.tasks, report.annotations) == (2, 1)
    assert sorted(row["text"] for row in assemble(other).tables["spans"].to_pylist()) == ["Mirow", "Vogt"]
    file.write_text(json.dumps(tasks)[:-40], "utf-8")
    with pytest.raises(DataError, match="GP-EXPORT-003"):
        pull(other, file=file)
    assert len(pull_files(other.annotations)) == 1
