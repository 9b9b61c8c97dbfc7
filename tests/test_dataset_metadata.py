"""What others read of a release: ``datasets`` by the head of the card, search engines by Croissant."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataset_fixtures import changed, corpus, release
from goldpress.dataset import Release
from goldpress.dataset.papers.citation import render_citation
from goldpress.dataset.rights.statement import render_rights
from goldpress.workspace import DatasetSettings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(tmp_path_factory.mktemp("dataset") / "a")


def offline(code: str, *arguments: object, home: Path) -> Any:
    """Run code in a Python that reaches no network, and return the JSON that it prints."""
    environment = os.environ | {
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "CROISSANT_CACHE": str(home),
        "PYTHONWARNINGS": "ignore",
    }
    alone = ["unshare", "-n"] if os.geteuid() == 0 and _can_be_alone() else []
    command = [*alone, sys.executable, "-c", code, *map(str, arguments)]
    run = subprocess.run(command, env=environment, check=False, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def _can_be_alone() -> bool:
    return subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0  # noqa: S607


def test_the_head_of_the_card_names_every_column_and_counts_every_row(made: Release) -> None:
    head = yaml.safe_load((made.path / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert [config["config_name"] for config in head["configs"]] == [*made.names()]
    assert {config["version"] for config in head["configs"]} == {made.version}
    assert [config["config_name"] for config in head["configs"] if config.get("default")] == ["articles"]
    for info in head["dataset_info"]:
        table = made.table(info["config_name"], "raw")
        assert [feature["name"] for feature in info["features"]] == table.schema.names
        assert sum(split["num_examples"] for split in info["splits"]) == table.num_rows


DATASETS = """
import json, sys
from datasets import ClassLabel, Value, load_dataset
first, second, other = sys.argv[1:]
claims = load_dataset(first, "claims", split="train")
kind = claims.features["claim_type"]
said = {"kind": type(kind).__name__, "first": kind.int2str(claims[0]["claim_type"]), "rows": {}}
said["second"] = kind.int2str(load_dataset(second, "claims", split="train")[0]["claim_type"])
said["other"] = len(load_dataset(other, "articles", split="train"))
said["articles"] = len(load_dataset(first, "articles", split="train"))
said["version"] = str(load_dataset(second, "claims", split="train").info.version)
for name in sys.stdin.read().split() if False else ["spans", "gold_provenance", "stances", "entities"]:
    said["rows"][name] = load_dataset(first, name, split="train").num_rows
print(json.dumps(said))
"""


def test_datasets_gives_class_labels_and_never_the_rows_of_another_release(made: Release, tmp_path: Path) -> None:
    root = made.path.parent
    second = release(root, corpus(claim_type="prediction"))
    other = release(tmp_path / "b", corpus(articles=("markt",)))
    said = offline(DATASETS, made.path, second.path, other.path, home=tmp_path / "home")
    assert said["kind"] == "ClassLabel"
    assert (said["first"], said["second"]) == ("commitment", "prediction")
    assert (said["articles"], said["other"]) == (2, 1)
    assert said["version"] == "0.2.0"
    assert said["rows"] == {name: made.table(name, "raw").num_rows for name in said["rows"]}


CROISSANT = """
import json, logging, sys
logging.disable(logging.CRITICAL)
import mlcroissant as mlc
from mlcroissant._src.core.issues import ValidationError
data = mlc.Dataset(jsonld=sys.argv[1])
issues = data.metadata.ctx.issues
first = {}
for records in data.metadata.record_sets:
    record = next(iter(data.records(records.id)))
    first[records.id] = sorted(record)
print(json.dumps({"errors": sorted(map(str, issues.errors)), "warnings": sorted(map(str, issues.warnings)),
                  "first": first, "version": str(data.metadata.version)}))
"""


def test_croissant_validates_and_gives_a_record_of_every_record_set(made: Release, tmp_path: Path) -> None:
    said = offline(CROISSANT, made.path / "croissant.json", home=tmp_path)
    assert said["errors"] == []
    assert said["warnings"] == []
    assert said["version"] == "0.1.0"
    filled = {name for name in made.names() if made.table(name, "raw").num_rows}
    assert set(said["first"]) == filled
    for name, columns in said["first"].items():
        wanted = {f"{name}/{column}" for column in made.table(name, "raw").schema.names}
        assert set(columns) == wanted


def test_croissant_names_every_file_with_its_digest(made: Release) -> None:
    told = json.loads((made.path / "croissant.json").read_bytes())
    files = {file["@id"]: file["sha256"] for file in told["distribution"] if file["@type"] == "cr:FileObject"}
    for entry in made.manifest.files():
        assert files[entry.path] == entry.sha256
    assert {"README.md", "CITATION.cff", "RIGHTS.md", "provenance/scheme.toml"} <= set(files)
    assert told["rai:annotationsPerItem"] == "2.00"
    assert told["conformsTo"][0].endswith("croissant/1.1")
    assert told["url"] == "README.md", "the page about it, where no address is set"


@pytest.mark.parametrize(
    ("contact", "cited", "told"),
    [
        ("", None, "names no address"),
        ("data@press.example.org", {"name": "Probe", "email": "data@press.example.org"}, "write to data@"),
        ("https://press.example.org/x", {"name": "Probe", "website": "https://press.example.org/x"}, "write to https"),
        ("the editors", None, "write to the editors"),
    ],
)
def test_the_papers_name_whom_to_ask_or_that_nobody_is_named(
    made: Release, contact: str, cited: dict[str, str] | None, told: str
) -> None:
    settings = DatasetSettings(title="Probe", contact=contact)
    assert yaml.safe_load(render_citation(made.manifest, settings)).get("contact") == (cited and [cited])
    assert told in render_rights(made.manifest, settings)
    assert "CITATION" not in render_rights(made.manifest, settings)


def test_the_card_is_not_hidden_behind_its_head(made: Release) -> None:
    lines = (made.path / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines.index("---", 1) < 3 * len(made.names()) + 20


def test_a_source_cannot_write_into_the_card(tmp_path: Path) -> None:
    """It may come with a task of another tool: line ends are the reader's, but not a heading of the card's."""
    sources = changed(corpus(), "articles", "source", ["Blatt\n# Kopf\n---\n<b>", "Blatt"])
    lines = (release(tmp_path / "a", sources).path / "README.md").read_text(encoding="utf-8").splitlines()
    assert "# Kopf" not in lines
    assert lines.count("---") == 2
    assert any("Blatt # Kopf --- &lt;b> 1" in line for line in lines)
