"""What Label Studio's own SDK does in silence: why goldpress speaks HTTP itself."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from faults import Fault, FaultProxy
from goldpress.labelstudio import Client, UnclearAnswer
from studio import Desk, texts

# It calls what pydantic and itself call outdated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TEN = texts(*(f"Meldung {number}" for number in range(10)))


@pytest.fixture
def proxy(shared_desk: Desk) -> Iterator[FaultProxy]:
    with FaultProxy(shared_desk.server.url) as made:
        yield made


@contextmanager
def sdk(desk: Desk, url: str = "") -> Iterator[Any]:
    """Open the SDK's client, of the server's first user."""
    import label_studio_sdk

    made: Any = label_studio_sdk.LabelStudio
    with httpx.Client(trust_env=False, timeout=60) as http:
        yield made(base_url=url or desk.server.url, api_key=desk.server.token, httpx_client=http)


def test_an_import_whose_answer_is_a_504_is_sent_three_times_and_by_goldpress_once(
    shared_desk: Desk, proxy: FaultProxy
) -> None:
    theirs, ours = shared_desk.spare_project(), shared_desk.spare_project()
    proxy.faults.append(Fault("504 after", "/import", times=2))
    with sdk(shared_desk, proxy.url) as studio:
        assert studio.projects.import_tasks(id=theirs, request=TEN).task_count == 10
    assert len(shared_desk.fetch(theirs)) == 30
    proxy.faults.append(Fault("504 after", "/import"))
    with Client(proxy.url, shared_desk.server.token) as client, pytest.raises(UnclearAnswer):
        client.import_tasks(ours, TEN)
    assert len(shared_desk.fetch(ours)) == 10


def test_an_annotation_that_is_there_already_is_sent_three_times_and_by_goldpress_once(
    shared_desk: Desk, proxy: FaultProxy
) -> None:
    from label_studio_sdk.core.api_error import ApiError

    (task,) = shared_desk.fetch(shared_desk.spare_project(TEN[:1]))
    mark = str(uuid.uuid4())
    with Client(proxy.url, shared_desk.server.token) as client, sdk(shared_desk, proxy.url) as studio:
        assert client.create_annotation(task["id"], [], unique_id=mark)
        with pytest.raises(ApiError):
            studio.annotations.create(id=task["id"], result=[], unique_id=mark)
        assert sum("/annotations" in line for line in proxy.seen) == 1 + 3
        assert not client.create_annotation(task["id"], [], unique_id=mark)
    assert sum("/annotations" in line for line in proxy.seen) == 1 + 3 + 1


def test_ids_and_filters_of_an_export_are_not_passed_on(shared_desk: Desk) -> None:
    project = shared_desk.spare_project(TEN[:3])
    ids = [task["id"] for task in shared_desk.fetch(project)]
    with shared_desk.admin() as client:
        client.create_annotation(ids[0], [], unique_id=str(uuid.uuid4()))
    truth_alone = {"annotation_filter_options": {"usual": False, "ground_truth": True}}
    with sdk(shared_desk) as studio:
        exports = studio.projects.exports
        whole = b"".join(exports.download_sync(project, export_type="JSON", download_all_tasks=True, ids=ids[:1]))
        filtered = exports.as_json(project, create_kwargs=truth_alone)
    assert [task["id"] for task in json.loads(whole)] == ids
    assert [len(task["annotations"]) for task in filtered] == [1, 0, 0]


def test_a_page_that_is_not_there_is_the_end_of_a_list_and_a_task_is_missing(shared_desk: Desk) -> None:
    project = shared_desk.spare_project(TEN[:3])
    ids = [task["id"] for task in shared_desk.fetch(project)]
    with sdk(shared_desk) as studio, shared_desk.admin() as client:
        listed = iter(studio.tasks.list(project=project, page_size=1))
        seen = [next(listed).id]
        client._exchange.send("DELETE", f"/api/tasks/{ids[0]}/")
        seen += [task.id for task in listed]
    assert seen == [ids[0], ids[2]], "the second moved to the first page, and the third page is not found"
