"""The store of pulls: broken lines are named or set aside, and any number of processes reads the same."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from goldpress.annotations import assemble
from goldpress.annotations.transport.cleaning import text_hash
from goldpress.annotations.transport.entries import newest_tasks, scan_pull
from goldpress.annotations.transport.store import Header, write_pull
from goldpress.errors import DataError
from goldpress.schemas.scheme import load_scheme
from goldpress.workspace import Workspace, open_workspace
from task_fixtures import make_task

SCHEME = Path(__file__).parent.parent / "schemas" / "scheme.toml"


def stored(number: int) -> dict[str, Any]:
    task = make_task(random.Random(number), load_scheme(SCHEME), number, odd=0.0)  # noqa: S311 - the same each time
    task["data"]["text_sha256"] = text_hash(task["data"]["text"])
    return {**task, "id": number, "updated_at": f"2026-01-01T00:00:{number:02d}Z"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("seeds", "annotations", "schemas"):
        (tmp_path / name).mkdir()
    (tmp_path / "goldpress.toml").touch()
    shutil.copy(SCHEME, tmp_path / "schemas" / "scheme.toml")
    for i in range(5):
        header = Header(1, f"2026-01-02T00:00:0{i}+00:00", f"p{i % 2}", "0" * 64, "1")
        write_pull(tmp_path / "annotations", header, [stored(number) for number in range(4 * i, 4 * i + 6)])
    return open_workspace(tmp_path)


def pulls(workspace: Workspace) -> list[Path]:
    return sorted(workspace.annotations.glob("*.jsonl"))


def spoil(path: Path, line: int, content: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = content
    path.chmod(0o644)
    path.write_bytes(b"".join(lines))


BROKEN = {
    "cut off": b'{"id": 3, "data": {"art\n',
    "no task": b'["id", 3]\n',
    "no JSON": b"\x00\xff\xfe\n",
    "without a text's hash": b'{"id": 3, "data": {"article_id": "x"}}\n',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_damaged_line_ends_it_or_is_set_aside_with_its_place(content: bytes, workspace: Workspace) -> None:
    whole = assemble(workspace, workers=1)
    # Number 9 stands in the second pull only.
    spoil(pulls(workspace)[1], 7, content)
    with pytest.raises(DataError, match=r"line 7 of the pull is damaged.*GP-STORE-003"):
        assemble(workspace, workers=1)
    found = assemble(workspace, keep_going=True, workers=1)
    assert [(fault.where, fault.code) for fault in found.faults] == [(str(pulls(workspace)[1]), "GP-STORE-003")]
    assert "line 7" in found.faults[0].what
    assert found.counts["tasks"] == whole.counts["tasks"] - 1


def test_a_pull_is_read_through_once_and_again_where_it_or_what_was_remembered_changed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def scan(path: Path) -> Any:
        read.append(path)
        return scan_pull(path)

    monkeypatch.setattr("goldpress.annotations.transport.entries.scan_pull", scan)
    first = newest_tasks(workspace)
    assert read == pulls(workspace)
    assert newest_tasks(workspace) == first
    assert read == pulls(workspace)

    remembered = sorted((workspace.state / "pulls").iterdir())
    assert [path.stat().st_mode & 0o777 for path in remembered] == [0o600] * 5
    remembered[0].write_bytes(b"\x92\x93")
    spoil(pulls(workspace)[1], 7, b"{}\n")
    for _ in "once", "again":
        read.clear()
        with pytest.raises(DataError, match="GP-STORE-003"):
            newest_tasks(workspace)
        assert read[-1] == pulls(workspace)[1]
    # The damaged one is repaired; the pull that does not hold is never remembered.
    assert read == pulls(workspace)[1:2]

    pulls(workspace)[1].unlink()
    left = newest_tasks(workspace)
    assert len(list((workspace.state / "pulls").iterdir())) == 4
    # Without a place for private things, it is slower and nothing else.
    place = workspace.root / "no folder"
    place.touch()
    monkeypatch.setenv("GOLDPRESS_STATE", str(place))
    assert newest_tasks(workspace) == left


def test_an_older_version_stands_in_for_a_damaged_one(workspace: Workspace) -> None:
    path = write_pull(workspace.annotations, Header(1, "2026-01-03T00:00:00+00:00", "p0", "0" * 64, "1"), [stored(0)])
    spoil(path, 2, b"{}\n")
    found = assemble(workspace, keep_going=True, workers=1)
    assert len(found.faults) == 1
    assert newest_tasks(workspace, broken=[])[0].path == str(pulls(workspace)[0])


def test_any_number_of_workers_gives_the_same(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(pulls(workspace)[2], 3, b"7\n")
    monkeypatch.setattr("goldpress.annotations.assembly.rounds.SHARD", 2000)
    alone, spread = (assemble(workspace, keep_going=True, workers=workers) for workers in (1, 3))
    assert alone.faults == spread.faults
    assert alone.counts == spread.counts
    assert alone.pulls == spread.pulls
    assert alone.tables.keys() == spread.tables.keys()
    assert all(table.equals(spread.tables[name]) for name, table in alone.tables.items())
