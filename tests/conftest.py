"""What every test may use."""

from pathlib import Path

import pytest

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
