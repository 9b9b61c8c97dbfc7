"""Tasks from files: every layout gives the same tables, and what is broken is named with its place, or set aside."""

import gzip
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goldpress.annotations import tabulate
from goldpress.annotations.assembly.intake import tabulate_all, tabulate_into
from goldpress.annotations.assembly.sources import spots_of
from goldpress.annotations.tables.batches import read_batches
from goldpress.annotations.tables.cutting import cut_array, cut_brackets, cut_lines
from goldpress.annotations.tables.shards import by_columns, by_rows
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.schemas.scheme import load_scheme
from task_fixtures import make_task

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")


def made(number: int = 12, seed: int = 5) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311 - the same tasks every time
    tasks = [make_task(chance, SCHEME, i, odd=0.0) for i in range(1, number + 1)]
    return [{"id": task["id"], "annotations": task["annotations"], **task} for task in tasks]


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_array(tasks: list[dict[str, Any]]) -> bytes:
    return compact(tasks).replace("/", "\\/").encode()


def as_lines(tasks: list[dict[str, Any]]) -> bytes:
    return "".join(compact(task) + "\n" for task in tasks).encode()


def as_print(tasks: list[dict[str, Any]]) -> bytes:
    return json.dumps(tasks, ensure_ascii=True, indent=2).encode()


LAYOUTS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "array": as_array,
    "array with blanks": lambda tasks: json.dumps(tasks).encode(),
    "array with a mark in front and blanks behind": lambda tasks: b"\xef\xbb\xbf" + as_array(tasks) + b" \n",
    "array in another order": lambda tasks: json.dumps(tasks, sort_keys=True).encode(),
    "pretty print": as_print,
    "lines": as_lines,
    "lines with CRLF and gaps": lambda tasks: as_lines(tasks).replace(b"\n", b"\r\n\r\n"),
    "lines without a last end": lambda tasks: as_lines(tasks).rstrip(),
    "objects behind each other": lambda tasks: b"".join(json.dumps(task, indent=1).encode() for task in tasks),
}


def write(folder: Path, content: bytes, name: str = "tasks.json") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def assert_equal(found: dict[str, pa.Table], wanted: dict[str, pa.Table]) -> None:
    assert found.keys() == wanted.keys()
    for name, table in wanted.items():
        assert found[name].equals(table), name


@pytest.fixture(scope="module")
def wanted() -> dict[str, pa.Table]:
    return tabulate(made(), SCHEME)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_tables(layout: str, tmp_path: Path, wanted: dict[str, pa.Table]) -> None:
    assert_equal(tabulate(write(tmp_path, LAYOUTS[layout](made())), SCHEME), wanted)


@pytest.mark.parametrize("packed", ["gzip", "zstd"])
def test_packed_files_give_the_same_tables(packed: str, tmp_path: Path, wanted: dict[str, pa.Table]) -> None:
    path = tmp_path / "tasks.json.packed"
    if packed == "gzip":
        path.write_bytes(gzip.compress(as_array(made())))
    else:
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(as_array(made()))
    assert_equal(tabulate(path, SCHEME), wanted)


def test_several_files_are_one_source_and_an_article_may_stand_in_all_of_them(
    tmp_path: Path, wanted: dict[str, pa.Table]
) -> None:
    tasks = made()
    one = [{**task, "annotations": task["annotations"][:1]} for task in tasks]
    other = [{**task, "annotations": task["annotations"][1:]} for task in reversed(tasks)]
    paths = [write(tmp_path, as_array(one), "one.json"), write(tmp_path, as_lines(other), "other.jsonl")]
    found = tabulate(paths, SCHEME)
    assert_equal(found, wanted)


