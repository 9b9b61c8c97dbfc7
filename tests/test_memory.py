"""Tables that are set aside to files."""

import errno
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from goldpress.memory import LARGE, give_back, set_aside


def test_a_large_table_lies_in_a_file_that_nobody_sees_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words = ["ä", None, "x" * 1000] * (LARGE // 1000)
    table = pa.table({"words": words, "lists": [[1], None, []] * (LARGE // 1000)})
    before = pa.total_allocated_bytes()
    aside = set_aside(table)
    assert pa.total_allocated_bytes() - before < LARGE / 4
    assert not list(tmp_path.iterdir())
    give_back()
    assert aside.equals(table)
    small = table.slice(0, 3)
    assert set_aside(small) is small


def test_without_room_a_table_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    table = pa.table({"words": ["x" * 1000] * (LARGE // 1000 + 1)})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(pa, "OSFile", full)
    assert set_aside(table) is table
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    assert set_aside(table) is table
