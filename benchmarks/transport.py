"""Push and pull against the bare SDK on the same server, in turns: ratios, for the machine may be busy.

    python benchmarks/transport.py [--tasks 1000] [--rounds 3]

A server of its own is started; a project is filled for each tool and round. ``push`` is held against the SDK's one
``import_tasks`` call, a full ``pull`` against ``tasks.list(fields="all")``, and a pull with 1 % changed against a full
one. What has arrived is counted: a time without every task does not count.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

from throwaway import LABELLED, prepare, throwaway_server


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    measure(asked.tasks, asked.rounds)


def measure(tasks: int, rounds: int) -> None:
    """Run the rounds and print a line for each ratio."""
    from label_studio_sdk import LabelStudio

    ratios: dict[str, list[float]] = {"push / SDK import": [], "SDK list / full pull": [], "full / 1 % pull": []}
    with throwaway_server() as (server, folder):
        sdk = LabelStudio(base_url=server.url, api_key=server.token)
        for number in range(rounds):
            ours = prepare(folder / str(number), server, tasks)
            took = round_trip(ours, sdk, server, tasks)
            ratios["push / SDK import"].append(took["push"] / took["sdk import"])
            ratios["SDK list / full pull"].append(took["sdk list"] / took["full"])
            ratios["full / 1 % pull"].append(took["full"] / took["changed"])
            print(number, {name: round(seconds, 2) for name, seconds in took.items()}, flush=True)
    for name, found in ratios.items():
        print(f"{name}: {statistics.median(found):.2f} (of {rounds} rounds, {tasks} tasks)")


def round_trip(workspace: Any, sdk: Any, server: Any, tasks: int) -> dict[str, float]:
    """Return seconds of each step; both tools send the same tasks to projects with the same page."""
    from goldpress import pull, push, read_articles
    from goldpress.annotations.transport.pushing import to_task
    from goldpress.labelstudio import Client

    took = {}
    push(workspace, limit=1)
    with Client(server.url, server.token) as client:
        mine = client.find_project(workspace.settings.label_studio.project)
        assert mine is not None
        other = client.create_project(f"{mine.title} sdk", label_config=mine.label_config, overlap=1, instruction="")
        payload = [to_task(article) for article in read_articles(workspace)][1:]
        took["sdk import"] = timed(lambda: sdk.projects.import_tasks(id=other.id, request=payload))
        took["push"] = timed(lambda: push(workspace))
        stubs = client.task_index(mine.id)
        assert len(stubs) == tasks
        for stub in stubs[: max(1, tasks // 5)]:
            client.create_annotation(stub.id, LABELLED, unique_id=str(uuid.uuid4()))
        took["full"] = timed(lambda: pull(workspace))
        took["sdk list"] = timed(lambda: list(sdk.tasks.list(project=mine.id, fields="all")))
        for stub in stubs[: max(1, tasks // 100)]:
            client.create_annotation(stub.id, LABELLED, unique_id=str(uuid.uuid4()))
        took["changed"] = timed(lambda: check(pull(workspace), max(1, tasks // 100)))
    return took


def check(report: Any, changed: int) -> None:
    """Demand that exactly what changed was fetched."""
    assert report.changed == changed, report


def timed(act: Callable[[], Any]) -> float:
    """Return how long something takes, in seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