def test_the_cut_finds_the_tasks_and_nothing_inside_them(tmp_path: Path) -> None:
    tasks = made(5)
    nested = {"id": 7, "annotations": [{"id": 1}]}
    for task in tasks:
        task["data"]["note"] = 'a quote \\" and ,{"id":1,"annotations":[ in a string, [ { " \\\\'
        task["data"]["bracket"] = "\\"
    path = write(tmp_path, as_array(tasks))
    content = path.read_bytes()
    pieces = [json.loads(content[start : start + size]) for start, size in cut_array(path)]
    assert pieces == tasks
    assert [json.loads(content[s : s + n]) for s, n in cut_brackets(path)] == tasks
    tasks[2]["data"]["history"] = [{}, nested, nested]
    path.write_bytes(as_array(tasks))
    assert [json.loads(path.read_bytes()[s : s + n]) for s, n in cut_brackets(path)] == tasks
    assert len(tabulate(path, SCHEME)["annotations"]) == len(tabulate(tasks, SCHEME)["annotations"])


def test_the_cut_does_not_depend_on_where_chunks_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = made(6)
    for task in tasks:
        task["data"]["note"] = "\\\\\\" * 3 + '"{[' * 3
    path, lines = write(tmp_path, as_array(tasks)), write(tmp_path, as_lines(tasks), "lines")
    whole = list(cut_array(path)), list(cut_brackets(path)), list(cut_lines(lines))
    assert whole[0] == whole[1]
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr("goldpress.annotations.tables.cutting.CHUNK", size)
        assert list(cut_brackets(path)) == whole[1]
        if size > 500:
            assert list(cut_array(path)) == whole[0]


def broken_lines(*lines: tuple[int, bytes]) -> bytes:
    content = as_lines(made()).splitlines()
    for at, line in lines:
        content[at] = line
    return b"\n".join(content)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"id": 4, "annotations": [{"id": 1,', "GP-TAB-003"),
        (b"\xff\xfe{}", "GP-TAB-003"),
        (b"[" * 5000, "GP-TAB-003"),
        (b'{"id": 4, "deep": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "GP-TAB-003"),
        (b'{"id": 4, "data": {"text": "Gr\xfc\xdfe", "article_id": "x"}}', "GP-TAB-003"),
        (b'{"id": 4, "data": {"text": "\\ud800", "article_id": "x"}}', "GP-TAB-003"),
        (b"[1, 2]", "GP-TAB-004"),
        (b'"text"', "GP-TAB-004"),
        (b'{"id": 4}', "GP-TAB-002"),
        (b'{"id": 4, "data": {"text": "x", "article_id": 4}}', "GP-TAB-002"),
        (b'{"id": 4, "data": {"text": "x", "article_id": "x"}, "annotations": [3]}', "GP-TAB-001"),
        (b'{"id": 4, "data": {"text": "x", "article_id": "x"}, "annotations": [{"result": null}]}', "GP-TAB-001"),
    ],
)
def test_a_broken_task_is_named_with_its_place_or_set_aside(line: bytes, code: str, tmp_path: Path) -> None:
    path = write(tmp_path, broken_lines((3, line)), "tasks.jsonl")
    with pytest.raises(DataError, match=code) as caught:
        tabulate(path, SCHEME)
    assert "task 4 (byte" in caught.value.where
    assert str(path) in caught.value.where
    found = tabulate_all(path, SCHEME, keep_going=True)
    assert [(fault.code, "task 4 " in fault.where) for fault in found.faults] == [(code, True)]
    rest = [task for i, task in enumerate(made()) if i != 3]
    assert_equal(found.tables, tabulate(rest, SCHEME))


def test_a_broken_task_in_an_array_is_set_aside_alone(tmp_path: Path) -> None:
    tasks = made()
    content = as_array(tasks).replace(b'"id":4,"annotations":[', b'"id":4,"annotations":[oops', 1)
    path = write(tmp_path, content)
    with pytest.raises(DataError, match="GP-TAB-003"):
        tabulate(path, SCHEME)
    found = tabulate_all(path, SCHEME, keep_going=True)
    assert [fault.where.split(", ")[1].split(" (")[0] for fault in found.faults] == ["task 4"]
    assert_equal(found.tables, tabulate([task for task in tasks if task["id"] != 4], SCHEME))


@pytest.mark.parametrize("layout", ["array", "pretty print", "lines"])
def test_a_file_that_is_cut_off_is_an_error_or_loses_its_last_task(layout: str, tmp_path: Path) -> None:
    tasks = made()
    content = LAYOUTS[layout](tasks)
    path = write(tmp_path, content[: len(content) - 30])
    with pytest.raises(DataError, match="GP-TAB-003"):
        tabulate(path, SCHEME)
    found = tabulate_all(path, SCHEME, keep_going=True)
    assert len(found.faults) == 1
    assert_equal(found.tables, tabulate(tasks[:-1], SCHEME))


@pytest.mark.parametrize(
    ("turn", "where", "code"),
    [
        (lambda content: content[:-1], 13, "GP-TAB-003"),
        (lambda content: content[:-1] + b",", 13, "GP-TAB-003"),
        (lambda content: content + b" and more", 13, "GP-TAB-003"),
        (lambda content: content.replace(b'{"id":4,', b'null,{"id":4,', 1), 4, "GP-TAB-004"),
        (lambda content: content.replace(b'{"id":1,', b'7,{"id":1,', 1), 1, "GP-TAB-004"),
    ],
)
def test_what_stands_beside_the_tasks_is_named_with_its_place(
    turn: Callable[[bytes], bytes], where: int, code: str, tmp_path: Path
) -> None:
    ours = where < 13  # else as Label Studio has it, which is cut in another way
    tasks = [{"id": task["id"], "data": task["data"], **task} for task in made()] if ours else made()
    found = tabulate_all(write(tmp_path, turn(as_array(tasks))), SCHEME, keep_going=True)
    assert [(fault.code, f"task {where} " in fault.where) for fault in found.faults] == [(code, True)]
    assert_equal(found.tables, tabulate(tasks, SCHEME))


@pytest.mark.parametrize("content", [b"id,text\n1,Hallo\n", b"[", '["Käse"]'.encode("latin-1")])
def test_a_file_without_any_task_is_no_empty_table(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"GP-TAB-00[34]"):
        tabulate(write(tmp_path, content), SCHEME)


def test_packed_files_that_are_cut_off_are_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(as_array(made()))[:-40], "tasks.json.gz")
    with pytest.raises(DataError, match="GP-TAB-009"):
        tabulate(path, SCHEME)


