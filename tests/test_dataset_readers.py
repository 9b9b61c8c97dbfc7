"""Readers that know nothing of goldpress, on the committed release, and the traps that they lay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dataset_fixtures import corpus, release
from foreign_readers import READERS

HERE = [name for name in READERS if name != "pyspark"]
"""What the lock has; ``make compat`` reads with Spark and with an older stack."""


def run(code: str | Path, *arguments: str | Path, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    call = [sys.executable, *(["-c", code] if isinstance(code, str) else [str(code)]), *map(str, arguments)]
    return subprocess.run(call, env=environment, text=True, capture_output=True, check=False)


def test_every_reader_sees_the_newest_release_as_its_manifest_says(repository: Path, tmp_path: Path) -> None:
    script = repository / "tests" / "foreign_readers.py"
    done = run(script, repository / "dataset", "--need", *HERE, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as the manifest says") >= len(HERE)


def test_a_reader_that_sees_other_rows_is_found_out(tmp_path: Path, repository: Path) -> None:
    made = release(tmp_path / "dataset", version="1.0.0")
    claims = made.path / "data" / "claims"
    (claims / "train-0001.parquet").write_bytes((claims / "train-0000.parquet").read_bytes())
    done = run(repository / "tests" / "foreign_readers.py", tmp_path / "dataset", home=tmp_path / "home")
    assert done.returncode == 1
    assert "pyarrow" in done.stdout
    assert "claims: 4 rows instead of 2" in done.stdout


LOADS = """
import sys
from datasets import load_dataset
for root in sys.argv[1:]:
    print(load_dataset(root, "articles", split="train").num_rows)
"""


@pytest.mark.parametrize("kept", [True, False], ids=["as published", "without what the card's head adds"])
def test_the_cache_of_datasets_mixes_releases_whose_card_says_too_little(tmp_path: Path, *, kept: bool) -> None:
    roots = []
    for name, articles in (("a", ("hafen", "markt")), ("b", ("hafen",))):
        made = release(tmp_path / name, corpus(articles=articles), version="1.0.0")
        if not kept:
            _strip(made.path / "README.md")
        roots.append(made.path)
    done = run(LOADS, *roots, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    # The second line is the trap: the other data set's rows, and no word about it.
    assert done.stdout.split() == (["2", "1"] if kept else ["2", "2"])


def _strip(card: Path) -> None:
    """Leave in the card's head what most cards have."""
    _, head, body = card.read_text("utf-8").split("---\n", 2)
    told = yaml.safe_load(head)
    told.pop("dataset_info")
    for config in told["configs"]:
        del config["version"], config["description"]
    card.chmod(0o644)
    card.write_text(f"---\n{yaml.safe_dump(told)}---\n{body}", "utf-8")
