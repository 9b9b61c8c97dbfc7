"""Taking a release back: the bytes go, a tombstone stays, and loaders name what to use instead."""

import json
from pathlib import Path

import pytest

import goldpress
from dataset_fixtures import corpus, release
from goldpress.errors import DataError, UsageError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with two releases that share files, and a third that shares none of the labels."""
    (tmp_path / "goldpress.toml").write_text("", encoding="utf-8")
    release(tmp_path / "dataset")
    release(tmp_path / "dataset", corpus(claim_type="prediction"))
    return tmp_path


def test_a_withdrawn_release_is_gone_and_names_its_replacement(workspace: Path) -> None:
    done = goldpress.withdraw("0.1.0", reason="takedown request", workspace=workspace)
    assert (done.withdrawn, done.replacement) == (("0.1.0",), "0.2.0")
    folder = workspace / "dataset" / "0.1.0"
    assert sorted(path.name for path in folder.iterdir()) == ["WITHDRAWN.json", "manifest.json"]
    for root, version in ((workspace, "0.1.0"), (folder, None)):
        with pytest.raises(DataError, match="was withdrawn: takedown request") as refused:
            goldpress.load(root, version)
        assert refused.value.hint == "use version 0.2.0"
    with pytest.raises(DataError, match="was withdrawn"):
        goldpress.verify("0.1.0", workspace=workspace)
    assert goldpress.load(workspace).version == "0.2.0"
    assert goldpress.verify("0.2.0", workspace=workspace).ok
    index = json.loads((workspace / "dataset" / "index.json").read_bytes())
    assert (index["latest"], index["withdrawn"]) == ("0.2.0", ["0.1.0"])


def test_versions_that_hold_the_same_bytes_are_named_and_go_too_where_asked(workspace: Path) -> None:
    shared = "data/articles/train-0000.parquet"
    done = goldpress.withdraw("0.2.0", reason="takedown", workspace=workspace)
    assert shared in done.still_shared["0.1.0"]
    assert (workspace / "dataset" / "0.1.0" / shared).exists()
    both = goldpress.withdraw("0.1.0", reason="takedown", all_sharing=True, workspace=workspace)
    assert both.replacement == ""
    assert not list(workspace.glob("dataset/**/*.parquet"))
    with pytest.raises(DataError, match="no release lies here"):
        goldpress.load(workspace)


def test_shared_takes_every_holder_back_at_once(workspace: Path) -> None:
    done = goldpress.withdraw("0.2.0", reason="takedown", all_sharing=True, workspace=workspace)
    assert done.withdrawn == ("0.1.0", "0.2.0")


def test_a_withdrawn_number_is_never_used_again(workspace: Path) -> None:
    goldpress.withdraw("0.2.0", reason="takedown", workspace=workspace)
    again = release(workspace / "dataset", corpus(claim_type="prediction"))
    assert again.version == "0.3.0"
    assert again.manifest.previous == "0.1.0"
    assert "version 0.2.0 was withdrawn" in again.manifest.bump_reasons
    with pytest.raises(UsageError):
        release(workspace / "dataset", version="0.2.0")


def test_a_withdrawal_needs_a_reason_and_a_replacement_that_is_there(workspace: Path) -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        goldpress.withdraw("0.1.0", reason=" ", workspace=workspace)
    with pytest.raises(UsageError, match="cannot replace it"):
        goldpress.withdraw("0.1.0", reason="takedown", replacement="9.0.0", workspace=workspace)
    assert goldpress.verify("0.1.0", workspace=workspace).ok


def test_a_withdrawal_that_was_cut_short_is_finished_by_the_next(workspace: Path) -> None:
    folder = workspace / "dataset" / "0.1.0"
    (folder / "WITHDRAWN.json").write_text("{}", encoding="utf-8")
    goldpress.withdraw("0.1.0", reason="takedown", workspace=workspace)
    assert sorted(path.name for path in folder.iterdir()) == ["WITHDRAWN.json", "manifest.json"]
