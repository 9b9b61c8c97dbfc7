"""Great Expectations, kept in its place: an ephemeral context, no files, no network, no noise."""

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.errors import UsageError
from goldpress.validation.suites import load_suite, suite_columns

if TYPE_CHECKING:
    import pandas as pd

NOISY = ("great_expectations.validator.metrics_calculator", "great_expectations.core.expectation_suite")
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
        import great_expectations as gx

        path = self.folder / f"{name}.json"
        suite = load_suite(path)
        _columns_exist(path, view)
        source = self.context.data_sources.add_pandas(name)
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        kept = self.context.suites.add(suite)
        definition = self.context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=kept))
        try:
            result = definition.run(batch_parameters={"dataframe": view}, run_id=self._run_id, result_format="SUMMARY")
        finally:
            # Else the frame lives as long as the context.
            self.context.validation_definitions.delete(name)
            self.context.data_sources.delete(name)
            self.context.suites.delete(name)
        if len(result.results) != len(suite.expectations):
            raise UsageError("GP-VALID-004", "the engine lost results", where=path, hint="report this with the suite")
        self.results[name] = result
        return [_judgement(name, single) for single in result.results]


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
