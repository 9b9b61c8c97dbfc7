"""Validation: the suites over a corpus, over a release, or over any folder of tables in this shape."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from goldpress.errors import UsageError
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.schemas.suites import MEASURES
from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.engine import Engine, quiet
from goldpress.validation.facts import finds_of
from goldpress.validation.findings import find_broken, find_idle, find_repaired
from goldpress.validation.frames import Frames
from goldpress.validation.junit import write_junit
from goldpress.validation.measures import measure_all, measure_view
from goldpress.validation.offenders import Address
from goldpress.validation.sources import Tables, previous_tables, read_columns, read_folder, release_folder
from goldpress.validation.suites import refuse_unclaimed, suite_kinds
from goldpress.validation.verdict import Finding, Verdict
from goldpress.validation.views import check_view
from goldpress.validation.waivers import Waiver, is_asked_for, read_waivers, still_valid
from goldpress.workspace import ValidationSettings, Workspace, open_workspace

Progress = Callable[[int, int], None]

GRAVITY = ("broken", "error", "warning", "info", "repair")


def validate(
    workspace: Workspace | Path | str | None = None,
    version: str | None = None,
    *,
    folder: Path | str | None = None,
    report: Path | str | None = None,
    junit: Path | str | None = None,
    send_back: bool = False,
    progress: Progress | None = None,
) -> Verdict:
    """Return what the suites say of the workspace's pulls, of a release, or of a folder of Parquet tables.

    Args:
        workspace: The workspace, or a folder in it; its scheme and suites are used.
        version: A release under ``dataset/`` instead of the pulls.
        folder: A folder with ``<table>/*.parquet`` or ``<table>.parquet`` instead of the pulls.
        report: Where the pages (Data Docs) go; None is ``validation/reports``.
        junit: A file for JUnit XML, one test case a check; None writes none.
        send_back: Write a note onto each article concerned in Label Studio, take away notes whose finding is gone, and
            make the tab that shows them. Text and labels are not touched.
        progress: Called with tables judged and tables in all.

    Raises:
        UsageError: A suite does not hold (GP-VALID-001 to -005, -012), there is no such release (GP-VALID-006), or the
            folder has no table of ours (GP-VALID-007); findings of a release or a folder cannot go back
            (GP-VALID-011).
        DataError: There are no pulls, a table lacks a column (GP-VALID-008), cannot be read (GP-VALID-009), or a
            check could not be judged (GP-VALID-010).
        SurroundingsError: The pages cannot be written (GP-VALID-014).
    """
    if send_back and (version is not None or folder is not None):
        raise UsageError(
            "GP-VALID-011",
            "only findings of the present labels can go back to the annotators",
            where=str(version or folder),
            hint="leave the version or the folder out",
        )
    workspace = open_workspace(workspace)
    scheme = load_scheme(workspace)
    place = release_folder(workspace, version) if version is not None and folder is None else None
    scheme = _of_then(scheme, place)
    tables: Tables
    seen: dict[str, int] = {}
    if folder is not None or place is not None:
        tables = read_folder(place / "data" if place is not None else Path(str(folder)), scheme)
    else:
        from goldpress.annotations import assemble

        corpus = assemble(workspace)
        tables, seen = corpus.tables, dict(sorted(corpus.counts.items()))
    verdict = judge(
        tables,
        scheme,
        workspace.validation,
        # A release was published with its own: what somebody accepts today says nothing of it.
        waivers=read_waivers((place / "provenance" if place is not None else workspace.validation) / "waivers.toml"),
        overlap=workspace.settings.label_studio.overlap,
        limits=workspace.settings.validation,
        previous={} if folder is not None else previous_tables(workspace, scheme, before=version),
        release=place,
        originals=_originals(workspace, tables),
        address=None if folder is not None else _address(workspace),
        report=Path(report) if report is not None else workspace.validation / "reports",
        subject=_subject(workspace, version, folder),
        progress=progress,
    )
    verdict = replace(verdict, seen=seen)
    if junit is not None:
        write_junit(Path(junit), verdict)
    return _sent_back(verdict, workspace, scheme) if send_back else verdict


def judge(
    tables: Tables,
    scheme: Scheme,
    suites: Path,
    *,
    waivers: Sequence[Waiver] = (),
    overlap: int = 1,
    limits: ValidationSettings | None = None,
    previous: Tables | None = None,
    release: Path | None = None,
    originals: Mapping[str, str] | None = None,
    address: Address | None = None,
    today: dt.date | None = None,
    report: Path | None = None,
    subject: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Return what the suites of a folder say of tables.

    Args:
        tables: Staged or released tables by name.
        scheme: The scheme that they follow.
        suites: The folder that holds one suite a table.
        waivers: Warnings that somebody accepts.
        overlap: Annotators that the project asks for per article.
        limits: The settings' limits; None is the defaults.
        previous: Tables of the last release, for what may not change much.
        release: The folder of the release that the tables were read from, for what is said of its files.
        originals: Texts of articles by id, to look for what a release withholds.
        address: From an article and an annotation to the page of its task, for links; None gives none.
        today: The day on which waivers must still hold; None is today.
        report: Where the pages go; None makes none.
        subject: What is validated, for the heads of the pages.
        workers: Processes that look through the texts; None takes one a core where there are many.
        progress: Called with tables judged and tables in all.
    """
    refuse_unclaimed(suites, (*contracts_of(scheme), MEASURES))
    contracts = {name: table for name, table in contracts_of(scheme).items() if name in tables}
    frames = Frames(
        tables,
        scheme,
        overlap=overlap,
        limits=limits,
        previous=previous,
        release=release,
        originals=originals,
        finds=finds_of(column for name in contracts for column in suite_kinds(suites / f"{name}.json")),
        workers=workers,
    )
    keys = {**{name: contract.key for name, contract in contracts.items()}, MEASURES: "measure_id"}
    findings: list[Finding] = []
    valid, judged, used = still_valid(tuple(waivers), today), list[str](), set[Waiver]()
    measures = measure_all(frames)
    with quiet():
        engine = Engine(suites)
        for done, (name, key) in enumerate(keys.items(), start=1):
            view = (
                measure_view(measures, frames)
                if name == MEASURES
                else check_view(frames, contracts[name], engine.columns(name))
            )
            judgements = engine.judge(name, view)
            judged += [judgement.check_id for judgement in judgements]
            broken = [judgement for judgement in judgements if not judgement.success]
            findings += [find_broken(judgement, view, key, frames, valid, used, address) for judgement in broken]
            del view  # else it is in memory while the next one is made
            if progress is not None:
                progress(done, len(keys))
        absent = [name for name in contracts_of(scheme) if name not in tables]
        asked = tuple(waiver for waiver in waivers if is_asked_for(waiver, judged, absent))
        findings += [*find_repaired(frames, address), *find_idle(asked, used, today)]
        findings.sort(key=lambda f: (GRAVITY.index(f.severity), bool(f.waived_by), f.check_id))
        rows = {name: frames.rows(name) for name in contracts}
        notes = [f"{m.check_id} {m.scope}: {m.reason}" for m in measures if m.reason]
        verdict = Verdict(findings, len(judged), rows, judged=tuple(judged), notes=notes, absent=absent)
        return verdict if report is None else _reported(verdict, report, engine, subject)


def _originals(workspace: Workspace, tables: Tables) -> Mapping[str, str]:
    """Texts of seeds, as far as a table of articles withholds any."""
    if not read_columns(tables, "articles", ["text"])["text"].null_count:
        return {}
    from goldpress.seeds import read_articles

    return {article.article_id: article.text for article in read_articles(workspace)}


def _address(workspace: Workspace) -> Address:
    from goldpress.annotations.transport.addresses import TaskAddresses

    return TaskAddresses(workspace).of


def _sent_back(verdict: Verdict, workspace: Workspace, scheme: Scheme) -> Verdict:
    from goldpress.annotations.transport.notes import send_notes

    notes = verdict.notes_to_annotators(scheme.language.partition("-")[0])
    return replace(verdict, sent_back=send_notes(notes, workspace).to_dict())


def _of_then(scheme: Scheme, place: Path | None) -> Scheme:
    """Return the scheme with the version that a release's annotations were to follow."""
    own = place / "provenance" / "scheme.toml" if place is not None else None
    return msgspec.structs.replace(scheme, version=load_scheme(own).version) if own and own.is_file() else scheme


def _subject(workspace: Workspace, version: str | None, folder: Path | str | None) -> str:
    if folder is not None:
        return str(folder)
    return f"{workspace.settings.dataset.name}, {f'release {version}' if version is not None else 'the present labels'}"


def _reported(verdict: Verdict, report: Path, engine: Engine, subject: str) -> Verdict:
    from goldpress.validation.datadocs import write_docs

    return replace(verdict, report=str(write_docs(report, verdict, engine.results, subject)))
