"""What was suggested and what became of it, from the real server to the tables."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goldpress.annotations import assemble, pull, push, tabulate
from goldpress.annotations.assembly.intake import tabulate_all
from goldpress.schemas.scheme import load_scheme
from studio import Desk, make_desk, span

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
TEXT = "Vogt traf Mirow."


@pytest.fixture
def desk(server: "Server", tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(server, tmp_path)
    yield made
    made.close()


def test_origin_and_model_come_from_the_real_server_into_the_tables(desk: Desk) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,PER\nMirow,PER\n", "utf-8")
    push(desk.workspace, suggest=["gazetteer:names.csv"])
    task_id = desk.task_ids()["markt"]
    with desk.admin() as client:
        task = client.task(task_id)
        (guess,) = task["predictions"]
        text = task["data"]["text"]
        kept, changed = [{**region, "origin": "prediction"} for region in guess["result"]]
        changed |= {"origin": "prediction-changed"}
        drawn = {**span(text, text.split()[0], "entity", "PER", "eigen"), "origin": "manual"}
        body = {"result": [kept, changed, drawn], "parent_prediction": guess["id"], "unique_id": str(uuid.uuid4())}
        client._exchange.send("POST", f"/api/tasks/{task_id}/annotations/", json=body)
        (export,) = client.export_tasks(desk.project_id, [task_id])
    pull(desk.workspace)
    corpus = assemble(desk.workspace)
    spans = {row["text"]: row["origin"] for row in corpus.tables["spans"].to_pylist()}
    assert spans == {"Vogt": "prediction", "Mirow": "prediction-changed", drawn["value"]["text"]: "manual"}
    (annotation,) = corpus.tables["annotations"].to_pylist()
    assert annotation["parent_prediction"] == guess["model_version"]
    assert corpus.counts["predictions"] == 2
    # In Label Studio's own export suggestions are numbers.
    found = tabulate_all(list(export), SCHEME, gold=False)
    assert {row["text"]: row["origin"] for row in found.tables["spans"].to_pylist()} == spans
    assert found.tables["annotations"]["parent_prediction"].to_pylist() == [f"prediction-{guess['id']}"]
    assert found.counts["predictions"] == 1


def task(parent: Any, predictions: Any, **odd: Any) -> dict[str, Any]:
    annotation = {"id": 1, "unique_id": "u", "result": [], "parent_prediction": parent, **odd}
    return {"id": 1, "data": {"article_id": "a", "text": TEXT}, "annotations": [annotation], "predictions": predictions}


WHOLE = [{"id": 7, "model_version": "m1", "result": []}, {"id": 8, "model_version": "", "result": []}]


@pytest.mark.parametrize("odd", [{}, {"lead_time": "lang"}], ids=["by columns", "by rows"])
@pytest.mark.parametrize(
    ("parent", "predictions", "named"),
    [
        (7, WHOLE, "m1"),
        (8, WHOLE, "prediction-8"),
        (9, WHOLE, "prediction-9"),
        (7, [7, 8], "prediction-7"),
        (7, [], "prediction-7"),
        (None, WHOLE, None),
        (None, None, None),
        (7, [{"id": 7, "model_version": 3}], "prediction-7"),
        (7, [{"id": "7", "model_version": "m1"}], "prediction-7"),
        ("7", WHOLE, None),
    ],
)
def test_an_annotation_names_the_suggestion_that_it_began_with(
    parent: Any, predictions: Any, named: str | None, odd: dict[str, Any]
) -> None:
    rows = tabulate([task(parent, predictions, **odd)], SCHEME, gold=False)["annotations"].to_pylist()
    assert [row["parent_prediction"] for row in rows] == [named]


def test_a_suggestion_of_another_task_is_not_meant() -> None:
    other = {**task(None, [{"id": 7, "model_version": "m9"}]), "id": 2, "data": {"article_id": "b", "text": TEXT}}
    rows = tabulate([task(7, [{"id": 6, "model_version": "m1"}]), other], SCHEME)["annotations"].to_pylist()
    assert {(row["article_id"], row["parent_prediction"]) for row in rows} == {("a", "prediction-7"), ("b", None)}
