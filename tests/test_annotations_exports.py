"""Exports are read piece by piece, and say the same as if they were read whole."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from goldpress.annotations.transport.exports import read_export
from goldpress.errors import DataError, UsageError

TASKS: list[dict[str, Any]] = [
    {"id": 1, "annotations": [], "data": {"text": 'eckig ] } [ { und "Zitat" \\ 😀', "article_id": "a"}},
    {"id": 2, "annotations": [{"id": 3, "result": []}], "data": {"text": "x", "list": [1, {"y": [2]}]}},
    {"data": {"text": ""}},
]
COMPACT = json.dumps(TASKS, ensure_ascii=False, separators=(",", ":")).encode()


def zstd(content: bytes) -> bytes:
    import pyarrow as pa

    return pa.compress(content, codec="zstd", asbytes=True)


LAYOUTS = {
    "array": COMPACT,
    "array with blanks": b"\xef\xbb\xbf \n" + json.dumps(TASKS, indent=2).encode() + b"\n\n",
    "lines": b"\n".join(json.dumps(task).encode() for task in TASKS),
    "lines with blanks": b"\xef\xbb\xbf" + b"\r\n\r\n".join(json.dumps(task).encode() for task in TASKS) + b"\r\n",
    "gzip": gzip.compress(COMPACT),
    "zstd": zstd(COMPACT),
}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "export.json"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_tasks(layout: str, tmp_path: Path) -> None:
    assert list(read_export(written(tmp_path, LAYOUTS[layout]))) == TASKS


@pytest.mark.parametrize("content", [b"[]", b" [ ] \n", b"\xef\xbb\xbf[]"])
def test_an_empty_array_has_no_tasks(content: bytes, tmp_path: Path) -> None:
    assert list(read_export(written(tmp_path, content))) == []


@pytest.mark.parametrize("cut", [*range(1, len(COMPACT), 7), len(COMPACT) - 1])
def test_an_array_that_is_cut_off_anywhere_is_an_error(cut: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="GP-EXPORT-003"):
        list(read_export(written(tmp_path, COMPACT[:cut])))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "GP-EXPORT-002"),
        (b"\xef\xbb\xbf \n\n", "GP-EXPORT-002"),
        (COMPACT[:-1] + b",]", "GP-EXPORT-003"),
        (COMPACT + b"x", "GP-EXPORT-003"),
        (COMPACT.replace(b"},{", b"} {", 1), "GP-EXPORT-003"),
        (COMPACT.replace(b"},{", b"},,{", 1), "GP-EXPORT-003"),
        (COMPACT.replace(b"},{", b"},nil,{", 1), "GP-EXPORT-003"),
        (b"[" + b"[" * 5000, "GP-EXPORT-003"),
        (b'{"data": {"text": "x"}}\n{"data": ', "GP-EXPORT-003"),
        (b'[{"data": {"text": "\xff"}}]', "GP-EXPORT-003"),
        (COMPACT.replace(b"},{", b"},7,{", 1), "GP-EXPORT-004"),
        (COMPACT[:-1] + b",null]", "GP-EXPORT-004"),
        (b'["a", "b"]', "GP-EXPORT-004"),
        (b'[[{"data": {}}]]', "GP-EXPORT-004"),
        (b'[{"text": "JSON-MIN"}]', "GP-EXPORT-004"),
        (b"7\n", "GP-EXPORT-004"),
        (b'[{"data": {}, "annotations": [1, 2]}]', "GP-EXPORT-004"),
        (b'[{"data": {}, "annotations": [{"result": null}]}]', "GP-EXPORT-004"),
        (gzip.compress(COMPACT)[:-12], "GP-TAB-009"),
        (b"\x1f\x8bno gzip at all", "GP-TAB-009"),
        (zstd(COMPACT)[:-12], "GP-TAB-009"),
        (COMPACT.decode().encode("utf-16"), "GP-TAB-009"),
    ],
)
def test_what_is_no_export_is_named(content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=code):
        list(read_export(written(tmp_path, content)))


@pytest.mark.parametrize(
    ("content", "left", "wrong"),
    [
        (COMPACT.replace(b'"annotations":[],', b'"annotations":[nil],'), TASKS[1:], ["task 1 at byte 1"]),
        (COMPACT.replace(b"},{", b"},7,{", 1), TASKS, ["entry 2"]),
        (COMPACT[:-20], TASKS[:2], ["task 3 at byte", "no comma or bracket"]),
        (LAYOUTS["lines"].replace(b"\n", b"\n{\n", 1), TASKS, ["line 2"]),
    ],
)
def test_broken_entries_are_set_aside_by_their_place(
    content: bytes, left: list[Any], wrong: list[str], tmp_path: Path
) -> None:
    broken: list[DataError] = []
    assert list(read_export(written(tmp_path, content), broken=broken)) == left
    assert len(broken) == len(wrong)
    assert all(place in fault.what for place, fault in zip(wrong, broken, strict=True))


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GP-EXPORT-001"):
        list(read_export(tmp_path / "none.json"))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    task = json.dumps({"id": 1, "annotations": [], "data": {"text": "Vogt sagte nichts. " * 500}})
    path = written(tmp_path, ("[" + ",".join([task] * 4000) + "]").encode())
    assert path.stat().st_size > 35 * 2**20
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_export(path)) == 4000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**24
