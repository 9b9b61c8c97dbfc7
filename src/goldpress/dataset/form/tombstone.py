"""What stays of a release that was taken back, and the error that names what to use instead."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldpress.errors import DataError

NAME = "WITHDRAWN.json"


def is_withdrawn(folder: Path) -> bool:
    """Return whether a release was taken back."""
    return (folder / NAME).exists()


def refuse_withdrawn(folder: Path) -> None:
    """Refuse a release that was taken back.

    Raises:
        DataError: It was; the replacement is named (GP-DATASET-034).
    """
    if not is_withdrawn(folder):
        return
    try:
        told = json.loads((folder / NAME).read_bytes())
    except ValueError:
        told = {}
    raise withdrawn(folder.name, told, folder)


def withdrawn(version: str, told: Mapping[str, Any], where: Path | str) -> DataError:
    """Return the error for a release that was taken back; ``told`` is what its tombstone says."""
    replacement = told.get("replacement")
    return DataError(
        "GP-DATASET-034",
        f"version {version} was withdrawn: {told.get('reason') or 'no reason is readable'}",
        where=where,
        hint=f"use version {replacement}" if replacement else "there is no replacement yet: ask the publishers",
    )
