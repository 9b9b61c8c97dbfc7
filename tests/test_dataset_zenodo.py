"""Releases as drafts on Zenodo: described, complete, with a DOI, and never published from here."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import goldpress
from dataset_fixtures import corpus, release, tree
from fake_zenodo import Archive, zenodo_server
from goldpress.dataset.targets import tokens
from goldpress.errors import DataError, SurroundingsError, UsageError

TOKEN = "zen-that-nobody-may-read"


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    with zenodo_server() as running:
        monkeypatch.setenv("GOLDPRESS_ZENODO", running.url)
        monkeypatch.setenv("ZENODO_TOKEN", TOKEN)
        yield running
        assert not [request for request in running.seen if "publish" in request]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    release(folder, version="1.0.0", description="A <b>bold</b> claim & more.")
    release(folder, corpus(claim_type="prediction"), version="2.0.0")
    return folder


def test_a_release_becomes_a_draft_with_a_doi_that_the_citation_names(root: Path, archive: Archive) -> None:
    receipt = goldpress.upload(root / "1.0.0", to="zenodo:")
    (draft,) = archive.deposits.values()
    assert not draft["submitted"]
    assert receipt.facts["doi"] == "10.5281/zenodo.1"
    names = {file["filename"] for file in draft["files"]}
    assert names == {"probe-1.0.0.zip", "README.md", "croissant.json", "manifest.json", "CITATION.cff"}
    cited = yaml.safe_load(archive.contents[1, "CITATION.cff"])
    assert cited["doi"] == "10.5281/zenodo.1"
    with zipfile.ZipFile(io.BytesIO(archive.contents[1, "probe-1.0.0.zip"])) as packed:
        inside = {name.removeprefix("probe-1.0.0/"): packed.read(name) for name in packed.namelist()}
    assert inside == tree(root / "1.0.0")
    told = draft["metadata"]
    assert (told["version"], told["license"], told["upload_type"]) == ("1.0.0", "cc-by-4.0", "dataset")
    assert told["creators"] == [{"name": "Vogt, Anna"}]
    assert "&lt;b&gt;bold&lt;/b&gt;" in told["description"]


def test_a_second_time_adds_nothing_and_a_draft_that_was_begun_is_gone_on_with(root: Path, archive: Archive) -> None:
    archive.fail = {"PUT /api/files/1/croissant": 500}
    with pytest.raises(SurroundingsError, match="500"):
        goldpress.upload(root / "1.0.0", to="zenodo:")
    assert (1, "manifest.json") not in archive.contents
    archive.fail = {}
    receipt = goldpress.upload(root / "1.0.0", to="zenodo:")
    assert len(archive.deposits) == 1
    assert receipt.present >= 1
    again = goldpress.upload(root / "1.0.0", to="zenodo:")
    assert (again.sent, len(archive.deposits)) == (0, 1)


def test_a_new_version_of_a_record_begins_without_the_files_of_the_old_one(root: Path, archive: Archive) -> None:
    goldpress.upload(root / "1.0.0", to="zenodo:")
    archive.publish(1)
    goldpress.upload(root / "2.0.0", to="zenodo:1")
    names = {file["filename"] for file in archive.deposits[2]["files"]}
    assert "probe-2.0.0.zip" in names
    assert "probe-1.0.0.zip" not in names
    assert yaml.safe_load(archive.contents[2, "CITATION.cff"])["doi"] == "10.5281/zenodo.2"


def test_what_is_published_there_is_not_touched(root: Path, archive: Archive, tmp_path: Path) -> None:
    goldpress.upload(root / "1.0.0", to="zenodo:")
    archive.publish(1)
    assert goldpress.upload(root / "1.0.0", to="zenodo:").sent == 0
    other = release(tmp_path, corpus(articles=("hafen",)), version="1.0.0")
    with pytest.raises(DataError, match="another release"):
        goldpress.upload(other.path, to="zenodo:")
    assert len(archive.deposits) == 1


def test_a_draft_that_lost_a_byte_is_no_success(root: Path, archive: Archive) -> None:
    archive.garble = True
    with pytest.raises(SurroundingsError) as refused:
        goldpress.upload(root / "1.0.0", to="zenodo:")
    assert refused.value.code == "GP-TARGET-017"


def test_the_token_is_found_in_a_private_file_only_and_said_nowhere(
    root: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ZENODO_TOKEN")
    monkeypatch.setenv("GOLDPRESS_KEYRING", "off")
    monkeypatch.setattr(tokens, "user_config_path", lambda _: tmp_path)
    with pytest.raises(UsageError, match="no token"):
        goldpress.upload(root / "1.0.0", to="zenodo:")
    file = tmp_path / "zenodo.token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="others may read"):
        goldpress.upload(root / "1.0.0", to="zenodo:")
    file.chmod(0o600)
    assert goldpress.upload(root / "1.0.0", to="zenodo:").sent
    file.write_text("wrong-" + TOKEN)
    with pytest.raises(UsageError, match="does not allow") as refused:
        goldpress.upload(root / "1.0.0", to="zenodo:")
    assert TOKEN not in str(refused.value)
    assert archive.deposits.keys() == {1}


def test_a_token_goes_over_https_and_to_one_server_only(
    root: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.elsewhere = "http://elsewhere.example"
    with pytest.raises(SurroundingsError, match="another server"):
        goldpress.upload(root / "1.0.0", to="zenodo:")
    monkeypatch.setenv("GOLDPRESS_ZENODO", "http://zenodo.example")
    with pytest.raises(UsageError, match="https only"):
        goldpress.upload(root / "1.0.0", to="zenodo:")
