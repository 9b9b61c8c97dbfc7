"""Tables that somebody else wrote: other types, unlike files, empty, cut off; told in words, never a traceback."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goldpress.errors import DataError, GoldpressError, UsageError
from goldpress.validation import validate
from goldpress.validation.frames import Frames
from goldpress.validation.sources import Folder
from validation_cases import ROOT, SCHEME, Tables, checks_of, clean_tables, found_in

OTHERS: dict[str, Any] = {
    "numbers": lambda rows: pa.array(range(rows), pa.int64()),
    "shares": lambda rows: pa.array([0.5] * rows),
    "words": lambda rows: pa.array(["x"] * rows),
    "views of words": lambda rows: pa.array(["x"] * rows, pa.string_view()),
    "lists": lambda rows: pa.array([["x"]] * rows),
    "bytes": lambda rows: pa.array([b"x"] * rows),
    "nothing": pa.nulls,
}
COLUMNS = (
    "articles.article_id",
    "articles.text",
    "articles.published_at",
    "annotations.annotation_id",
    "annotations.annotator_pid",
    "annotations.created_at",
    "annotations.lead_time_s",
    "spans.article_id",
    "spans.start",
    "spans.label",
    "claims.claim_date",
    "claims.topic",
    "relations.from_span",
    "stances.claimer_entity_id",
    "gold_provenance.votes",
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return clean_tables(tmp_path_factory.mktemp("clean"))


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_another_type_is_told_and_breaks_nothing(column: str, other: str, clean: Tables) -> None:
    table, _, name = column.partition(".")
    given = clean[table]
    at = given.schema.get_field_index(name)
    values = OTHERS[other](given.num_rows)
    if values.type == given.schema.field(at).type:
        return
    frames = Frames({**clean, table: given.set_column(at, name, values)}, SCHEME, overlap=2)
    assert outcome(frames) in ("D11", "GP-VALID-010")


@pytest.mark.parametrize(
    "column",
    ["annotations.annotator_pid", "annotations.article_id", "spans.annotation_id", "spans.label", "spans.start"],
)
def test_a_gap_where_none_may_be_is_found_and_ends_no_other_check(column: str, clean: Tables) -> None:
    table, _, name = column.partition(".")
    given = clean[table]
    at, values = given.schema.get_field_index(name), given[name].combine_chunks()
    gap = pa.array([None, *values.to_pylist()[1:]], values.type)
    frames = Frames({**clean, table: given.set_column(at, name, gap)}, SCHEME, overlap=2)
    assert f"D11.{column}.given" in found_in(frames)


def outcome(frames: Frames) -> str:
    try:
        return "D11" if "D11" in checks_of(found_in(frames)) else "passed"
    except GoldpressError as error:
        return error.code if error.hint else "no hint"


@pytest.mark.parametrize("column", ["articles.title", "annotations.lead_time_s", "spans.kb_id", "claims.topic"])
def test_a_column_that_may_be_empty_and_is_not_there_is_told(column: str, clean: Tables) -> None:
    """As in an older release, from before the column was added."""
    table, _, name = column.partition(".")
    frames = Frames({**clean, table: clean[table].drop_columns([name])}, SCHEME, overlap=2)
    assert found_in(frames)["D11.measures"] == [f"D11 {table}: {name}"]


def write(folder: Path, tables: Tables) -> None:
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("cut off", "GP-VALID-009"),
        ("a column less", "GP-VALID-008"),
        ("words for numbers", "GP-VALID-015"),
        ("files that do not go together", "GP-VALID-009"),
        ("other tables", "GP-VALID-007"),
        ("nothing", "GP-VALID-007"),
    ],
)
def test_a_folder_that_cannot_be_judged_is_refused(fault: str, code: str, clean: Tables, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    write(folder, {name: clean[name] for name in ("articles", "annotations", "spans")})
    path = folder / "spans.parquet"
    if fault == "cut off":
        path.write_bytes(path.read_bytes()[:-100])
    elif fault == "a column less":
        pq.write_table(clean["spans"].drop_columns(["label"]), path)
    elif fault == "words for numbers":
        at = clean["spans"].schema.get_field_index("start")
        pq.write_table(clean["spans"].set_column(at, "start", clean["spans"]["start"].cast(pa.string())), path)
    elif fault == "files that do not go together":
        (folder / "spans").mkdir()
        pq.write_table(clean["spans"], folder / "spans" / "a.parquet")
        pq.write_table(pa.table({"span_id": [1, 2]}), folder / "spans" / "b.parquet")
    elif fault == "other tables":
        folder = tmp_path / "others"
        write(folder, {"tweets": pa.table({"id": [1]})})
    else:
        folder = tmp_path / "missing"
    with pytest.raises((UsageError, DataError)) as error:
        validate(ROOT, folder=folder, report=tmp_path / "pages")
    assert error.value.code == code
    assert str(folder) in str(error.value)


def test_a_column_in_which_nothing_stands_has_the_type_of_the_data_dictionary(clean: Tables, tmp_path: Path) -> None:
    """As pandas writes a column of None."""
    given = clean["annotations"]
    at = given.schema.get_field_index("lead_time_s")
    nothing = given.set_column(at, "lead_time_s", pa.nulls(given.num_rows))
    write(tmp_path / "theirs", {**clean, "annotations": nothing})
    read = Folder(tmp_path / "theirs", SCHEME)["annotations"]
    assert read.schema.field(at).type == given.schema.field(at).type
    assert read["lead_time_s"].null_count == given.num_rows


def test_tables_without_rows_are_no_pass(clean: Tables, tmp_path: Path) -> None:
    write(tmp_path / "theirs", {name: table.slice(0, 0) for name, table in clean.items()})
    verdict = validate(ROOT, folder=tmp_path / "theirs", report=tmp_path / "pages")
    assert not verdict.ok
    assert {"articles", "spans"} <= set(verdict.empty_tables)
    assert "the table is empty: nothing was judged" in (tmp_path / "pages" / "index.html").read_text("utf-8")
