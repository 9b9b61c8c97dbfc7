"""What only the workspace may know stands in no byte of a release."""

from pathlib import Path

import pytest

from dataset_fixtures import changed, corpus, release
from goldpress.dataset.form.contents import read_contents
from goldpress.dataset.rights.secrets import Secrets, known_secrets, refuse_secrets
from goldpress.errors import DataError
from goldpress.labelstudio import save_token
from goldpress.workspace import open_workspace

TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """What a workspace with one account knows."""
    (tmp_path / "goldpress.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("GOLDPRESS_PSEUDONYM_KEY", "ab" * 32)
    workspace = open_workspace(tmp_path)
    save_token(workspace, "http://localhost:1", "ines.kahl@example.org", TOKEN)
    return known_secrets(workspace)


def test_a_workspace_knows_accounts_tokens_and_the_key(secrets: Secrets) -> None:
    assert secrets.everywhere == {"ines.kahl@example.org", TOKEN, "ab" * 32}
    assert secrets.names == {"ines.kahl"}


@pytest.mark.parametrize("said", [TOKEN, TOKEN.upper(), "ab" * 32, "labelled by Ines.Kahl!"])
def test_a_secret_in_the_description_stops_the_release_without_repeating_it(
    tmp_path: Path, secrets: Secrets, said: str
) -> None:
    made = release(tmp_path / "dataset", description=f"Two articles. {said}")
    with pytest.raises(DataError) as refused:
        refuse_secrets(read_contents(made.path), secrets)
    assert refused.value.code == "GP-DATASET-037"
    assert refused.value.where in {"README.md", "croissant.json"}
    assert said.casefold() not in str(refused.value).casefold()


def test_a_user_name_in_a_row_is_found_and_the_same_name_in_an_article_is_not(tmp_path: Path, secrets: Secrets) -> None:
    said = changed(corpus(), "articles", "title", [None, "Ines.Kahl sagt nein"])
    refuse_secrets(read_contents(release(tmp_path / "clean", said).path), secrets)
    roles = ["primary", "ines.kahl", "primary", "primary"]
    dirty = release(tmp_path / "dirty", changed(corpus(), "annotations", "role", roles))
    with pytest.raises(DataError) as refused:
        refuse_secrets(read_contents(dirty.path), secrets)
    assert refused.value.where == "data/annotations"


@pytest.mark.parametrize("user", ["adjudicator", "anna", "vogt"])
def test_a_user_name_that_is_a_plain_word_is_not_looked_for(tmp_path: Path, user: str) -> None:
    (tmp_path / "goldpress.toml").write_text("", encoding="utf-8")
    workspace = open_workspace(tmp_path)
    save_token(workspace, "http://localhost:1", f"{user}@example.org", TOKEN)
    assert known_secrets(workspace).names == frozenset()
