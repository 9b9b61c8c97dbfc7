"""``goldpress generate``: everything that is derived from the scheme, and whether it is up to date."""

import shutil
from pathlib import Path

import pytest

import goldpress
from goldpress.errors import UsageError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    goldpress.init(tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_what_is_committed_in_this_repository_is_up_to_date(repository: Path) -> None:
    assert goldpress.generate(repository, check=True).stale == []


def test_generating_again_writes_nothing(workspace: Path) -> None:
    assert goldpress.generate(workspace).written == []


def test_check_names_what_a_changed_scheme_makes_stale_and_writes_nothing(workspace: Path) -> None:
    config = workspace / "schemas/label_config.xml"
    before = config.read_bytes()
    edit(workspace / "schemas/scheme.toml", 'short = "Person"', 'short = "Mensch"')
    report = goldpress.generate(workspace, check=True)
    assert not report.ok
    assert "schemas/label_config.xml" in report.stale
    assert config.read_bytes() == before
    assert "schemas/label_config.xml" in goldpress.generate(workspace).written
    assert goldpress.generate(workspace, check=True).ok


@pytest.mark.parametrize("name", ["schemas/label_config.xml", "schemas/README.md", "schemas/tables/spans.json"])
def test_a_derived_file_that_was_edited_or_lost_is_stale(workspace: Path, name: str) -> None:
    (workspace / name).write_text("edited by hand\n", "utf-8")
    assert goldpress.generate(workspace, check=True).stale == [name]
    (workspace / name).unlink()
    assert goldpress.generate(workspace, check=True).stale == [name]


def test_a_table_that_the_scheme_no_longer_has_is_superfluous(workspace: Path, repository: Path) -> None:
    shutil.copyfile(repository / "tests/schemes/entities.toml", workspace / "schemas/scheme.toml")
    assert "schemas/tables/claims.json" in goldpress.generate(workspace, check=True).stale
    goldpress.generate(workspace)
    assert not (workspace / "schemas/tables/claims.json").exists()
    assert goldpress.generate(workspace, check=True).ok


def test_a_scheme_that_does_not_hold_leaves_what_was_derived_before(workspace: Path) -> None:
    before = (workspace / "schemas/label_config.xml").read_bytes()
    edit(workspace / "schemas/scheme.toml", 'hotkey = "2"', 'hotkey = "1"')
    with pytest.raises(UsageError, match="GP-CONFIG-001"):
        goldpress.generate(workspace)
    assert (workspace / "schemas/label_config.xml").read_bytes() == before
