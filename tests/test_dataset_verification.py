"""Verify: every byte of a release is held against its manifest."""

import json
import shutil
from pathlib import Path

import pytest

import goldpress
from dataset_fixtures import release
from goldpress.errors import DataError, UsageError


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("origin")).path


@pytest.fixture
def copy(origin: Path, tmp_path: Path) -> Path:
    """A copy of a release that can be damaged."""
    folder = tmp_path / "0.1.0"
    shutil.copytree(origin, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755)
    return folder


def test_a_flipped_byte_is_found_in_any_file(copy: Path) -> None:
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        at = len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = goldpress.verify(copy)
        assert path.relative_to(copy).as_posix() in {fault.where for fault in found.faults}, path
        path.write_bytes(whole)
    assert goldpress.verify(copy).ok


def test_missing_extra_and_linked_files_are_named(copy: Path) -> None:
    (copy / "data" / "claims" / "train-0000.parquet").unlink()
    (copy / "data" / "notes.txt").write_text("mine", encoding="utf-8")
    (copy / "latest").symlink_to(copy)
    faults = {(fault.kind, fault.where) for fault in goldpress.verify(copy).faults}
    assert ("missing", "data/claims/train-0000.parquet") in faults
    assert {("extra", "data/notes.txt"), ("extra", "latest")} <= faults


def test_a_truncated_manifest_is_a_fault_and_cannot_be_loaded(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_bytes(path.read_bytes()[:-40])
    found = goldpress.verify(copy)
    assert [fault.kind for fault in found.faults] == ["manifest"]
    with pytest.raises(DataError, match="damaged"):
        goldpress.load(copy)


def test_a_manifest_with_another_number_does_not_match_its_own_digest(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"rows": 2,', b'"rows": 3,', 1))
    assert [fault.kind for fault in goldpress.verify(copy).faults] == ["manifest"]


def test_a_manifest_of_a_later_goldpress_is_refused(copy: Path) -> None:
    path = copy / "manifest.json"
    later = json.loads(path.read_bytes()) | {"manifest_version": 99}
    path.write_text(json.dumps(later), encoding="utf-8")
    with pytest.raises(UsageError, match="format 99"):
        goldpress.load(copy)


def test_a_damaged_table_is_refused_on_first_read_and_the_others_are_not(copy: Path) -> None:
    path = copy / "data" / "gold_claims" / "train-0000.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\0\0" + whole[102:])
    loaded = goldpress.load(copy)
    assert loaded.articles.to_arrow().num_rows == 2
    with pytest.raises(DataError) as refused:
        loaded.claims.to_arrow()
    assert refused.value.code == "GP-DATASET-017"
    assert refused.value.where.endswith("gold_claims/train-0000.parquet")


def test_a_table_of_another_size_is_refused_at_once(copy: Path) -> None:
    path = copy / "data" / "claims" / "train-0000.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="bytes instead of"):
        goldpress.load(copy)


def test_a_folder_that_is_no_release_is_an_error_that_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no release lies here"):
        goldpress.load(tmp_path)
