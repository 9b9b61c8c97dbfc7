"""``goldpress init``: a workspace that holds, made from the template, over nothing that was there."""

import shutil
import stat
import tomllib
from pathlib import Path

import pytest

import goldpress
from goldpress.errors import SurroundingsError, UsageError
from goldpress.workspace import ROOMS

TEMPLATE = Path(goldpress.__file__).parent / "template"


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_workspace_has_five_rooms_that_each_say_what_they_are(tmp_path: Path) -> None:
    made = goldpress.init(tmp_path / "corpus")
    assert made.root == tmp_path / "corpus"
    for room in ROOMS:
        assert (made.root / room / "README.md").read_text("utf-8").startswith(f"# {room}\n")
    assert sorted(made.written) == sorted(tree(made.root))


def test_everything_that_is_derived_from_the_scheme_is_up_to_date(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    assert goldpress.generate(tmp_path, check=True).stale == []


def test_the_example_article_can_be_used_without_a_warning(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    report = goldpress.articles(tmp_path)
    assert report.problems == []
    assert [(article.article_id, article.warnings) for article in report.articles] == [("beispiel", ())]


def test_the_default_scheme_and_guidelines_are_those_of_this_repository(repository: Path) -> None:
    for name in ("scheme.toml", "guidelines.md"):
        assert (TEMPLATE / "schemas" / name).read_bytes() == (repository / "schemas" / name).read_bytes(), name


def test_a_second_init_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    (tmp_path / "goldpress.toml").write_text("[dataset]\nname = 'my-own'\n", "utf-8")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="GP-INIT-001"):
        goldpress.init(tmp_path)
    assert tree(tmp_path) == before


def test_a_workspace_in_a_python_project_is_one_already(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.goldpress.dataset]\nname = 'my-own'\n", "utf-8")
    with pytest.raises(UsageError, match="GP-INIT-001"):
        goldpress.init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_what_is_there_already_is_neither_overwritten_nor_taken_away(tmp_path: Path) -> None:
    own = {
        "README.md": b"mine",
        ".gitignore": b"*.bak\n",
        "seeds/beispiel.md": b"mine too",
        "schemas/README.md": b"my notes",
        "schemas/tables/mine.json": b"{}",
    }
    for name, content in own.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    made = goldpress.init(tmp_path)
    after = tree(tmp_path)
    assert {name: after[name] for name in own} == own
    assert not own.keys() & set(made.written)


def test_a_scheme_that_is_there_already_is_the_one_that_counts(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "schemas").mkdir()
    shutil.copyfile(repository / "tests/schemes/entities.toml", tmp_path / "schemas/scheme.toml")
    goldpress.init(tmp_path)
    assert "PERSON" in (tmp_path / "schemas/label_config.xml").read_text("utf-8")
    assert not (tmp_path / "schemas/tables/claims.json").exists()


def test_an_init_that_was_interrupted_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("goldpress.setup._write_derived", fail)
        with pytest.raises(SurroundingsError, match="GP-INIT-002") as caught:
            goldpress.init(tmp_path)
    assert "No space left" in caught.value.what
    made = goldpress.init(tmp_path)
    assert "goldpress.toml" in made.written
    assert goldpress.generate(tmp_path, check=True).ok


def test_a_folder_whose_place_is_taken_by_a_file_is_an_error_of_the_surroundings(tmp_path: Path) -> None:
    (tmp_path / "seeds").write_text("a file", "utf-8")
    with pytest.raises(SurroundingsError, match="GP-INIT-002"):
        goldpress.init(tmp_path)
    assert (tmp_path / "seeds").read_text("utf-8") == "a file"


def test_every_commented_setting_of_the_template_is_a_setting(tmp_path: Path) -> None:
    text = (TEMPLATE / "goldpress.toml").read_text("utf-8")
    # A commented setting has an equals sign, opens a table or continues an array; a sentence does none of it.
    lines = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") or line == "# ]" else line
        for line in text.splitlines()
    ]
    (tmp_path / "goldpress.toml").write_text("\n".join(lines), "utf-8")
    settings = goldpress.open_workspace(tmp_path).settings
    assert settings.label_studio.url == "https://labels.example.org"
    assert [rule.name for rule in settings.seeds.cleaning] == ["boilerplate", "ad"]
    assert settings.dataset.authors[0].family_names == "Muster"
    assert settings.dataset.splits.by == "time"
    shown = tomllib.loads((tmp_path / "goldpress.toml").read_text("utf-8"))
    for table in ("seeds", "label_studio", "dataset"):
        assert set(shown[table]) == set(getattr(settings, table).__struct_fields__)


def test_the_uncommented_settings_of_the_template_are_the_defaults(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    assert goldpress.open_workspace(tmp_path).settings == goldpress.Settings()


def test_files_of_a_new_workspace_can_be_read_by_a_group(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    assert stat.S_IMODE((tmp_path / "schemas/scheme.toml").stat().st_mode) == 0o644
