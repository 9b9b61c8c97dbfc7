"""The Hugging Face Hub as a target: one commit a release, on top of what was seen at the start, then a tag."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.versions import is_version, parse_version
from goldpress.dataset.loading.addresses import Repository
from goldpress.dataset.targets.parcels import Parcel, Progress, Receipt, is_standing
from goldpress.errors import DataError, SurroundingsError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

KIND = "dataset"
STALE, TAKEN, REFUSED = 412, 409, (401, 403)


def send_to_hub(parcel: Parcel, address: Repository, tell: Progress) -> Receipt:
    """Send a release to a dataset repository, which is made, and private, where it is missing."""
    api, total = _api(address), len(parcel.items) + 1
    with _told(address):
        head, made = _head(api, address)
        tags = {tag.name: tag.target_commit for tag in api.list_repo_refs(address.id, repo_type=KIND).tags}
        if is_standing(parcel, _manifest(api, address, tags.get(parcel.version)), f"{address}@{parcel.version}"):
            tell(total, total)
            return Receipt(str(address), parcel.version, present=total, facts={"commit": tags[parcel.version]})
        _refuse_older(parcel, address, [*tags])
        sent = 0
        if _manifest(api, address, head) != parcel.commit():  # else a run before this one was cut short
            head, sent = _commit(api, parcel, address, head), total
        _tag(api, parcel, address, head)
    tell(total, total)
    facts = {"commit": head, "link": f"{api.endpoint}/datasets/{address.id}/tree/{parcel.version}"}
    facts |= {"visibility": "private; its settings on the Hub make it public"} if made else {}
    return Receipt(str(address), parcel.version, sent=sent, present=total - sent, facts=facts)


def _api(address: Repository) -> "HfApi":
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError as error:
        raise SurroundingsError(
            "GP-TARGET-008",
            "huggingface_hub is not installed",
            where=str(address),
            hint="pip install 'goldpress[hub]'",
        ) from error
    if not get_token():
        raise UsageError(
            "GP-TARGET-009",
            "there is no token for the Hub",
            where=str(address),
            hint="set HF_TOKEN, or run 'hf auth login', which keeps one in a private file",
        )
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"))


def _head(api: "HfApi", address: Repository) -> tuple[str, bool]:
    """The commit that ``main`` is at, and whether the repository was made for it."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return str(api.repo_info(address.id, repo_type=KIND).sha), False
    except RepositoryNotFoundError:
        api.create_repo(address.id, repo_type=KIND, private=True)
        return str(api.repo_info(address.id, repo_type=KIND).sha), True


def _manifest(api: "HfApi", address: Repository, revision: str | None) -> bytes | None:
    from huggingface_hub.errors import EntryNotFoundError

    if revision is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = api.hf_hub_download(address.id, MANIFEST, repo_type=KIND, revision=revision, local_dir=folder)
        except EntryNotFoundError:
            return None
        return Path(path).read_bytes()


def _refuse_older(parcel: Parcel, address: Repository, tags: list[str]) -> None:
    newest = max((parse_version(tag) for tag in tags if is_version(tag)), default=None)
    if newest is not None and newest > parse_version(parcel.version):
        raise DataError(
            "GP-TARGET-010",
            f"version {newest} is there already, and {parcel.version} would take its place on main",
            where=str(address),
            hint="send versions in their order",
        )


def _commit(api: "HfApi", parcel: Parcel, address: Repository, head: str) -> str:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        done = api.upload_folder(
            repo_id=address.id,
            repo_type=KIND,
            folder_path=parcel.folder,
            delete_patterns="*",
            parent_commit=head,
            commit_message=f"{parcel.manifest.name} {parcel.version}",
        )
    except HfHubHTTPError as error:
        if _status(error) == STALE:
            raise DataError(
                "GP-TARGET-011",
                "the repository was changed while the release was on its way; nothing of it was taken",
                where=str(address),
                hint="send it again",
            ) from error
        raise
    return str(done.oid)


def _tag(api: "HfApi", parcel: Parcel, address: Repository, commit: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        api.create_tag(address.id, tag=parcel.version, revision=commit, repo_type=KIND)
    except HfHubHTTPError as error:
        if _status(error) != TAKEN:
            raise
        is_standing(parcel, _manifest(api, address, parcel.version), f"{address}@{parcel.version}")


@contextlib.contextmanager
def _told(address: Repository) -> Iterator[None]:
    """Turn what the client says into errors of ours, and keep its progress bars from the terminal."""
    import httpx
    from huggingface_hub import utils
    from huggingface_hub.errors import HfHubHTTPError

    bars: Any = utils
    silent = bars.are_progress_bars_disabled()
    bars.disable_progress_bars()
    try:
        yield
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        status = _status(error)
        if status in REFUSED:
            raise UsageError(
                "GP-TARGET-012",
                f"the Hub does not allow this ({status})",
                where=str(address),
                hint="the token needs the right to write to this repository",
            ) from error
        raise SurroundingsError(
            "GP-TARGET-013",
            f"the Hub does not answer as it should: {status or type(error).__name__}",
            where=str(address),
            hint="try again later; what has arrived is found again",
        ) from error
    finally:
        if not silent:
            bars.enable_progress_bars()


def _status(error: Any) -> int:
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)