@pytest.mark.parametrize("content", [b"", b" \n\t", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="GP-TAB-006"):
        tabulate(write(tmp_path, content), SCHEME)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GP-TAB-005"):
        tabulate(tmp_path / "nowhere.json", SCHEME)


def test_no_tasks_give_empty_tables(tmp_path: Path) -> None:
    sources: list[Any] = [[], write(tmp_path, b"[]")]
    for source in sources:
        found = tabulate(source, SCHEME)
        assert {table.num_rows for name, table in found.items() if name != "agreement"} == {0}


def test_a_task_of_many_megabytes_goes_through(tmp_path: Path) -> None:
    (task,) = made(1)
    task["data"]["text"] += "Wort 😀 " * 400_000
    region = {"start": len(task["data"]["text"]) - 2, "end": len(task["data"]["text"]) - 1, "text": "😀"}
    span = {"id": "z", "from_name": "entity", "type": "labels", "value": {**region, "labels": ["PER"]}}
    task["annotations"] = [{"id": 1, "unique_id": "u", "result": [span]}]
    (row,) = tabulate(write(tmp_path, as_array([task])), SCHEME)["spans"].to_pylist()
    assert row["text"] == "😀"


def test_everything_in_a_task_is_in_a_table_or_counted() -> None:
    (task,) = made(1)
    task |= {"drafts": [{"result": []}, {"result": []}], "predictions": [{"id": 1}], "inner_id": 4, "meta": None}
    stray = {"id": "q", "from_name": "fremd", "type": "rating", "value": {"rating": 3}, "score": 0.5}
    task["annotations"] = [{"id": 1, "unique_id": "u", "result": [stray], "prediction": {}, "task": 1}]
    for tasks in ([task], [task, {**task, "id": 1.0}]):
        counts = tabulate_all(tasks, SCHEME).counts
        assert counts["drafts"] == 2 * len(tasks)
        assert counts["predictions"] == len(tasks)
        assert counts[f"rows of an unknown kind: rating 'fremd', as in {task['data']['article_id']}"] == 1
        fields = {name.split(": ")[1]: n for name, n in counts.items() if name.startswith("fields")}
        wanted = {"task.inner_id", "annotation.prediction", "annotation.task", "result.score", "value.rating"}
        assert fields == dict.fromkeys(wanted, len(tasks))


def test_a_folder_of_parquet_holds_the_same_rows(tmp_path: Path, wanted: dict[str, pa.Table]) -> None:
    made_of = tabulate_into(write(tmp_path, as_array(made())), SCHEME, tmp_path / "out", gold=True)
    assert not made_of.faults
    for name, table in wanted.items():
        if name != "agreement":
            found = pq.read_table(tmp_path / "out" / f"{name}.parquet")
            assert found.sort_by(table.column_names[0]).equals(table.sort_by(table.column_names[0])), name
    with pytest.raises(UsageError, match="GP-TAB-007"):
        tabulate_into(made(), SCHEME, tmp_path / "out")


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path, broken_lines((8, b"{")), "tasks.jsonl")
    for linked in (True, False):
        with pytest.raises(DataError, match="GP-TAB-003"):
            tabulate_into(path, SCHEME, tmp_path / "out", linked=linked)
    assert [entry.name for entry in tmp_path.iterdir()] == ["tasks.jsonl"]
    with pytest.raises(SurroundingsError, match="GP-TAB-008"):
        tabulate_into(made(), SCHEME, path / "below" / "out")


