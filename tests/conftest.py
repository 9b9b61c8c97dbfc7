"""What every test may use."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout, which is a workspace."""
    return ROOT


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
    """One embedded Label Studio for the whole run.

    ``$GOLDPRESS_TEST_STUDIO`` names a data folder that is kept: a warm start takes seconds.
    """
    from goldpress.labelstudio import start_server

    if find_spec("label_studio") is None and not os.environ.get("CI"):
        pytest.skip("Label Studio is not installed here")
    kept = os.environ.get("GOLDPRESS_TEST_STUDIO")
    with start_server(Path(kept) if kept else tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One Chromium for the whole run."""
    from browser import start_chromium

    with start_chromium() as browser:
        yield browser
