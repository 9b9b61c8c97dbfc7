"""What is tuned in the embedded server fits this Label Studio, takes effect, and changes no answer."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from goldpress.labelstudio.launch import LOG
from studio import TEXTS, Desk, span

Ask = Callable[..., httpx.Response]


def test_each_tuned_piece_fits_this_label_studio(shared_desk: Desk) -> None:
    log = (shared_desk.server.folder / LOG).read_text("utf-8", errors="replace")
    assert "Starting development server" in log
    assert [line for line in log.splitlines() if line.startswith("goldpress: ")] == []


def test_an_export_by_ids_is_what_label_studio_writes_and_leaves_no_file_behind(shared_desk: Desk, ask: Ask) -> None:
    marked = span(TEXTS["markt"], "Vogt", "entity", "PER", "r1")
    said = {"result": [marked], "ground_truth": False, "unique_id": str(uuid.uuid4())}
    tasks: list[dict[str, Any]] = [
        {"data": {"text": TEXTS["markt"], "odd": [None, 1.5, -0.0, 1e300, 2**70, "a/b", "\u2028 😀", {}]}},
        {
            "data": {"text": TEXTS["hafen"]},
            "annotations": [said, {"result": [], "was_cancelled": True, "ground_truth": False}],
            "predictions": [{"model_version": "m", "result": [marked]}],
        },
    ]
    project = shared_desk.spare_project(tasks)
    with shared_desk.admin() as client:
        ids = [stub.id for stub in client.task_index(project)]
    draft = {"result": [marked], "lead_time": 3.0, "project": project}
    assert ask("POST", f"/api/tasks/{ids[0]}/drafts", json=draft).status_code == 201

    folder = shared_desk.server.folder / "export"
    asked = {"exportType": "JSON", "download_all_tasks": "true", "interpolate_key_frames": "false"}
    before = set(folder.iterdir())
    ours = ask("GET", f"/api/projects/{project}/export", params={**asked, "ids[]": ids})
    assert set(folder.iterdir()) == before, "a pull leaves no copy with e-mail addresses on the server"
    usual = ask("GET", f"/api/projects/{project}/export", params=asked)
    assert set(folder.iterdir()) > before, "an export that somebody makes on the page is kept as ever"
    assert ours.content == usual.content
    assert len(ours.json()) == 2
    assert ours.json()[0]["data"] == tasks[0]["data"]
    assert [len(task["drafts"]) for task in ours.json()] == [1, 0]
    assert ours.json()[0]["drafts"][0]["result"][0]["value"] == marked["value"]
    # The page asks task by task, on another way.
    for task in ours.json():
        alone = ask("GET", f"/api/tasks/{task['id']}/").json()
        assert task["data"] == alone["data"]
        shown = {entry["id"]: entry["result"] for entry in alone["annotations"]}
        assert {entry["id"]: entry["result"] for entry in task["annotations"]} == shown
