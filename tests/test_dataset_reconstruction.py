"""A release can be made again from what it records, also after the workspace has moved on."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import goldpress
from dataset_fixtures import release, tree
from goldpress.dataset.form import writing
from goldpress.dataset.papers.imprint import PAPERS
from goldpress.errors import UsageError

SHIPPED = ("1.0.0", "2.0.0", "3.0.0")
"""Releases of this repository, made again. The first, 0.1.0, does not record what it was made from."""


@pytest.fixture(scope="module")
def grown(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's workspace that published once, and has moved on since."""
    root = tmp_path_factory.mktemp("grown") / "workspace"
    for room in ("seeds", "schemas", "annotations", "validation"):
        shutil.copytree(repository / room, root / room, ignore=shutil.ignore_patterns("reports"))
    shutil.copyfile(repository / "pyproject.toml", root / "pyproject.toml")
    goldpress.publish(root, version="1.0.0")
    scheme = root / "schemas" / "scheme.toml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("Arms and defence.", "Arms."), encoding="utf-8")
    (root / "seeds" / "later.md").write_text("Später kam mehr.\n", encoding="utf-8")
    (root / "validation" / "waivers.toml").write_text("", encoding="utf-8")
    pull = _pulls(root)[-1]
    head, *tasks = pull.read_bytes().splitlines(keepends=True)
    later = json.loads(tasks[0]) | {"updated_at": "2030-01-01T00:00:00Z"}
    later["annotations"] = []
    (root / "annotations" / "20300101T000000Z-00000000.jsonl").write_bytes(head + json.dumps(later).encode() + b"\n")
    return root


def test_a_release_is_made_again_byte_for_byte_after_everything_has_moved_on(grown: Path, tmp_path: Path) -> None:
    found = goldpress.verify("1.0.0", workspace=grown, into=tmp_path)
    assert found.faults == ()
    assert found.rebuilt
    assert tree(tmp_path / "1.0.0") == tree(grown / "dataset" / "1.0.0")
    with pytest.raises(UsageError, match="is there already"):
        goldpress.verify("1.0.0", workspace=grown, into=tmp_path)


def test_the_first_file_that_comes_out_otherwise_is_named(grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(writing.PARQUET, "compression_level", 1)
    found = goldpress.verify("1.0.0", workspace=grown, rebuild=True)
    assert found.rebuilt
    assert not found.ok
    assert found.faults[0].where.startswith("data/")
    assert found.faults[-1].where == "manifest.json"
    assert not any(fault.where.startswith("provenance/") for fault in found.faults)


@pytest.mark.parametrize(
    "what", ["pull gone", "pull edited", "article gone", "article edited", "settings from later", "makers"]
)
def test_an_input_that_is_gone_or_edited_is_named(grown: Path, tmp_path: Path, what: str) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(grown, root)
    pull, article = _pulls(root)[0], root / "seeds" / "2025-08-16-beispielblatt-alaska.md"
    pull.chmod(0o644)
    match what:
        case "pull gone":
            pull.unlink()
        case "pull edited":
            pull.write_bytes(pull.read_bytes() + b"\n")
        case "article gone":
            article.unlink()
        case "article edited":
            article.write_text(article.read_text(encoding="utf-8").replace("CC-BY-4.0", "CC0-1.0"), encoding="utf-8")
        case "makers":
            _reseal(root / "dataset" / "1.0.0", "provenance/versions.json", ["goldpress"])
        case _:
            _reseal(root / "dataset" / "1.0.0", "provenance/settings.json", {"seeds": {"colour": "red"}})
    found = goldpress.verify("1.0.0", workspace=root, rebuild=True)
    assert not found.rebuilt
    kinds = [fault.kind for fault in found.faults]
    assert kinds == ["input"]
    named = found.faults[0].where + found.faults[0].what
    assert {"p": pull.name, "a": "beispielblatt-alaska", "s": "colour", "m": "versions.json"}[what[0]] in named


def test_a_release_that_records_too_little_says_so(tmp_path: Path, repository: Path) -> None:
    made = release(tmp_path)
    found = goldpress.verify(made.path, workspace=repository, rebuild=True)
    assert [fault.where for fault in found.faults] == ["provenance/articles.json"]


@pytest.mark.parametrize("version", SHIPPED)
def test_the_releases_of_this_repository_are_made_again_byte_for_byte(repository: Path, version: str) -> None:
    found = goldpress.verify(version, workspace=repository, rebuild=True)
    assert found.faults == ()
    assert found.rebuilt
    papers = json.loads((found.path / "provenance" / "versions.json").read_text("utf-8")).get("papers", "1")
    assert (found.apart == ()) == (papers == PAPERS)
    assert not any(path.startswith(("data/", "changes/")) for path in found.apart)


def test_rows_are_held_against_a_release_whose_papers_have_another_form(
    grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(grown, root)
    folder = root / "dataset" / "1.0.0"
    made_by = json.loads((folder / "provenance" / "versions.json").read_text("utf-8"))
    _reseal(folder, "provenance/versions.json", {**made_by, "papers": "0"})
    monkeypatch.setitem(writing.PARQUET, "compression_level", 1)
    found = goldpress.verify("1.0.0", workspace=root, rebuild=True)
    rows = {path for path in tree(folder) if path.startswith("data/")}
    assert {fault.where for fault in found.faults} == rows
    assert {*found.apart} == {*tree(folder)} - rows


def test_the_newest_release_is_among_them(repository: Path) -> None:
    assert goldpress.load(repository / "dataset").version == SHIPPED[-1]


def _pulls(root: Path) -> list[Path]:
    return sorted((root / "annotations").glob("*.jsonl"))


def _reseal(folder: Path, path: str, value: Any) -> None:
    """Change a file of a release, and what the release says of it."""
    import hashlib

    from goldpress.dataset.form.manifest import manifest_bytes, read_manifest, seal_manifest

    manifest = read_manifest(folder)
    for file in (folder / path, folder / "SHA256SUMS", folder / "manifest.json"):
        file.chmod(0o644)
    old = manifest.metadata_files[path]
    data = json.dumps(value).encode()
    (folder / path).write_bytes(data)
    new = hashlib.sha256(data).hexdigest()
    sums = (folder / "SHA256SUMS").read_bytes().replace(old.encode(), new.encode())
    (folder / "SHA256SUMS").write_bytes(sums)
    marks = manifest.metadata_files | {path: new, "SHA256SUMS": hashlib.sha256(sums).hexdigest()}
    (folder / "manifest.json").write_bytes(manifest_bytes(seal_manifest(manifest, marks)))
