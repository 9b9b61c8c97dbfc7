"""Run the suites, gather findings, waivers, Data Docs."""

from goldpress.validation.assessment import judge, validate
from goldpress.validation.sources import previous_tables
from goldpress.validation.verdict import Finding, Verdict
from goldpress.validation.waivers import Waiver, read_waivers

__all__ = ["Finding", "Verdict", "Waiver", "judge", "previous_tables", "read_waivers", "validate"]
