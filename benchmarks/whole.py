"""The whole of ``publish`` on made-up tasks: where its time and its memory go.

    python benchmarks/whole.py FOLDER [--articles 50000] [--again]

Tasks and workspace stay in ``FOLDER`` for the next run. The tasks are made of chance and break many rules: what blocks
the release is passed over, after it was found. ``--again`` measures a second release, one article in a hundred labelled
anew. ``own`` is memory of the process itself, ``files`` what it has mapped and the system may take back at any time,
``workers`` that of all other processes together, ten times a second.
"""

import argparse
import dataclasses
import itertools
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

from memory import below, held, shares
from tasks import Maker

import goldpress
from goldpress import timings, validation


class Watch(threading.Thread):
    """Looks at the memory again and again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[float, float, float, float]] = []

    def run(self) -> None:
        me = os.getpid()
        while True:
            own, files, _ = held(me)
            self.seen.append((time.perf_counter(), own, files, shares(below(me))))
            time.sleep(0.1)


class Steps(list[timings.Step]):
    """Notes when each step ended."""

    ends: list[float]

    def append(self, step: timings.Step) -> None:
        self.ends = [*getattr(self, "ends", []), time.perf_counter()]
        super().append(step)


def make(folder: Path, articles: int, name: str = "workspace") -> Path:
    """Return a workspace with one pull of so many articles."""
    from tasks import write_tasks

    workspace, file = folder / f"{name}-{articles}", folder / f"tasks-{articles}.json"
    if not workspace.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_tasks(articles, file)
        goldpress.init(workspace)
        for path in (workspace / "seeds").iterdir():
            path.unlink()
        goldpress.pull(workspace, file=file)
    return workspace


def make_second(folder: Path, articles: int) -> Path:
    """Return a workspace with a release and a later pull, in which every hundredth article lost its last label."""
    workspace = make(folder, articles, "again")
    if not (workspace / "dataset" / "0.1.0").exists():
        goldpress.publish(workspace)
        changed = []
        for task in itertools.islice(Maker(2, 1).tasks(articles), 0, None, 100):
            first = task["annotations"][0]
            first |= {"result": first["result"][:-1], "updated_at": "2026-06-01T00:00:00.000000Z"}
            changed.append(task | {"updated_at": first["updated_at"]})
        file = folder / f"changed-{articles}.json"
        file.write_text(json.dumps(changed), "utf-8")
        goldpress.pull(workspace, file=file)
    return workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--again", action="store_true")
    options, judge = parser.parse_args(), validation.judge

    def pass_over(*args: Any, **named: Any) -> Any:
        verdict = judge(*args, **named)
        return dataclasses.replace(verdict, findings=[finding for finding in verdict.findings if not finding.blocks])

    validation.judge = pass_over
    workspace = (make_second if options.again else make)(options.folder, options.articles)
    releases = options.folder / "release"
    if options.again:
        shutil.copytree(workspace / "dataset", releases)
    watch, steps, begin = Watch(), Steps(), time.perf_counter()
    watch.start()
    with timings.recorded() as recorded:
        recorded.steps = steps
        made = goldpress.publish(workspace, into=releases)
    shutil.rmtree(releases)
    print(made.manifest.content_digest)
    print(f"{'step':32}  wall s   CPU s  peak so far     own   files  workers, MiB")
    for step, end in zip(steps, steps.ends, strict=True):
        seen = [found for found in watch.seen if end - step.wall <= found[0] <= end] or [(0.0, 0.0, 0.0, 0.0)]
        own, files, workers = (max(found[at] for found in seen) for at in (1, 2, 3))
        print(f"{step.name:32}{step.wall:8.1f}{step.cpu:8.1f}{step.peak:13.0f}{own:8.0f}{files:8.0f}{workers:9.0f}")
    alone, together = max(sum(found[1:3]) for found in watch.seen), max(sum(found[1:]) for found in watch.seen)
    print(f"all: {time.perf_counter() - begin:.1f} s, at most {alone:.0f} MiB at once, with workers {together:.0f}")


if __name__ == "__main__":
    main()
