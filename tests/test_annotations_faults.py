"""Faults of the line to the real server: afterwards each task is there once, and nothing is short."""

import contextlib
import os
import signal
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import goldpress
from faults import Fault, FaultProxy, Kind
from goldpress.annotations import annotators_add, pull, push
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.notes import send_notes
from goldpress.annotations.transport.store import pull_files
from goldpress.errors import SurroundingsError
from goldpress.labelstudio import UnclearAnswer, mint_token, save_token
from goldpress.labelstudio.client import Client
from goldpress.labelstudio.wire import Wire
from studio import TEXTS, Desk, answer, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server

PREDICTIONS = "include=id%2Cpredictions"
LATER: list[Kind] = ["cut before", "cut after", "502 after", "truncate", "trickle", "delay"]
BATCH = 200
"""Tasks of one import, and here of one export."""

SLOW = {"trickle", "delay"}
KINDS: list[Kind] = ["cut before", "cut after", "502 after", "504 after", "413 before", "truncate", "trickle", "delay"]


@pytest.fixture
def desk(server: "Server", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch) -> "Iterator[Desk]":
    # What has to settle here settles at once: the proxy answers after the server is done.
    monkeypatch.setattr("goldpress.annotations.transport.sending.SETTLE_SECONDS", 0.6)
    monkeypatch.setattr("goldpress.annotations.transport.sending.POLL_SECONDS", 0.2)
    monkeypatch.setattr("goldpress.labelstudio.wire.PAUSES", (0.05, 0.05))
    made = make_desk(server, tmp_path, {**TEXTS, "dritter": "Ein dritter Artikel."})
    yield made
    made.close()


@pytest.fixture
def proxy(desk: Desk) -> "Iterator[FaultProxy]":
    with FaultProxy(desk.server.url) as made:
        save_token(desk.workspace, made.url, desk.server.email, desk.server.token)
        yield made
        made.faults.clear()


def stored(desk: Desk) -> list[str]:
    with desk.admin() as client:
        project = client.find_project(desk.workspace.settings.label_studio.project)
        return sorted(stub.meta["article_id"] for stub in client.task_index(project.id)) if project else []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_to_an_import_each_article_is_there_once(desk: Desk, proxy: FaultProxy, kind: Kind) -> None:
    proxy.faults.append(Fault(kind, "/import"))
    report = push(desk.workspace, url=proxy.url)
    assert not proxy.faults[0].times, "the fault happened"
    assert stored(desk) == sorted(report.created) == ["dritter", "hafen", "markt"]
    assert push(desk.workspace, url=proxy.url).created == []


def test_a_proxy_that_takes_small_requests_only_gets_small_ones(desk: Desk, proxy: FaultProxy) -> None:
    proxy.faults.append(Fault("413 before", "/import", times=99, larger_than=2500))
    push(desk.workspace, url=proxy.url)
    assert stored(desk) == ["dritter", "hafen", "markt"]


def test_an_answer_that_stays_unclear_is_an_error_and_the_next_push_completes_it(desk: Desk, proxy: FaultProxy) -> None:
    proxy.faults.append(Fault("cut before", "/import", times=99))
    with pytest.raises(UnclearAnswer):
        push(desk.workspace, url=proxy.url)
    proxy.faults.clear()
    assert len(push(desk.workspace, url=proxy.url).created) == 3
    assert stored(desk) == ["dritter", "hafen", "markt"]


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("cut before", "/api/users/"),
        ("cut after", "/export?"),
        ("504 after", "/api/tasks/?"),
        ("truncate", "/export?"),
        ("truncate", "/api/tasks/?"),
    ],
)
def test_a_pull_that_is_cut_short_stores_nothing_and_the_next_one_everything(
    desk: Desk, proxy: FaultProxy, kind: Kind, where: str
) -> None:
    push(desk.workspace)
    proxy.faults.append(Fault(kind, where, times=99))
    with pytest.raises(SurroundingsError):
        pull(desk.workspace, url=proxy.url)
    assert pull_files(desk.workspace.annotations) == []
    proxy.faults.clear()
    assert pull(desk.workspace, url=proxy.url).changed == 3
    assert len(newest_tasks(desk.workspace)) == 3


def test_what_only_reads_is_asked_again_when_the_line_breaks_once(desk: Desk, proxy: FaultProxy) -> None:
    push(desk.workspace)
    proxy.faults += [Fault("cut after", "/export?"), Fault("502 after", "/api/tasks/?"), Fault("cut before", "/users/")]
    assert pull(desk.workspace, url=proxy.url).changed == 3
    assert not any(fault.times for fault in proxy.faults)


@pytest.mark.parametrize("kind", ["trickle", "delay"])
def test_a_slow_line_is_only_slow(desk: Desk, proxy: FaultProxy, kind: Kind) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
    proxy.faults.append(Fault(kind, "/export?"))
    report = pull(desk.workspace, url=proxy.url)
    assert (report.changed, report.annotations) == (3, 1)


