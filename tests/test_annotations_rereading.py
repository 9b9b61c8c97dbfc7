"""A second reading: which articles come again, and what the command line takes for a share."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goldpress.annotations.transport.rereading import choose_again, send_again
from goldpress.annotations.transport.store import Header, write_pull
from goldpress.cli.commands.push import push
from goldpress.errors import UsageError
from goldpress.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "goldpress.toml").touch()
    return open_workspace(tmp_path)


def fill(workspace: Workspace, read: int, *, role: str = "primary", skipped: bool = False, source: str = "p") -> None:
    header = Header(1, "2025-06-01T00:00:00+00:00", source, "0" * 64, "1.0.0")
    annotation = {"completed_by": "ann-1", "result": [], "role": role, "was_cancelled": skipped}
    tasks: list[dict[str, Any]] = [
        {
            "id": number,
            "data": {"article_id": f"a{number}", "text_sha256": "s", "text": "x"},
            "annotations": [annotation] if number < read else [],
        }
        for number in range(20)
    ]
    write_pull(workspace.annotations, header, tasks)


def names(workspace: Workspace, share: float) -> list[str]:
    return [task["data"]["article_id"] for task in choose_again(workspace, share)]


def test_a_greater_share_adds_to_a_smaller_one(workspace: Workspace) -> None:
    fill(workspace, read=20)
    few, more = names(workspace, 0.1), names(workspace, 0.5)
    assert (len(few), len(more)) == (2, 10)
    assert more[:2] == few == names(workspace, 0.1)


def test_another_seed_takes_others(workspace: Workspace, tmp_path: Path) -> None:
    fill(workspace, read=20)
    before = names(workspace, 0.5)
    (tmp_path / "goldpress.toml").write_text("[agreement]\nseed = 7\n", "utf-8")
    assert names(open_workspace(tmp_path), 0.5) != before


def test_only_what_was_read_comes_again(workspace: Workspace) -> None:
    fill(workspace, read=3)
    assert sorted(names(workspace, 1.0)) == ["a0", "a1", "a2"]


def test_an_article_of_two_projects_comes_again_once(workspace: Workspace) -> None:
    fill(workspace, read=3)
    fill(workspace, read=3, source="q")
    assert sorted(names(workspace, 1.0)) == ["a0", "a1", "a2"]


@pytest.mark.parametrize("how", [{"skipped": True}, {"role": "adjudicator"}, {"role": "repeat"}])
def test_a_skip_a_decision_and_a_second_reading_are_no_first_reading(workspace: Workspace, how: Any) -> None:
    fill(workspace, read=3, **how)
    with pytest.raises(UsageError) as refusal:
        choose_again(workspace, 1.0)
    assert refusal.value.code == "GP-REREAD-002"


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01])
def test_a_share_is_more_than_nothing_and_not_more_than_all(workspace: Workspace, share: float) -> None:
    with pytest.raises(UsageError) as refusal:
        send_again(None, workspace, share)  # type: ignore[arg-type]  # it is refused before the server is asked
    assert refusal.value.code == "GP-REREAD-001"


@pytest.mark.parametrize("share", ["0%", "150%", "five", "", "nan"])
def test_the_command_line_names_what_it_takes(share: str) -> None:
    result = CliRunner().invoke(push, ["--reannotate", share])
    assert result.exit_code == 2
    assert "say 5% or 0.05" in result.output
