"""What every test may use."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parts import find_collected, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server
    from studio import Desk

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout, which is a workspace."""
    return ROOT


@pytest.fixture(scope="session")
def collected() -> list[Path]:
    """Five articles of others, as they were collected."""
    files = find_collected()
    need(files, "the folder of collected articles beside the checkout")
    assert len(files) == 5
    return files


@pytest.fixture(autouse=True)
def private_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tokens, keys and roles of a test lie in a folder of its own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("GOLDPRESS_STATE", str(folder))
    for name in ("GOLDPRESS_TOKEN", "GOLDPRESS_PSEUDONYM_KEY"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """One embedded Label Studio for the whole run, or for each of its processes.

    ``$GOLDPRESS_TEST_STUDIO`` names a data folder that is kept: a warm start takes seconds.
    """
    from goldpress.labelstudio import start_server

    need(find_spec("label_studio"), "Label Studio")
    kept = os.environ.get("GOLDPRESS_TEST_STUDIO")
    # Of two processes each has a folder of its own in it: only one server may run on a folder.
    folder = Path(kept, os.environ.get("PYTEST_XDIST_WORKER", "")) if kept else tmp_path_factory.mktemp("studio")
    with start_server(folder) as running:
        yield running


@pytest.fixture(scope="session")
def labelled(server: "Server", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[Desk, Path]]":
    """A desk and its state, for ``shared_desk``."""
    from goldpress.annotations import push
    from studio import TEXTS, make_desk, span

    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDPRESS_STATE", str(state))
        desk = make_desk(server, tmp_path_factory.mktemp("shared"))
        push(desk.workspace)
        desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
    yield desk, state
    desk.close()


@pytest.fixture
def shared_desk(labelled: "tuple[Desk, Path]", private_state: Path, monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """One project for all who leave it as it is: two articles, one of them labelled by anna."""
    desk, state = labelled
    assert private_state != state, "it is set before, and this one takes its place"
    monkeypatch.setenv("GOLDPRESS_STATE", str(state))
    return desk


@pytest.fixture
def ask(shared_desk: "Desk") -> "Iterator[Callable[..., httpx.Response]]":
    """Send a request as the server's first user, and return the answer, whatever its status."""
    with shared_desk.admin() as client:
        yield client._exchange.send


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One Chromium for the whole run."""
    from browser import start_chromium

    with start_chromium() as browser:
        yield browser
