"""Releases: plan, write, commit, diff, verify, load, send, export."""

from goldpress.dataset.comparison import diff
from goldpress.dataset.differences import Difference, TableDifference
from goldpress.dataset.formats.exporting import export
from goldpress.dataset.formats.exports import Export
from goldpress.dataset.hydration import Hydration, hydrate
from goldpress.dataset.imprint import Imprint
from goldpress.dataset.lookup import load
from goldpress.dataset.manifest import Manifest
from goldpress.dataset.publication import publish, write_release
from goldpress.dataset.release import Release, ReleaseTable
from goldpress.dataset.targets.parcels import Receipt
from goldpress.dataset.targets.uploading import upload
from goldpress.dataset.verification import Fault, Verification, verify
from goldpress.dataset.withdrawal import Withdrawal, withdraw

__all__ = [
    "Difference",
    "Export",
    "Fault",
    "Hydration",
    "Imprint",
    "Manifest",
    "Receipt",
    "Release",
    "ReleaseTable",
    "TableDifference",
    "Verification",
    "Withdrawal",
    "diff",
    "export",
    "hydrate",
    "load",
    "publish",
    "upload",
    "verify",
    "withdraw",
    "write_release",
]
