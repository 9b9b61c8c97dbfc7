"""The page for researchers: every block of it runs."""

import os
import re
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from dataset_fixtures import corpus, release
from object_stores import serving

PAGE = Path(__file__).parent.parent / "docs" / "dataset.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the releases that the page speaks of."""
    here = tmp_path_factory.mktemp("researcher")
    release(here / "dataset", version="2.0.0")
    release(here / "dataset", corpus(claim_type="prediction"))
    return here


def test_the_page_has_a_block_for_every_reader() -> None:
    for reader in ("pandas", "pyarrow.parquet", "polars", "duckdb", "datasets", "goldpress"):
        assert any(f"import {reader}" in block or f"from {reader} import" in block for block in BLOCKS), reader


def test_every_block_of_the_page_runs(folder: Path) -> None:
    """All blocks in one process, one after the other, each with names of its own."""
    code = "import sys, json\nfor block in json.load(sys.stdin):\n    exec(block, {'__name__': 'block'})\n"
    import json

    environment = os.environ | {"HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"}
    environment["GOLDPRESS_CACHE"] = str(folder / "cache")
    with serving(partial(SimpleHTTPRequestHandler, directory=str(folder))) as url:
        run = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps([block.replace("https://press.example.org", url) for block in BLOCKS]),
            cwd=folder,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr


def test_what_the_page_says_of_a_change_is_what_comes_out(folder: Path) -> None:
    import goldpress

    block = next(block for block in BLOCKS if "transitions" in block)
    found = goldpress.diff(folder / "dataset" / "2.0.0", folder / "dataset" / "3.0.0")
    claims = next(table for table in found.tables if table.name == "gold_claims")
    assert str(claims.transitions).replace("'", '"') in block
