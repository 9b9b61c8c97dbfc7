"""The demo's people: everybody keeps the role that the labels were given in."""

from pathlib import Path

import pytest

import goldpress
from goldpress import demonstration
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.errors import DataError


@pytest.fixture
def source(repository: Path) -> goldpress.Workspace:
    return goldpress.open_workspace(repository)


def test_an_adjudicator_of_the_labels_decides_in_the_demo_too(source: goldpress.Workspace) -> None:
    tasks = read_tasks(newest_tasks(source))
    role_of = {a["completed_by"]: a["role"] for _, task in tasks for a in task["annotations"]}
    account = demonstration._pair(role_of, source)
    assert {pid: demonstration.PEOPLE[email] for pid, email in account.items()} == role_of
    assert len(set(account.values())) == len(role_of)


def test_the_order_in_which_people_are_met_does_not_matter(source: goldpress.Workspace) -> None:
    role_of = {"ann-b": "primary", "ann-c": "adjudicator", "ann-a": "primary"}
    backwards = dict(reversed(role_of.items()))
    assert demonstration._pair(role_of, source) == demonstration._pair(backwards, source)


def test_more_people_than_accounts_are_refused(source: goldpress.Workspace) -> None:
    with pytest.raises(DataError, match="GP-DEMO-003") as caught:
        demonstration._pair({f"ann-{n}": "primary" for n in range(3)}, source)
    assert "3 people" in caught.value.what


def test_the_demo_has_the_settings_and_the_rooms_of_its_source(source: goldpress.Workspace, tmp_path: Path) -> None:
    for room in ("seeds", "schemas", "validation", "pyproject.toml"):
        (tmp_path / room).symlink_to(source.root / room)
    origin = goldpress.open_workspace(tmp_path)
    place = demonstration._prepare(origin)
    demonstration._furnish(origin, place)
    assert place.root == tmp_path / "demo"
    assert place.settings == source.settings
    own = {a.text_sha256 for a in goldpress.read_articles(source)}
    more = [a for a in goldpress.read_articles(place) if a.text_sha256 not in own]
    assert len(goldpress.read_articles(place)) == len(own) + 1
    assert [a.article_id for a in more] == ["beispiel"], "one article that nobody has labelled yet"


def test_a_demo_that_was_interrupted_at_the_very_start_can_be_run_again(
    source: goldpress.Workspace, tmp_path: Path
) -> None:
    for room in ("seeds", "schemas", "validation", "pyproject.toml"):
        (tmp_path / room).symlink_to(source.root / room)
    origin = goldpress.open_workspace(tmp_path)
    demonstration._prepare(origin)
    assert demonstration._prepare(origin).root == tmp_path / "demo"
