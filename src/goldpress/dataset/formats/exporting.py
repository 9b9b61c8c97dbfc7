"""Exporting a release: the gold, as other tools read it."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from goldpress.dataset.form.digests import json_text
from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.bio import write_bio
from goldpress.dataset.formats.brat import write_brat
from goldpress.dataset.formats.cas import write_cas
from goldpress.dataset.formats.dna import write_dna
from goldpress.dataset.formats.exports import Export, Tally
from goldpress.dataset.formats.sheets import write_csv
from goldpress.dataset.loading.lookup import named_release, open_release
from goldpress.dataset.loading.release import Release
from goldpress.errors import SurroundingsError, UsageError
from goldpress.workspace import Workspace

FORMATS: dict[str, Callable[[Release, Path, Tally], None]] = {
    "bio": write_bio,
    "brat": write_brat,
    "cas": write_cas,
    "csv": write_csv,
    "dna": write_dna,
}
ALONG = ("LICENSE", "RIGHTS.md", "CITATION.cff")
"""What an export takes along: it is under the same terms."""


def export(
    version: Path | str | None = None,
    *,
    format: Literal["bio", "brat", "cas", "csv", "dna"],  # noqa: A002 - the option's name
    into: Path | str | None = None,
    texts: Mapping[str, str] | Path | str | None = None,
    workspace: Workspace | Path | str | None = None,
) -> Export:
    """Write a release's gold in another format, and return what was written and what the format cannot hold.

    Args:
        version: A version of the workspace, the folder of a release, or an address; None is the latest.
        format: ``bio`` (CoNLL columns), ``brat`` (stand-off), ``cas`` (UIMA CAS JSON, for INCEpTION), ``csv`` (every
            table), ``dna`` (statements for Discourse Network Analyzer).
        into: A new folder; by default ``<name>-<version>-<format>`` here.
        texts: Your own copies of texts that are not in the release, by article id or as a folder of them.
        workspace: The workspace; None is the nearest one upwards.

    Raises:
        UsageError: There is no such format (GP-FORMAT-001), or the folder holds something (GP-FORMAT-002).
        SurroundingsError: dkpro-cassis is missing for ``cas`` (GP-FORMAT-003), or the folder cannot be written (-004).
    """
    if format not in FORMATS:
        raise UsageError("GP-FORMAT-001", f"there is no format '{format}'", hint=f"formats: {', '.join(FORMATS)}")
    release = open_release(named_release(version, workspace), None)
    target = Path(into) if into is not None else Path(f"{release.manifest.name}-{release.version}-{format}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(
            "GP-FORMAT-002", "something lies there already", where=target, hint="name a new folder: --into"
        )
    if texts is not None:
        from goldpress.dataset.loading.restoration import hydrated

        filled = hydrated(release, texts).release
    else:
        filled = release
    tally = Tally()
    staged = target.with_name(f".{target.name}.unfinished")
    try:
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        FORMATS[format](filled, staged, tally)
        made = Export(release.version, format, target, dict(tally.kept), dict(+tally.lost))
        _take_along(release, staged, made)
        target.mkdir(exist_ok=True)
        staged.replace(target)
    except OSError as error:
        raise SurroundingsError(
            "GP-FORMAT-004",
            f"the export cannot be written: {error.strerror or error}",
            where=target,
            hint="make room, or name another folder with --into",
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return made


def _take_along(release: Release, staged: Path, made: Export) -> None:
    for name in ALONG:
        if (release.path / name).is_file():
            write_file(staged / name, (release.path / name).read_bytes())
    told = {"name": release.manifest.name, "content_digest": release.manifest.content_digest, **made.to_dict()}
    del told["into"]
    write_file(staged / "export.json", json_text(told).encode())
