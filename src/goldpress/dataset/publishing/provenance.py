"""What a release was made from: recorded so that it can be made again, and laid out again as it was.

Small things are kept in the release: scheme, guidelines, settings, suites, waivers. Large ones are named with their
digests: pulls and articles, which a workspace only adds to.
"""

import platform
from collections.abc import Mapping
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

import msgspec

from goldpress.dataset.form.digests import json_digest, json_text
from goldpress.dataset.papers.imprint import PAPERS
from goldpress.workspace import Settings, Workspace

if TYPE_CHECKING:
    from goldpress.annotations import Corpus

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
    """Return the versions of Python and of the packages on which the bytes of a release may hang; and ``papers``."""
    return {name: installed(name) for name in MAKERS} | {"papers": PAPERS, "python": platform.python_version()}


def _public(settings: Settings) -> Settings:
    """Settings without addresses of servers, and without the names of what may not be named."""
    return msgspec.structs.replace(
        settings,
        label_studio=msgspec.structs.replace(settings.label_studio, url=None),
        validation=msgspec.structs.replace(settings.validation, takedown=()),
    )
