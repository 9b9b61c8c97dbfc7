"""A release holds no less of anybody's work than is known, unless whoever publishes says so."""

import json
import shutil
from pathlib import Path

import pytest

import goldpress
from command_line import goldpress as run
from goldpress.annotations.transport.history import vanished_annotations
from goldpress.errors import DataError


@pytest.fixture
def shrunk(repository: Path, tmp_path: Path) -> Path:
    """A copy of this repository's workspace in whose last pull an annotation of the first article is gone."""
    root = tmp_path / "workspace"
    for room in ("seeds", "schemas", "annotations", "validation"):
        shutil.copytree(repository / room, root / room, ignore=shutil.ignore_patterns("reports"))
    shutil.copyfile(repository / "pyproject.toml", root / "pyproject.toml")
    return root


def own_pull(root: Path) -> Path:
    """The newest pull that the repository ships: of every article."""
    return max((root / "annotations").glob("202*.jsonl"))


def lose(root: Path, stamp: str, number: int) -> dict[str, str]:
    """Write a pull in which one annotation of a task is gone; return article, annotator and id."""
    head, *tasks = own_pull(root).read_bytes().splitlines(keepends=True)
    task = json.loads(tasks[number]) | {"updated_at": stamp}
    gone = task["annotations"].pop()
    path = root / "annotations" / f"{stamp.replace('-', '').replace(':', '')}-{json.loads(head)['source']}.jsonl"
    path.write_bytes(head + json.dumps(task).encode() + b"\n")
    return {"article": task["data"]["article_id"], "who": gone["completed_by"], "id": gone["unique_id"]}


def test_what_vanished_on_the_server_is_not_left_out_of_a_release_in_silence(shrunk: Path) -> None:
    lost = lose(shrunk, "2030-01-01T00:00:00Z", 0)
    with pytest.raises(DataError, match="GP-SHRINK-001") as first:
        goldpress.publish(shrunk)
    assert str(first.value.what).startswith("1 annotations")
    assert f"{lost['article']} by {lost['who']}" in str(first.value.where)
    done = run("publish", "--workspace", shrunk, "--allow-shrink", "--version", "1.0.0")
    assert done.returncode == 0, done.stderr
    # It was decided on: later releases do not ask again, until something else is gone.
    assert [row.annotation_id for row in vanished_annotations(goldpress.open_workspace(shrunk))] == [lost["id"]]
    with pytest.raises(DataError, match="GP-DATASET-011"):
        goldpress.publish(shrunk)
    again = lose(shrunk, "2030-01-02T00:00:00Z", 1)
    with pytest.raises(DataError, match="GP-SHRINK-001") as second:
        goldpress.publish(shrunk)
    assert again["article"] in str(second.value.where)
    assert lost["article"] not in str(second.value.where)


def test_what_the_release_before_has_is_missed_where_no_pull_tells_of_it(shrunk: Path) -> None:
    goldpress.publish(shrunk, version="1.0.0")
    newest = max((shrunk / "annotations").glob("*.jsonl"))
    task = json.loads(newest.read_bytes().splitlines()[1])
    for pull in (shrunk / "annotations").glob("*.jsonl"):
        head, *lines = pull.read_bytes().splitlines(keepends=True)
        pull.chmod(0o644)
        pull.write_bytes(
            head
            + b"".join(line for line in lines if json.loads(line)["data"]["article_id"] != task["data"]["article_id"])
        )
    with pytest.raises(DataError, match="GP-SHRINK-001") as error:
        goldpress.publish(shrunk)
    assert task["data"]["article_id"] in str(error.value.where)


def test_an_annotation_that_came_back_is_not_missed(shrunk: Path) -> None:
    lose(shrunk, "2030-01-01T00:00:00Z", 0)
    whole = own_pull(shrunk)
    shutil.copyfile(whole, whole.with_name(f"20300201T000000Z-{whole.stem[-8:]}.jsonl"))
    assert [*vanished_annotations(goldpress.open_workspace(shrunk))] == []


@pytest.mark.parametrize(("by_another", "kept", "missed"), [(True, 1, [1]), (False, 1, []), (False, 0, [0])])
def test_what_another_cut_or_what_was_emptied_is_missed_and_what_its_author_took_out_is_not(
    shrunk: Path, by_another: bool, kept: int, missed: list[int]
) -> None:
    head, first, *_ = own_pull(shrunk).read_bytes().splitlines(keepends=True)
    task = json.loads(first) | {"updated_at": "2030-01-01T00:00:00Z"}
    one = task["annotations"][0]
    one["result"], one["updated_by"] = one["result"][:kept], "ann-0" if by_another else one["completed_by"]
    path = shrunk / "annotations" / f"20300101T000000Z-{json.loads(head)['source']}.jsonl"
    path.write_bytes(head + json.dumps(task).encode() + b"\n")
    found = [*vanished_annotations(goldpress.open_workspace(shrunk))]
    assert [(row.annotation_id, row.left) for row in found] == [(one["unique_id"], left) for left in missed]
