"""Six annotators who submit at once while pulls run: nothing lost, nothing doubled.

    python benchmarks/load.py [--seconds 120] [--people 6]

A server of its own is started on this machine. Each annotator submits one annotation after the other under an own
account; a pull starts as soon as the one before has ended. Afterwards what was confirmed is compared with the server
and with the store.
"""

import argparse
import re
import statistics
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from throwaway import LABELLED, prepare, throwaway_server

PASSWORD = "a-password-of-the-soak"  # noqa: S105 - of a throw-away server
TASKS = 60


@dataclass
class Confirmed:
    """What all annotators together were told."""

    marks: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def main() -> None:
    """Run, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--people", type=int, default=6)
    asked = parser.parse_args()
    with throwaway_server() as (server, folder):
        run(server, prepare(folder / "ws", server, TASKS), asked.seconds, asked.people)


def run(server: Any, workspace: Any, seconds: float, number: int) -> None:
    """Let people submit while pulls run, and hold the outcome against what was confirmed."""
    from goldpress import annotators_add, pull, push
    from goldpress.annotations.transport.entries import newest_tasks, read_tasks
    from goldpress.labelstudio import Client, mint_token

    project = push(workspace).project_id
    people = []
    for index in range(number):
        email = f"p{index}@example.org"
        annotators_add(email, workspace, password=PASSWORD)
        people.append(Client(server.url, mint_token(server.url, email, PASSWORD)))
    with Client(server.url, server.token) as admin:
        ids = [stub.id for stub in admin.task_index(project)]
    told, end = Confirmed(), time.monotonic() + seconds
    threads = [threading.Thread(target=submit, args=(client, ids, end, told)) for client in people]
    for thread in threads:
        thread.start()
    pulls = []
    while time.monotonic() < end:
        begun = time.monotonic()
        pull(workspace)
        pulls.append(time.monotonic() - begun)
    for thread in threads:
        thread.join()
    pull(workspace)
    stored = Counter(a["unique_id"] for _, t in read_tasks(newest_tasks(workspace)) for a in t["annotations"])
    with Client(server.url, server.token) as admin:
        tasks = [task for chunk in admin.export_tasks(project, ids) for task in chunk]
    there = Counter(a["unique_id"] for task in tasks for a in task["annotations"])
    print(f"{len(told.marks)} annotations by {number} people in {seconds:.0f} s, {len(pulls)} pulls beside them")
    tell(told, pulls, stored, there, (server.folder / "server.log").read_text("utf-8", errors="replace"))
    assert not told.failures
    assert set(told.marks) == set(stored) == set(there)
    assert max(stored.values()) == max(there.values()) == 1


def tell(told: Confirmed, pulls: list[float], stored: Counter[str], there: Counter[str], log: str) -> None:
    """Print what was confirmed, and what became of it."""
    locked, broken = log.count("database is locked"), len(re.findall(r'HTTP/1\.1" 5\d\d ', log))
    print(f"a submission: median {statistics.median(told.waits):.2f} s, slowest {max(told.waits):.2f} s")
    print(f"a pull: median {statistics.median(pulls):.2f} s, slowest {max(pulls):.2f} s")
    print(f"refused or broken {len(told.failures)}", *told.failures[:3])
    print(f"in the server's log: {locked} times 'database is locked', {broken} answers 5xx")
    doubled = sum(number > 1 for number in (stored | there).values())
    print(f"lost {len(set(told.marks) - set(stored))}, doubled {doubled}, ", end="")
    print(f"different from the server {len(set(there) ^ set(stored))}")


def submit(client: Any, ids: list[int], end: float, told: Confirmed) -> None:
    """Submit one annotation after the other, each to the next task."""
    from goldpress.errors import GoldpressError

    turn = 0
    while time.monotonic() < end:
        mark, begun = str(uuid.uuid4()), time.monotonic()
        try:
            if client.create_annotation(ids[turn % len(ids)], LABELLED, unique_id=mark):
                told.marks.append(mark)
        except GoldpressError as error:
            told.failures.append(str(error))
        told.waits.append(time.monotonic() - begun)
        turn += 1
    client.close()


if __name__ == "__main__":
    main()
