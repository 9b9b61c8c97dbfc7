"""Publishing: gold and raw as the next version."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from goldpress.dataset.changes.bumps import bump_reasons, demanded_bump, next_version
from goldpress.dataset.changes.comparison import Side, compare_tables
from goldpress.dataset.changes.differences import Difference
from goldpress.dataset.form.contents import CHANGES, DATA, Contents, read_texts
from goldpress.dataset.form.index import find_releases
from goldpress.dataset.form.manifest import Judgement, Tool
from goldpress.dataset.form.positions import byte_contracts, with_bytes
from goldpress.dataset.form.staging import commit, locked, staging_folder, taken, writable
from goldpress.dataset.form.versions import parse_version
from goldpress.dataset.loading.lookup import load
from goldpress.dataset.loading.release import Release, read_aside
from goldpress.dataset.papers.imprint import Imprint, creation_time
from goldpress.dataset.publishing.preparation import conform_tables, stamp_tables
from goldpress.dataset.publishing.provenance import Request, record_provenance, versions
from goldpress.dataset.publishing.root import update_root
from goldpress.dataset.publishing.shrinkage import refuse_shrinkage
from goldpress.dataset.publishing.splits import with_splits
from goldpress.dataset.publishing.tree import Plan, column_entries, write_tree
from goldpress.dataset.rights.leaks import refuse_leaks
from goldpress.dataset.rights.privacy import refuse_addresses
from goldpress.dataset.rights.secrets import Secrets, known_secrets, refuse_secrets
from goldpress.dataset.rights.withholding import withhold
from goldpress.errors import DataError, UsageError
from goldpress.memory import give_back
from goldpress.schemas.contracts import Table
from goldpress.schemas.tables import tables as contracts_of
from goldpress.timings import step
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations import Corpus
    from goldpress.validation import Verdict

Progress = Callable[[int, int], None]

SHOWN = 5
"""Findings that an error names."""

READING, WRITING = 2, 3
"""Steps before the tables are written, and around the writing of each."""


def publish(
    workspace: Workspace | Path | str | None = None,
    *,
    version: str | None = None,
    into: Path | str | None = None,
    dry_run: bool = False,
    keep_going: bool = False,
    allow_shrink: bool = False,
    progress: Progress | None = None,
) -> Release:
    """Return the release that was made of the workspace's annotations.

    Args:
        workspace: The workspace; None is the nearest one upwards.
        version: Its number; None takes what the changes against the latest release demand.
        into: The folder that holds the releases; None is the workspace's ``dataset/``.
        dry_run: Do everything but the last step: the release that is returned names what would be, and is
            not there.
        keep_going: Leave broken tasks out, and list them in ``provenance/set_aside.json``, instead of ending there.
        allow_shrink: Publish although annotations are missing that the release before has, or that an earlier pull has.
        progress: Called with steps done and steps in all.

    Raises:
        DataError: There are no annotations (GP-DATASET-024), some that were there are missing (GP-SHRINK-001),
            validation found errors (GP-DATASET-025), the tables do not follow the scheme (-006 to -009), an e-mail
            address (-012), a text that may not leave (-030) or an account (-037) would be published, nothing
            changed (-011).
        UsageError: The version is there already (-014), too small (-010) or none (-001).
        SurroundingsError: The folder cannot be written (-013).
    """
    workspace = open_workspace(workspace)
    root = Path(into).expanduser().resolve() if into is not None else workspace.dataset
    if version is not None and parse_version(version) in find_releases(root):
        raise taken(root / version)
    return make_release(
        workspace,
        root,
        Request(version, keep_going),
        Stamp(),
        secrets=known_secrets(workspace),
        dry_run=dry_run,
        allow_shrink=allow_shrink,
        progress=progress,
    )


@dataclass(frozen=True)
class Stamp:
    """When a release is made, UTC, and by which versions of what."""

    created: datetime = field(default_factory=creation_time)
    made_by: Mapping[str, str] = field(default_factory=versions)


def make_release(
    workspace: Workspace,
    root: Path,
    request: Request,
    stamp: Stamp,
    *,
    secrets: Secrets | None = None,
    dry_run: bool = False,
    allow_shrink: bool = True,
    progress: Progress | None = None,
) -> Release:
    """Return the release that was made of a workspace: ``publish`` at a given time and for given versions.

    Args:
        workspace: The workspace.
        root: The folder that holds the releases.
        request: What was asked for.
        stamp: What the release says of when and by what it was made.
        secrets: What may not be published; None looks for nothing.
        dry_run: Write nothing there.
        allow_shrink: Do not ask whether annotations are missing.
        progress: Called with steps done and steps in all.
    """
    from goldpress.annotations import assemble

    steps = _Steps(progress, READING)
    corpus = assemble(workspace, keep_going=request.keep_going)
    if not corpus.tables["annotations"].num_rows:
        raise DataError(
            "GP-DATASET-024",
            "there are no annotations to publish",
            where=workspace.annotations,
            hint="label an article, then run 'goldpress pull'",
        )
    steps.advance()
    before = _before(root)
    if not allow_shrink:
        refuse_shrinkage(corpus.tables, before.release, before.tables, workspace)
    with step("validate"):
        verdict = _judged(corpus, workspace, before.tables, stamp.created)
        give_back()
    imprint = Imprint(
        settings=workspace.settings.dataset,
        scheme=corpus.scheme,
        created=stamp.created,
        judgement=_judgement(verdict),
        summary=verdict.to_dict(),
        provenance=record_provenance(workspace, corpus, request, stamp.made_by),
        tool=Tool("goldpress", stamp.made_by["goldpress"], stamp.made_by["pyarrow"]),
    )
    steps.advance()
    contracts, found = contracts_of(corpus.scheme), secrets or Secrets()
    made = _write(
        corpus.tables, contracts, root, before, imprint, request.version, steps, secrets=found, dry_run=dry_run
    )
    return replace(made, seen=dict(sorted(corpus.counts.items())))


def write_release(
    tables: Mapping[str, "pa.Table"],
    contracts: Mapping[str, Table],
    root: Path,
    *,
    imprint: Imprint,
    version: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Release:
    """Return the release that was made of staged tables in a folder: ``publish`` without the checks.

    Args:
        tables: Staged tables by name, one for each contract.
        contracts: What each table must be.
        root: The folder that holds the releases; made where it is missing.
        imprint: What the release says of itself.
        version: Its number; None takes what the changes demand.
        dry_run: Write nothing there.
        progress: Called with steps done and steps in all.
    """
    before, steps = _before(root), _Steps(progress, 0)
    return _write(tables, contracts, root, before, imprint, version, steps, secrets=Secrets(), dry_run=dry_run)


class _Before(NamedTuple):
    """The release before, and its rows: large tables lie in files, beside those of the one that is made."""

    release: Release | None
    tables: "dict[str, pa.Table]"


def _before(root: Path) -> _Before:
    """The latest release, read once: what is judged against it is compared with it, and goes on from it."""
    if not find_releases(root):
        return _Before(None, {})
    release = load(root)
    with step("read the release before"):
        return _Before(release, read_aside(release))


def _write(
    tables: Mapping[str, "pa.Table"],
    contracts: Mapping[str, Table],
    root: Path,
    before: _Before,
    imprint: Imprint,
    version: str | None,
    steps: "_Steps",
    *,
    secrets: Secrets,
    dry_run: bool,
) -> Release:
    steps.total += len(contracts) + WRITING
    with step("conform"):
        split, leakage = with_splits(tables, imprint.settings.splits, before.tables.get("articles"))
        allowed, withheld = withhold(split, contracts, imprint.settings)
        if imprint.settings.byte_offsets:
            contracts = byte_contracts(contracts)
            allowed = with_bytes(allowed, contracts)
        conformed = conform_tables(allowed, contracts)
    imprint = replace(imprint, leakage=leakage)
    steps.advance()
    with step("compare with the release before"):
        plan = _plan(conformed, before, contracts, imprint, version)
        plan = _past_withdrawn(plan, root)
    target = root / str(plan.version)
    if target.exists() and any(target.iterdir()):
        raise taken(target)
    with step("stamp"):
        stamped = stamp_tables(conformed, before.tables, contracts, str(plan.version))
    steps.advance()
    keys = {name: contract.key for name, contract in contracts.items()}
    with writable(root), _staging(root, dry_run=dry_run) as staged:
        with step("write"):
            manifest = write_tree(staged, stamped, plan, steps.advance)
        with step("look for what may not leave"):
            said = Contents(_said(stamped, plan), read_texts(staged))
            refuse_addresses(said, keys, contact=imprint.settings.contact)
            refuse_leaks(said, withheld)
            refuse_secrets(said, secrets)
        if not dry_run:
            with locked(root):
                _still_latest(root, before.release)
                commit(staged, target)
                update_root(root, manifest)
    steps.advance()
    return Release(target, manifest)


def _said(tables: Mapping[str, "pa.Table"], plan: Plan) -> "dict[str, pa.Table]":
    """What is written as Parquet, by folder."""
    changes = {f"{CHANGES}/{table.name}": table.cells for table in plan.difference.tables if table.cells is not None}
    return {f"{DATA}/{name}": table for name, table in tables.items()} | changes


def _plan(
    tables: Mapping[str, "pa.Table"],
    before: _Before,
    contracts: Mapping[str, Table],
    imprint: Imprint,
    wanted: str | None,
) -> Plan:
    previous, rows = before
    sources = imprint.sources(contracts)
    if previous is None:
        number = next_version(wanted, None, None, ())
        nothing = Difference("", str(number), ())
        return Plan(number, None, None, ("first release",), nothing, contracts, sources, imprint)
    old = {name: Side(previous.manifest.tables[name].primary_key[0], table) for name, table in rows.items()}
    new = {name: Side(contracts[name].key, table) for name, table in tables.items()}
    difference = compare_tables(old, new)
    columns = {name: column_entries(contract) for name, contract in contracts.items()}
    reasons = bump_reasons(difference, columns, sources, previous.manifest)
    part = demanded_bump(reasons, parse_version(previous.version))
    number = next_version(wanted, parse_version(previous.version), part, reasons)
    told = tuple(reason for _, reason in reasons)
    return Plan(number, previous, part, told, difference, contracts, sources, imprint, rows)


def _past_withdrawn(plan: Plan, root: Path) -> Plan:
    """The plan with a number that no version has had, one that was taken back neither."""
    gone = max(find_releases(root, withdrawn=True), default=None)
    if gone is None or plan.version > gone:
        return plan
    reasons = (*plan.reasons, f"version {gone} was withdrawn")
    return replace(plan, version=gone.raised("major" if gone.major else "minor"), reasons=reasons)


def _judged(corpus: "Corpus", workspace: Workspace, before: "Mapping[str, pa.Table]", made: datetime) -> "Verdict":
    from goldpress.validation import judge, read_waivers

    verdict = judge(
        corpus.tables,
        corpus.scheme,
        workspace.validation,
        waivers=read_waivers(workspace.validation / "waivers.toml"),
        overlap=workspace.settings.label_studio.overlap,
        limits=workspace.settings.validation,
        previous=before,
        today=made.date(),
    )
    if not verdict.ok:
        blocking = [f for f in verdict.findings if f.blocks]
        raise DataError(
            "GP-DATASET-025",
            f"{len(blocking)} findings block the release",
            where="; ".join(f"{f.check_id} ({f.severity}): {f.sentence}" for f in blocking[:SHOWN]),
            hint="'goldpress validate' lists every row; mend the labels and pull again, or waive a warning in "
            "validation/waivers.toml",
        )
    return verdict


def _judgement(verdict: "Verdict") -> Judgement:
    counts: dict[str, int] = {}
    for finding in verdict.findings:
        counts[finding.severity] = counts.get(finding.severity, 0) + 1
    return Judgement(verdict.ok, verdict.checks_run, dict(sorted(counts.items())))


def _still_latest(root: Path, previous: Release | None) -> None:
    latest = max(find_releases(root), default=None)
    if latest != (parse_version(previous.version) if previous else None):
        raise UsageError(
            "GP-DATASET-026",
            f"version {latest} was published in the meantime",
            where=root,
            hint="publish again: the next number is chosen from what changed",
        )


@contextmanager
def _staging(root: Path, *, dry_run: bool) -> Iterator[Path]:
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="goldpress-") as folder:
            yield Path(folder)
    else:
        with staging_folder(root) as staged:
            yield staged


class _Steps:
    """Counts steps for a progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.done, self.total = progress, 0, total

    def advance(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)
