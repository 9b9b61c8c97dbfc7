"""Validation: the suites over a corpus, over a release, or over any folder of tables in this shape."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.errors import DataError, UsageError
from goldpress.schemas.checks import checks
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.engine import Engine, Judgement, quiet
from goldpress.validation.frames import Frames
from goldpress.validation.offenders import describe, offenders
from goldpress.validation.verdict import Finding, Verdict
from goldpress.validation.views import check_view
from goldpress.validation.waivers import Waiver, covered, read_waivers
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Progress = Callable[[int, int], None]
Tables = Mapping[str, "pa.Table"]

GRAVITY = ("broken", "error", "warning", "info")


def validate(
    workspace: Workspace | Path | str | None = None,
    version: str | None = None,
    *,
    folder: Path | str | None = None,
    report: Path | str | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Return what the suites say of the workspace's pulls, of a release, or of a folder of Parquet tables.

    Args:
        workspace: The workspace, or a folder in it; its scheme and suites are used.
        version: A release under ``dataset/`` instead of the pulls.
        folder: A folder with ``<table>/*.parquet`` or ``<table>.parquet`` instead of the pulls.
        report: Where the pages (Data Docs) go; None is ``validation/reports``.
        progress: Called with tables judged and tables in all.

    Raises:
        UsageError: A suite does not hold (GP-VALID-001 to -005), there is no such release (GP-VALID-006), or the
            folder has no table of ours (GP-VALID-007).
        DataError: There are no pulls, or a table lacks a column (GP-VALID-008).
    """
    workspace = open_workspace(workspace)
    scheme = load_scheme(workspace)
    tables = _tables(workspace, scheme, version, Path(folder) if folder is not None else None)
    return judge(
        tables,
        scheme,
        workspace.validation,
        waivers=read_waivers(workspace.validation / "waivers.toml"),
        overlap=workspace.settings.label_studio.overlap,
        report=Path(report) if report is not None else workspace.validation / "reports",
        progress=progress,
    )


