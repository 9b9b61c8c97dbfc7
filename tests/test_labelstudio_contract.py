"""What Label Studio does in silence, and what goldpress does about it: a new release that changes it is noticed here.

Each test first states what the server does, then what goldpress makes of it.
"""

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from goldpress.annotations import annotators_add, pull, push
from goldpress.annotations.transport.pushing import to_task
from goldpress.errors import GoldpressError, SurroundingsError, UsageError
from goldpress.labelstudio import Client, mint_token
from goldpress.seeds import read_articles
from studio import PASSWORD, TEXTS, Desk, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server

MARKT = [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")]


@pytest.fixture(scope="module")
def desk(server: "Server", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Desk]":
    """One project for all of them: none of these changes what another relies on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDPRESS_STATE", str(tmp_path_factory.mktemp("state")))
        made = make_desk(server, tmp_path_factory.mktemp("contract"))
        push(made.workspace)
        made.label("anna", "markt", MARKT)
        yield made
        made.close()


@pytest.fixture(autouse=True)
def private_state(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> "Path":
    """The state of the one project, in place of a new one for each test."""
    folder = desk.workspace.root.parent / "state"
    monkeypatch.setenv("GOLDPRESS_STATE", str(folder))
    from goldpress.labelstudio import save_token

    save_token(desk.workspace, desk.server.url, desk.server.email, desk.server.token)
    return folder


@pytest.fixture
def ask(desk: Desk) -> "Iterator[Any]":
    """Send a request as the server's first user, and return the answer."""
    with desk.admin() as client:
        yield client._exchange.send


def test_ids_without_brackets_are_ignored(desk: Desk, ask: Any) -> None:
    project, task = desk.project_id, desk.task_ids()["hafen"]
    asked = {"exportType": "JSON", "download_all_tasks": "true"}
    path = f"/api/projects/{project}/export"
    assert len(ask("GET", path, params={**asked, "ids": task}).json()) == 2
    assert len(ask("GET", path, params={**asked, "ids[]": task}).json()) == 1
    with desk.admin() as client:
        assert [[t["id"] for t in chunk] for chunk in client.export_tasks(project, [task])] == [[task]]


def test_an_export_leaves_out_what_nobody_submitted_unless_it_is_asked_for(desk: Desk, ask: Any) -> None:
    path = f"/api/projects/{desk.project_id}/export"
    assert len(ask("GET", path, params={"exportType": "JSON"}).json()) == 1
    assert pull(desk.workspace, full=True).tasks == 2


def test_only_annotated_changes_nothing(desk: Desk, ask: Any) -> None:
    listed = ask("GET", "/api/tasks/", params={"project": desk.project_id, "only_annotated": "true"}).json()
    assert listed["total"] == 2


def test_the_page_behind_the_last_is_not_found_and_an_early_end_is_an_error(
    desk: Desk, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"project": desk.project_id, "page": 3, "page_size": 1}
    assert ask("GET", "/api/tasks/", params=asked).status_code == 404
    monkeypatch.setattr("goldpress.labelstudio.client.PAGE", 1)
    from goldpress.labelstudio.exchange import Exchange

    real = Exchange.send

    def end_early(self: Exchange, method: str, path: str, **more: Any) -> httpx.Response:
        if (more.get("params") or {}).get("page") == 2:
            more["params"]["page"] = 9
        return real(self, method, path, **more)

    with desk.admin() as client:
        monkeypatch.setattr(Exchange, "send", end_early)
        with pytest.raises(SurroundingsError, match="GP-LS-007"):
            client.task_index(asked["project"])


def test_a_thousand_parameters_are_too_many_and_goldpress_asks_in_chunks(desk: Desk, ask: Any) -> None:
    asked = {"exportType": "JSON", "download_all_tasks": "true", "ids[]": list(range(1, 1000))}
    assert ask("GET", f"/api/projects/{desk.project_id}/export", params=asked).status_code == 400
    from goldpress.labelstudio.client import CHUNK

    assert CHUNK <= 500


def test_a_good_and_a_bad_task_in_one_list_are_refused_together(desk: Desk) -> None:
    good = to_task(read_articles(desk.workspace)[0])
    with desk.admin() as client:
        with pytest.raises(SurroundingsError, match="GP-LS-004"):
            client.import_tasks(desk.project_id, [good, {"data": {"title": "no text"}}])
        assert len(client.task_index(desk.project_id)) == 2


def test_label_studio_takes_texts_that_nobody_can_read_and_goldpress_refuses_them_before(desk: Desk, ask: Any) -> None:
    body = {"title": "t " + uuid.uuid4().hex[:8], "label_config": _config(desk)}
    project = ask("POST", "/api/projects/", json=body).json()["id"]
    for text in ("a\x00b", ""):
        assert ask("POST", f"/api/projects/{project}/import", json=[{"data": {"text": text}}]).status_code == 201
    bad = desk.workspace.seeds / "nul.md"
    bad.write_bytes(b'+++\nid = "nul"\nlang = "de"\nsource = "B"\nlicence = "CC0-1.0"\n+++\na\x00b')
    try:
        with pytest.raises(GoldpressError, match="GP-SEEDS"):
            push(desk.workspace)
    finally:
        bad.unlink()


def test_an_imported_annotation_counts_as_ground_truth_unless_it_says_otherwise(desk: Desk, ask: Any) -> None:
    body = {"title": "t " + uuid.uuid4().hex[:8], "label_config": _config(desk)}
    project = ask("POST", "/api/projects/", json=body).json()["id"]
    task = {"data": {"text": "Vogt."}, "annotations": [{"result": []}]}
    ask("POST", f"/api/projects/{project}/import", json=[task])
    asked = {"exportType": "JSON", "download_all_tasks": "true"}
    (exported,) = ask("GET", f"/api/projects/{project}/export", params=asked).json()
    assert exported["annotations"][0]["ground_truth"] is True
    with desk.admin() as client:
        mine = client.task(desk.task_ids()["markt"])["annotations"][0]
    assert mine["ground_truth"] is False


def test_a_unique_id_is_taken_once(desk: Desk, ask: Any) -> None:
    with desk.admin() as client:
        (exported,) = [t for c in client.export_tasks(desk.project_id, [desk.task_ids()["markt"]]) for t in c]
    mark = exported["annotations"][0]["unique_id"]
    body = {"result": [], "unique_id": mark}
    assert ask("POST", f"/api/tasks/{exported['id']}/annotations/", json=body).status_code == 409
    assert not desk.person("anna").create_annotation(exported["id"], [], unique_id=mark)


def test_the_body_of_an_error_has_an_id_that_is_no_project(desk: Desk, ask: Any) -> None:
    answer = ask("POST", "/api/projects/", json={"title": "x"})
    assert answer.status_code == 400
    assert "id" in answer.json()
    with desk.admin() as client, pytest.raises(SurroundingsError, match="GP-LS-004"):
        client.create_project("x", label_config="<View/>", overlap=1, instruction="")


def test_annotations_in_the_list_of_tasks_lack_the_unique_id_and_pull_has_it(desk: Desk, ask: Any) -> None:
    listed = ask("GET", "/api/tasks/", params={"project": desk.project_id, "fields": "all"}).json()["tasks"]
    assert not any("unique_id" in a for task in listed for a in task["annotations"])
    assert pull(desk.workspace, full=True).annotations == 1
    stored = max(desk.workspace.annotations.glob("*.jsonl")).read_text("utf-8")
    assert '"unique_id":"' in stored


def test_label_studio_stores_any_label_any_offset_and_dangling_relations(desk: Desk, ask: Any) -> None:
    task = desk.task_ids()["hafen"]
    wrong = [
        {**span(TEXTS["hafen"], "Alster", "entity", "NO_SUCH", "a")},
        {**span(TEXTS["hafen"], "Alster", "nobody", "ORG", "b")},
        {"type": "relation", "from_id": "a", "to_id": "nowhere", "direction": "right", "labels": ["x"]},
    ]
    answer = ask("POST", f"/api/tasks/{task}/annotations/", json={"result": wrong})
    assert answer.status_code == 201
    ask("DELETE", f"/api/annotations/{answer.json()['id']}/")


def test_a_label_in_use_can_be_removed_there_and_goldpress_calls_it_breaking(desk: Desk, ask: Any) -> None:
    from goldpress.annotations.transport.configurations import compare_configs

    config = _config(desk)
    without = "\n".join(line for line in config.splitlines() if 'value="PER"' not in line)
    answer = ask("PATCH", f"/api/projects/{desk.project_id}/", json={"label_config": without})
    ask("PATCH", f"/api/projects/{desk.project_id}/", json={"label_config": config})
    assert answer.status_code == 200
    assert any(change.breaking for change in compare_configs(config, without))


def test_a_later_model_version_is_offered_only_when_the_project_names_it(desk: Desk, ask: Any) -> None:
    task = desk.task_ids()["hafen"]
    for version in ("first", "second", "second"):
        ask("POST", "/api/predictions/", json={"task": task, "model_version": version, "result": []})
    with desk.admin() as client:
        assert sorted(p["model_version"] for p in client.task(task)["predictions"]) == ["first", "second", "second"]
        assert client.predicted(desk.project_id, "second") == {task}
        client.update_project(desk.project_id, model_version="second")


def test_an_account_made_through_the_api_cannot_log_in_and_one_by_invite_can(desk: Desk, ask: Any) -> None:
    email = f"api-{uuid.uuid4().hex[:8]}@example.org"
    body = {"email": email, "username": email.partition("@")[0], "password": PASSWORD}
    assert ask("POST", "/api/users/", json=body).status_code == 201
    with pytest.raises(UsageError, match="GP-LS-022"):
        mint_token(desk.server.url, email, PASSWORD)
    invited = f"invite-{uuid.uuid4().hex[:8]}@example.org"
    made = annotators_add(invited, desk.workspace, password=PASSWORD)
    assert made.annotators[0].pid.startswith("ann-")
    assert mint_token(desk.server.url, invited, PASSWORD)
    with pytest.raises(UsageError, match="GP-LS-025"):
        annotators_add(invited, desk.workspace, password=PASSWORD)
    with pytest.raises(UsageError, match="GP-LS-023"):
        mint_token(desk.server.url, invited, PASSWORD)


def test_the_causes_of_a_401_are_told_apart(desk: Desk, ask: Any) -> None:
    url, email = desk.server.url, f"token-{uuid.uuid4().hex[:8]}@example.org"
    annotators_add(email, desk.workspace, password=PASSWORD)
    token = mint_token(url, email, PASSWORD)
    with httpx.Client(base_url=url, trust_env=False) as http:
        for header in (f"Token {token}", f"Bearer {token}", "Bearer junk"):
            assert http.get("/api/current-user/whoami", headers={"Authorization": header}).status_code == 401
        access = http.post("/api/token/refresh/", json={"refresh": token}).json()["access"]
    mint_token(url, email, PASSWORD, replace=True)
    legacy = ask("GET", "/api/current-user/token").json()["token"]
    for given, code in (
        (token, "GP-LS-019"),
        (access, "GP-LS-020"),
        ("0" * 40, "GP-LS-005"),
        (legacy, "GP-LS-021"),
        ("no token!", "GP-LS-017"),
    ):
        with pytest.raises(UsageError, match=code) as caught, Client(url, given) as client:
            client.whoami()
        assert given not in str(caught.value), "a token stands in no message"


def test_a_legacy_token_works_where_the_server_takes_it(desk: Desk, ask: Any) -> None:
    legacy = ask("GET", "/api/current-user/token").json()["token"]
    both = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
    assert ask("POST", "/api/jwt/settings", json=both).status_code == 200
    try:
        with Client(desk.server.url, legacy) as client:
            assert client.whoami().email == desk.server.email
    finally:
        ask("POST", "/api/jwt/settings", json={**both, "legacy_api_tokens_enabled": False})


def test_an_access_token_that_ran_out_is_renewed_without_a_word(desk: Desk) -> None:
    with desk.admin() as client:
        client._exchange._credentials._access = "ran.out.long-ago"
        assert client.whoami().email == desk.server.email


def test_a_change_that_leaves_the_text_out_deletes_it_and_goldpress_sends_it_along(desk: Desk, ask: Any) -> None:
    with desk.admin() as client:
        (new,) = client.import_tasks(desk.project_id, [{"data": {"text": "Bleibt das?"}}])
    assert ask("PATCH", f"/api/tasks/{new}/", json={"data": {"title": "x"}}).status_code == 200
    assert "text" not in ask("GET", f"/api/tasks/{new}/").json()["data"]
    ask("DELETE", f"/api/tasks/{new}/")


def _config(desk: Desk) -> str:
    with desk.admin() as client:
        return client.project(desk.project_id).label_config