@pytest.mark.parametrize("kind", LATER)
def test_a_later_pull_stores_all_or_nothing_and_the_next_one_what_is_missing(
    desk: Desk, proxy: FaultProxy, kind: Kind
) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\n", "utf-8")
    push(desk.workspace, suggest=["gazetteer:names.csv"])
    pull(desk.workspace, url=proxy.url)
    for number, what in enumerate(("include=id%2Cupdated_at", "/export?", PREDICTIONS), 1):
        desk.label("anna", "markt", [])
        before = pull_files(desk.workspace.annotations)
        proxy.faults.append(Fault(kind, what, times=1 if kind in SLOW else 99))
        try:
            report = pull(desk.workspace, url=proxy.url)
        except SurroundingsError:
            assert pull_files(desk.workspace.annotations) == before
        else:
            assert (kind in SLOW, report.changed) == (True, 1)
        assert proxy.faults.pop().times != (1 if kind in SLOW else 99), "the fault happened"
        pull(desk.workspace, url=proxy.url)
        tasks = {task["data"]["article_id"]: task for _, task in read_tasks(newest_tasks(desk.workspace))}
        assert {name: len(task["annotations"]) for name, task in tasks.items()} == {
            "markt": number,
            "hafen": 0,
            "dritter": 0,
        }
        assert len({made["unique_id"] for made in tasks["markt"]["annotations"]}) == number
        assert len(tasks["markt"]["predictions"]) == 1
        assert len(pull_files(desk.workspace.annotations)) == len(before) + 1


def test_notes_and_their_tab_are_right_after_the_next_attempt_whatever_happened_on_the_way(
    desk: Desk, proxy: FaultProxy
) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
    pull(desk.workspace)
    places: dict[str, list[Kind]] = {
        "POST /api/dm/views/": LATER,
        "PATCH /api/tasks/": LATER,
        "GET /api/tasks/": ["truncate"],
    }
    numbers = desk.task_ids()
    with desk.admin() as client:
        before = client.task(numbers["markt"])
        for number, (what, kind) in enumerate((what, kind) for what, kinds in places.items() for kind in kinds):
            notes = {"markt": f"{what} {kind}"}
            proxy.faults.append(Fault(kind, what))
            with contextlib.suppress(SurroundingsError):
                send_notes(notes, desk.workspace, url=proxy.url)
            assert not proxy.faults.pop().times, "the fault happened"
            sent = send_notes(notes, desk.workspace)
            assert len(sent.noted) + sent.kept == 1
            after = client.task(numbers["markt"])
            assert after["data"] == {**before["data"], "review_note": notes["markt"]}
            assert after["annotations"][0]["result"] == before["annotations"][0]["result"]
            views = client._exchange.send("GET", "/api/dm/views/", params={"project": desk.project_id}).json()
            assert len(views) == 1
            if number + 1 < len(LATER):
                # So that the next round makes it again.
                client._exchange.send("DELETE", f"/api/dm/views/{views[0]['id']}/")
        assert {client.task(numbers[name])["data"]["review_note"] for name in ("hafen", "dritter")} == {""}


@pytest.mark.parametrize("kind", ["cut before", "cut after", "502 after", "504 after", "truncate", "trickle", "delay"])
def test_predictions_are_stored_once_whatever_happens_on_the_way(desk: Desk, proxy: FaultProxy, kind: Kind) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\n", "utf-8")
    push(desk.workspace, only=["markt"])
    proxy.faults += [Fault(kind, "/import/predictions"), Fault(kind, "/import?"), Fault(kind, PREDICTIONS)]
    report = push(desk.workspace, url=proxy.url, suggest=["gazetteer:names.csv"])
    assert not any(fault.times for fault in proxy.faults), "the faults happened"
    assert report.suggested == {"looked": 3, "found": 1, "known": 0}
    with desk.admin() as client:
        assert {len(client.task(i)["predictions"]) for i in desk.task_ids().values()} == {1}


def test_a_note_whose_answer_is_lost_is_there_after_the_next_attempt_and_has_one_tab(
    desk: Desk, proxy: FaultProxy
) -> None:
    push(desk.workspace)
    result = [span(TEXTS["markt"], "Vogt", "entity", "PER", "p"), answer("relevance", "relevant")]
    desk.label("anna", "markt", result)
    pull(desk.workspace)
    proxy.faults.append(Fault("cut after", "POST /api/dm/views/"))
    with contextlib.suppress(UnclearAnswer):
        goldpress.validate(desk.workspace, send_back=True)
    assert not proxy.faults[0].times, "the fault happened"
    sent = goldpress.validate(desk.workspace, send_back=True).sent_back
    assert sent is not None
    assert len(sent["noted"]) + sent["kept"] == 1
    with desk.admin() as client:
        task = client.task(desk.task_ids()["markt"])
        views = client._exchange.send("GET", "/api/dm/views/", params={"project": desk.project_id}).json()
    assert "(C24)" in task["data"].pop("review_note")
    assert task["data"]["text"] == TEXTS["markt"]
    assert task["annotations"][0]["result"] == result
    assert [view["data"]["title"] for view in views].count("Bitte noch einmal ansehen") == 1


