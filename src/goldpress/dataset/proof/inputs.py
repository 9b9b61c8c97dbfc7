"""What a release was made from, laid out again as it was."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goldpress.dataset.form.digests import file_sha256, json_digest
from goldpress.dataset.form.index import find_releases
from goldpress.dataset.form.manifest import Manifest
from goldpress.dataset.form.tombstone import is_withdrawn
from goldpress.dataset.form.versions import parse_version
from goldpress.dataset.proof.integrity import Fault
from goldpress.dataset.publishing.provenance import ARTICLES, FOLDER, PULLS, SCHEME, SETTINGS, SUITES, WAIVERS
from goldpress.workspace import Settings, Workspace

if TYPE_CHECKING:
    from goldpress.seeds import Article


def lay_out(release: Path, workspace: Workspace, scratch: Path) -> Iterator[Fault]:
    """Fill a folder with the workspace that a release was made from; yield what is missing for that.

    Args:
        release: The release.
        workspace: Where its pulls and articles lie; whatever came later is left out.
        scratch: An empty folder.
    """
    kept = release / FOLDER
    for name in SCHEME:
        _copy(kept / name, scratch / "schemas" / name)
    for path in [kept / WAIVERS, *sorted((kept / SUITES).glob("*.json"))]:
        _copy(path, scratch / "validation" / path.name)
    for pull in msgspec.json.decode((kept / PULLS).read_bytes()):
        path = workspace.annotations / pull["file"]
        yield from _changed(path, pull["sha256"], workspace)
        _copy(path, scratch / "annotations" / path.name)
    yield from _lay_out_articles(kept, workspace, scratch)


def lay_out_releases(release: Path, manifest: Manifest, root: Path) -> Iterator[Fault]:
    """Copy the releases that came before one into a folder, those that are not there; yield what is missing."""
    for withdrawn in (False, True):
        for version, folder in find_releases(release.parent, withdrawn=withdrawn).items():
            if version < parse_version(manifest.version) and not (root / folder.name).exists():
                shutil.copytree(folder, root / folder.name, copy_function=_copy)
    before = root / str(manifest.previous)
    if manifest.previous is not None and (not before.is_dir() or is_withdrawn(before)):
        yield Fault("input", manifest.previous, "the release before it is gone, and the changes are told against it")


def _lay_out_articles(kept: Path, workspace: Workspace, scratch: Path) -> Iterator[Fault]:
    from goldpress.annotations.tables.known import know
    from goldpress.seeds import read_articles

    wanted: dict[str, str] = msgspec.json.decode((kept / ARTICLES).read_bytes())
    if not wanted:
        return
    settings = msgspec.json.decode((kept / SETTINGS).read_bytes(), type=Settings)
    present = {article.article_id: article for article in read_articles(Workspace(workspace.root, settings))}
    for name, digest in wanted.items():
        if name not in present:
            yield Fault("input", f"seeds: {name}", "the article is gone")
        elif json_digest(msgspec.to_builtins(know(present[name]))) != digest:
            yield Fault("input", _file(present[name]), f"the article {name} is not what it was")
        else:
            _copy(workspace.root / _file(present[name]), scratch / _file(present[name]))


def _file(article: "Article") -> str:
    """The file of an article, without the row of a table."""
    head, _, row = article.path.rpartition(":")
    return head if head and row.isdecimal() else article.path


def _changed(path: Path, sha256: str, workspace: Workspace) -> Iterator[Fault]:
    where = path.relative_to(workspace.root).as_posix()
    if not path.is_file():
        yield Fault("input", where, "the pull is gone")
    elif file_sha256(path) != sha256:
        yield Fault("input", where, "the pull is not what it was")


def _copy(source: Path | str, target: Path | str) -> str:
    """Link a file into a new place, or copy it where that cannot be; a file that is missing is not an error here."""
    source, target = Path(source), Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file() and not target.exists():
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
    return str(target)
