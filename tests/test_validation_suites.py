"""Suites are loaded whole or not at all: what Great Expectations would drop in silence is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from goldpress.errors import UsageError
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.suites import MEASURES, suites, superfluous
from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.engine import Engine, quiet
from goldpress.validation.offenders import offenders
from goldpress.validation.suites import load_suite, refuse_unclaimed

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
ENTRY: dict[str, Any] = {
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "a"},
    "severity": "critical",
    "description": "It is there.",
    "meta": {"check_id": "X1.rows.a"},
}
ROWS: dict[str, Any] = {
    "type": "expect_table_row_count_to_be_between",
    "kwargs": {"min_value": 1},
    "severity": "critical",
    "meta": {"check_id": "X2.rows"},
}


def write(folder: Path, *entries: Any, name: str = "rows") -> Path:
    path = folder / "rows.json"
    path.write_text(json.dumps({"name": name, "expectations": list(entries)}), "utf-8")
    return path


FAULTS: dict[str, dict[str, Any]] = {
    "unknown kind": {"type": "expect_column_values_to_not_be_nul"},
    "unknown severity": {"severity": "criticl"},
    "unknown argument": {"kwargs": {"column": "a", "colour": 1}},
    "missing argument": {"kwargs": {}},
    "unknown key": {"severty": "critical"},
    "old key": {"expectation_type": "expect_column_values_to_not_be_null"},
    "impossible share": {"kwargs": {"column": "a", "mostly": 1.5}},
    "share that always passes": {"kwargs": {"column": "a", "mostly": 0}},
    "set that is none": {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": None}},
    "no bounds": {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a"}},
    "set of our own that takes all": {
        "type": "expect_fact_to_hold",
        "kwargs": {"column": "a", "value_set": [True, False]},
    },
    "kind that looks at the columns": {"type": "expect_table_columns_to_match_set", "kwargs": {"column_set": ["a"]}},
    "some rows only": {"kwargs": {"column": "a", "row_condition": 'b=="x"', "condition_parser": "pandas"}},
    "kind that does not run here": {"type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": "x"}},
    "kind that runs row by row": {"type": "expect_column_values_to_be_json_parseable"},
    "no check": {"meta": {}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_entry_that_does_not_hold_is_refused(fault: str, tmp_path: Path) -> None:
    path = write(tmp_path, ENTRY | FAULTS[fault])
    with quiet(), pytest.raises(UsageError) as error:
        load_suite(path)
    assert error.value.code == "GP-VALID-002"
    assert "rows.json" in str(error.value)


def test_the_engine_itself_still_drops_what_it_does_not_know() -> None:
    """Should this fail one day, the engine has become strict, and our loader may go."""
    import great_expectations as gx

    with quiet():
        suite = gx.ExpectationSuite(name="x", expectations=[ENTRY, ENTRY | FAULTS["unknown kind"]])
    assert len(suite.expectations) == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "not JSON"),
        ("[]", "no list of expectations"),
        ('{"name": "rows"}', "no list of expectations"),
        ('{"name": "rows", "expectations": []}', "empty"),
        ('{"name": "rows", "expectations": [1]}', "no list of expectations"),
        ('{"name": "other", "expectations": [{"meta": {"check_id": "X1"}}]}', "not called rows"),
    ],
)
def test_a_file_that_is_no_suite_is_refused(content: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=what):
        load_suite(path)


def test_the_same_check_twice_in_a_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stands twice"):
        load_suite(write(tmp_path, ENTRY, ENTRY))


def test_a_table_without_a_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        load_suite(tmp_path / "rows.json")
    assert error.value.code == "GP-VALID-001"


def test_a_column_that_the_view_lacks_is_refused(tmp_path: Path) -> None:
    import pandas as pd

    write(tmp_path, ENTRY)
    with quiet(), pytest.raises(UsageError) as error:
        Engine(tmp_path).judge("rows", pd.DataFrame({"b": [1]}))
    assert error.value.code == "GP-VALID-003"


STRANGE: dict[str, Any] = {
    "name": "quarterly",
    "expectations": [
        {"id": None, "type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "meta": {}},
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "a", "max_value": 3},
            "severity": "warning",
        },
    ],
    "meta": {"great_expectations_version": "1.24.1"},
    "notes": None,
}


@pytest.mark.parametrize(
    ("file", "meta", "ids"),
    [
        ("rows.quarterly.json", {}, ["quarterly.rows.1", "quarterly.rows.2"]),
        ("rows.of.may.json", {}, ["of-may.rows.1", "of-may.rows.2"]),
        ("quarterly.json", {"table": "rows"}, ["quarterly.rows.1", "quarterly.rows.2"]),
    ],
)
def test_a_suite_that_somebody_brings_is_run_beside_the_tables_own(
    file: str, meta: dict[str, str], ids: list[str], tmp_path: Path
) -> None:
    """As Great Expectations writes one, without checks in its meta."""
    import pandas as pd

    write(tmp_path, ENTRY)
    (tmp_path / file).write_text(json.dumps({**STRANGE, "meta": {**STRANGE["meta"], **meta}}), "utf-8")
    refuse_unclaimed(tmp_path, ["rows"])
    with quiet():
        judged = {one.check_id: one for one in Engine(tmp_path).judge("rows", pd.DataFrame({"a": [1, 5]}))}
    assert set(judged) == {"X1.rows.a", *ids}
    assert {name: (one.success, one.severity) for name, one in judged.items()} == {
        "X1.rows.a": (True, "error"),
        ids[0]: (True, "error"),
        ids[1]: (False, "warning"),
    }


def test_a_suite_brought_along_is_held_to_the_same_rules(tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    entry = {"type": "expect_column_values_to_not_be_nul", "kwargs": {"column": "a"}}
    (tmp_path / "rows.theirs.json").write_text(json.dumps({"expectations": [entry]}), "utf-8")
    with quiet(), pytest.raises(UsageError, match=r"rows\.theirs\.json, expectation 1") as error:
        load_suite(tmp_path / "rows.json")
    assert error.value.code == "GP-VALID-002"


@pytest.mark.parametrize(
    ("file", "content", "code", "what"),
    [
        ("quarterly.json", STRANGE, "GP-VALID-012", "no table"),
        ("spons.quarterly.json", STRANGE, "GP-VALID-012", "the table spons"),
        ("quarterly.json", {**STRANGE, "meta": {"table": "spons"}}, "GP-VALID-012", "the table spons"),
        ("notes.json", {"todo": []}, "GP-VALID-002", "no list of expectations"),
        ("rows.later.json", {"expectations": []}, "GP-VALID-002", "an empty one"),
    ],
)
def test_a_suite_that_would_never_run_is_refused(
    file: str, content: dict[str, Any], code: str, what: str, tmp_path: Path
) -> None:
    write(tmp_path, ENTRY)
    (tmp_path / file).write_text(json.dumps(content), "utf-8")
    with pytest.raises(UsageError, match=what) as error:
        refuse_unclaimed(tmp_path, ["rows"])
    assert (error.value.code, str(tmp_path / file) in str(error.value)) == (code, True)


def test_what_is_generated_leaves_suites_that_somebody_brought(tmp_path: Path) -> None:
    (tmp_path / "spans.quarterly.json").write_text(json.dumps(STRANGE), "utf-8")
    assert superfluous(tmp_path, set(suites(SCHEME, tmp_path))) == []


@pytest.mark.parametrize(
    ("kind", "kwargs", "rows"),
    [
        ("values_to_be_null", {}, [0, 1, 2, 3]),
        ("values_to_not_be_null", {}, [4]),
        ("values_to_be_in_set", {"value_set": ["a"]}, [1, 2, 3]),
        ("values_to_not_be_in_set", {"value_set": ["a"]}, [0]),
        ("values_to_match_regex", {"regex": "^b"}, [0, 3]),
        ("values_to_not_match_regex", {"regex": "^b"}, [1, 2]),
        ("values_to_be_unique", {}, [1, 2]),
        ("value_lengths_to_be_between", {"min_value": 2}, [0]),
        ("value_lengths_to_equal", {"value": 3}, [0, 1, 2]),
        ("values_to_be_between", {"min_value": 1, "strict_min": True, "max_value": 2}, [0, 3]),
    ],
)
def test_the_rows_that_are_named_are_those_that_the_engine_counts(
    kind: str, kwargs: dict[str, Any], rows: list[int], tmp_path: Path
) -> None:
    import pandas as pd

    values: list[Any] = [1, 2, 2, 3, None] if kind == "values_to_be_between" else ["a", "bb", "bb", "ccc", None]
    view = pd.DataFrame({"a": pd.Series(values, dtype=None if values[0] == 1 else object)})
    write(tmp_path, ENTRY | {"type": f"expect_column_{kind}", "kwargs": {"column": "a", **kwargs}})
    with quiet():
        (judged,) = Engine(tmp_path).judge("rows", view)
    assert (judged.broken, offenders(view, judged).index.tolist(), judged.count) == (False, rows, len(rows))


def test_an_empty_table_does_not_pass_where_rows_are_needed(tmp_path: Path) -> None:
    import pandas as pd

    write(tmp_path, ENTRY, ROWS)
    with quiet():
        judged = {one.check_id: one for one in Engine(tmp_path).judge("rows", pd.DataFrame({"a": []}))}
    assert judged["X1.rows.a"].success
    assert not judged["X2.rows"].success


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_a_check_that_breaks_is_no_pass_whatever_it_declares(severity: str, tmp_path: Path) -> None:
    """Expectations on two columns are named by other keys, so that the view is not asked first."""
    import pandas as pd

    kind = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "a", "min_value": 1}, "severity": severity}
    write(tmp_path, ENTRY | kind)
    with quiet():
        (judged,) = Engine(tmp_path).judge("rows", pd.DataFrame({"a": [{"x": 1}, {"x": 2}]}))
    assert (judged.success, judged.severity) == (False, "broken")


def test_every_table_has_a_suite_and_every_suite_a_table(repository: Path) -> None:
    there = {path.stem for path in (repository / "validation").glob("*.json")}
    assert there == {*contracts_of(SCHEME), MEASURES}


def test_what_people_add_to_a_suite_stays_and_what_is_generated_is_as_the_scheme_says(tmp_path: Path) -> None:
    first = suites(SCHEME, tmp_path)[tmp_path / "spans.json"]
    content = json.loads(first)
    mine = ENTRY | {"meta": {"check_id": "X1.spans", "origin": "people"}}
    content["expectations"] = [*content["expectations"][:3], mine]
    (tmp_path / "spans.json").write_text(json.dumps(content), "utf-8")
    again = json.loads(suites(SCHEME, tmp_path)[tmp_path / "spans.json"])
    assert again["expectations"] == [*json.loads(first)["expectations"], mine]


def test_null_is_never_true_in_a_derived_column() -> None:
    import numpy as np
    import pandas as pd

    from goldpress.validation.views import _truths

    assert _truths([True, None, float("nan"), pd.NA, np.True_]) == [True, False, False, False, True]
    assert _truths(pd.array([True, None], dtype="boolean")) == [True, False]
