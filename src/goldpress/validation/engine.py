"""Great Expectations, kept in its place: an ephemeral context, no files, no network, no noise."""

import contextlib
import gc
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.errors import UsageError
from goldpress.validation.suites import load_suite, suite_columns, suite_kinds

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations.expectation import Expectation

NOISY = ("great_expectations.validator.metrics_calculator", "great_expectations.core.expectation_suite")
ROWS = (
    "expect_fact_to_hold",
    "expect_reference_to_resolve",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_unique",
    "expect_column_values_to_match_regex",
)
"""Kinds that say all about a column by passing: no row of it breaks them."""
TOLD_APART = {"expect_column_values_to_be_unique", "expect_column_values_to_not_be_null"}
MANY = 100_000
"""Rows from which on a table is worth looking for what nobody holds any more."""
HASHED = 100_000
"""Values that are hashed at a time."""
SEVERITIES = {"critical": "error", "warning": "warning", "info": "info"}


@dataclass(frozen=True)
class Judgement:
    """One expectation on one table: whether it holds, and if not, how many rows break it."""

    check_id: str
    table: str
    severity: str
    sentence: str
    hint: str
    kind: str
    kwargs: dict[str, Any]
    success: bool
    broken: bool
    count: int


class Engine:
    """Runs suites over check views.

    Attributes:
        results: The engine's own result of each table, without values but for a few samples.
    """

    def __init__(self, folder: Path) -> None:
        import great_expectations as gx
        from great_expectations.core.run_identifier import RunIdentifier

        self.folder = folder
        context: Any = gx.get_context(mode="ephemeral")
        self.context = context
        context.variables.progress_bars = {"globally": False}
        self.results: dict[str, Any] = {}
        self._run_id = RunIdentifier(run_name="goldpress")

    def judge(self, name: str, view: "pd.DataFrame") -> list[Judgement]:
        """Return the judgement of every entry of a table's suite.

        Raises:
            UsageError: The suite does not load (GP-VALID-002), or names a column that is not there (GP-VALID-003).
        """
        path = self.folder / f"{name}.json"
        suite = load_suite(path)
        _columns_exist(path, view)
        # Most entries pass, and those are quick where nothing is counted: only what is left is looked at closely.
        result = self._run(name, suite.expectations, view, "BOOLEAN_ONLY")
        closely = {_id(single) for single in result.results if not _says_all(single)}
        again = [entry for entry in suite.expectations if (entry.meta or {})["check_id"] in closely]
        found = self._run(name, again, view, "SUMMARY").results if again else []
        counted = {_id(single): single for single in found}
        if len(result.results) != len(suite.expectations) or len(counted) != len(closely):
            raise UsageError("GP-VALID-004", "the engine lost results", where=path, hint="report this with the suite")
        result.results = [counted.get(_id(single)) or _passed(single, view) for single in result.results]
        self.results[name] = result
        return [_judgement(name, single) for single in result.results]

    def columns(self, name: str) -> dict[str, set[str]]:
        """Return the columns that a table's suite looks at, and the kinds of expectation that look at each.

        Raises:
            UsageError: The table has no suite (GP-VALID-001), or it is none (GP-VALID-002).
        """
        return suite_kinds(self.folder / f"{name}.json")

    def _run(self, name: str, entries: "Sequence[Expectation]", view: "pd.DataFrame", detail: str) -> Any:
        """The engine's result of some entries: it sees the columns that they look at, for it copies what it sees.

        Its validator gets the frame itself. A source, a suite and a definition in the context would each be written as
        YAML, and the result as JSON, to be thrown away: half a second a run, and the frame would live on in a source.
        """
        from great_expectations.core import ExpectationSuiteValidationResult
        from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
        from great_expectations.validator.validation_statistics import calc_validation_statistics
        from great_expectations.validator.validator import Validator

        wanted = {str(getattr(entry, "column", "")) for entry in entries}
        seen = view[[column for column in view.columns if column in wanted]]
        if detail == "BOOLEAN_ONLY":
            seen = seen.assign(**{column: _coded(seen[column]) for column in _only_told_apart(entries)})
        engine = PandasExecutionEngine()
        engine.load_batch_data(name, seen)
        validator = Validator(execution_engine=engine, data_context=self.context)
        configurations = validator.process_expectations_for_validation([entry.configuration for entry in entries])
        results = validator.graph_validate(configurations, runtime_configuration={"result_format": detail})
        if len(seen) > MANY:
            del validator, engine, seen
            gc.collect()  # they hold each other
        statistics = calc_validation_statistics(results)
        return ExpectationSuiteValidationResult(
            results=results,
            success=statistics.success,
            suite_name=name,
            statistics=statistics._asdict(),
            meta={"run_id": self._run_id, "great_expectations_version": version("great_expectations")},
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Load and run the engine without its noise; the caller's warnings are as they were afterwards."""
    levels = {name: logging.getLogger(name).level for name in NOISY}
    shown: Callable[..., None] = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations  # noqa: F401 - imported here once, since importing it changes how warnings are shown

        logging.captureWarnings(False)
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            warnings.showwarning = shown


def _columns_exist(path: Path, view: "pd.DataFrame") -> None:
    for check_id, column in suite_columns(path):
        if column not in view.columns:
            raise UsageError(
                "GP-VALID-003",
                f"check {check_id} looks at a column '{column}', which the check view does not have",
                where=path,
                hint=f"it has {', '.join(map(str, view.columns))}",
            )


def _id(single: Any) -> str:
    return str(single.expectation_config.meta["check_id"])


def _says_all(single: Any) -> bool:
    """Whether it is known of every row that it does not break the entry."""
    config = single.expectation_config
    return bool(single.success and config.type in ROWS and config.kwargs.get("mostly", 1) == 1)


def _passed(single: Any, view: "pd.DataFrame") -> Any:
    """The result of an entry that no row breaks, with the counts that pages and JSON show."""
    missing = int(view[single.expectation_config.kwargs["column"]].isna().sum())
    rows = len(view)
    single.result = {
        "element_count": rows,
        "missing_count": missing,
        "missing_percent": 100 * missing / rows if rows else None,
        "unexpected_count": 0,
        "unexpected_percent": 0.0,
        "partial_unexpected_list": [],
    }
    return single


def _only_told_apart(entries: "Sequence[Expectation]") -> list[str]:
    """Columns whose values are compared with each other and with nothing else: keys."""
    kinds: dict[str, set[str]] = {}
    for entry in entries:
        kinds.setdefault(str(getattr(entry, "column", "")), set()).add(str(entry.expectation_type))
    return [column for column, found in kinds.items() if "expect_column_values_to_be_unique" in found <= TOLD_APART]


def _coded(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers for values, equal for equal ones: the engine compares them many times faster than texts.

    They are hashes, made a part at a time, for a table of all texts takes twice their memory. Should two texts ever
    have one, the entry that this breaks is looked at again with the texts themselves.
    """
    import numpy as np
    import pandas as pd

    codes = np.empty(len(values), dtype=np.uint64)
    for begin in range(0, len(values), HASHED):
        part = slice(begin, begin + HASHED)
        codes[part] = pd.util.hash_pandas_object(values.iloc[part], index=False).to_numpy()
    return pd.Series(codes, index=values.index).where(values.notna())


def _judgement(table: str, single: Any) -> Judgement:
    config = single.expectation_config
    result = single.result or {}
    # An errored metric has no result: that is a broken check, whatever severity it declares.
    broken = not single.success and not single.result
    return Judgement(
        check_id=config.meta["check_id"],
        table=table,
        severity="broken" if broken else SEVERITIES[config.severity.value],
        sentence=config.description or config.type,
        hint=config.meta.get("hint", ""),
        kind=config.type,
        kwargs=dict(config.kwargs),
        success=bool(single.success),
        broken=broken,
        count=int(result.get("unexpected_count") or 0),
    )
