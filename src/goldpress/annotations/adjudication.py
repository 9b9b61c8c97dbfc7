"""Disagreements back to Label Studio: a second project, in which an adjudicator decides what votes left open."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.assembly.corpus import assemble
from goldpress.annotations.gold.proposals import Place, collect_gold, open_points, quote, rows_of, to_note, to_result
from goldpress.annotations.transport.connection import connect
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.people import roles
from goldpress.annotations.transport.projects import open_side
from goldpress.annotations.transport.pseudonyms import open_pseudonyms
from goldpress.annotations.transport.sending import send_tasks
from goldpress.annotations.transport.store import Task
from goldpress.annotations.transport.turns import take_turn
from goldpress.errors import DataError, UsageError
from goldpress.schemas.label_config import label_config
from goldpress.schemas.scheme import Scheme
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.annotations.assembly.corpus import Corpus

MERGED = "merged"
"""Model version of the proposal that holds what the annotators agree on; it is what the page is prefilled with."""
BATCH = 50
"""Tasks that are made at once: each holds the labels of several people."""

STYLE = """<Style>
.gp-open { max-height: 12rem; overflow-y: auto; margin: 0 0 12px; padding: 6px 12px; border: 1px solid #8886;
  border-radius: 6px }
.gp-open * { margin: 0 !important; white-space: pre-line !important; font-size: 13px !important;
  font-weight: 400 !important; line-height: 1.5 !important }
</Style>"""
NOTE = f'{STYLE}<View className="gp-open"><Header value="$open_points" size="6" /></View>'

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AdjudicationReport:
    """What was sent to be decided.

    Attributes:
        url: Address of the adjudication project's tasks.
        sent: Articles sent now, with the number of open points.
        present: Articles that were there already.
        decided: Articles that an adjudicator has decided.
        agreed: Articles in which nothing is open.
        alone: Articles that one person read; there is nobody to disagree with.
        own: Articles that every adjudicator annotated themselves; they are not sent.
    """

    url: str = ""
    sent: dict[str, int] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def adjudicate(
    workspace: Workspace | Path | str | None = None,
    *,
    allow_own: bool = False,
    limit: int | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> AdjudicationReport:
    """Send the articles in which something is open to the adjudication project; running it again adds what is new.

    Each task holds one set of suggestions for every annotator (the pseudonym is its model version) and a merged one
    with what they agree on, and names the open points above the text. 'goldpress pull' fetches the decisions.

    Args:
        workspace: The workspace, or a folder in it.
        allow_own: Send also what every adjudicator annotated themselves.
        limit: Send at most this many articles.
        url: Address of the server; else as in the settings or as remembered from the last login.
        progress: Called with articles sent and articles to send.

    Raises:
        UsageError: Nobody is an adjudicator (GP-ADJUDICATE-001), no server is known, or labels in the adjudication
            project do not fit the scheme any more (GP-SIDE-001).
        DataError: There are no pulls (GP-CORPUS-001), or one is damaged.
        SurroundingsError: The server does not answer; running it again goes on where it stopped.
    """
    workspace = open_workspace(workspace)
    deciders = _deciders(workspace)
    corpus = assemble(workspace)
    plan = _Plan(corpus, deciders, allow_own=allow_own)
    report = AdjudicationReport(decided=plan.decided, agreed=plan.agreed, alone=plan.alone, own=plan.own)
    if not plan.wanted:
        return report
    with take_turn(workspace, "adjudicate"), connect(workspace, url=url) as client:
        project = open_side(client, workspace, "adjudicator", adjudication_config(corpus.scheme), overlap=1)
        known = {(s.meta.get("article_id"), s.meta.get("text_sha256")) for s in client.task_index(project.id)}
        report = AdjudicationReport(**{**asdict(report), "url": f"{client.url}/projects/{project.id}/data"})
        tasks = _newest(workspace, plan.wanted)
        missing = {name: task for name, task in tasks.items() if _key(task) not in known}
        report.present.extend(sorted(set(tasks) - set(missing)))
        chosen = sorted(missing, key=lambda name: (-len(plan.gold[name].open), name))[:limit]
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            send_tasks(client, project.id, [plan.to_task(missing[name]) for name in batch])
            report.sent.update({name: plan.points(name) for name in batch})
            # The label stream offers one version only, and Label Studio takes a name that it has seen.
            client.update_project(project.id, model_version=MERGED)
            if progress is not None:
                progress(len(report.sent), len(chosen))
    return report


def adjudication_config(scheme: Scheme) -> str:
    """Return the label config of the adjudicator's page: the annotators', with the open points above the text."""
    return re.sub(r"(<Text\s)", lambda found: NOTE + found[1], label_config(scheme), count=1)


def _deciders(workspace: Workspace) -> set[str]:
    pseudonyms = open_pseudonyms(workspace)
    found = {pseudonyms.of(email) for email, role in roles(workspace).items() if role == "adjudicator"}
    if not found:
        raise UsageError(
            "GP-ADJUDICATE-001",
            "nobody is an adjudicator yet",
            hint="'goldpress annotators add cleo@example.org --role adjudicator' makes an account that decides",
        )
    return found


class _Plan:
    """Which articles need a decision, and the task of each."""

    def __init__(self, corpus: "Corpus", deciders: set[str], *, allow_own: bool) -> None:
        self.scheme = corpus.scheme
        self.readers, self.ruled = _readers(corpus.tables["annotations"])
        self.open = _open_articles(corpus.tables["gold_provenance"])
        self.deciders = deciders
        self.wanted: set[str] = set()
        self.decided: list[str] = []
        self.agreed: list[str] = []
        self.alone: list[str] = []
        self.own: list[str] = []
        for article in sorted(self.readers):
            self._file(article, allow_own=allow_own)
        self.gold = collect_gold(corpus.tables, self.wanted)
        self.places = _places(corpus.tables, self.wanted)

    def _file(self, article: str, *, allow_own: bool) -> None:
        if article in self.ruled:
            self.decided.append(article)
        elif len(self.readers[article]) < 2:
            self.alone.append(article)
        elif article not in self.open:
            self.agreed.append(article)
        elif self.deciders <= self.readers[article] and not allow_own:
            self.own.append(article)
        else:
            self.wanted.add(article)

    def points(self, article: str) -> int:
        return len(open_points(self.gold[article], self.places, self.scheme))

    def to_task(self, task: Task) -> Task:
        article = task["data"]["article_id"]
        gold = self.gold[article]
        note = to_note(open_points(gold, self.places, self.scheme), self.scheme, self.deciders & self.readers[article])
        merged = {"model_version": MERGED, "score": 1.0, "result": to_result(gold, self.scheme)}
        by_person = {entry["completed_by"]: entry for entry in _voting(task)}
        others = [
            {"model_version": pid, "score": 0.0, "result": entry["result"]} for pid, entry in sorted(by_person.items())
        ]
        return {
            "data": {**task["data"], "open_points": note},
            "meta": {**task.get("meta", {}), "article_id": article, "text_sha256": task["data"]["text_sha256"]},
            "predictions": [merged, *others],
        }


def _voting(task: Task) -> Iterator[Mapping[str, Any]]:
    """Annotations that voted, oldest first, so that a person's newest stands last."""
    ordered = sorted(task.get("annotations") or (), key=lambda entry: str(entry.get("updated_at")))
    for entry in ordered:
        if entry.get("role", "primary") == "primary" and not entry.get("was_cancelled"):
            yield entry


