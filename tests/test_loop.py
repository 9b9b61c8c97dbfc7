"""The whole loop on the real server: collected articles as they are, and a scheme that is not the default one."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import goldpress
from goldpress.annotations import assemble, pull, push
from goldpress.dataset import publish
from goldpress.seeds.canonical import canonicalise
from studio import TEXTS, Desk, make_desk, span

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

pytestmark = pytest.mark.server

SCHEMES = Path(__file__).parent / "schemes"


@pytest.fixture
def desk(server: "Server", tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(server, tmp_path, {})
    yield made
    made.close()


def test_collected_articles_go_through_with_no_text_lost_and_every_offset_exact(
    desk: Desk, collected: list[Path]
) -> None:
    for path in collected:
        (desk.workspace.seeds / path.name).write_bytes(path.read_bytes())
    assert len(push(desk.workspace).created) == 5
    with desk.admin() as client:
        tasks = [client.task(stub.id) for stub in client.task_index(desk.project_id)]
    pushed = {task["data"]["article_id"]: task["data"]["text"] for task in tasks}
    for person in ("anna", "ben"):
        for article, text in pushed.items():
            desk.label(person, article, [*_names(text), _answer("off_topic")])
    pull(desk.workspace)
    _waive_warnings(desk)
    release = publish(desk.workspace)

    # What was labelled: all of the text, and every span on its words.
    tables = assemble(desk.workspace).tables
    articles = {row["article_id"]: row for row in tables["articles"].to_pylist()}
    for path in collected:
        row = articles[path.stem]
        whole = canonicalise(path.read_text("utf-8"))
        assert "".join((row["title"] or "").split()) + "".join(row["text"].split()) == "".join(whole.split())
    spans = tables["spans"].to_pylist()
    assert len(spans) == 2 * sum(len(_names(text)) for text in pushed.values())
    for row in spans:
        assert articles[row["article_id"]]["text"][row["start"] : row["end"]] == row["text"]

    # What is published: nobody has allowed the text to be, so places only; with one's own copies the words are back.
    published = release.table("spans", layer="raw").to_arrow().to_pylist()
    assert {row["text"] for row in published} == {None}
    hydrated = goldpress.load(desk.workspace.dataset, texts=pushed).table("spans", layer="raw").to_arrow().to_pylist()
    places = {(row["span_id"], row["start"], row["end"], row["text"]) for row in spans}
    assert {(row["span_id"], row["start"], row["end"], row["text"]) for row in hydrated} == places
    assert release.table("spans", layer="gold").num_rows == len(spans) // 2


def test_a_scheme_of_entities_alone_goes_through_the_same_loop(server: "Server", tmp_path: Path) -> None:
    desk = make_desk(server, tmp_path)
    scheme = (SCHEMES / "entities.toml").read_bytes()
    (desk.workspace.schemas / "scheme.toml").write_bytes(scheme)
    goldpress.generate(desk.workspace)
    layer = goldpress.load_scheme(desk.workspace).span_layers[0]
    push(desk.workspace)
    for person in ("anna", "ben"):
        desk.label(person, "markt", [span(TEXTS["markt"], "Vogt", layer.name, layer.labels[0].name, "r")])
    pull(desk.workspace)
    verdict = goldpress.validate(desk.workspace)
    assert [finding for finding in verdict.findings if finding.severity != "warning"] == []
    release = publish(desk.workspace)
    assert "claims" not in release.names()
    assert [row["text"] for row in release.table("spans").to_arrow().to_pylist()] == ["Vogt"]
    desk.close()


def _waive_warnings(desk: Desk) -> None:
    """News as they are hold stray marks; a script leaves names unmarked that a person would have seen."""
    found = [finding for finding in goldpress.validate(desk.workspace).findings if finding.blocks]
    assert {finding.severity for finding in found} <= {"warning"}
    entry = '[[waivers]]\ncheck = "{}"\nreason = "a test"\nby = "a test"\nuntil = 2999-12-31\n'
    text = "\n".join(entry.format(check) for check in sorted({finding.check_id for finding in found}))
    (desk.workspace.validation / "waivers.toml").write_text(text, "utf-8")


def _names(text: str) -> list[dict[str, Any]]:
    """A dozen capitalised words of a text, each marked where it stands."""
    words = list(re.finditer(r"\b[A-ZÄÖÜ]\w{3,}\b", text))
    chosen = random.Random(7).sample(words, 12)  # noqa: S311 - which words does not matter
    return [
        {
            "id": f"r{number}",
            "from_name": "entity",
            "to_name": "text",
            "type": "labels",
            "value": {"start": match.start(), "end": match.end(), "text": match[0], "labels": ["ORG"]},
        }
        for number, match in enumerate(sorted(chosen, key=lambda match: match.start()))
    ]


def _answer(value: str) -> dict[str, Any]:
    choice = {"choices": [value]}
    return {"id": "q", "from_name": "relevance", "to_name": "text", "type": "choices", "value": choice}
