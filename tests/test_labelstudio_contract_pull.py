"""What Label Studio does in silence when it is asked for labels, and what goldpress does about it.

As in ``test_labelstudio_contract``: first the server's behaviour, then goldpress's.
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from goldpress.annotations import pull
from goldpress.errors import SurroundingsError
from goldpress.labelstudio import Client, sweep_exports
from goldpress.labelstudio.exchange import Exchange
from studio import TEXTS, Desk, span, texts

if TYPE_CHECKING:
    import httpx

Ask = Callable[..., "httpx.Response"]
EVERYTHING = {"exportType": "JSON", "download_all_tasks": "true"}


def where(name: str, operator: str, kind: str, value: Any) -> str:
    """Return one filter as the Data Manager's query."""
    item = {"filter": f"filter:tasks:{name}", "operator": operator, "type": kind, "value": value}
    return json.dumps({"filters": {"conjunction": "and", "items": [item]}})


def submit(ask: Ask, task: int, **body: Any) -> dict[str, Any]:
    """Submit an annotation as the server's first user, and return it."""
    answer = ask("POST", f"/api/tasks/{task}/annotations/", json={"result": [], **body})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_ids_without_brackets_are_ignored(shared_desk: Desk, ask: Ask) -> None:
    project, task = shared_desk.project_id, shared_desk.task_ids()["hafen"]
    path = f"/api/projects/{project}/export"
    assert len(ask("GET", path, params={**EVERYTHING, "ids": task}).json()) == 2
    assert len(ask("GET", path, params={**EVERYTHING, "ids[]": task}).json()) == 1
    with shared_desk.admin() as client:
        assert [[t["id"] for t in chunk] for chunk in client.export_tasks(project, [task])] == [[task]]


def test_an_export_leaves_out_what_nobody_submitted_unless_it_is_asked_for(shared_desk: Desk, ask: Ask) -> None:
    path = f"/api/projects/{shared_desk.project_id}/export"
    assert len(ask("GET", path, params={"exportType": "JSON"}).json()) == 1
    assert pull(shared_desk.workspace, full=True).tasks == 2


def test_only_annotated_changes_nothing(shared_desk: Desk, ask: Ask) -> None:
    asked = {"project": shared_desk.project_id, "only_annotated": "true"}
    assert ask("GET", "/api/tasks/", params=asked).json()["total"] == 2


def test_a_view_that_does_not_exist_exports_everything_and_is_called_completed(shared_desk: Desk, ask: Ask) -> None:
    exports = f"/api/projects/{shared_desk.project_id}/exports/"
    made = ask("POST", exports, json={"task_filter_options": {"view": 987_654}})
    assert (made.status_code, made.json()["status"]) == (201, "completed")
    got = ask("GET", f"{exports}{made.json()['id']}/download", params={"exportType": "JSON"})
    assert len(got.json()) == 2


def test_an_export_without_skips_leaves_ground_truth_out_too_and_goldpress_asks_for_all(
    shared_desk: Desk, ask: Ask
) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach.", "Mirow schwieg."))
    usual, truth = shared_desk.fetch(project)
    submit(ask, usual["id"], was_cancelled=True)
    submit(ask, usual["id"])
    submit(ask, truth["id"], ground_truth=True)
    exports = f"/api/projects/{project}/exports/"
    made = ask("POST", exports, json={"annotation_filter_options": {"skipped": False}}).json()
    got = ask("GET", f"{exports}{made['id']}/download", params={"exportType": "JSON"}).json()
    assert [len(task["annotations"]) for task in got] == [1, 0]
    assert [len(task["annotations"]) for task in shared_desk.fetch(project)] == [2, 1]


