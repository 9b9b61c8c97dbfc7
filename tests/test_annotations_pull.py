"""What a pull must notice: texts that changed, labels that vanished, ids given again; and where it goes on."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from goldpress.annotations import pull, push, status
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.notes import send_notes
from goldpress.annotations.transport.store import pull_files
from goldpress.errors import SurroundingsError
from goldpress.labelstudio.client import Client
from studio import TEXTS, Desk, answer, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server

MARKT = [span(TEXTS["markt"], "Vogt", "entity", "PER", "p"), answer("relevance", "no_claim")]


@pytest.fixture
def desk(server: "Server", tmp_path: "Path") -> "Iterator[Desk]":
    made = make_desk(server, tmp_path)
    push(made.workspace)
    yield made
    made.close()


def change_text(desk: Desk, article: str, **data: Any) -> None:
    task_id = desk.task_ids()[article]
    with desk.admin() as client:
        client.change_data(task_id, {**client.task(task_id)["data"], **data})


def delete(desk: Desk, path: str) -> None:
    with desk.admin() as client:
        client._exchange.send("DELETE", path)


def test_a_text_that_was_changed_on_the_server_is_set_aside_with_its_difference(desk: Desk) -> None:
    desk.label("anna", "markt", MARKT)
    change_text(desk, "markt", text=TEXTS["markt"].replace("Kanzlerin", "Die Kanzlerin"))
    report = pull(desk.workspace)
    assert [row["article_id"] for row in report.drifted] == ["markt"]
    assert "-Kanzlerin Vogt" in report.drifted[0]["difference"]
    assert "+Die Kanzlerin Vogt" in report.drifted[0]["difference"]
    assert [entry.article_id for entry in newest_tasks(desk.workspace)] == ["hafen"]
    change_text(desk, "markt", text=TEXTS["markt"])
    assert (pull(desk.workspace).annotations, len(newest_tasks(desk.workspace))) == (1, 2)


def test_a_text_that_was_deleted_by_a_change_of_other_fields_is_set_aside(desk: Desk) -> None:
    task_id = desk.task_ids()["markt"]
    with desk.admin() as client:
        client.change_data(task_id, {"article_id": "markt", "text_sha256": "0" * 64})
        assert "text" not in client.task(task_id)["data"]
    assert [row["article_id"] for row in pull(desk.workspace).drifted] == ["markt"]


def test_an_annotation_that_was_cut_or_vanished_is_named_and_stays_in_the_earlier_pull(desk: Desk) -> None:
    desk.label("anna", "markt", MARKT)
    pull(desk.workspace)
    with desk.admin() as client:
        gone = client.task(desk.task_ids()["markt"])["annotations"][0]["id"]
        client.replace_annotation(gone, MARKT[:1])
    cut = pull(desk.workspace).vanished
    assert [(row["article_id"], row["regions"], row["left"]) for row in cut] == [("markt", 2, 1)]
    with desk.person("anna") as anna:
        anna.replace_annotation(gone, MARKT)
    assert pull(desk.workspace).vanished == []
    delete(desk, f"/api/annotations/{gone}/")
    report = pull(desk.workspace)
    assert [(row["article_id"], row["regions"], row["left"]) for row in report.vanished] == [("markt", 2, None)]
    assert report.vanished[0]["annotator"].startswith("ann-")
    assert '"Vogt"' in pull_files(desk.workspace.annotations)[0].read_text("utf-8")
    assert pull(desk.workspace, full=True).vanished == []


def test_an_id_that_was_given_again_never_joins_old_labels_to_a_new_text(desk: Desk) -> None:
    last = max(desk.task_ids().items(), key=lambda item: item[1])
    desk.label("anna", last[0], [])
    pull(desk.workspace)
    delete(desk, f"/api/tasks/{last[1]}/")
    (desk.workspace.seeds / "neu.md").write_text(
        '+++\nid = "neu"\nlang = "de"\nsource = "B"\nlicence = "CC-BY-4.0"\n+++\nEtwas Neues.', "utf-8"
    )
    assert push(desk.workspace, only=["neu"]).created == ["neu"]
    assert desk.task_ids()["neu"] == last[1], "Label Studio gives the id of the last task again"
    report = pull(desk.workspace)
    assert report.gone == [last[1]]
    found = {entry.article_id: task for entry in newest_tasks(desk.workspace) for _, task in read_tasks([entry])}
    assert found["neu"]["annotations"] == []
    assert len(found[last[0]]["annotations"]) == 1
    assert pull(desk.workspace).path == "", "nothing is fetched again for ever"


def test_a_person_who_annotates_twice_and_an_edit_by_another_are_told(desk: Desk) -> None:
    desk.label("anna", "markt", MARKT)
    desk.label("anna", "markt", [])
    with desk.admin() as client:
        first = min(a["id"] for a in client.task(desk.task_ids()["markt"])["annotations"])
    desk.person("ben")._exchange.send("PATCH", f"/api/annotations/{first}/", json={"result": MARKT[:1]})
    report = pull(desk.workspace)
    assert (report.repeated, report.edited) == (["markt"], ["markt"])


def test_a_draft_is_seen_by_status_and_is_no_annotation(desk: Desk) -> None:
    task_id = desk.task_ids()["markt"]
    draft = {"result": MARKT, "lead_time": 1.0}
    answered = desk.person("anna")._exchange.send("POST", f"/api/tasks/{task_id}/drafts", json=draft)
    assert answered.status_code == 201, answered.text
    states = {state.article_id: list(state.by.values()) for state in status(desk.workspace).articles}
    assert states == {"markt": ["draft"], "hafen": []}
    assert [pid[:4] for state in status(desk.workspace).articles for pid in state.by] == ["ann-"]
    report = pull(desk.workspace)
    assert (report.annotations, report.drafts) == (0, 1)


def test_a_pull_that_died_goes_on_where_it_stopped(
    server: "Server", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(server, tmp_path, {f"a{n}": f"Artikel {n}." for n in range(9)})
    push(desk.workspace)
    monkeypatch.setattr("goldpress.labelstudio.exports.CHUNK", 3)
    real, asked = Client._export, []

    def die_later(self: Client, project_id: int, wanted: list[int], kind: type[Any]) -> list[dict[str, Any]]:
        asked.append(wanted)
        if len(asked) == 3:
            raise SurroundingsError("GP-LS-003", "the connection broke")
        return real(self, project_id, wanted, kind)

    monkeypatch.setattr(Client, "_export", die_later)
    with pytest.raises(SurroundingsError):
        pull(desk.workspace)
    assert pull_files(desk.workspace.annotations) == []
    part = next(desk.workspace.state.glob("pull-*.part"))
    part.write_bytes(part.read_bytes() + b'{"id": 7, "cut off')
    report = pull(desk.workspace)
    assert (report.resumed, report.changed) == (6, 9)
    assert sum(len(ids) for ids in asked[3:]) == 3
    assert len(newest_tasks(desk.workspace)) == 9
    assert not list(desk.workspace.state.glob("pull-*.part"))


def test_tasks_that_somebody_imported_by_hand_get_an_identity_and_do_not_break_the_store(desk: Desk) -> None:
    with desk.admin() as client:
        (new,) = client.import_tasks(desk.project_id, [{"data": {"text": "Von Hand."}}])
    pull(desk.workspace)
    assert f"task-{new}" in {entry.article_id for entry in newest_tasks(desk.workspace)}


def test_findings_go_back_as_notes_and_touch_neither_text_nor_labels(desk: Desk) -> None:
    desk.label("anna", "markt", MARKT)
    pull(desk.workspace)
    task_id = desk.task_ids()["markt"]
    with desk.admin() as client:
        before = client.task(task_id)
        report = send_notes({"markt": "Bitte den Claim prüfen."}, desk.workspace)
        after = client.task(task_id)
        assert report.noted == ["markt"]
        tab = int(report.url.split("tab=")[1])
        listed = client._exchange.send("GET", "/api/tasks/", params={"project": desk.project_id, "view": tab}).json()
        hidden = client._exchange.send("GET", f"/api/dm/views/{tab}/").json()["data"]["hiddenColumns"]["explore"]
    assert {task["id"] for task in listed["tasks"]} == {task_id}
    assert "tasks:data.text_sha256" in hidden
    assert not {"tasks:id", "tasks:data.title", "tasks:data.review_note"} & set(hidden), "the tab shows what is meant"
    assert after["data"] == {**before["data"], "review_note": "Bitte den Claim prüfen."}
    assert after["annotations"][0]["result"] == before["annotations"][0]["result"]
    assert send_notes({"markt": "Bitte den Claim prüfen."}, desk.workspace).kept == 1
    pull(desk.workspace)
    assert all("review_note" not in json.dumps(task) for _, task in read_tasks(newest_tasks(desk.workspace)))
    cleared = send_notes({}, desk.workspace)
    assert cleared.cleared == ["markt"]


def test_two_that_send_notes_at_once_make_one_tab(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(desk.workspace)
    real = Client.tabs

    def slow(self: Client, project_id: int) -> dict[str, int]:
        found = real(self, project_id)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(Client, "tabs", slow)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: send_notes({"markt": "Bitte prüfen."}, desk.workspace), range(2)))
    assert sorted((report.noted, report.kept) for report in reports) == [([], 1), (["markt"], 0)]
    assert len({report.url for report in reports}) == 1
    with desk.admin() as client:
        views = client._exchange.send("GET", "/api/dm/views/", params={"project": desk.project_id}).json()
    assert len(views) == 1


def test_every_annotation_reaches_the_store_whatever_label_studio_calls_it(desk: Desk) -> None:
    task_id = desk.task_ids()["markt"]
    with desk.admin() as client:
        body = {"result": MARKT, "ground_truth": True, "unique_id": str(uuid.uuid4())}
        client._exchange.send("POST", f"/api/tasks/{task_id}/annotations/", json=body)
    desk.label("anna", "markt", [], was_cancelled=True)
    desk.label("ben", "hafen", [])
    assert pull(desk.workspace).annotations == 3
