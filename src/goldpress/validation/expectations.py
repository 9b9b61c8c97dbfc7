"""Expectations of our own, where Great Expectations' say too little on a page: both look at columns of truth values.

They are its expectation for sets, with the set given. Its pages would list the value False and how often it stands;
these say how many rows break it and what to try. Importing this module makes their names known to the engine, and
imports the engine: only what loads a suite does.
"""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.components import (
    CollapseContent,
    LegacyDiagnosticRendererType,
    RenderedStringTemplateContent,
)
from great_expectations.render.renderer.renderer import renderer

from goldpress.schemas.checks import checks


class ExpectFactToHold(ExpectColumnValuesToBeInSet):
    """Every row of a column that is named like a check is true."""

    value_set: Any = pydantic.Field([True], const=True)
    _breaks: ClassVar[str] = "break it"

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,  # noqa: ARG003 - the engine's signature
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[Any, Any] | None = None,  # noqa: ARG003
    ) -> str:
        found: dict[str, Any] = (result.result if result is not None else None) or {}
        if "unexpected_count" not in found:
            return "could not be judged"
        return f"{found['unexpected_count']:,} of {found['element_count']:,} rows {cls._breaks}"

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[Any, Any] | None = None,
    ) -> list[RenderedStringTemplateContent | CollapseContent]:
        if result is None or not result.result or result.expectation_config is None:
            told = super()._diagnostic_unexpected_statement_renderer(configuration, result, runtime_configuration)
            return list(told)
        meta = result.expectation_config.meta
        known = checks().get(meta["check_id"].partition(".")[0])
        hint = meta.get("hint") or (known.hint if known is not None else "")
        if result.success or not hint:
            return []
        words = {"template": "\n\nTry: $hint", "params": {"hint": hint}}
        return [RenderedStringTemplateContent(content_block_type="string_template", string_template=words)]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[Any, Any] | None = None,
    ) -> None:
        """No table: its one line would be the value False."""


class ExpectReferenceToResolve(ExpectFactToHold):
    """Every row of a column that says whether a key was found is true."""

    _breaks: ClassVar[str] = "refer to nothing"