def test_a_time_without_microseconds_or_with_an_offset_breaks_the_filter(shared_desk: Desk, ask: Ask) -> None:
    def status(moment: str) -> int:
        query = where("updated_at", "greater", "Datetime", moment)
        return ask("GET", "/api/tasks/", params={"project": shared_desk.project_id, "query": query}).status_code

    assert status("2020-01-01T00:00:00.000000Z") == 200
    assert {status("2020-01-01T00:00:00Z"), status("2020-01-01T00:00:00.000000+00:00")} == {500}
    # goldpress filters by no time: it compares the times of all tasks with those that it has.
    pull(shared_desk.workspace)
    assert pull(shared_desk.workspace).path == ""


def test_a_filter_in_the_address_is_cut_off_by_its_length_and_goldpress_reads_the_whole_list(
    shared_desk: Desk, ask: Ask
) -> None:
    def answer(keys: int) -> "httpx.Response":
        query = where("data.article_id", "in_list", "List", ["k" * 71] * keys)
        return ask("GET", "/api/tasks", params={"project": shared_desk.project_id, "query": query})

    assert answer(150).status_code == 200
    too_long = answer(250)
    assert (too_long.status_code, too_long.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert set(shared_desk.task_ids()) == set(TEXTS)


def test_the_page_behind_the_last_is_not_found_and_an_early_end_is_an_error(
    shared_desk: Desk, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"project": shared_desk.project_id, "page": 3, "page_size": 1}
    assert ask("GET", "/api/tasks/", params=asked).status_code == 404
    monkeypatch.setattr("goldpress.labelstudio.exchange.PAGE", 1)
    real = Exchange.send

    def end_early(self: Exchange, method: str, path: str, **more: Any) -> "httpx.Response":
        if (more.get("params") or {}).get("page") == 2:
            more["params"]["page"] = 9
        return real(self, method, path, **more)

    with shared_desk.admin() as client:
        monkeypatch.setattr(Exchange, "send", end_early)
        with pytest.raises(SurroundingsError, match="GP-LS-007"):
            client.task_index(asked["project"])


def test_a_thousand_parameters_are_too_many_and_goldpress_asks_in_chunks(shared_desk: Desk, ask: Ask) -> None:
    asked = {**EVERYTHING, "ids[]": list(range(1, 1000))}
    assert ask("GET", f"/api/projects/{shared_desk.project_id}/export", params=asked).status_code == 400
    project = shared_desk.spare_project(texts(*(f"Meldung {number}" for number in range(1100))))
    assert len({task["id"] for task in shared_desk.fetch(project)}) == 1100


def test_predictions_of_an_export_are_numbers(shared_desk: Desk, ask: Ask) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach."))
    (task,) = shared_desk.fetch(project)
    ask("POST", "/api/predictions/", json={"task": task["id"], "model_version": "m", "result": []})
    (found,) = shared_desk.fetch(project)
    assert [type(prediction) for prediction in found["predictions"]] == [int]
    assert ask("GET", f"/api/tasks/{task['id']}/").json()["predictions"][0]["model_version"] == "m"


def test_annotations_in_the_list_of_tasks_lack_the_unique_id_and_pull_has_it(shared_desk: Desk, ask: Ask) -> None:
    asked = {"project": shared_desk.project_id, "fields": "all"}
    listed = ask("GET", "/api/tasks/", params=asked).json()["tasks"]
    assert not any("unique_id" in a for task in listed for a in task["annotations"])
    assert pull(shared_desk.workspace, full=True).annotations == 1
    stored = max(shared_desk.workspace.annotations.glob("*.jsonl")).read_text("utf-8")
    assert '"unique_id":"' in stored


def test_who_completed_is_a_number_in_an_export_and_a_person_in_a_task(shared_desk: Desk, ask: Ask) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach."))
    (task,) = shared_desk.fetch(project)
    submit(ask, task["id"])
    whole = ask("GET", f"/api/tasks/{task['id']}/").json()["annotations"][0]["completed_by"]
    (found,) = shared_desk.fetch(project)
    assert found["annotations"][0]["completed_by"] == whole["id"]
    assert whole["email"] == shared_desk.server.email


def test_a_draft_leaves_the_time_of_its_task_alone_and_a_deleted_annotation_moves_it(
    shared_desk: Desk, ask: Ask
) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach."))
    (task,) = shared_desk.fetch(project)

    def moved() -> str:
        time.sleep(0.01)
        with shared_desk.admin() as client:
            return client.task_index(project)[0].updated_at

    before = moved()
    ask("POST", f"/api/tasks/{task['id']}/drafts", json={"result": []})
    assert moved() == before
    made = submit(ask, task["id"])
    submitted = moved()
    ask("DELETE", f"/api/annotations/{made['id']}/")
    assert len({before, submitted, moved()}) == 3


def test_own_fields_are_overwritten_in_csv_and_json_min_and_those_of_goldpress_are_not(
    shared_desk: Desk, ask: Ask
) -> None:
    taken = dict.fromkeys(("id", "created_at", "updated_at", "annotator", "lead_time"), "ours")
    project = shared_desk.spare_project([{"data": {"text": "Vogt sprach.", "article_id": "ours", **taken}}])
    (task,) = shared_desk.fetch(project)
    submit(ask, task["id"], lead_time=3.0)
    path = f"/api/projects/{project}/export"
    (row,) = ask("GET", path, params={**EVERYTHING, "exportType": "JSON_MIN"}).json()
    assert {name: row[name] for name in taken}.items().isdisjoint(taken.items())
    assert row["article_id"] == "ours"
    head, line = ask("GET", path, params={**EVERYTHING, "exportType": "CSV"}).text.split()[:2]
    assert head.count('"created_at"') == 1
    assert line.count("ours") == 2, "the article's id and, under 'id', the one that JSON_MIN overwrites"
    with shared_desk.admin() as client:
        sent = client.task(shared_desk.task_ids()["markt"])["data"]
    assert not set(sent) & set(taken)


def test_json_min_loses_relations_and_goldpress_s_pull_has_them(shared_desk: Desk, ask: Ask) -> None:
    words = "Vogt sprach."
    project = shared_desk.spare_project(texts(words))
    (task,) = shared_desk.fetch(project)
    marks = [span(words, surface, "entity", "PER", surface) for surface in ("Vogt", "sprach")]
    link = {"type": "relation", "from_id": "Vogt", "to_id": "sprach", "direction": "right", "labels": ["coref"]}
    submit(ask, task["id"], result=[*marks, link])
    asked = {**EVERYTHING, "exportType": "JSON_MIN"}
    assert "coref" not in ask("GET", f"/api/projects/{project}/export", params=asked).text
    (found,) = shared_desk.fetch(project)
    assert [row["type"] for row in found["annotations"][0]["result"]] == ["labels", "labels", "relation"]


def test_copies_of_every_export_stay_on_the_disk_until_goldpress_sweeps_them(shared_desk: Desk, ask: Ask) -> None:
    folder = shared_desk.server.folder
    ask("GET", f"/api/projects/{shared_desk.project_id}/export", params=EVERYTHING)
    assert list((folder / "export").glob("*.json"))
    assert sweep_exports(folder) > 0
    assert not list((folder / "export").glob("*.json"))
    ask("POST", f"/api/projects/{shared_desk.project_id}/exports/", json={})
    assert [path for path in (folder / "media/export").rglob("*") if path.is_file()], "goldpress makes none of these"


def test_a_person_who_is_second_is_not_shown_what_the_first_said_in_the_stream_alone(
    shared_desk: Desk, ask: Ask
) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach."), overlap=2)
    (task,) = shared_desk.fetch(project)
    submit(ask, task["id"], unique_id=str(uuid.uuid4()))
    second: Client = shared_desk.person("ben")
    offered = second._exchange.send("GET", f"/api/projects/{project}/next").json()
    assert (offered["id"], offered["annotations"]) == (task["id"], [])
    assert len(second.task(task["id"])["annotations"]) == 1
