"""All pulls to the tables of a release: newest tasks, their articles, raw rows, gold rows."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.decoding import Reading, Row, parse_time, read_annotations
from goldpress.annotations.entities import link_entities
from goldpress.annotations.gold import compute_gold
from goldpress.annotations.store import Entry, Header, Task, newest_tasks, pull_files, read_header, read_tasks
from goldpress.annotations.tabulation import Rows, derive_stances, tabulate_reading
from goldpress.annotations.words import text_digest
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.schemas.tables import tables as contracts
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.seeds import Article

UNKNOWN_LICENCE = "LicenseRef-unknown"


@dataclass(frozen=True)
class Corpus:
    """Everything that a release is made from.

    Attributes:
        tables: Staged tables by name, as ``schemas/tables`` describes them, without ``split`` and ``added_in``.
        scheme: The scheme that they follow.
        pulls: File name, sha256, number of tasks and time of every pull that was used.
        counts: What was seen on the way: tasks, tasks without annotations, superseded revisions, unknown rows …
    """

    tables: dict[str, "pa.Table"]
    scheme: Scheme
    pulls: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def assemble(workspace: Workspace | Path | str | None = None) -> Corpus:
    """Return the tables of the workspace's pulls: raw, gold and what they share.

    The text is the one that was labelled; what is known about an article (title, licence …) comes from ``seeds/``
    where the article lies there, else from the task. Articles that nobody submitted or skipped are left out.

    Raises:
        DataError: There are no pulls (GP-CORPUS-001), or a pull is damaged (GP-STORE-…).
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
    entries = newest_tasks(workspace)
    collected = _collected(workspace)
    counts: Counter[str] = Counter(tasks=len(entries))
    rows = tabulate_tasks(_current(entries, collected, counts), scheme, collected=collected, counts=counts)
    used = Counter(entry.path for entry in entries)
    pulls = [_describe(path, used[str(path)]) for path in files]
    return Corpus(to_arrow(rows, scheme), scheme, pulls, counts)


def tabulate(tasks: Iterable[Task], scheme: Scheme) -> dict[str, "pa.Table"]:
    """Return the tables of task JSON: raw rows, gold rows and what they share.

    Args:
        tasks: As Label Studio exports them; ``data`` holds ``text`` and ``article_id``.
        scheme: What may be said.

    Raises:
        DataError: A task has no text or no article id (GP-TAB-002), or a broken annotation (GP-TAB-001).
    """
    header = Header(goldpress_pull=1, pulled_at="", source="", config_sha256="0" * 64, guideline_version=scheme.version)
    return to_arrow(tabulate_tasks(((header, task) for task in tasks), scheme), scheme)


def tabulate_tasks(
    tasks: Iterable[tuple[Header, Task]],
    scheme: Scheme,
    *,
    collected: Mapping[str, "Article"] | None = None,
    counts: Counter[str] | None = None,
) -> Rows:
    """Return the rows of all tables, by table name; ``counts`` is added to."""
    counts = counts if counts is not None else Counter()
    out: Rows = defaultdict(list)
    texts: dict[str, str] = {}
    # One annotation may come twice, from the server and from an export of it: the one changed last counts.
    readings: dict[str, dict[str, Reading]] = defaultdict(dict)
    for header, task in tasks:
        data = _data(task)
        article_id = data["article_id"]
        found = read_annotations(
            task, scheme, config_sha256=header.config_sha256, guideline_version=header.guideline_version
        )
        for reading in found:
            known = readings[article_id].get(reading.annotation_id)
            if known is None or str(known.row["updated_at"]) <= str(reading.row["updated_at"]):
                readings[article_id][reading.annotation_id] = reading
        if not readings[article_id]:
            counts["tasks nobody has submitted"] += 1
        elif article_id not in texts:
            texts[article_id] = data["text"]
            article = (collected or {}).get(article_id)
            out["articles"].append(_article(data, article))
            out["removed_ranges"] += _removed(data, article)
    groups, golden = [], []
    for article_id, text in texts.items():
        together: Rows = defaultdict(list)
        for reading in readings[article_id].values():
            counts.update({f"rows of an unknown kind: {name}": n for name, n in reading.unknown.items() if n})
            groups.append(tabulate_reading(reading, text, scheme))
            _extend(together, groups[-1])
        golden.append(compute_gold(article_id, together, scheme))
    out["entities"] = link_entities([*groups, *golden], scheme)
    published = {row["article_id"]: row["published_at"] for row in out["articles"]}
    for rows in groups:
        _extend(rows, _derived(rows, published, scheme))
        _extend(out, rows)
    for gold in golden:
        _extend(gold, _derived(gold, published, scheme))
        _extend(out, {name if name == "gold_provenance" else f"gold_{name}": rows for name, rows in gold.items()})
    return out


