"""What Label Studio does in silence, and what goldpress does about it: a new release that changes it is noticed here.

Each test first states what the server does, then what goldpress makes of it.
"""

import json
import time
import uuid
from collections.abc import Callable

import httpx
import pytest

from goldpress.annotations import annotators_add, push
from goldpress.annotations.transport.configurations import compare_configs
from goldpress.annotations.transport.pushing import to_task
from goldpress.errors import GoldpressError, SurroundingsError, UsageError
from goldpress.labelstudio import Client, UnclearAnswer, mint_token
from goldpress.seeds import read_articles
from studio import PASSWORD, TEXTS, Desk, span, texts

Ask = Callable[..., httpx.Response]


def test_a_good_and_a_bad_task_in_one_list_are_refused_together(shared_desk: Desk) -> None:
    good = to_task(read_articles(shared_desk.workspace)[0])
    with shared_desk.admin() as client:
        with pytest.raises(SurroundingsError, match="GP-LS-004"):
            client.import_tasks(shared_desk.project_id, [good, {"data": {"title": "no text"}}])
        assert len(client.task_index(shared_desk.project_id)) == 2


def test_an_import_goes_on_after_the_caller_gave_up_and_shows_nothing_before_all_is_there(
    shared_desk: Desk, ask: Ask
) -> None:
    project, number = shared_desk.spare_project(), 3000
    tasks = texts(*(f"{at} " + "Wort " * 400 for at in range(number)))
    with pytest.raises(UnclearAnswer, match="ReadTimeout"):
        ask("POST", f"/api/projects/{project}/import", json=tasks, timeout=0.3)
    seen = [0]
    while seen[-1] < number:
        seen.append(ask("GET", "/api/tasks/", params={"project": project, "page_size": 1}).json()["total"])
        time.sleep(0.1)
    assert set(seen) == {0, number}, "to send it again while nothing is there would double it"


def test_label_studio_takes_texts_that_nobody_can_read_and_goldpress_refuses_them_before(
    shared_desk: Desk, ask: Ask
) -> None:
    path = f"/api/projects/{shared_desk.spare_project()}/import"
    for text in ("a\x00b", "", "half a pair \ud83d"):
        sent = ask("POST", path, files={"file": ("tasks.json", json.dumps(texts(text)).encode())})
        assert sent.status_code == 201
    bad = shared_desk.workspace.seeds / "bad.md"
    front = b'+++\nid = "bad"\nlang = "de"\nsource = "B"\nlicence = "CC0-1.0"\n+++\n'
    try:
        for content in (b"a\x00b", b"", b"half a pair \xed\xa0\xbd"):
            bad.write_bytes(front + content)
            with pytest.raises(GoldpressError, match="GP-SEEDS"):
                push(shared_desk.workspace)
    finally:
        bad.unlink()


def test_an_imported_annotation_counts_as_ground_truth_unless_it_says_otherwise(shared_desk: Desk) -> None:
    project = shared_desk.spare_project([{"data": {"text": "Vogt."}, "annotations": [{"result": []}]}])
    assert [task["annotations"][0]["ground_truth"] for task in shared_desk.fetch(project)] == [True]
    with shared_desk.admin() as client:
        mine = client.task(shared_desk.task_ids()["markt"])["annotations"][0]
    assert mine["ground_truth"] is False


def test_a_unique_id_is_taken_once(shared_desk: Desk, ask: Ask) -> None:
    task = shared_desk.task_ids()["markt"]
    (mark,) = [a["unique_id"] for t in shared_desk.fetch(shared_desk.project_id) for a in t["annotations"]]
    body = {"result": [], "unique_id": mark}
    assert ask("POST", f"/api/tasks/{task}/annotations/", json=body).status_code == 409
    assert not shared_desk.person("anna").create_annotation(task, [], unique_id=mark)


@pytest.mark.parametrize("title", ["x" * 2, "x" * 51])
def test_the_body_of_an_error_has_an_id_that_is_no_project(shared_desk: Desk, ask: Ask, title: str) -> None:
    answer = ask("POST", "/api/projects/", json={"title": title})
    assert answer.status_code == 400
    assert "id" in answer.json()
    with shared_desk.admin() as client, pytest.raises(SurroundingsError, match="GP-LS-004"):
        client.create_project(title, label_config="<View/>", overlap=1, instruction="")


def test_label_studio_stores_any_label_any_offset_and_dangling_relations(shared_desk: Desk, ask: Ask) -> None:
    task = shared_desk.task_ids()["hafen"]
    wrong = [
        {**span(TEXTS["hafen"], "Alster", "entity", "NO_SUCH", "a")},
        {**span(TEXTS["hafen"], "Alster", "nobody", "ORG", "b")},
        {"type": "relation", "from_id": "a", "to_id": "nowhere", "direction": "right", "labels": ["x"]},
    ]
    answer = ask("POST", f"/api/tasks/{task}/annotations/", json={"result": wrong})
    assert answer.status_code == 201
    ask("DELETE", f"/api/annotations/{answer.json()['id']}/")


