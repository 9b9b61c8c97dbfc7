"""The recipes in docs/maintainers.md, done as they stand there: an entry by hand, by the engine's API, a new fact."""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from goldpress.validation import judge
from goldpress.validation.engine import quiet
from validation_cases import CASES, ROOT, SCHEME, Tables, clean_tables, plant

FENCED = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
TABLES = ("articles", "annotations", "spans", "claims", "relations", "entities")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return clean_tables(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "validation", tmp_path / "validation", ignore=shutil.ignore_patterns("reports"))
    return tmp_path / "validation"


def block(language: str, holding: str) -> str:
    """The first block of a language on the page that holds some words."""
    page = (ROOT / "docs" / "maintainers.md").read_text("utf-8")
    found = [textwrap.dedent(body) for kind, body in FENCED.findall(page) if kind == language]
    return next(body for body in found if holding in body)


def added(suites: Path, table: str, entry: dict[str, Any]) -> None:
    path = suites / f"{table}.json"
    suite = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**suite, "expectations": [*suite["expectations"], entry]}), "utf-8")


def test_an_entry_by_hand_is_run_and_finds_rows(clean: Tables, suites: Path) -> None:
    entry = json.loads(block("json", "X1.claims"))
    entry["kwargs"]["max_value"] = 100
    added(suites, "claims", entry)
    verdict = judge({name: clean[name] for name in TABLES}, SCHEME, suites)
    (finding,) = verdict.findings
    assert (finding.check_id, finding.severity, finding.hint) == ("X1.claims", "warning", entry["meta"]["hint"])
    assert finding.count == len([row for row in clean["claims"].to_pylist() if row["start"] > 100])
    assert finding.examples[0]["start"] > 100


def test_an_entry_that_the_engine_prints_is_one(clean: Tables, suites: Path) -> None:
    with quiet(), contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(block("python", "gxe."), {})  # noqa: S102 - our own page
    added(suites, "articles", json.loads(printed.getvalue()))
    verdict = judge({name: clean[name] for name in TABLES}, SCHEME, suites)
    assert "X3.articles" in verdict.judged
    assert verdict.ok


def test_a_new_fact_is_generated_and_finds_what_is_planted(clean: Tables, suites: Path, tmp_path: Path) -> None:
    """In a copy of the package, by another process: the first words of the case are a paragraph and nothing else."""
    package = tmp_path / "src" / "goldpress"
    shutil.copytree(ROOT / "src" / "goldpress", package, ignore=shutil.ignore_patterns("__pycache__"))
    for path, content in (
        ("schemas/checks.toml", block("toml", "[X2]")),
        ("validation/facts/propositions.py", f"\n{block('python', '@fact')}"),
    ):
        with (package / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{content}")
    (tmp_path / "schemas").mkdir()
    shutil.copy(ROOT / "schemas" / "scheme.toml", tmp_path / "schemas")
    (tmp_path / "goldpress.toml").touch()
    for name, table in planted(clean).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    script = tmp_path / "recipe.py"
    script.write_text(
        "import json, sys, goldpress\n"
        "here = sys.argv[1]\n"
        "goldpress.generate(here)\n"
        "verdict = goldpress.validate(here, folder=here)\n"
        "print(json.dumps([[f.check_id, [e['row'] for e in f.examples]] for f in verdict.findings]))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert ["X2.claims", ["hafen-1:k"]] in json.loads(done.stdout)
    assert "X2.gold_claims" in (suites / "gold_claims.json").read_text("utf-8")


def planted(clean: Tables) -> Tables:
    """A claim that is a paragraph and nothing else, and one that says something of it."""
    text, far = (
        "Mirow kam. Er sagte, § 5. Er sagte, § 5 gilt weiter.",
        json.loads((CASES / "C16" / "near_miss.json").read_text("utf-8")),
    )
    for change in far["set"]:
        if change["table"] == "articles":
            change["set"] = {"text": text, "text_sha256": f"sha256 of {text}", "n_chars": len(text)}
    claims = [
        change for change in far["add"] if change["like"] in ({"span_id": "gipfel-1:c1"}, {"claim_id": "gipfel-1:c1"})
    ]
    for change in claims:
        change["set"] |= {"start": 21, "end": 24, "text": "§ 5", "claimer_kind": "unattributed"}
    right = json.loads(json.dumps(claims).replace("hafen-1:k", "hafen-1:r"))
    for change in right:
        change["set"] |= {"start": 36, "end": 51, "text": "§ 5 gilt weiter"}
    tables = plant(clean, far | {"add": [*claims, *right]})
    return {name: tables[name] for name in TABLES}
