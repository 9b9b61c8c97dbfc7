"""Releases on the Hub, through its own client: one commit, one tag, nobody overwritten."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import goldpress
from dataset_fixtures import corpus, release, tree
from fake_hub import EMPTY, Hub, hub_server
from goldpress.errors import DataError, SurroundingsError, UsageError

PLACE = "hf://datasets/press/news"
TOKEN = "hf_that_nobody_may_read"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with hub_server() as running:
        for name, value in {
            "HF_ENDPOINT": running.url,
            "HF_TOKEN": TOKEN,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }.items():
            monkeypatch.setenv(name, value)
        yield running
        assert running.unknown == []


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    release(folder, version="1.0.0")
    release(folder, corpus(claim_type="prediction"), version="2.0.0")
    return folder


def test_a_release_is_one_commit_and_one_tag_and_a_second_time_adds_nothing(root: Path, hub: Hub) -> None:
    receipt = goldpress.upload(root / "1.0.0", to=PLACE)
    assert hub.commits[hub.tags["1.0.0"]] == tree(root / "1.0.0")
    assert len(hub.commits) == 2
    assert hub.private is True
    assert "private" in receipt.facts["visibility"]
    again = goldpress.upload(root / "1.0.0", to=PLACE)
    assert (again.sent, again.present) == (0, len(tree(root / "1.0.0")))
    assert len(hub.commits) == 2


def test_the_next_version_takes_the_place_of_the_last_and_both_can_be_pinned(root: Path, hub: Hub) -> None:
    for version in ("1.0.0", "2.0.0"):
        goldpress.upload(root / version, to=PLACE)
    assert hub.commits[hub.head] == tree(root / "2.0.0")
    assert hub.commits[hub.tags["1.0.0"]] == tree(root / "1.0.0")
    hub.tags.pop("1.0.0")
    with pytest.raises(DataError, match=r"2\.0\.0 is there already") as refused:
        goldpress.upload(root / "1.0.0", to=PLACE)
    assert refused.value.code == "GP-TARGET-010"


def test_somebody_who_comes_between_is_not_overwritten(root: Path, hub: Hub) -> None:
    hub.rival = True
    with pytest.raises(DataError, match="was changed") as refused:
        goldpress.upload(root / "1.0.0", to=PLACE)
    assert refused.value.code == "GP-TARGET-011"
    assert [*hub.commits[hub.head]] == ["README.md"]
    assert hub.tags == {}


def test_another_release_under_the_tag_is_refused(root: Path, hub: Hub, tmp_path: Path) -> None:
    goldpress.upload(root / "1.0.0", to=PLACE)
    other = release(tmp_path, corpus(articles=("hafen",)), version="1.0.0")
    with pytest.raises(DataError, match="another release"):
        goldpress.upload(other.path, to=PLACE)
    assert len(hub.commits) == 2


def test_a_run_that_was_cut_before_the_tag_is_finished_by_the_next(root: Path, hub: Hub) -> None:
    hub.fail = {"POST /api/datasets/press/news/tag": 418}
    with pytest.raises(SurroundingsError, match="418"):
        goldpress.upload(root / "1.0.0", to=PLACE)
    hub.fail = {}
    receipt = goldpress.upload(root / "1.0.0", to=PLACE)
    assert receipt.sent == 0
    assert hub.tags == {"1.0.0": hub.head}
    assert [*hub.commits] == [EMPTY, hub.head]


def test_no_error_says_the_token(root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fail = {"/api/": 403}
    with pytest.raises(UsageError, match="does not allow") as refused:
        goldpress.upload(root / "1.0.0", to=PLACE)
    assert TOKEN not in f"{refused.value}{refused.value.__cause__!r}"
    hub.fail = {}
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UsageError, match="no token") as refused:
        goldpress.upload(root / "1.0.0", to=PLACE)
    assert refused.value.code == "GP-TARGET-009"


@pytest.mark.usefixtures("hub")
def test_datasets_and_pandas_read_a_pinned_version_from_the_hub(root: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        goldpress.upload(root / version, to=PLACE)
    script = """
import os
import pandas as pd
from datasets import load_dataset
for version, wanted in (("1.0.0", "commitment"), ("2.0.0", "prediction")):
    claims = load_dataset("press/news", "gold_claims", revision=version, split="train")
    names = claims.features["claim_type"]
    assert [names.int2str(i) for i in claims["claim_type"]] == [wanted], claims["claim_type"]
    frame = pd.read_parquet(f"hf://datasets/press/news@{version}/data/gold_claims/train-0000.parquet")
    assert frame["claim_type"].tolist() == [wanted]
os._exit(0)  # a thread of pyarrow that still holds a remote file would abort Python as it ends
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
