"""What a pull asks for: what moved and nothing else, and everything where that cannot be proved."""

import functools
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goldpress.annotations import pull, push
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.errors import SurroundingsError
from goldpress.labelstudio.client import Client
from goldpress.labelstudio.downloads import Range, read_ahead
from studio import TEXTS, Desk, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goldpress.labelstudio import Server

VOGT = [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")]


@pytest.fixture
def desk(server: "Server", tmp_path: Path) -> "Iterator[Desk]":
    made = make_desk(server, tmp_path)
    push(made.workspace)
    yield made
    made.close()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """How many tasks each listing brought; None for a listing of all."""
    found: list[int | None] = []
    real = Client.task_index

    def watch(self: Client, project_id: int, *, since: datetime | None = None) -> Any:
        stubs = real(self, project_id, since=since)
        found.append(None if since is None else len(stubs))
        return stubs

    monkeypatch.setattr(Client, "task_index", watch)
    return found


def remembered(desk: Desk) -> Path:
    return next(desk.workspace.state.glob("index-*.json"))


def later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the last pull were long ago: nothing that moved before it is listed for safety's sake."""
    monkeypatch.setattr("goldpress.annotations.transport.indexes.MARGIN", timedelta(0))
    monkeypatch.setattr("goldpress.annotations.transport.indexes.SLACK", timedelta(0, 0, 1))
    monkeypatch.setattr(Client, "now", lambda _: datetime.now(UTC))
    index = json.loads(remembered(desk).read_bytes())
    index["as_of"] = datetime.now(UTC).isoformat()
    remembered(desk).write_text(json.dumps(index), "utf-8")


def test_a_first_pull_lists_nothing_and_a_later_one_what_moved(
    desk: Desk, listed: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(desk.workspace).changed == 2
    assert listed == []
    later(desk, monkeypatch)
    assert pull(desk.workspace).path == ""
    with desk.admin() as client:
        task_id = client.task_range(desk.project_id).first
        client.create_annotation(task_id, VOGT, unique_id=str(uuid.uuid4()))
    assert pull(desk.workspace).changed == 1
    assert listed == [1, 2], "the one that had moved last is listed too: no backup was restored"


def test_a_task_that_was_deleted_is_missed_by_its_number_and_the_whole_list_is_read(
    desk: Desk, listed: list[int | None]
) -> None:
    pull(desk.workspace)
    gone = desk.task_ids()["hafen"]
    listed.clear()
    with desk.admin() as client:
        client._exchange.send("DELETE", f"/api/tasks/{gone}/")
    assert pull(desk.workspace).gone == [gone]
    assert listed[-1] is None
    listed.clear()
    assert pull(desk.workspace).gone == [gone]
    assert None not in listed, "the list without it is remembered"


@pytest.mark.parametrize("what", ["a restored backup", "a clock that went back", "a damaged file"])
def test_a_remembered_list_that_cannot_be_trusted_is_read_again(
    desk: Desk, listed: list[int | None], what: str
) -> None:
    pull(desk.workspace)
    index = json.loads(remembered(desk).read_bytes())
    if what == "a restored backup":
        # What we remember of the last task is newer than what the server has now.
        index["tasks"][-1][1] = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    elif what == "a clock that went back":
        index["as_of"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    remembered(desk).write_text("[" if what == "a damaged file" else json.dumps(index), "utf-8")
    desk.label("anna", "markt", VOGT)
    listed.clear()
    assert pull(desk.workspace).changed == 1
    assert None in listed


def test_an_export_that_brings_less_than_the_server_has_is_held_against_the_list(
    desk: Desk, listed: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Client._export

    def short(self: Client, project_id: int, wanted: list[int], kind: type[Any]) -> list[dict[str, Any]]:
        monkeypatch.setattr(Client, "_export", real)
        return real(self, project_id, wanted, kind)[1:]

    monkeypatch.setattr(Client, "_export", short)
    report = pull(desk.workspace)
    assert (report.changed, report.resumed, listed) == (2, 0, [None])
    assert len(newest_tasks(desk.workspace)) == 2


def test_ids_that_lie_far_apart_are_listed_and_not_tried(
    desk: Desk, listed: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldpress.labelstudio.exports.CHUNK", 1)
    monkeypatch.setattr("goldpress.labelstudio.downloads.SPARSEST", 0)
    assert pull(desk.workspace).changed == 2
    assert listed == [None]


def test_a_pull_brings_what_was_suggested_and_what_became_of_it(desk: Desk) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\nMirow,PER\n", "utf-8")
    push(desk.workspace, suggest=["gazetteer:names.csv"])
    task_id = desk.task_ids()["markt"]
    with desk.admin() as client:
        (guess,) = client.task(task_id)["predictions"]
        kept, changed = [{**region, "origin": "prediction"} for region in guess["result"]]
        changed |= {"origin": "prediction-changed"}
        body = {"result": [kept, changed], "parent_prediction": guess["id"], "unique_id": str(uuid.uuid4())}
        answer = client._exchange.send("POST", f"/api/tasks/{task_id}/annotations/", json=body)
        assert answer.json()["parent_prediction"] == guess["id"]
    pull(desk.workspace)
    found = {entry.article_id: task for entry in newest_tasks(desk.workspace) for _, task in read_tasks([entry])}
    (stored,) = found["markt"]["predictions"]
    assert stored["model_version"].startswith("gazetteer ")
    assert [region["value"]["text"] for region in stored["result"]] == ["Vogt", "Mirow"]
    (annotation,) = found["markt"]["annotations"]
    assert annotation["parent_prediction"] == stored["id"]
    assert [region["origin"] for region in annotation["result"]] == ["prediction", "prediction-changed"]
    assert [guess["result"] for guess in found["hafen"]["predictions"]] == [[]], "looked at, and nothing found"


def test_suggestions_of_many_tasks_are_asked_for_at_once_and_are_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\n", "utf-8")
    push(desk.workspace, suggest=["gazetteer:names.csv"])
    pull(desk.workspace)
    apart = [task["predictions"] for _, task in read_tasks(newest_tasks(desk.workspace))]
    monkeypatch.setattr("goldpress.annotations.transport.fetching.FEW", 1)
    pull(desk.workspace, full=True)
    assert [task["predictions"] for _, task in read_tasks(newest_tasks(desk.workspace))] == apart
    assert all(apart)


def test_a_range_of_ids_is_cut_into_chunks_that_hold_each_number_once() -> None:
    assert Range(5, 14, 10).chunks(4) == [[5, 6, 7, 8], [9, 10, 11, 12], [13, 14]]
    assert Range(1, 20, 10).chunks(4) == [list(range(1, 9)), list(range(9, 17)), list(range(17, 21))]
    assert Range(1, 1000, 10).chunks(4) is None
    assert Range(1, 0, 0).chunks(4) == []


def test_reading_ahead_keeps_the_order_and_raises_where_the_result_is_asked_for() -> None:
    def fail() -> int:
        raise SurroundingsError("GP-LS-003", "the connection broke")

    assert list(read_ahead(functools.partial(int, n) for n in range(5))) == [0, 1, 2, 3, 4]
    assert list(read_ahead([])) == []
    came = read_ahead([lambda: 1, fail, lambda: 3])
    assert next(came) == 1
    with pytest.raises(SurroundingsError, match="GP-LS-003"):
        next(came)
