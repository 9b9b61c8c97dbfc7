"""What people install: the wheel in an empty environment, the sdist with everything in it, the lock without a host."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import goldpress
from parts import need

ROOT = Path(__file__).parent.parent
UV = ROOT / ".venv" / "installer" / "bin" / "uv"


def build(kind: str, into: Path) -> Path:
    """Build a wheel or an sdist with the backend itself: no network, no environment of its own."""
    code = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"
    call = [sys.executable, "-c", code, f"build_{kind}", str(into)]
    ended = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    return into / ended.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel and its dependencies as locked, without Label Studio and test tools."""
    uv = shutil.which("uv") or (str(UV) if UV.is_file() else None)
    need(uv, "uv ('make setup' brings it)")
    assert uv
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    python = home / "bin" / "python"
    call = [uv, "pip", "install", "--quiet", "--python", str(python), "--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([*call, str(wheel)], check=True)
    return home


def run_installed(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(arguments, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=120)


def test_the_wheel_gives_the_command_and_the_module(installed: Path, tmp_path: Path) -> None:
    for call in ([str(installed / "bin" / "goldpress")], [str(installed / "bin" / "python"), "-m", "goldpress"]):
        told = run_installed(*call, "--version", cwd=tmp_path)
        assert told.stdout.strip() == f"goldpress, version {goldpress.__version__}", told.stderr


def test_what_is_installed_makes_a_workspace_whose_articles_and_scheme_hold(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "bin" / "goldpress")
    for arguments in (["init", "w"], ["articles", "--workspace", "w"], ["generate", "--check", "--workspace", "w"]):
        told = run_installed(command, *arguments, cwd=tmp_path)
        assert told.returncode == 0, told.stderr
    assert (tmp_path / "w" / ".gitignore").is_file()


def test_without_the_extra_a_server_says_how_to_get_one(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "bin" / "goldpress")
    run_installed(command, "init", "w", cwd=tmp_path)
    told = run_installed(command, "serve", "--workspace", "w", cwd=tmp_path)
    assert told.returncode == 3
    assert "GP-SERVE-001" in told.stderr
    assert "goldpress[server]" in told.stderr


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"goldpress", f"goldpress-{goldpress.__version__}.dist-info"}
    source = ROOT / "src" / "goldpress"
    ours = {path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    wanted = {f"goldpress/{path.relative_to(source).as_posix()}" for path in ours}
    assert wanted <= set(names), "templates, checks and py.typed too"
    assert "goldpress/py.typed" in names


def test_the_sdist_holds_everything_that_is_needed_to_build_and_to_test(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    for part in ("src", "tests", "docs", "seeds", "schemas", "annotations", "validation"):
        for path in (ROOT / part).rglob("*"):
            kept = path.is_file() and not {"__pycache__", "reports"} & set(path.parts)
            assert not kept or (root / path.relative_to(ROOT)).is_file(), path
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", "requirements.lock"):
        assert (root / name).is_file()
    assert not (root / "demo").exists()
    assert not list(root.rglob("*.pyc"))


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    assert version("goldpress") == goldpress.__version__, "run 'make setup' after a new version"


def test_the_lock_names_no_host_and_holds_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    locked = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*table["project"]["dependencies"], *table["dependency-groups"]["dev"]]
    asked += [entry for extra in table["project"]["optional-dependencies"].values() for entry in extra]
    for requirement in asked:
        match = re.match(r"[\w.-]+", requirement)
        assert match
        assert match[0].lower().replace("_", "-") in locked, f"{requirement}: run 'make lock'"
