"""The static HTML that a person looks at: one file each, nothing loaded from elsewhere."""

from goldpress.pages.agreements import agree
from goldpress.pages.differences import diff
from goldpress.pages.releases import report

__all__ = ["agree", "diff", "report"]
