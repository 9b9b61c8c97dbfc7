"""A release never holds less of anybody's work than is known, unless whoever publishes says so."""

from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.dataset.loading.release import Release
from goldpress.dataset.publishing.provenance import FOLDER, PULLS
from goldpress.errors import DataError
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from goldpress.annotations.transport.guards import Vanished

SHOWN = 5
"""Annotations that an error names."""


def refuse_shrinkage(
    tables: "Mapping[str, pa.Table]",
    previous: Release | None,
    before: "Mapping[str, pa.Table]",
    workspace: Workspace,
) -> None:
    """Refuse to publish without annotations that the release before has, or that a pull since then no longer has whole.

    What its own author took out of an annotation is a correction, and no loss.

    Args:
        tables: What would be published, before texts are withheld.
        previous: The release before.
        before: Its tables.
        workspace: Whose pulls.

    Raises:
        DataError: Some are missing or cut (GP-SHRINK-001): how many, whose and of which article.
    """
    missing = {row.annotation_id: row for row in _vanished(previous, workspace)}
    if previous is not None:
        missing |= {row.annotation_id: row for row in _published(before)}
    there = set(tables["annotations"]["annotation_id"].to_pylist())
    lost = sorted(
        (row for key, row in missing.items() if key not in there or row.left is not None),
        key=lambda row: (row.article_id, row.annotator),
    )
    if lost:
        shown = [f"{row.article_id} by {row.annotator} ({_said(row)})" for row in lost[:SHOWN]]
        more = [f"{len(lost) - SHOWN} more"] if len(lost) > SHOWN else []
        raise DataError(
            "GP-SHRINK-001",
            f"{len(lost)} annotations that were there are missing now, or were cut down",
            where="; ".join([*shown, *more]),
            hint="earlier pulls keep them: bring them back in Label Studio and pull, or publish with --allow-shrink",
        )


def _said(row: "Vanished") -> str:
    return f"{row.regions} regions" + ("" if row.left is None else f", {row.left} now")


def _vanished(previous: Release | None, workspace: Workspace) -> "list[Vanished]":
    from goldpress.annotations.transport.history import vanished_annotations

    settled: set[str] = set()
    if previous is not None and (listed := previous.path / FOLDER / PULLS).is_file():
        settled = {pull["file"] for pull in msgspec.json.decode(listed.read_bytes())}
    return [*vanished_annotations(workspace, settled=settled)]


def _published(before: "Mapping[str, pa.Table]") -> "list[Vanished]":
    from goldpress.annotations.transport.guards import Vanished

    annotation_of: Any = before["spans"]["annotation_id"]
    spans = {row["values"]: row["counts"] for row in annotation_of.value_counts().to_pylist()}
    columns = [before["annotations"][name].to_pylist() for name in ("article_id", "annotator_pid", "annotation_id")]
    return [Vanished(article, who, key, spans.get(key, 0)) for article, who, key in zip(*columns, strict=True)]
