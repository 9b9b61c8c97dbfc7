"""What a release was made from: recorded so that it can be made again, and laid out again as it was.

Small things are kept in the release: scheme, guidelines, settings, suites, waivers. Large ones are named with their
digests: pulls and articles, which a workspace only adds to.
"""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goldpress.dataset.digests import file_sha256, json_digest, json_text
from goldpress.dataset.index import find_releases
from goldpress.dataset.manifest import Manifest
from goldpress.dataset.tombstone import is_withdrawn
from goldpress.dataset.verification import Fault
from goldpress.dataset.versions import parse_version
from goldpress.workspace import Settings, Workspace

if TYPE_CHECKING:
    from goldpress.annotations import Corpus
    from goldpress.seeds import Article

FOLDER = "provenance"
SCHEME = ("scheme.toml", "label_config.xml", "guidelines.md")
"""Files of ``schemas/``."""
WAIVERS = "waivers.toml"
SUITES = "suites"
ARTICLES, PULLS, REQUEST, SETTINGS, VERSIONS = (
    f"{name}.json" for name in ("articles", "pulls", "request", "settings", "versions")
)
NEEDED = ("scheme.toml", ARTICLES, PULLS, REQUEST, SETTINGS, VERSIONS)
"""Without any of these a release cannot be made again."""
MAKERS = ("goldpress", "pyarrow", "numpy", "scipy", "simplemma", "datasketch", "great-expectations")
"""Packages on which the bytes of a release may hang."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``publish`` was asked for."""

    version: str | None = None
    keep_going: bool = False


def record_provenance(
    workspace: Workspace, corpus: "Corpus", request: Request, made_by: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files of ``provenance/`` by name: what the release is made from, and by what."""
    files = {name: workspace.schemas / name for name in SCHEME} | {WAIVERS: workspace.validation / WAIVERS}
    files |= {f"{SUITES}/{path.name}": path for path in sorted(workspace.validation.glob("*.json"))}
    found = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    if corpus.faults:
        found["set_aside.json"] = json_text([msgspec.to_builtins(fault) for fault in corpus.faults]).encode()
    used = {*corpus.tables["articles"]["article_id"].to_pylist()}
    articles = {name: json_digest(msgspec.to_builtins(of)) for name, of in corpus.collected.items() if name in used}
    said = {
        ARTICLES: articles,
        PULLS: corpus.pulls,
        REQUEST: msgspec.to_builtins(request),
        SETTINGS: msgspec.to_builtins(_public(workspace.settings)),
        VERSIONS: dict(made_by),
    }
    return found | {name: json_text(value).encode() for name, value in said.items()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages on which the bytes of a release may hang."""
    return {name: installed(name) for name in MAKERS} | {"python": platform.python_version()}


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


def _public(settings: Settings) -> Settings:
    """Settings without addresses of servers, and without the names of what may not be named."""
    return msgspec.structs.replace(
        settings,
        label_studio=msgspec.structs.replace(settings.label_studio, url=None),
        validation=msgspec.structs.replace(settings.validation, takedown=()),
    )


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