def to_arrow(rows: Rows, scheme: Scheme) -> dict[str, "pa.Table"]:
    """Return rows as staged Arrow tables, one for every table of the contract, sorted by key."""
    import pyarrow as pa

    out = {}
    for name, contract in contracts(scheme).items():
        schema = contract.to_arrow(staged=True)
        ordered = sorted(rows.get(name, ()), key=lambda row: str(row[contract.key]))
        columns = {column.name: [row.get(column.name) for row in ordered] for column in contract.columns}
        out[name] = pa.table(columns, schema=schema)
    return out


def _current(
    entries: list[Entry], collected: Mapping[str, "Article"], counts: Counter[str]
) -> Iterator[tuple[Header, Task]]:
    """Tasks of one revision per article: the one that lies in seeds, else the one touched last."""
    revisions: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        revisions[entry.article_id][entry.text_sha256].append(entry)
    chosen: list[Entry] = []
    for article_id, found in revisions.items():
        article = collected.get(article_id)
        current = article.text_sha256 if article is not None else None
        best = current if current in found else max(found, key=lambda sha: (max(e.updated_at for e in found[sha]), sha))
        counts["tasks of a superseded revision"] += sum(len(e) for sha, e in found.items() if sha != best)
        chosen += found[best or ""]
    yield from read_tasks(chosen)


def _collected(workspace: Workspace) -> dict[str, "Article"]:
    from goldpress.seeds import read_articles

    return {article.article_id: article for article in read_articles(workspace)} if workspace.seeds.is_dir() else {}


def _data(task: Task) -> dict[str, Any]:
    data = task.get("data")
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("text"), str)
        or not isinstance(data.get("article_id"), str)
    ):
        raise DataError(
            "GP-TAB-002",
            "the task has no text or no article_id in its data",
            where=f"task {task.get('id')}",
            hint="bring a foreign export in with 'goldpress pull --from FILE', which adds them",
        )
    return data


def _article(data: Mapping[str, Any], article: "Article | None") -> Row:
    text = data["text"]

    def known(name: str) -> Any:
        return (getattr(article, name) if article is not None else None) or data.get(name) or None

    def moment(name: str) -> Any:
        value = known(name)
        return parse_time(value) if isinstance(value, str) else value

    return {
        "article_id": data["article_id"],
        "text_sha256": data.get("text_sha256") or text_digest(text),
        "n_chars": len(text),
        "title": known("title"),
        "text": text,
        "lang": known("lang") or "und",
        "source": known("source") or "unknown",
        "url": known("url"),
        "published_at": moment("published_at"),
        "fetched_at": moment("fetched_at"),
        "licence": known("licence") or UNKNOWN_LICENCE,
        "rights_holder": known("rights_holder"),
    }


def _removed(data: Mapping[str, Any], article: "Article | None") -> list[Row]:
    if article is None or article.text_sha256 != data.get("text_sha256"):
        return []
    return [
        {
            "range_id": f"{article.article_id}:{removed.start}-{removed.end}",
            "article_id": article.article_id,
            "start": removed.start,
            "end": removed.end,
            "kind": removed.kind,
            "sha256": removed.sha256,
        }
        for removed in article.removed
    ]


def _derived(rows: Rows, published: dict[str, Any], scheme: Scheme) -> Rows:
    found: Rows = defaultdict(list)
    for table, row in derive_stances(rows, published, scheme):
        found[table].append(row)
    return found


def _extend(target: Rows, more: Mapping[str, list[Row]]) -> None:
    for name, rows in more.items():
        target.setdefault(name, []).extend(rows)


def _describe(path: Path, tasks: int) -> dict[str, Any]:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "file": path.name,
        "sha256": sha256,
        "tasks_used": tasks,
        "pulled_at": read_header(path).pulled_at,
    }

