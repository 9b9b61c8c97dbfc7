"""Push and pull against the bare SDK on the same server, in turns: ratios, for the machine may be busy.

    python benchmarks/transport.py [--tasks 1000] [--rounds 3] [--studio DIR] [--plain]

A server is started, with articles of ``benchmarks/tasks.py``. ``push`` with suggestions is held against the SDK's one
``import_tasks`` call with the same tasks and suggestions, ready made; a full ``pull`` of a project with two annotators
against ``tasks.list(fields="all")``; a pull with 1 % changed against a full one. What has arrived is counted: a time
without every task, annotation and suggestion does not count, and what the SDK's answer lacks is printed.

``--studio`` keeps the data folder, so that a large project is filled once. ``--plain`` starts Label Studio as its own
command does, without what goldpress tunes in the server that it embeds.
"""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks import Maker
from throwaway import throwaway_server

SETTLED = 61.0
"""Seconds after which a task counts as not moved lately: a pull that comes later is measured, as most do."""
BATCH = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--studio", type=Path, help="a data folder that is kept, with the labelled project")
    parser.add_argument("--plain", action="store_true", help="Label Studio untuned")
    parser.add_argument("--only", choices=["push", "pull"])
    asked = parser.parse_args()
    if asked.plain:
        untune()
    with throwaway_server(asked.studio) as (server, folder):
        ratios: dict[str, list[float]] = {}
        if asked.only != "pull":
            measure_push(ratios, server, folder, asked.tasks, asked.rounds)
        if asked.only != "push":
            measure_pull(ratios, server, folder, asked.tasks, asked.rounds)
    for name, found in ratios.items():
        print(f"{name}: {statistics.median(found):.2f} (of {asked.rounds} rounds, {asked.tasks} tasks)")


def untune() -> None:
    """Let the server start as ``label-studio`` does."""
    import tempfile

    from goldpress.labelstudio import launch

    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as script:
        script.write("import sys\nfrom label_studio import server\nsys.exit(server.main())\n")
    launch.studio = lambda: script.name


def measure_push(ratios: dict[str, list[float]], server: Any, folder: Path, tasks: int, rounds: int) -> None:
    """Push articles with suggestions; both tools send the same tasks to projects with the same page."""
    from label_studio_sdk import LabelStudio

    from goldpress import push, read_articles
    from goldpress.annotations.transport.pushing import to_task
    from goldpress.annotations.transport.suggestions import Suggestions
    from goldpress.labelstudio import Client

    sdk = LabelStudio(base_url=server.url, api_key=server.token)
    for number in range(rounds):
        workspace = prepare(folder / f"push-{number}", server, f"push {uuid.uuid4().hex[:8]}", tasks)
        suggest = [f"gazetteer:{workspace.root / 'names.csv'}"]
        push(workspace, limit=1, suggest=suggest)
        with Client(server.url, server.token) as client:
            mine = client.find_project(workspace.settings.label_studio.project)
            assert mine is not None
            other = client.create_project(
                f"{mine.title} sdk", label_config=mine.label_config, overlap=1, instruction=""
            )
            offered = Suggestions(workspace, suggest)
            payload = [to_task(article, offered) for article in read_articles(workspace)]
            took = in_turns(
                number,
                sdk=lambda payload=payload, to=other.id: sdk.projects.import_tasks(id=to, request=payload[1:]),
                ours=lambda workspace=workspace, suggest=suggest: push(workspace, suggest=suggest),
            )
            for project, there in ((client.project(mine.id), tasks), (client.project(other.id), tasks - 1)):
                assert (project.task_number, project.predictions) == (there, there), project
        note(ratios, "push / SDK import (goal 1.15 at most)", took["ours"] / took["sdk"], number, took)