def _readers(annotations: Any) -> tuple[dict[str, set[str]], set[str]]:
    """Who read each article, and which articles an adjudicator has decided."""
    found: dict[str, set[str]] = defaultdict(set)
    ruled = set()
    for row in annotations.select(["article_id", "annotator_pid", "role", "state"]).to_pylist():
        if row["state"] != "skipped" and row["role"] == "primary":
            found[row["article_id"]].add(row["annotator_pid"])
        elif row["state"] != "skipped" and row["role"] == "adjudicator":
            ruled.add(row["article_id"])
    return found, ruled


def _open_articles(provenance: Any) -> set[str]:
    columns = (provenance[name].to_pylist() for name in ("article_id", "gold_source"))
    return {article for article, source in zip(*columns, strict=True) if source is None}


def _places(tables: Mapping[str, Any], articles: set[str]) -> dict[str, Place]:
    found = {}
    for name in ("spans", "gold_spans"):
        for row in rows_of(tables[name], articles):
            if row["start"] is not None and row["end"] is not None:
                found[row["span_id"]] = Place(row["start"], row["end"], row["text"] or "")
    for row in rows_of(tables["relations"], articles) if "relations" in tables else ():
        begin, end = found.get(row["from_span"]), found.get(row["to_span"])
        if begin is not None and end is not None:
            found[row["relation_id"]] = Place(begin.start, begin.end, begin.text, f"{row['layer']} → {quote(end.text)}")
    return found


def _newest(workspace: Workspace, wanted: set[str]) -> dict[str, Task]:
    """The tasks of these articles, with the annotations of all projects in which they lie."""
    found: dict[str, Task] = {}
    for _, task in read_tasks([entry for entry in newest_tasks(workspace) if entry.article_id in wanted]):
        article = task["data"]["article_id"]
        known = found.get(article)
        if known is None:
            found[article] = task
        elif known["data"]["text_sha256"] != task["data"]["text_sha256"]:
            found[article] = max(known, task, key=lambda entry: str(entry.get("updated_at")))
        else:
            found[article] = {**known, "annotations": [*known["annotations"], *task["annotations"]]}
    if len(found) < len(wanted):
        raise DataError(
            "GP-ADJUDICATE-002",
            "an article that needs a decision is not in any pull",
            where=min(wanted - set(found)),
            hint="goldpress pull --full",
        )
    return found


def _key(task: Task) -> tuple[str, str]:
    return task["data"]["article_id"], task["data"]["text_sha256"]
