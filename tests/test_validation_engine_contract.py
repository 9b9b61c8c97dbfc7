"""What we rely on in Great Expectations, one test a thing: an upgrade that moves one of them says so by name.

The engine is used for single columns, from a context without files, and trusted with nothing that it passes in silence.
"""

import contextlib
import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goldpress.validation.engine import Engine, quiet

if TYPE_CHECKING:
    import pandas as pd

COLUMN: dict[str, Any] = {"kwargs": {"column": "a"}, "severity": "critical", "meta": {"check_id": "X1"}}
NOT_NULL = COLUMN | {"type": "expect_column_values_to_not_be_null", "description": "It is there."}
MAX = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "a", "min_value": 1}}
IN_SET = COLUMN | {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": ["x"]}}


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    with quiet():
        yield


@pytest.fixture
def context() -> Any:
    import great_expectations as gx

    found: Any = gx.get_context(mode="ephemeral")
    found.variables.progress_bars = {"globally": False}
    return found


def run(context: Any, frame: "pd.DataFrame", *entries: dict[str, Any], form: str = "SUMMARY") -> Any:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    built = [ExpectationConfiguration(**entry).to_domain_obj() for entry in entries]
    batch = context.data_sources.add_pandas("t").add_dataframe_asset("t").add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="t", expectations=built))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="t", data=batch, suite=suite))
    try:
        return definition.run(batch_parameters={"dataframe": frame}, result_format=form)
    finally:
        context.validation_definitions.delete("t")
        context.data_sources.delete("t")
        context.suites.delete("t")


def column(*values: Any) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({"a": pd.Series(list(values), dtype=object)})


# ── What it does in silence ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", [{"type": "expect_column_values_to_not_be_nul"}, {"severity": "criticl"}])
def test_a_suite_drops_entries_that_it_does_not_know(fault: dict[str, str]) -> None:
    """The reason for our loader. Should this fail one day, the engine has become strict."""
    import great_expectations as gx

    assert len(gx.ExpectationSuite(name="t", expectations=[NOT_NULL, NOT_NULL | fault]).expectations) == 1


def test_an_entry_built_alone_is_refused_with_its_name() -> None:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    config = ExpectationConfiguration(**(NOT_NULL | {"type": "expect_column_values_to_not_be_nul"}))
    with pytest.raises(Exception, match="expect_column_values_to_not_be_nul not found"):
        config.to_domain_obj()


def test_a_suite_without_entries_passes(context: Any) -> None:
    assert run(context, column("x")).success


def test_nulls_pass_what_is_asked_of_values(context: Any) -> None:
    assert run(context, column("x", None), IN_SET).success


@pytest.mark.parametrize("entry", [NOT_NULL, IN_SET])
def test_an_empty_table_passes_what_is_asked_of_rows(entry: dict[str, Any], context: Any) -> None:
    assert run(context, column(), entry).success


def test_rows_found_by_a_query_do_not_work_on_frames(context: Any) -> None:
    entry = COLUMN | {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": "SELECT * FROM {batch}"},
    }
    (single,) = run(context, column("x"), entry).results
    assert (single.success, single.result) == (False, {})


# ── What it answers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_result_has_the_counts_and_a_few_values_that_we_read(context: Any) -> None:
    (single,) = run(context, column(*["y"] * 500, "x"), IN_SET).results
    assert (single.success, single.result["element_count"], single.result["unexpected_count"]) == (False, 501, 500)
    assert len(single.result["partial_unexpected_list"]) == 20
    assert "unexpected_index_list" not in single.result


def test_check_severity_and_sentence_come_back_with_the_result(context: Any) -> None:
    (single,) = run(context, column(None), NOT_NULL | {"severity": "warning"}).results
    config = single.expectation_config
    assert (config.type, config.kwargs["column"]) == (NOT_NULL["type"], "a")
    assert (config.meta["check_id"], config.severity.value, config.description) == ("X1", "warning", "It is there.")


def test_a_metric_that_fails_leaves_no_result_and_the_severity_that_was_declared(context: Any) -> None:
    (single,) = run(context, column("x"), NOT_NULL | {"kwargs": {"column": "b"}, "severity": "info"}).results
    assert (single.success, single.result) == (False, {})
    assert single.expectation_config.severity.value == "info"


def test_success_as_a_whole_is_false_for_a_mere_warning(context: Any) -> None:
    """The reason why our gate looks at single results."""
    assert not run(context, column(None), NOT_NULL | {"severity": "warning"}).success


