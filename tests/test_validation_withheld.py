"""A release without the words of its articles: what can be judged without them still holds."""

import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w

import goldpress


@pytest.mark.parametrize("shown", ["standoff", "masked"])
def test_a_release_that_withholds_its_texts_has_no_finding_that_the_full_one_has_not(
    repository: Path, tmp_path: Path, shown: str
) -> None:
    for room in ("seeds", "schemas", "annotations", "validation"):
        shutil.copytree(repository / room, tmp_path / room, ignore=shutil.ignore_patterns("reports"))
    settings = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["tool"]["goldpress"]
    settings["dataset"] |= {"open_licences": [], "withheld": shown}
    (tmp_path / "goldpress.toml").write_text(tomli_w.dumps(settings), "utf-8")
    release = goldpress.publish(tmp_path)
    assert {row["text_access"] for row in release.table("articles").to_arrow().to_pylist()} == {shown}
    newest = goldpress.load(repository / "dataset").version
    full = {finding.check_id for finding in goldpress.validate(repository, newest, report=tmp_path / "full").findings}
    verdict = goldpress.validate(tmp_path, release.version)
    # A waiver may be for words that are not there any more.
    assert {f.check_id for f in verdict.findings if not f.check_id.startswith("W1.")} <= full
    assert verdict.ok