def test_small_shards_and_processes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, pa.Table]
) -> None:
    path = write(tmp_path, as_array(made()))
    monkeypatch.setattr("goldpress.annotations.assembly.rounds.SHARD", 20_000)
    for workers in (1, 2):
        assert_equal(tabulate(path, SCHEME, workers=workers), wanted)


def test_converting_does_not_import_pandas(tmp_path: Path) -> None:
    path = write(tmp_path, as_array(made()))
    script = (
        "import sys; from goldpress.annotations.assembly.intake import tabulate_into; "
        "from goldpress.schemas.scheme import load_scheme; "
        f"tabulate_into({str(path)!r}, load_scheme({str(Path(__file__).parent.parent / 'schemas' / 'scheme.toml')!r}), "
        f"{str(tmp_path / 'out')!r}); print(sorted({{'pandas', 'polars', 'duckdb', 'scipy'}} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_real_server_gave_goes_through_with_nothing_unaccounted_for(repository: Path) -> None:
    scheme = load_scheme(repository / "schemas" / "scheme.toml")
    for path in sorted((repository / "annotations").glob("*.jsonl")):
        pulled = [json.loads(line) for line in path.read_bytes().splitlines()[1:]]
        found = tabulate_all(path, scheme, gold=False)
        assert not found.faults
        seen = {name for name in found.counts if not name.startswith("fields")}
        assert seen <= {"tasks nobody has submitted", "drafts"}
        results = [row for task in pulled for one in task["annotations"] for row in one["result"]]
        kinds = Counter(row["type"] for row in results)
        dropped = Counter(row["check_id"] for row in found.tables["repairs"].to_pylist() if row["new"] is None)
        assert kinds["labels"] == found.tables["spans"].num_rows + dropped["S2"]
        assert kinds["relation"] == found.tables["relations"].num_rows + dropped["C8"]
        for batch in read_batches(list(spots_of(path, scheme))):
            columns, rows = by_columns(batch, scheme, {}), by_rows(batch, scheme, {})
            assert columns is not None
            for name, table in rows.tables.items():
                key = table.column_names[0]
                assert columns.tables[name].sort_by(key).equals(table.sort_by(key)), name