def measure_pull(ratios: dict[str, list[float]], server: Any, folder: Path, tasks: int, rounds: int) -> None:
    """Pull a labelled project in full and after a change; the SDK lists it."""
    from label_studio_sdk import LabelStudio

    from goldpress import pull
    from goldpress.labelstudio import Client

    sdk = LabelStudio(base_url=server.url, api_key=server.token)
    for number in range(rounds):
        workspace = prepare(folder / f"pull-{number}", server, f"labelled {tasks}")
        with Client(server.url, server.token) as client:
            project = labelled(client, workspace, tasks)
            took = in_turns(
                number,
                sdk=lambda project=project: list(sdk.tasks.list(project=project.id, fields="all")),
                ours=lambda workspace=workspace: pull(workspace),
            )
            there = next(iter(sdk.projects.list(ids=str(project.id))))
            listed, report = took.pop("sdk result"), took.pop("ours result")
            theirs = [annotation for task in listed for annotation in task.annotations or ()]
            assert (report.changed, report.annotations) == (tasks, len(theirs)), report
            assert there.total_annotations_number is not None
            if not number:
                lost = sum(not getattr(annotation, "unique_id", None) for annotation in map(as_object, theirs))
                print(f"of {len(theirs)} annotations {lost} have no unique_id in the SDK's list; in ours all have")
            change(client, project.id, number, max(1, tasks // 100))
            begun = time.perf_counter()
            assert pull(workspace).changed == max(1, tasks // 100)
            took["changed"] = time.perf_counter() - begun
        note(ratios, "SDK list / full pull (goal 2 at least)", took["sdk"] / took["ours"], number, took)
        note(ratios, "full / 1 % pull (goal 20 at least)", took["ours"] / took["changed"], number, {})


def as_object(annotation: Any) -> Any:
    """Return an annotation of the SDK, which may be a dictionary."""
    return argparse.Namespace(**annotation) if isinstance(annotation, dict) else annotation


def in_turns(number: int, **acts: Callable[[], Any]) -> dict[str, Any]:
    """Return how long each of the acts takes and what it returns; every other round in the other order."""
    took: dict[str, Any] = {}
    for name in sorted(acts, reverse=bool(number % 2)):
        begun = time.perf_counter()
        result = acts[name]()
        took[name] = time.perf_counter() - begun
        took[f"{name} result"] = result
    return took


def note(ratios: dict[str, list[float]], name: str, ratio: float, number: int, took: dict[str, Any]) -> None:
    """Keep a ratio and print what it was made from."""
    ratios.setdefault(name, []).append(ratio)
    if took:
        print(number, {key: round(value, 2) for key, value in took.items() if isinstance(value, float)}, flush=True)


def prepare(root: Path, server: Any, title: str, tasks: int = 0) -> Any:
    """Return a workspace with articles and a list of the names in them, logged in."""
    from goldpress import init, open_workspace
    from goldpress.labelstudio import save_token

    init(root)
    for path in (root / "seeds").glob("*"):
        path.unlink()
    maker = Maker(2, 1)
    kept = ("article_id", "title", "text", "lang", "source", "licence")
    articles = [{key: task["data"][key] for key in kept} for task in maker.tasks(tasks)]
    lines = [json.dumps({"id": article.pop("article_id"), **article}) for article in articles]
    (root / "seeds" / "articles.jsonl").write_text("\n".join(lines), "utf-8")
    names = [*(f"{name},PER" for name in maker.people[:2000]), *(f"{name},GPE" for name in maker.places[:1000])]
    (root / "names.csv").write_text("\n".join(["name,label", *names]), "utf-8")
    (root / "goldpress.toml").write_text(f'[label_studio]\nproject = "{title}"\n', "utf-8")
    workspace = open_workspace(root)
    save_token(workspace, server.url, server.email, server.token)
    return workspace


def labelled(client: Any, workspace: Any, tasks: int) -> Any:
    """Return the project with two annotations for each task; it is filled where it is not there yet."""
    from goldpress.annotations.transport.cleaning import text_hash
    from goldpress.schemas import load_scheme
    from goldpress.schemas.label_config import label_config

    title = workspace.settings.label_studio.project
    project = client.find_project(title)
    if project is not None and project.task_number == tasks:
        return project
    project = client.create_project(title, label_config=label_config(load_scheme(workspace)), overlap=2, instruction="")
    batch = []
    for index, task in enumerate(Maker(2, 1).tasks(tasks), start=1):
        identity = {"article_id": task["data"]["article_id"], "text_sha256": text_hash(task["data"]["text"])}
        made = [
            {key: entry[key] for key in ("result", "was_cancelled", "ground_truth", "lead_time")}
            for entry in task["annotations"]
        ]
        suggested = [{"model_version": "m", "result": task["annotations"][0]["result"][:10]}]
        batch.append({"data": task["data"] | identity, "meta": identity, "annotations": made, "predictions": suggested})
        if len(batch) == BATCH or index == tasks:
            client.import_tasks(project.id, batch)
            batch = []
    time.sleep(SETTLED)
    return client.project(project.id)


def change(client: Any, project: int, number: int, wanted: int) -> None:
    """Submit one annotation to each of some tasks."""
    first = client.task_range(project).first + number * wanted
    region = {"start": 0, "end": 3, "text": "", "labels": ["PER"]}
    result = [{"id": "r", "from_name": "entity", "to_name": "text", "type": "labels", "value": region}]
    for task_id in range(first, first + wanted):
        assert client.create_annotation(task_id, result, unique_id=str(uuid.uuid4()))


if __name__ == "__main__":
    main()
