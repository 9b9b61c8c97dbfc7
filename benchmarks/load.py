"""Six annotators who submit at once while pulls run: nothing lost, nothing doubled.

    python benchmarks/load.py [--seconds 120] [--people 6]

A server of its own is started on this machine. Each annotator submits one annotation after the other under an own
account; a pull starts as soon as the one before has ended. Afterwards what was confirmed is compared with the server
and with the store.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from transport import prepare

PASSWORD = "a-password-of-the-soak"  # noqa: S105 - of a throw-away server
TASKS = 60


def main() -> None:
    """Run, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--people", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GOLDPRESS_STATE"] = f"{folder}/state"
        run(Path(folder), asked.seconds, asked.people)


def run(folder: Path, seconds: float, number: int) -> None:
    """Let people submit while pulls run, and hold the outcome against what was confirmed."""
    from goldpress import annotators_add, pull, push
    from goldpress.annotations.transport.store import newest_tasks, read_tasks
    from goldpress.labelstudio import Client, mint_token, start_server

    with start_server(folder / "studio") as server:
        workspace = prepare(folder / "ws", server, TASKS)
        project = push(workspace).project_id
        people = []
        for index in range(number):
            email = f"p{index}@example.org"
            annotators_add(email, workspace, password=PASSWORD)
            people.append(Client(server.url, mint_token(server.url, email, PASSWORD)))
        with Client(server.url, server.token) as admin:
            ids = [stub.id for stub in admin.task_index(project)]
        confirmed: list[str] = []
        waits: list[float] = []
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=submit, args=(c, ids, end, confirmed, waits)) for c in people]
        for thread in threads:
            thread.start()
        pulls = 0
        while time.monotonic() < end:
            pull(workspace)
            pulls += 1
        for thread in threads:
            thread.join()
        pull(workspace)
        stored = Counter(a["unique_id"] for _, t in read_tasks(newest_tasks(workspace)) for a in t["annotations"])
        with Client(server.url, server.token) as admin:
            tasks = [task for chunk in admin.export_tasks(project, ids) for task in chunk]
        there = Counter(a["unique_id"] for task in tasks for a in task["annotations"])
        print(f"{len(confirmed)} annotations by {number} people in {seconds:.0f} s, {pulls} pulls beside them")
        print(f"slowest {max(waits):.2f} s, median {statistics.median(waits):.2f} s")
        print(f"lost {len(set(confirmed) - set(stored))}, doubled {sum(n > 1 for n in stored.values())}, ", end="")
        print(f"different from the server {len(set(there) ^ set(stored))}")
        assert set(confirmed) <= set(stored) == set(there)
        assert max(stored.values()) == 1


def submit(client: Any, ids: list[int], end: float, confirmed: list[str], waits: list[float]) -> None:
    """Submit one annotation after the other, each to the next task."""
    region = {"start": 0, "end": 1, "text": "0", "labels": ["PER"]}
    result = [{"id": "r", "from_name": "entity", "to_name": "text", "type": "labels", "value": region}]
    turn = 0
    while time.monotonic() < end:
        mark, begun = str(uuid.uuid4()), time.monotonic()
        if client.create_annotation(ids[turn % len(ids)], result, unique_id=mark):
            confirmed.append(mark)
        waits.append(time.monotonic() - begun)
        turn += 1
    client.close()


if __name__ == "__main__":
    main()
