"""What a data folder begins with, and what is saved of it before another release of Label Studio changes it."""

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_path

from goldpress.errors import SurroundingsError
from goldpress.files import write_whole

DATABASE = "label_studio.sqlite3"
RELEASE = "release"
SAVED = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", ".env")
"""Without the key in ``.env`` every session and every token in a saved database is worthless."""


def installed_release() -> str:
    """Return the release of Label Studio that is installed here, or an empty string."""
    try:
        return version("label-studio")
    except PackageNotFoundError:
        return ""


def template_path() -> Path:
    """Return where the migrated database of this release is kept for new data folders: no people, no work in it."""
    return user_cache_path("goldpress") / f"label-studio-{installed_release()}.sqlite3"


def prepare_folder(folder: Path) -> None:
    """Give a new data folder the kept database, and save an older release's database before it is migrated.

    Raises:
        SurroundingsError: There is no room to save the database (GP-SERVE-009); it is untouched then.
    """
    if (folder / DATABASE).is_file():
        _save(folder)
    else:
        _copy_template(folder)
    (folder / RELEASE).write_text(f"{installed_release()}\n", encoding="utf-8")


def missing_template() -> Path | None:
    """Return where a copy should be kept, or None where one is there or none can be."""
    path = template_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return None if path.is_file() else path


def _copy_template(folder: Path) -> None:
    path = template_path()
    if not path.is_file():
        return
    if _is_whole(path):
        with contextlib.suppress(OSError):
            write_whole(folder / DATABASE, path.read_bytes(), mode=0o600)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _is_whole(path: Path) -> bool:
    """Whether a kept database can be read and holds nobody."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            sound = database.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            return bool(sound and not database.execute("SELECT count(*) FROM htx_user").fetchone()[0])
    except sqlite3.Error:
        return False


def _save(folder: Path) -> None:
    path = folder / RELEASE
    before = path.read_text("utf-8").strip() if path.is_file() else ""
    if before == installed_release():
        return
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / "backups" / f"{before or 'unknown'}-{stamp}"
    try:
        target.mkdir(mode=0o700, parents=True)
        for name in SAVED:
            if (folder / name).is_file():
                shutil.copy2(folder / name, target / name)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise SurroundingsError(
            "GP-SERVE-009",
            f"the database cannot be saved before Label Studio {installed_release()} changes it: {error.strerror}",
            where=target,
            hint="make room; nothing was changed",
        ) from error