def judge(
    tables: Tables,
    scheme: Scheme,
    suites: Path,
    *,
    waivers: Sequence[Waiver] = (),
    overlap: int = 1,
    today: dt.date | None = None,
    report: Path | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Return what the suites of a folder say of tables.

    Args:
        tables: Staged or released tables by name.
        scheme: The scheme that they follow.
        suites: The folder that holds one suite a table.
        waivers: Warnings that somebody accepts.
        overlap: Annotators that the project asks for per article.
        today: The day on which waivers must still hold; None is today.
        report: Where the pages go; None makes none.
        progress: Called with tables judged and tables in all.
    """
    frames = Frames(tables, scheme, overlap=overlap)
    contracts = {name: table for name, table in contracts_of(scheme).items() if name in tables}
    findings: list[Finding] = []
    waivers, run, used = tuple(waivers), 0, set[Waiver]()
    with quiet():
        engine = Engine(suites)
        for done, (name, contract) in enumerate(contracts.items(), start=1):
            view = check_view(frames, contract)
            judgements = engine.judge(name, view)
            run += len(judgements)
            findings += [
                _finding(judgement, view, contract.key, frames, _valid(waivers, today), used)
                for judgement in judgements
                if not judgement.success
            ]
            if progress is not None:
                progress(done, len(contracts))
        findings += _waiver_findings(waivers, used, today)
        findings.sort(key=lambda f: (GRAVITY.index(f.severity), bool(f.waived_by), f.check_id))
        verdict = Verdict(findings, run, {name: tables[name].num_rows for name in contracts})
        return verdict if report is None else _reported(verdict, report, engine)


def _reported(verdict: Verdict, report: Path, engine: Engine) -> Verdict:
    from goldpress.validation.datadocs import write_docs

    return replace(verdict, report=str(write_docs(report, verdict, engine.results)))


def _finding(
    judgement: Judgement,
    view: "pd.DataFrame",
    key: str,
    frames: Frames,
    waivers: tuple[Waiver, ...],
    used: set[Waiver],
) -> Finding:
    rows = offenders(view, judgement)
    waived = _waived(judgement, rows, waivers) if judgement.severity == "warning" else ()
    used.update(waived)
    known = checks().get(judgement.check_id.partition(".")[0])
    return Finding(
        check_id=judgement.check_id,
        severity=judgement.severity,  # type: ignore[arg-type]  # the engine's words are mapped to ours
        table=judgement.table,
        count=judgement.count or len(rows),
        rows=len(view),
        sentence=judgement.sentence,
        german=known.german if known is not None and judgement.sentence == known.sentence else "",
        hint=judgement.hint or (known.hint if known is not None else ""),
        examples=describe(rows, key, frames),
        waived_by="; ".join(f"{waiver.by}: {waiver.reason}" for waiver in waived),
    )


def _waived(judgement: Judgement, rows: "pd.DataFrame", waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """The waivers that together cover every row of a warning; none if a row is left."""
    found = covered(waivers, judgement.check_id, judgement.table)
    articles = rows["article_id"].tolist() if "article_id" in rows.columns else [None] * max(len(rows), 1)
    by_row = [next((w for w in found if w.is_for(judgement.table, article)), None) for article in articles]
    whole = [w for w in found if w.is_for(judgement.table, None)]
    if not by_row and whole:
        return (whole[0],)
    if None in by_row:
        return ()
    return tuple(dict.fromkeys(waiver for waiver in by_row if waiver is not None))


def _valid(waivers: tuple[Waiver, ...], today: dt.date | None) -> tuple[Waiver, ...]:
    day = today or dt.datetime.now(tz=dt.UTC).date()
    return tuple(waiver for waiver in waivers if waiver.until >= day)


def _waiver_findings(waivers: tuple[Waiver, ...], used: set[Waiver], today: dt.date | None) -> list[Finding]:
    """A waiver that has run out, or that nothing needs any more, is a finding of its own."""
    valid = _valid(waivers, today)
    found = []
    for waiver in (w for w in waivers if w not in used):
        why = "nothing needs it any more" if waiver in valid else f"it ran out on {waiver.until}"
        found.append(
            Finding(
                f"W1.{waiver.check}.{waiver.scope}",
                "info",
                "waivers",
                1,
                len(waivers),
                f"The waiver of {waiver.by} for {waiver.check} on {waiver.scope} is in use: {why}.",
                hint="delete it from validation/waivers.toml, or set another day",
            )
        )
    return found


def _tables(workspace: Workspace, scheme: Scheme, version: str | None, folder: Path | None) -> Tables:
    if version is None and folder is None:
        from goldpress.annotations import assemble

        return assemble(workspace).tables
    place = folder if folder is not None else workspace.dataset / str(version) / "data"
    if not place.is_dir():
        raise UsageError(
            "GP-VALID-006",
            f"there is no release {version}" if folder is None else "there is no such folder",
            where=place,
            hint="'goldpress verify' and the folder dataset/ show what there is",
        )
    found = {name: _read(place, name) for name in contracts_of(scheme)}
    tables = {name: table for name, table in found.items() if table is not None}
    if not {"articles", "annotations"} <= set(tables):
        raise UsageError(
            "GP-VALID-007",
            "the folder holds no tables in this shape",
            where=place,
            hint="it needs at least articles and annotations: <table>.parquet, or <table>/*.parquet",
        )
    for name, table in tables.items():
        missing = [c.name for c in contracts_of(scheme)[name].columns if c.name not in table.column_names]
        if missing:
            raise DataError(
                "GP-VALID-008",
                f"the table {name} lacks {', '.join(missing)}",
                where=place,
                hint="schemas/README.md lists the columns of every table",
            )
    return tables


def _read(place: Path, name: str) -> "pa.Table | None":
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted((place / name).glob("*.parquet")) or [p for p in [place / f"{name}.parquet"] if p.is_file()]
    return pa.concat_tables([pq.ParquetFile(path).read() for path in files]) if files else None
