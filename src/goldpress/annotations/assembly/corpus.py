"""All pulls to the tables of a release: newest tasks, their articles, raw rows, gold rows."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.assembly.rounds import Assembled, Job, assemble_jobs, split_spots
from goldpress.annotations.tables.batches import Spot
from goldpress.annotations.tables.known import Known, know
from goldpress.annotations.tables.readings import told
from goldpress.annotations.tables.shards import Fault
from goldpress.annotations.tables.units import old_exports
from goldpress.annotations.transport.entries import Entry, newest_tasks
from goldpress.annotations.transport.store import pull_files, read_header
from goldpress.engine import default_workers
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.timings import step
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pyarrow as pa


LARGE = 256 * 2**20
"""Bytes of pulls from which finding their tasks is worth more than one process."""


@dataclass(frozen=True)
class Corpus:
    """Everything that a release is made from.

    Attributes:
        tables: Staged tables by name, as ``schemas/tables`` describes them, without ``split`` and ``added_in``.
        scheme: The scheme that they follow.
        pulls: File name, sha256, number of tasks and time of every pull that was used.
        counts: What was seen on the way: tasks, tasks without annotations, superseded revisions, drafts, rows and
            fields that are not read …
        faults: Tasks that were set aside because they are broken.
        collected: What ``seeds/`` knows about articles, by id.
    """

    tables: dict[str, "pa.Table"]
    scheme: Scheme
    pulls: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    collected: Mapping[str, Known] = field(default_factory=dict)


def assemble(
    workspace: Workspace | Path | str | None = None, *, keep_going: bool = False, workers: int | None = None
) -> Corpus:
    """Return the tables of the workspace's pulls: raw, gold and what they share.

    The text is the one that was labelled; what is known about an article (title, licence …) comes from ``seeds/``
    where the article lies there, else from the task. Articles that nobody submitted or skipped are left out.

    Args:
        workspace: The workspace, or a folder in it.
        keep_going: Set broken tasks aside and list them, instead of ending there.
        workers: Processes to spread the work over; None takes one per core where there is enough to do.

    Raises:
        DataError: There are no pulls (GP-CORPUS-001), a pull is damaged (GP-STORE-…), a task is broken (GP-TAB-…).
        UsageError: The scheme does not hold.
    """
    workspace = open_workspace(workspace)
    scheme = load_scheme(workspace)
    files = pull_files(workspace.annotations)
    if not files:
        raise DataError(
            "GP-CORPUS-001",
            "there are no pulls yet",
            where=workspace.annotations,
            hint="'goldpress pull' fetches the labels, 'goldpress pull --from FILE' takes an export",
        )
    broken: list[DataError] = []
    with step("index of the pulls, seeds"):
        large = sum(path.stat().st_size for path in files) >= LARGE
        spread = default_workers(workers, len(files) if large else 1)
        entries = newest_tasks(workspace, broken=broken if keep_going else None, workers=spread)
        known = _collected(workspace)
    counts: Counter[str] = Counter(tasks=len(entries))
    current = _current(entries, known, counts)
    article_of = [entry.article_id for entry in current]
    rules = workspace.settings

    def tabulated(old: set[str]) -> Assembled:
        jobs: list[Job] = []
        done = 0
        for spots in split_spots(_spots(current, old)):
            ids = set(article_of[done : done + len(spots)])
            done += len(spots)
            mine = {article_id: known[article_id] for article_id in ids if article_id in known}
            jobs.append(Job(len(jobs), spots, scheme, mine, keep_going, rules=rules.gold, agreement=rules.agreement))
        return assemble_jobs(jobs or [Job(0, (), scheme)], workers=default_workers(workers, len(jobs)))

    made = tabulated(set())
    # One export has one convention; tasks that cannot say which are read again as the others of their pull say.
    if old := old_exports(made.counts):
        made = tabulated(old)
    used = Counter(entry.path for entry in entries)
    with step("digests of the pulls"):
        pulls = [_describe(path, used[str(path)]) for path in files]
    faults = [Fault(str(error.where), error.code, error.what) for error in broken]
    return Corpus(made.tables, scheme, pulls, counts + told(made.counts), faults + made.faults, known)


def _current(entries: list[Entry], known: Mapping[str, Known], counts: Counter[str]) -> list[Entry]:
    """Tasks of one revision per article: the one that lies in seeds, else the one touched last."""
    revisions: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        revisions[entry.article_id][entry.text_sha256].append(entry)
    chosen: list[Entry] = []
    for article_id, found in revisions.items():
        article = known.get(article_id)
        current = article.text_sha256 if article is not None else None
        best = current if current in found else max(found, key=lambda sha: (max(e.updated_at for e in found[sha]), sha))
        counts["tasks of a superseded revision"] += sum(len(e) for sha, e in found.items() if sha != best)
        chosen += found[best or ""]
    return chosen


def _spots(entries: list[Entry], old: set[str]) -> list[Spot]:
    headers = {path: read_header(Path(path)) for path in {entry.path for entry in entries}}
    groups: dict[str, int] = {}
    return [
        Spot(
            entry.path,
            entry.offset,
            entry.size,
            entry.number,
            groups.setdefault(entry.article_id, len(groups)),
            headers[entry.path].config_sha256,
            headers[entry.path].guideline_version,
            entry.path in old,
        )
        for entry in entries
    ]


def _collected(workspace: Workspace) -> dict[str, Known]:
    from goldpress.seeds import read_articles

    return (
        {article.article_id: know(article) for article in read_articles(workspace)} if workspace.seeds.is_dir() else {}
    )


def _describe(path: Path, tasks: int) -> dict[str, Any]:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": path.name, "sha256": sha256, "tasks_used": tasks, "pulled_at": read_header(path).pulled_at}
