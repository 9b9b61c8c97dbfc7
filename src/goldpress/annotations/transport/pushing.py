"""Articles to Label Studio, each revision once."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.connection import connect, open_project
from goldpress.annotations.transport.selection import freeze_batch, named_articles, read_batch, sample_articles
from goldpress.annotations.transport.sending import Key, keys_of, send_tasks
from goldpress.annotations.transport.suggestions import Suggestions
from goldpress.annotations.transport.turns import take_turn
from goldpress.errors import UsageError
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project, TaskStub
    from goldpress.seeds import Article

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PushReport:
    """What a push did.

    Attributes:
        url: Address of the project's tasks.
        project_id: Label Studio's id of the project.
        created: Ids of articles that were sent.
        present: Ids of articles that were there already.
        stale: Ids of articles of which an older revision lies there too; it stays.
        again: Ids of articles that were sent to be read a second time.
        doubled: Ids of articles that lie there twice in the same revision, sent by other means or from another machine.
        shares: With ``split``: the address of each person's tasks.
        suggested: With ``suggest``: how many articles were looked at, found worth suggestions, and known already.
    """

    url: str
    project_id: int
    created: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)
    suggested: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def push(
    workspace: Workspace | Path | str | None = None,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    sample: int | None = None,
    batch: str | None = None,
    overlap: int | None = None,
    split: Sequence[str] = (),
    overlap_fraction: float = 0.0,
    suggest: Sequence[str] = (),
    reannotate: float | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> PushReport:
    """Send articles that the project does not hold yet; running it again adds nothing.

    Two pushes of one workspace at once take turns. What the server confirms is trusted; after any other answer it is
    asked what arrived.

    Args:
        workspace: The workspace, or a folder in it.
        only: Ids of articles to send; all if empty.
        limit: Send at most this many new ones; with ``batch``, how many are frozen.
        sample: Seed: take the ``limit`` by a draw that keeps the proportions of sources and months.
        batch: Name of a batch: the first push freezes what is in it (``annotations/batches``), later ones keep to it.
        overlap: Annotators per article, for the whole project; else as in the settings when it is made.
        split: Names of people who share the work: each gets a project, and each article goes to one of them.
        overlap_fraction: With ``split``: share of the articles that all of them get, 0 to 1.
        suggest: Where suggestions come from: ``gazetteer:FILE``, ``quotations``, ``gold``, or an entry point.
        reannotate: Share (above 0, at most 1) of the articles that somebody has read, to be read a second time.
        url: Address of the server; else as in the settings or as remembered from the last login.
        progress: Called with articles done and articles in all.

    Raises:
        UsageError: No server or token is known, an id of ``only`` is unknown (GP-PUSH-004), or the project's label
            config does not fit the scheme (GP-PUSH-003); options exclude each other (GP-PUSH-005); ``batch``,
            ``split``, ``suggest`` or ``reannotate`` cannot be done (GP-BATCH-…, GP-SHARE-…, GP-SUGGEST-…, GP-REREAD-…).
        DataError: An article cannot be used (GP-SEEDS-…).
        SurroundingsError: The server does not answer; a push run again goes on where it stopped.
    """
    from goldpress.seeds import read_articles

    _require_sense(only, limit, sample, batch, split, overlap, overlap_fraction)
    workspace = open_workspace(workspace)
    found = read_articles(workspace)
    articles = named_articles(found, only)
    with take_turn(workspace, "push"), connect(workspace, url=url) as client:
        if batch is not None:
            articles = _batch(workspace, batch, found, limit, sample)
            limit = sample = None
        offered = Suggestions(workspace, suggest) if suggest else None
        if split:
            report = _push_shares(client, workspace, articles, split, overlap_fraction, offered, progress)
        else:
            project = open_project(client, workspace, overlap=overlap)
            report = _push_missing(client, project, articles, limit, sample, offered, progress)
        if reannotate is not None:
            from goldpress.annotations.transport.rereading import send_again

            report.again.extend(send_again(client, workspace, reannotate))
    return report


def to_task(article: "Article", offered: Suggestions | None = None) -> dict[str, Any]:
    """Return an article as a Label Studio task, with what is suggested for it.

    The names in ``data`` are ours: ``id``, ``created_at`` and their like would be overwritten in Label Studio's tables.
    """
    task = {
        "data": {
            "text": article.text,
            "title": article.title or "",
            "article_id": article.article_id,
            "text_sha256": article.text_sha256,
            "lang": article.lang,
            "source": article.source,
            "url": article.url or "",
            "published_at": article.published_at.isoformat() if article.published_at else "",
            "fetched_at": article.fetched_at.isoformat() if article.fetched_at else "",
            "licence": article.licence or "",
            "rights_holder": article.rights_holder or "",
            # Empty from the start, so that the column is there when a finding is sent back.
            "review_note": "",
        },
        "meta": {"article_id": article.article_id, "text_sha256": article.text_sha256},
    }
    return task if offered is None else {**task, "predictions": [offered.of(article)]}


def _require_sense(
    only: Sequence[str],
    limit: int | None,
    sample: int | None,
    batch: str | None,
    split: Sequence[str],
    overlap: int | None,
    fraction: float,
) -> None:
    """Refuse options that contradict each other before anything is sent."""
    wrong = None
    if sample is not None and limit is None:
        wrong = "a sample needs a limit", "--limit says how many articles are drawn"
    elif batch is not None and only:
        wrong = "a batch is frozen by --limit, not by ids", "leave --only out"
    elif split and (overlap is not None or limit is not None):
        wrong = "shared work has one annotator for each share", "leave --overlap and --limit out; --batch chooses"
    elif fraction and not split:
        wrong = "an overlap fraction needs people who share the work", "--split anna,ben, or --overlap for everybody"
    if wrong:
        raise UsageError("GP-PUSH-005", wrong[0], hint=wrong[1])


def _push_missing(
    client: "Client",
    project: "Project",
    articles: "list[Article]",
    limit: int | None,
    sample: int | None,
    offered: Suggestions | None,
    progress: Progress | None,
) -> PushReport:
    report = PushReport(f"{client.url}/projects/{project.id}/data", project.id)
    stubs = client.task_index(project.id) if project.task_number else []
    held = keys_of(stubs)
    known, revisions = set(held), {article_id for article_id, _ in held}
    missing = [article for article in articles if _key(article) not in known]
    missing = sample_articles(missing, limit or 0, sample) if sample is not None else missing[:limit]
    present = [article for article in articles if _key(article) in known]
    report.present.extend(article.article_id for article in present)
    report.stale.extend(a.article_id for a in missing if a.article_id in revisions)
    _send(client, project, missing, report, offered, progress)
    if offered is not None:
        _offer(client, project, present, stubs, offered, report)
    report.doubled.extend(sorted(_doubled(client, project, held, missing)))
    return report


def _push_shares(
    client: "Client",
    workspace: Workspace,
    articles: "list[Article]",
    people: Sequence[str],
    fraction: float,
    offered: Suggestions | None,
    progress: Progress | None,
) -> PushReport:
    from goldpress.annotations.transport.shares import deal, open_shares

    projects = open_shares(client, workspace, people)
    stubs = {name: client.task_index(project.id) for name, project in projects.items()}
    held = {name: keys_of(found) for name, found in stubs.items()}
    given = deal(held, articles, fraction, workspace.settings.agreement.seed)
    first = next(iter(projects.values()))
    report = PushReport(f"{client.url}/projects/{first.id}/data", first.id)
    doubled: set[str] = set()
    for name, project in projects.items():
        report.shares[name] = f"{client.url}/projects/{project.id}/data"
        _send(client, project, given[name], report, offered, progress)
        if offered is not None:
            sent = {article.article_id for article in given[name]}
            present = [article for article in articles if article.article_id not in sent]
            _offer(client, project, present, stubs[name], offered, report)
        doubled |= _doubled(client, project, held[name], given[name])
    report.doubled.extend(sorted(doubled))
    new, revisions = set(report.created), {article_id for keys in held.values() for article_id, _ in keys}
    report.stale.extend(sorted(new & revisions))
    report.present.extend(a.article_id for a in articles if a.article_id not in new)
    return report


def _doubled(client: "Client", project: "Project", held: list[Key], sent: "list[Article]") -> set[str]:
    """Ids of articles that lie in a project twice: two machines hold no common lock, so both may have sent them."""
    if sent and client.project(project.id).task_number != len(held) + len(sent):
        held = keys_of(client.task_index(project.id))
    return {key[0] for key, number in Counter(held).items() if number > 1 and key[0]}


def _offer(
    client: "Client",
    project: "Project",
    present: "list[Article]",
    stubs: "Sequence[TaskStub]",
    offered: Suggestions,
    report: PushReport,
) -> None:
    """Suggest for what was there already, and show the annotators these suggestions."""
    texts = {_key(article): article for article in present}
    tasks = {stub.id: texts[key] for stub, key in zip(stubs, keys_of(stubs), strict=True) if key in texts}
    if tasks:
        offered.add(client, project, tasks)
    offered.offer(client, project)
    report.suggested.update(offered.report())


def _send(
    client: "Client",
    project: "Project",
    articles: "list[Article]",
    report: PushReport,
    offered: Suggestions | None,
    progress: Progress | None,
) -> None:
    def advance(number: int) -> None:
        done = len(report.created)
        report.created.extend(article.article_id for article in articles[sent[0] : sent[0] + number])
        sent[0] += number
        if progress is not None:
            progress(done + number, done - sent[0] + number + len(articles))

    sent = [0]
    send_tasks(client, project.id, (to_task(article, offered) for article in articles), progress=advance)


def _batch(
    workspace: Workspace, name: str, articles: "list[Article]", limit: int | None, sample: int | None
) -> "list[Article]":
    found = read_batch(workspace, name, articles)
    if found is None:
        found = sample_articles(articles, limit or 0, sample) if sample is not None else articles[:limit]
        freeze_batch(workspace, name, found, sample)
    return found


def _key(article: "Article") -> tuple[str, str]:
    return article.article_id, article.text_sha256
