"""Articles to Label Studio, each revision once."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.connection import connect, open_project
from goldpress.errors import UsageError
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, TaskStub
    from goldpress.seeds import Article

MOST_TASKS = 200
MOST_BYTES = 4_000_000
"""An import is one transaction; small ones keep the time short in which nobody knows whether it arrived."""

SETTLE_SECONDS = 30.0
"""A server may go on with an import after the client gave up: wait this long without news before sending again."""

Key = tuple[str, str]
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
    """

    url: str
    project_id: int
    created: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def push(
    workspace: Workspace | Path | str | None = None,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    overlap: int | None = None,
    reannotate: float | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> PushReport:
    """Send the articles of ``seeds/`` to the workspace's project; running it again adds nothing.

    An article is known by its id and the SHA-256 of its text. A corrected text is a new task beside the old one.

    Args:
        workspace: The workspace, or a folder in it.
        only: Ids of articles to send; all if empty.
        limit: Send at most this many new ones.
        overlap: Annotators per article, when the project is made; else as in the settings.
        reannotate: Share (above 0, at most 1) of the articles that somebody has read, to be read a second time.
        url: Address of the server; else as in the settings or as remembered from the last login.
        progress: Called with articles done and articles in all.

    Raises:
        UsageError: No server or token is known, an id of ``only`` is unknown (GP-PUSH-004), or the project's label
            config does not fit the scheme (GP-PUSH-003); ``reannotate`` cannot be done (GP-REREAD-…).
        DataError: An article cannot be used (GP-SEEDS-…).
        SurroundingsError: The server does not answer; a push run again goes on where it stopped.
    """
    from goldpress.seeds import read_articles

    workspace = open_workspace(workspace)
    articles = _choose(read_articles(workspace), only)
    with connect(workspace, url=url) as client:
        project = open_project(client, workspace, overlap=overlap)
        report = PushReport(f"{client.url}/projects/{project.id}/data", project.id)
        known = _keys(client.task_index(project.id))
        revisions = {article_id for article_id, _ in known}
        missing = [article for article in articles if (article.article_id, article.text_sha256) not in known][:limit]
        report.present.extend(a.article_id for a in articles if (a.article_id, a.text_sha256) in known)
        report.stale.extend(a.article_id for a in missing if a.article_id in revisions)
        for batch in _batches(missing):
            _send(client, project.id, batch)
            report.created.extend(article.article_id for article in batch)
            if progress is not None:
                progress(len(report.created), len(missing))
        if reannotate is not None:
            from goldpress.annotations.rereading import send_again

            report.again.extend(send_again(client, workspace, reannotate))
    return report


def to_task(article: "Article") -> dict[str, Any]:
    """Return an article as a Label Studio task.

    The names in ``data`` are ours: ``id``, ``created_at`` and their like would be overwritten in Label Studio's tables.
    """
    return {
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
        },
        "meta": {"article_id": article.article_id, "text_sha256": article.text_sha256},
    }


def _choose(articles: "list[Article]", only: Sequence[str]) -> "list[Article]":
    unknown = sorted(set(only) - {article.article_id for article in articles})
    if unknown:
        raise UsageError(
            "GP-PUSH-004",
            f"seeds/ holds no article '{unknown[0]}'",
            hint="'goldpress articles' lists the ids",
        )
    return [article for article in articles if not only or article.article_id in only]


def _keys(stubs: "list[TaskStub]") -> set[Key]:
    return {(stub.meta.get("article_id", ""), stub.meta.get("text_sha256", "")) for stub in stubs}


def _batches(articles: "Sequence[Article]") -> "Iterator[list[Article]]":
    batch: list[Article] = []
    size = 0
    for article in articles:
        weight = len(json.dumps(to_task(article)))
        if batch and (len(batch) >= MOST_TASKS or size + weight > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(article)
        size += weight
    if batch:
        yield batch


def _send(client: "Client", project_id: int, batch: "list[Article]") -> None:
    """Send a batch once. After an unclear answer the server is asked what arrived; only what is missing goes again."""
    from goldpress.labelstudio import UnclearAnswer

    waiting = batch
    for attempt in (1, 2, 3):
        try:
            client.import_tasks(project_id, [to_task(article) for article in waiting])
        except UnclearAnswer:
            waiting = _wait_until_settled(client, project_id, waiting)
            if waiting and attempt == 3:
                raise
            if not waiting:
                return
        else:
            return


def _wait_until_settled(client: "Client", project_id: int, batch: "list[Article]") -> "list[Article]":
    """Return what is still missing once all has arrived, or nothing has changed for a while."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last = -1
    while True:
        known = _keys(client.task_index(project_id))
        missing = [article for article in batch if (article.article_id, article.text_sha256) not in known]
        if len(known) != last:
            last, deadline = len(known), time.monotonic() + SETTLE_SECONDS
        if not missing or time.monotonic() >= deadline:
            return missing
        time.sleep(1.0)