def test_the_kinds_that_we_use_are_there() -> None:
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    import goldpress.validation.expectations  # noqa: F401 - registers ours

    rows = {"expect_column_values_to_not_be_null", "expect_column_values_to_be_in_set"}
    rows |= {"expect_column_values_to_be_unique", "expect_column_values_to_match_regex"}
    rows |= {"expect_table_row_count_to_be_between", "expect_column_values_to_be_between"}
    ours = {"expect_fact_to_hold", "expect_reference_to_resolve"}
    assert rows | ours <= set(list_registered_expectation_implementations())


def test_sources_have_the_names_that_are_documented(context: Any) -> None:
    """Frames are what we use; Spark and SQL are what others may put the same suites on."""
    for name in ("add_pandas", "add_spark", "add_sql", "add_sqlite", "add_postgres", "delete"):
        assert callable(getattr(context.data_sources, name)), name


# ── How it behaves ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_context_without_files_writes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    run(context, column("x"), NOT_NULL)
    assert list(tmp_path.rglob("*")) == []


def test_nothing_that_counts_users_is_loaded(context: Any) -> None:
    run(context, column("x"), NOT_NULL)
    assert not [name for name in sys.modules if name.partition(".")[0] in ("posthog", "segment", "analytics")]


def test_a_run_prints_nothing_and_draws_no_bars(context: Any) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as err, contextlib.redirect_stdout(io.StringIO()) as out:
        run(context, column("x", None), NOT_NULL, IN_SET)
    assert (err.getvalue(), out.getvalue()) == ("", "")


def test_importing_it_takes_warnings_away_from_the_caller_and_quiet_gives_them_back(tmp_path: Path) -> None:
    """In a process of its own, since an import happens once. Not by ``-c``: beside Spark that ends in silence."""
    script = tmp_path / "shown.py"
    script.write_text(
        "import warnings\nshown = warnings.showwarning\nimport great_expectations\n"
        "taken = warnings.showwarning is not shown\nfrom goldpress.validation.engine import quiet\n"
        "with quiet():\n    pass\nwarnings.showwarning = shown\n"
        "with quiet():\n    pass\nprint('taken', taken, 'back', warnings.showwarning is shown)\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "taken True back True"


def test_the_noise_that_we_silence_comes_from_the_loggers_that_we_name(context: Any) -> None:
    from goldpress.validation.engine import NOISY

    heard: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: heard.append(record.name)  # type: ignore[method-assign]
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    try:
        run(context, column({"x": 1}, {"x": 2}), COLUMN | MAX)
        test_a_suite_drops_entries_that_it_does_not_know({"severity": "criticl"})
    finally:
        logging.getLogger().removeHandler(handler)
    assert heard
    assert {name for name in heard if name.startswith("great_expectations")} <= set(NOISY)


# ── What pages are made of ──────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_made_of_the_parts_that_ours_are(context: Any) -> None:
    from great_expectations.render.renderer.content_block.validation_results_table_content_block import (
        ValidationResultsTableContentBlockRenderer,
    )
    from great_expectations.render.view.view import DefaultJinjaPageView

    found = list(run(context, column(None), NOT_NULL).results)
    block: Any = ValidationResultsTableContentBlockRenderer.render(found)
    assert [len(row) for row in block.table] == [3]
    assert len(block.header_row) == 3
    view: Any = DefaultJinjaPageView()
    assert {"page.j2", "section.j2"} <= set(view.env.list_templates())


def test_values_are_put_into_pages_as_they_are(context: Any) -> None:
    """The reason why ours are written out first. Should this fail one day, that may go."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    document = ValidationResultsPageRenderer().render(run(context, column("<script>x</script>"), IN_SET))
    view: Any = DefaultJinjaPageView()
    assert "<script>x</script>" in view.render(document)


def test_our_own_expectations_say_rows_and_advice_on_their_page(context: Any, tmp_path: Path) -> None:
    from goldpress.validation.datadocs import write_docs
    from goldpress.validation.verdict import Verdict

    held = {"type": "expect_fact_to_hold", "kwargs": {"column": "a"}, "description": "A span is bare."}
    result = run(context, column(True, False, False), COLUMN | held | {"meta": {"check_id": "T6.spans"}})
    write_docs(tmp_path, Verdict([], 1, {"spans": 3}), {"spans": result})
    page = (tmp_path / "spans.html").read_text("utf-8")
    assert "2 of 3 rows break it" in page
    assert "Try: mark the words only" in page
    assert "Unexpected Value" not in page


def test_a_run_frees_what_it_judged(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(f'{{"name": "t", "expectations": [{_json(NOT_NULL)}]}}', "utf-8")
    engine = Engine(tmp_path)
    engine.judge("t", column("x"))
    assert engine.context.data_sources.all() == {}


def _json(entry: dict[str, Any]) -> str:
    import json

    return json.dumps(entry)
