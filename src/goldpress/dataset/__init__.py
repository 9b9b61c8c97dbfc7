"""Releases: plan, write, commit, diff, verify, load, send, export."""

from goldpress.dataset.changes.comparison import diff
from goldpress.dataset.changes.differences import Difference, TableDifference
from goldpress.dataset.form.manifest import Manifest
from goldpress.dataset.formats.exporting import export
from goldpress.dataset.formats.exports import Export
from goldpress.dataset.loading.hydration import hydrate
from goldpress.dataset.loading.lookup import load
from goldpress.dataset.loading.release import Release, ReleaseTable
from goldpress.dataset.loading.restoration import Hydration
from goldpress.dataset.papers.imprint import Imprint
from goldpress.dataset.proof.integrity import Fault, Verification
from goldpress.dataset.proof.verification import verify
from goldpress.dataset.publishing.publication import publish, write_release
from goldpress.dataset.publishing.withdrawal import Withdrawal, withdraw
from goldpress.dataset.targets.parcels import Receipt
from goldpress.dataset.targets.uploading import upload

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