@pytest.mark.parametrize("kind", ["cut after", "502 after"])
def test_an_account_whose_sign_up_has_a_lost_answer_is_there_and_its_password_is_told(
    desk: Desk, proxy: FaultProxy, kind: Kind
) -> None:
    proxy.faults.append(Fault(kind, "POST /user/signup/"))
    email = f"lost-{uuid.uuid4().hex[:8]}@example.org"
    (made,) = annotators_add(email, desk.workspace, url=proxy.url).annotators
    assert not proxy.faults[0].times, "the fault happened"
    assert mint_token(desk.server.url, email, made.password or "")


def test_an_account_whose_sign_up_never_arrived_is_made_by_the_next_attempt(desk: Desk, proxy: FaultProxy) -> None:
    proxy.faults.append(Fault("cut before", "POST /user/signup/"))
    email = f"never-{uuid.uuid4().hex[:8]}@example.org"
    with pytest.raises(UnclearAnswer):
        annotators_add(email, desk.workspace, url=proxy.url)
    assert annotators_add(email, desk.workspace, url=proxy.url).annotators


def test_an_import_that_goes_on_after_the_caller_gave_up_is_not_sent_again(
    desk: Desk, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldpress.annotations.transport.sending.SETTLE_SECONDS", 20.0)
    real = Wire.send

    def impatient(self: Wire, method: str, path: str, **more: Any) -> httpx.Response:
        hurried: dict[str, Any] = {**more, "timeout": 0.5} if "/import" in path else more
        return real(self, method, path, **hurried)

    monkeypatch.setattr(Wire, "send", impatient)
    proxy.faults.append(Fault("late", "/import"))
    push(desk.workspace, url=proxy.url)
    assert sum("/import" in line for line in proxy.seen) == 1
    assert stored(desk) == ["dritter", "hafen", "markt"]


def test_two_workspaces_that_push_to_one_project_at_once_are_told_what_is_there_twice(desk: Desk) -> None:
    # Another machine holds no lock of ours: its import comes between our question and our import.
    from goldpress.annotations.transport.pushing import to_task
    from goldpress.seeds import read_articles

    push(desk.workspace, only=["markt"])
    tasks = [to_task(article) for article in read_articles(desk.workspace) if article.article_id == "hafen"]
    real = Client.import_tasks
    with pytest.MonkeyPatch.context() as patch:

        def after_the_other(self: Client, project_id: int, batch: list[dict[str, object]]) -> list[int]:
            real(self, project_id, tasks)
            return real(self, project_id, batch)

        patch.setattr(Client, "import_tasks", after_the_other)
        assert push(desk.workspace).doubled == ["hafen"]


def test_a_server_that_is_killed_and_started_again_in_the_middle_of_push_and_pull_loses_nothing(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldpress.labelstudio import start_server

    monkeypatch.setattr("goldpress.annotations.transport.sending.SETTLE_SECONDS", 1.0)
    monkeypatch.setattr("goldpress.labelstudio.exports.CHUNK", BATCH)
    texts = {f"a{n:03}": f"Artikel {n}: " + "Vogt sprach. " * 300 for n in range(3 * BATCH)}
    with start_server(tmp_path / "studio") as first:
        desk = make_desk(first, tmp_path, texts)
        with monkeypatch.context() as patch:
            patch.setattr(Client, "import_tasks", killed_amid(first, Client.import_tasks))
            with pytest.raises(SurroundingsError):
                push(desk.workspace)
    with start_server(tmp_path / "studio") as second:
        save_token(desk.workspace, second.url, second.email, second.token)
        assert len(push(desk.workspace).present) in {BATCH, 2 * BATCH}, "a batch is stored whole or not at all"
        with monkeypatch.context() as patch:
            patch.setattr(Client, "_export", killed_amid(second, Client._export, at=3))
            with pytest.raises(SurroundingsError):
                pull(desk.workspace)
        assert pull_files(desk.workspace.annotations) == []
    with start_server(tmp_path / "studio") as third:
        save_token(desk.workspace, third.url, third.email, third.token)
        report = pull(desk.workspace)
        assert report.changed == 3 * BATCH
        assert report.resumed in {0, BATCH, 2 * BATCH}, "whole chunks are kept: two are under way at once"
        desk.server = third
        assert stored(desk) == sorted(texts)


def killed_amid(server: "Server", real: Callable[..., Any], *, at: int = 2) -> Callable[..., Any]:
    """Wrap a request: the server dies a moment after the second one was sent, or after another one."""
    from goldpress.labelstudio.remains import PID_FILE

    calls: list[Any] = []

    def send(*arguments: Any, **more: Any) -> Any:
        calls.append(arguments)
        if len(calls) == at:
            pid = int((server.folder / PID_FILE).read_text("ascii"))
            threading.Timer(0.05, os.kill, (pid, signal.SIGKILL)).start()
        return real(*arguments, **more)

    return send
