"""What a data folder begins with, and what is saved before another release changes it."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from goldpress.errors import SurroundingsError
from goldpress.labelstudio import templates


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(templates, "user_cache_path", lambda _: tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    return templates.template_path()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "studio").mkdir()
    return tmp_path / "studio"


def write_database(path: Path, people: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE htx_user (id INTEGER)")
        database.executemany("INSERT INTO htx_user VALUES (?)", [(n,) for n in range(people)])


def test_a_new_folder_begins_with_the_template(cache: Path, folder: Path) -> None:
    write_database(cache, 0)
    assert templates.missing_template() is None
    templates.prepare_folder(folder)
    assert (folder / templates.DATABASE).read_bytes() == cache.read_bytes()
    assert (folder / templates.DATABASE).stat().st_mode & 0o777 == 0o600


def test_without_a_template_the_start_makes_one(cache: Path, folder: Path) -> None:
    templates.prepare_folder(folder)
    assert not (folder / templates.DATABASE).exists()
    assert templates.missing_template() == cache


def test_a_template_that_is_damaged_or_holds_people_is_thrown_away(cache: Path, folder: Path) -> None:
    for spoil in (lambda: cache.write_bytes(b"SQLite format 3\0 cut off"), lambda: write_database(cache, 1)):
        spoil()
        templates.prepare_folder(folder)
        assert not (folder / templates.DATABASE).exists()
        assert not cache.exists()


def test_a_folder_in_use_is_saved_before_another_release_and_only_then(cache: Path, folder: Path) -> None:
    write_database(cache, 0)
    write_database(folder / templates.DATABASE, 3)
    (folder / ".env").write_text("SECRET_KEY=x", "utf-8")
    (folder / templates.RELEASE).write_text("1.20.0\n", "utf-8")
    before = (folder / templates.DATABASE).read_bytes()
    templates.prepare_folder(folder)
    templates.prepare_folder(folder)
    (saved,) = (folder / "backups").iterdir()
    assert saved.name.startswith("1.20.0-")
    assert (saved / templates.DATABASE).read_bytes() == before == (folder / templates.DATABASE).read_bytes()
    assert (saved / ".env").is_file()


def test_without_room_to_save_it_nothing_is_started(cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del cache
    write_database(folder / templates.DATABASE, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("goldpress.labelstudio.templates.shutil.copy2", full)
    with pytest.raises(SurroundingsError, match="GP-SERVE-009"):
        templates.prepare_folder(folder)
    assert not any((folder / "backups").iterdir())
