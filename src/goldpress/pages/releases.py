"""A page about one release: what it holds, how the labels spread, and the articles with what was decided about them."""

from pathlib import Path
from typing import Any

from goldpress.dataset.loading.lookup import named_release, open_release
from goldpress.dataset.loading.release import Release
from goldpress.errors import UsageError
from goldpress.pages.articles import MOST_ARTICLES, show_articles
from goldpress.pages.distributions import distributions
from goldpress.pages.layout import render_page, write_page
from goldpress.pages.palette import Palette, read_palette
from goldpress.workspace import Workspace, open_workspace


def report(
    version: str | None = None,
    *,
    workspace: Workspace | Path | str | None = None,
    to: Path | str | None = None,
) -> Path:
    """Write a page about a release and return where it lies: one HTML file that loads nothing from elsewhere.

    It shows the tables, the distribution of every label, and up to 100 articles with their gold spans and claims. The
    text of an article that is not published is not on it, nor any piece of that text.

    Args:
        version: A version of the workspace (``latest``, ``>=1,<2`` …), the newest if none is given, or a folder.
        workspace: The workspace, or a folder in it.
        to: The file; by default ``validation/reports/release-<version>.html`` in the workspace, which git ignores.

    Raises:
        UsageError: There is no workspace (GP-WORK-001), or no version fits (GP-DATASET-022).
        DataError: There is no release (GP-DATASET-023), or a file of it is damaged (GP-DATASET-016, -017).
        SurroundingsError: The page cannot be written (GP-PAGES-001).
    """
    release = open_release(named_release(version, workspace))
    target = Path(to) if to is not None else _default_place(release, workspace)
    return write_page(target, render_page("release.html", _values(release)))


def _default_place(release: Release, workspace: Workspace | Path | str | None) -> Path:
    try:
        reports = open_workspace(workspace).validation / "reports"
    except UsageError as error:
        if error.code != "GP-WORK-001" or workspace is not None:
            raise
        return Path(f"{release.manifest.name}-{release.version}.html")  # a release apart from its workspace
    return reports / f"release-{release.version}.html"


def _values(release: Release) -> dict[str, Any]:
    import goldpress

    manifest, palette = release.manifest, read_palette(release)
    total = manifest.tables["articles"].rows if "articles" in manifest.tables else 0
    return {
        "title": manifest.title or manifest.name,
        "name": manifest.name,
        "version": manifest.version,
        "created": manifest.created[:10],
        "licence": manifest.rights.annotations,
        "scheme_version": manifest.guideline_version,
        "description": _description(release),
        "numbers": _numbers(release),
        "findings": [(s, n) for s, n in manifest.validation.findings.items() if n and s != "repair"],
        "tables": [(n, e.layer, f"{e.rows:,}", e.about) for n, e in _ordered(release)],
        "charts": distributions(release, palette),
        "colours": palette.colours,
        "key": palette.key,
        "holder": _holder(palette),
        "articles": show_articles(release, palette),
        "left_out": max(0, total - MOST_ARTICLES),
        "tool_version": goldpress.__version__,
    }


def _ordered(release: Release) -> list[tuple[str, Any]]:
    return [(name, release.manifest.tables[name]) for name in release.names()]


def _holder(palette: Palette) -> str:
    layers = palette.scheme.relation_layers if palette.scheme else ()
    return next((layer.holder for layer in layers if layer.holder), "claimer")


def _numbers(release: Release) -> list[tuple[str, str]]:
    manifest, facts = release.manifest, release.manifest.facts
    counted = [
        (label, release.table(name).num_rows)
        for label, name in (("articles", "articles"), ("spans", "spans"), ("claims", "claims"), ("stances", "stances"))
        if {name, f"gold_{name}"} & set(manifest.tables)
    ]
    counted += [("annotators", len(facts.get("annotators", {}))), ("checks", manifest.validation.checks)]
    found = manifest.validation.findings
    counted += [("findings", sum(n for severity, n in found.items() if severity != "repair"))]
    return [(label, f"{number:,}") for label, number in counted]


def _description(release: Release) -> str:
    """The description stands in the card's machine-readable companions, not in the manifest."""
    import json

    try:
        return str(json.loads((release.path / "croissant.json").read_text("utf-8")).get("description", ""))
    except (OSError, ValueError, AttributeError):
        return ""
