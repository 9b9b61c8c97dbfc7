"""Releases: plan, write, commit, diff, verify, load."""

from goldpress.dataset.comparison import diff
from goldpress.dataset.differences import Difference, TableDifference
from goldpress.dataset.hydration import Hydration, hydrate
from goldpress.dataset.imprint import Imprint
from goldpress.dataset.lookup import load
from goldpress.dataset.manifest import Manifest
from goldpress.dataset.publication import publish, write_release
from goldpress.dataset.release import Release, ReleaseTable
from goldpress.dataset.verification import Fault, Verification, verify
from goldpress.dataset.withdrawal import Withdrawal, withdraw

__all__ = [
    "Difference",
    "Fault",
    "Hydration",
    "Imprint",
    "Manifest",
    "Release",
    "ReleaseTable",
    "TableDifference",
    "Verification",
    "Withdrawal",
    "diff",
    "hydrate",
    "load",
    "publish",
    "verify",
    "withdraw",
    "write_release",
]
