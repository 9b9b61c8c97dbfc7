"""Findings lead to the page in Label Studio, on servers that are known here, and never with a secret."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner

import goldpress
from goldpress.annotations import pull, push
from goldpress.annotations.transport.addresses import TaskAddresses, task_address
from goldpress.annotations.transport.store import Header
from goldpress.cli.commands.validate import validate as command
from goldpress.validation import validate
from goldpress.workspace import open_workspace
from studio import TEXTS, answer, make_desk, span
from validation_cases import ROOT, clean_tables

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

SERVER = "https://labels.example.org"
HEAD = Header(1, "2025-11-02T10:00:00+00:00", "00000000", "0" * 64, "1.0.0", SERVER, "x", 7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that knows a server, and whose one pull is from it; a word of gipfel is cut off."""
    clean_tables(tmp_path)
    shutil.copytree(ROOT / "validation", tmp_path / "validation", ignore=shutil.ignore_patterns("reports"))
    (tmp_path / "goldpress.toml").write_text(f'[label_studio]\nurl = "{SERVER}/"\noverlap = 2\n', "utf-8")
    write_head(tmp_path, HEAD)
    (pull,) = (tmp_path / "annotations").glob("*.jsonl")
    lines = [json.loads(line) for line in pull.read_text("utf-8").splitlines()]
    for region in lines[1]["annotations"][0]["result"]:
        if region.get("id") == "pl":
            region["value"] |= {"end": 211, "text": "Kie"}
    pull.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return tmp_path


def write_head(folder: Path, head: Header) -> None:
    (pull,) = (folder / "annotations").glob("*.jsonl")
    rest = pull.read_bytes().partition(b"\n")[2]
    pull.write_bytes(msgspec.json.encode(head) + b"\n" + rest)


def test_a_finding_leads_to_the_task_everywhere_it_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"{SERVER}/projects/7/data?task=1"
    verdict = validate(folder, junit=folder / "junit.xml", report=folder / "pages")
    (example,) = next(f for f in verdict.findings if f.check_id == "T7.spans").examples
    assert (example["article_id"], example["start"], example["task"]) == ("gipfel", 208, page)
    assert page in {row[-1] for row in verdict.work()}
    assert page in json.dumps(verdict.to_dict())
    failures = [node.text or "" for node in ET.parse(folder / "junit.xml").getroot().iter("failure")]  # noqa: S314 - ours
    assert any(f"task {page}" in text for text in failures)
    assert f'href="{page}"' in (folder / "pages" / "index.html").read_text("utf-8")
    monkeypatch.setattr(goldpress, "validate", lambda *_, **__: verdict)  # the same again: it takes seconds
    for options in ([], ["--by-annotator"]):
        told = CliRunner().invoke(command, ["--workspace", str(folder), *options])
        assert page in told.stdout, told.output


@pytest.mark.parametrize(
    ("server", "project_id", "address"),
    [
        (SERVER, 7, f"{SERVER}/projects/7/data?task=1"),
        (f"{SERVER}/labels/", 7, f"{SERVER}/labels/projects/7/data?task=1"),
        ("https://ann:secret@labels.example.org/?token=secret", 7, f"{SERVER}/projects/7/data?task=1"),
        (SERVER, 0, ""),
        ("", 7, ""),
        ("javascript:alert(1)//", 7, ""),
        ("http://[", 7, ""),
    ],
)
def test_an_address_holds_no_secret_and_is_a_page(server: str, project_id: int, address: str) -> None:
    assert task_address(msgspec.structs.replace(HEAD, server=server, project_id=project_id), 1) == address


def test_a_pull_from_a_server_that_nobody_here_knows_gives_no_address(folder: Path) -> None:
    write_head(folder, msgspec.structs.replace(HEAD, server="https://elsewhere.example.org"))
    addresses = TaskAddresses(open_workspace(folder))
    assert (addresses.of("gipfel", "gipfel-1"), addresses.of("no such article")) == ("", "")
    assert all(not row[-1] for row in validate(folder, report=folder / "pages").work())


def test_each_annotation_has_the_address_of_its_own_project(folder: Path) -> None:
    """A shared project: the same article lies in the projects of two people."""
    (pull,) = (folder / "annotations").glob("*.jsonl")
    lines = pull.read_text("utf-8").splitlines()
    task = json.loads(lines[1])
    task |= {"id": 40, "annotations": [task["annotations"][1]]}
    head = msgspec.json.encode(msgspec.structs.replace(HEAD, source="11111111", project_id=8)).decode()
    other = pull.with_name("20251103T100000Z-11111111.jsonl")
    other.write_text(f"{head}\n{json.dumps(task, ensure_ascii=False)}\n", "utf-8")
    first = json.loads(lines[1])
    first["annotations"] = first["annotations"][:1]
    pull.write_text("\n".join([lines[0], json.dumps(first, ensure_ascii=False), *lines[2:]]) + "\n", "utf-8")
    addresses = TaskAddresses(open_workspace(folder))
    assert addresses.of("gipfel", "gipfel-1") == f"{SERVER}/projects/7/data?task=1"
    assert addresses.of("gipfel", "gipfel-2") == f"{SERVER}/projects/8/data?task=40"
    assert addresses.of("gipfel") == f"{SERVER}/projects/7/data?task=1"


def test_a_pull_from_a_real_server_leads_back_to_its_tasks(server: "Server", tmp_path: Path) -> None:
    desk = make_desk(server, tmp_path)
    push(desk.workspace)
    desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p"), answer("relevance", "no_claim")])
    pull(desk.workspace)
    page = f"{server.url}/projects/{desk.project_id}/data?task={desk.task_ids()['markt']}"
    assert TaskAddresses(open_workspace(desk.workspace)).of("markt") == page
    desk.close()
