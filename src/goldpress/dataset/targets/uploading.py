"""Sending a release that was made here to where others find it."""

from pathlib import Path

from goldpress.dataset.loading.addresses import FORMS, Bucket, Deposit, Repository, parse_address
from goldpress.dataset.loading.lookup import named_release
from goldpress.dataset.targets.parcels import Progress, Receipt, pack
from goldpress.errors import UsageError
from goldpress.workspace import Workspace


def upload(
    version: Path | str | None = None,
    *,
    to: str | Path,
    workspace: Workspace | Path | str | None = None,
    progress: Progress | None = None,
) -> Receipt:
    """Send a release to another place, as it is; sending it again adds nothing.

    Args:
        version: A version of the workspace, or the folder of a release; None is the latest.
        to: ``s3://bucket/prefix`` (S3 and its like), ``hf://datasets/owner/name`` (one commit and a tag),
            ``zenodo:`` (a draft with a reserved DOI, which is never published from here; ``zenodo:1234`` drafts a new
            version of that record), or another folder. Tokens come from the environment, the keyring or a private
            file: docs/dataset.md says which.
        workspace: The workspace; None is the nearest one upwards.
        progress: Called with files done and files in all.

    Raises:
        UsageError: The address has no known form (GP-TARGET-001), releases cannot be sent there (GP-TARGET-003), or
            there is no token.
        DataError: The release does not hold (GP-TARGET-002), or the place has other bytes under that version.
        SurroundingsError: The place cannot be reached, refuses, or does not keep what it is told.
    """
    address = parse_address(str(to))
    parcel = pack(named_release(version, workspace))
    tell = progress or (lambda _done, _total: None)
    if isinstance(address, Bucket):
        from goldpress.dataset.targets.buckets import send_to_bucket

        return send_to_bucket(parcel, address, tell)
    if isinstance(address, Repository):
        from goldpress.dataset.targets.hubs import send_to_hub

        return send_to_hub(parcel, address, tell)
    if isinstance(address, Deposit):
        from goldpress.dataset.targets.deposits import send_to_zenodo

        return send_to_zenodo(parcel, address, tell)
    if isinstance(address, Path):
        from goldpress.dataset.targets.folders import send_to_folder

        return send_to_folder(parcel, address, tell)
    raise UsageError("GP-TARGET-003", "a web server takes no releases", where=str(address), hint=f"send to {FORMS}")