def test_what_labels_need_can_be_taken_from_the_page_there_and_goldpress_calls_it_breaking(
    shared_desk: Desk, ask: Ask
) -> None:
    config = shared_desk.config
    without = "\n".join(line for line in config.splitlines() if 'value="PER"' not in line)
    elsewhere = config.replace('value="$text"', 'value="$body"')
    renamed = config.replace('name="entity"', 'name="thing"').replace('whenTagName="entity"', 'whenTagName="thing"')
    project = shared_desk.spare_project(texts(TEXTS["markt"]))
    (task,) = [found["id"] for found in shared_desk.fetch(project)]
    submitted = f"/api/tasks/{task}/annotations/"
    ask("POST", submitted, json={"result": [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")]})

    def change(to: str) -> int:
        return ask("PATCH", f"/api/projects/{project}/", json={"label_config": to}).status_code

    assert [change(to) for to in (without, elsewhere, config, renamed)] == [200, 200, 200, 400]
    # Whoever deletes any annotation makes the server forget which tags are in use.
    other = ask("POST", submitted, json={"result": []}).json()["id"]
    ask("DELETE", f"/api/annotations/{other}/")
    assert change(renamed) == 200
    for to in (without, elsewhere, renamed):
        assert any(found.breaking for found in compare_configs(config, to))
    assert not any(found.breaking for found in compare_configs(without, config)), "a label more is safe"


def test_a_later_model_version_is_offered_only_when_the_project_names_it(shared_desk: Desk, ask: Ask) -> None:
    project = shared_desk.spare_project(texts("Vogt sprach."))
    (task,) = [found["id"] for found in shared_desk.fetch(project)]

    def offered() -> list[str]:
        return [p["model_version"] for p in ask("GET", f"/api/projects/{project}/next").json()["predictions"]]

    first, *later = (
        {"task": task, "model_version": version, "result": []} for version in ("first", "second", "second")
    )
    with shared_desk.admin() as client:
        client.import_predictions(project, [first])
        client.update_project(project, model_version="first", show_collab_predictions=True)
        client.import_predictions(project, later)
        assert sorted(p["model_version"] for p in client.task(task)["predictions"]) == ["first", "second", "second"]
        assert offered() == ["first"]
        assert client.predicted(project, "second") == {task}
        client.update_project(project, model_version="second")
        assert set(offered()) == {"second"}


def test_an_account_made_through_the_api_cannot_log_in_and_one_by_invite_can(shared_desk: Desk, ask: Ask) -> None:
    email = f"api-{uuid.uuid4().hex[:8]}@example.org"
    body = {"email": email, "username": email.partition("@")[0], "password": PASSWORD}
    assert ask("POST", "/api/users/", json=body).status_code == 201
    with pytest.raises(UsageError, match="GP-LS-022"):
        mint_token(shared_desk.server.url, email, PASSWORD)
    invited = f"invite-{uuid.uuid4().hex[:8]}@example.org"
    made = annotators_add(invited, shared_desk.workspace, password=PASSWORD)
    assert made.annotators[0].pid.startswith("ann-")
    assert mint_token(shared_desk.server.url, invited, PASSWORD)
    with pytest.raises(UsageError, match="GP-LS-025"):
        annotators_add(invited, shared_desk.workspace, password=PASSWORD)
    with pytest.raises(UsageError, match="GP-LS-023"):
        mint_token(shared_desk.server.url, invited, PASSWORD)


def test_the_causes_of_a_401_are_told_apart(shared_desk: Desk, ask: Ask) -> None:
    url, email = shared_desk.server.url, f"token-{uuid.uuid4().hex[:8]}@example.org"
    annotators_add(email, shared_desk.workspace, password=PASSWORD)
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


def test_a_legacy_token_works_where_the_server_takes_it(shared_desk: Desk, ask: Ask) -> None:
    legacy = ask("GET", "/api/current-user/token").json()["token"]
    both = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
    assert ask("POST", "/api/jwt/settings", json=both).status_code == 200
    try:
        with Client(shared_desk.server.url, legacy) as client:
            assert client.whoami().email == shared_desk.server.email
    finally:
        ask("POST", "/api/jwt/settings", json={**both, "legacy_api_tokens_enabled": False})


def test_a_wrong_password_is_no_error_to_label_studio_and_a_second_token_is_a_conflict(shared_desk: Desk) -> None:
    url, email = shared_desk.server.url, shared_desk.server.email
    with httpx.Client(base_url=url, trust_env=False) as http:

        def log_in(password: str) -> int:
            http.get("/user/login/")
            form = {"email": email, "password": password, "csrfmiddlewaretoken": http.cookies["csrftoken"]}
            return http.post("/user/login/", data=form).status_code

        assert (log_in("not the password"), log_in(shared_desk.server.password)) == (200, 302)
        header = {"X-CSRFToken": http.cookies["csrftoken"]}
        assert http.post("/api/token/", headers=header).status_code == 409
    with pytest.raises(UsageError, match="GP-LS-022"):
        mint_token(url, email, "not the password")


def test_an_access_token_that_ran_out_is_renewed_without_a_word(shared_desk: Desk) -> None:
    with shared_desk.admin() as client:
        client._exchange._credentials._access = "ran.out.long-ago"
        assert client.whoami().email == shared_desk.server.email


def test_a_change_that_leaves_the_text_out_deletes_it_and_goldpress_sends_it_along(shared_desk: Desk, ask: Ask) -> None:
    with shared_desk.admin() as client:
        (new,) = client.import_tasks(shared_desk.project_id, [{"data": {"text": "Bleibt das?"}}])
    assert ask("PATCH", f"/api/tasks/{new}/", json={"data": {"title": "x"}}).status_code == 200
    assert "text" not in ask("GET", f"/api/tasks/{new}/").json()["data"]
    ask("DELETE", f"/api/tasks/{new}/")
