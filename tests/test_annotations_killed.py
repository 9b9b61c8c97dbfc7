"""A command that is killed: each article is there once, the store holds whole pulls, the next one goes on."""

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from goldpress.annotations import pull, push
from goldpress.annotations.transport.entries import newest_tasks, read_tasks, scan_pull
from goldpress.annotations.transport.notes import send_notes
from goldpress.annotations.transport.store import pull_files
from studio import TEXTS, Desk, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server

SCRIPT = """
import itertools, json, os, pkgutil, signal, sys
from goldpress.annotations.transport import sending, suggestions
from goldpress.labelstudio import exports

command, root, options, owner, name, number, when = sys.argv[1:]
exports.CHUNK = sending.MOST_TASKS = suggestions.BATCH = 1
place = pkgutil.resolve_name(owner)
real, calls = getattr(place, name), itertools.count(1)

def dying(*arguments, **more):
    last = next(calls) == int(number)
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*arguments, **more)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

setattr(place, name, dying)
pkgutil.resolve_name(command)(workspace=root, **json.loads(options))
"""
"""A command that kills itself before or after its n-th call of a function; tasks come and go one by one."""

VOGT = [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")]
CLIENT = "goldpress.labelstudio:Client"
CHECKPOINT = "goldpress.annotations.transport.checkpoints:Checkpoint"


@pytest.fixture
def desk(server: "Server", tmp_path: "Path") -> "Iterator[Desk]":
    made = make_desk(server, tmp_path, {**TEXTS, "dritter": "Ein dritter Artikel."})
    yield made
    made.close()


def kill(desk: Desk, command: str, *moment: str, **options: object) -> None:
    said = [command, str(desk.workspace.root), json.dumps(options), *moment]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *said], check=False)
    assert done.returncode == -signal.SIGKILL, "the moment came"


@pytest.mark.parametrize(("when", "there"), [("before", 1), ("after", 2)])
def test_a_push_that_was_killed_is_completed_by_the_next(desk: Desk, when: str, there: int) -> None:
    kill(desk, "goldpress:push", "goldpress.labelstudio:Client", "import_tasks", "2", when)
    report = push(desk.workspace)
    assert (len(report.present), len(report.created), report.doubled) == (there, 3 - there, [])
    assert sorted(desk.task_ids()) == ["dritter", "hafen", "markt"]
    with desk.admin() as client:
        assert client.project(desk.project_id).task_number == 3


@pytest.mark.parametrize(
    ("moment", "resumed"),
    [
        ((CHECKPOINT, "add", "1", "before"), 0),
        ((CHECKPOINT, "add", "2", "after"), 2),
        ((CHECKPOINT, "add", "3", "after"), 3),
        (("os", "link", "1", "before"), 3),
    ],
    ids=["before anything is kept", "in the middle", "when all is fetched", "before the pull has its name"],
)
def test_a_pull_that_was_killed_stores_nothing_and_the_next_goes_on(
    desk: Desk, moment: tuple[str, ...], resumed: int
) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
    kill(desk, "goldpress:pull", *moment)
    assert pull_files(desk.workspace.annotations) == []
    left = list(desk.workspace.annotations.glob(".pull-*"))
    for path in left:
        os.utime(path, (0, 0))
    report = pull(desk.workspace)
    assert (report.changed, report.annotations, report.resumed) == (3, 1, resumed)
    assert len(left) == (moment[0] == "os")
    assert list(desk.workspace.annotations.glob(".pull-*")) == [], "what is left of a pull does not lie there for ever"


@pytest.mark.parametrize("moment", [("os", "link", "1", "after"), (CHECKPOINT, "finish", "1", "before")])
def test_a_pull_that_was_killed_when_its_file_was_there_is_not_done_again(desk: Desk, moment: tuple[str, ...]) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
    kill(desk, "goldpress:pull", *moment)
    (path,) = pull_files(desk.workspace.annotations)
    assert len(scan_pull(path)[0]) == 3
    assert pull(desk.workspace).changed == 0
    desk.label("ben", "hafen", [])
    assert pull(desk.workspace).changed == 1
    assert len(pull_files(desk.workspace.annotations)) == 2
    tasks = {task["data"]["article_id"]: task for _, task in read_tasks(newest_tasks(desk.workspace))}
    assert {name: len(task["annotations"]) for name, task in tasks.items()} == {"markt": 1, "hafen": 1, "dritter": 0}


def test_predictions_whose_sending_was_killed_are_completed_and_none_is_there_twice(desk: Desk) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\n", "utf-8")
    push(desk.workspace)
    desk.label("anna", "markt", VOGT)
    suggest = ["gazetteer:names.csv"]
    kill(desk, "goldpress:push", CLIENT, "import_predictions", "1", "after", suggest=suggest)
    assert push(desk.workspace, suggest=suggest).suggested["known"] == 1
    with desk.admin() as client:
        tasks = [client.task(i) for i in desk.task_ids().values()]
    assert [len(task["predictions"]) for task in tasks] == [1, 1, 1]
    assert sum(len(task["annotations"]) for task in tasks) == 1


@pytest.mark.parametrize("moment", [("change_data", "2", "before"), ("create_tab", "1", "after")])
def test_notes_whose_sending_was_killed_are_completed_and_have_one_tab(desk: Desk, moment: tuple[str, ...]) -> None:
    push(desk.workspace)
    desk.label("anna", "markt", VOGT)
    pull(desk.workspace)
    notes = {"markt": "Bitte prüfen.", "hafen": "Bitte auch."}
    kill(desk, "goldpress.annotations.transport.notes:send_notes", CLIENT, *moment, notes=notes)
    send_notes(notes, desk.workspace)
    require_notes(desk, {**notes, "dritter": ""})


def require_notes(desk: Desk, notes: dict[str, str]) -> None:
    with desk.admin() as client:
        for article, task_id in desk.task_ids().items():
            if article in notes:
                assert client.task(task_id)["data"]["review_note"] == notes[article]
        views = client._exchange.send("GET", "/api/dm/views/", params={"project": desk.project_id}).json()
    assert len(views) == 1
