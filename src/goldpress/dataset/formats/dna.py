"""Statements for discourse network analysis: who says what about which concept, and agrees or not.

The columns are those of the event list of Discourse Network Analyzer: person, organization, concept, agreement. A
statement is a claim by a known actor. ``stances.csv`` takes what a claim is about as concept, agreement as favour or
opposition; ``topics.csv`` takes the topic of the codebook, agreement as affirmed or denied. The texts lie beside them
for the tool's import.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.cells import render_csv
from goldpress.dataset.formats.exports import Names, Tally
from goldpress.dataset.formats.papers import Paper, Row, read_papers
from goldpress.dataset.loading.release import Release
from goldpress.errors import UsageError

COLUMNS = (
    *("statement_id", "document_id", "title", "date", "source", "start", "stop"),
    *("person", "organization", "concept", "agreement"),
)
DOCUMENTS = ("document_id", "file", "title", "date", "source", "url")
PERSON, HOLDER = "PER", "claimer"
"""Label of persons, and the relation from a claim to who makes it, as the default scheme names them."""
LONGEST = 190
"""Characters of a short text there."""
AGREES = {"favor": 1, "against": 0, "affirm": 1, "deny": 0}


class Statement(NamedTuple):
    """One statement: id of the actor, concept, polarity, day."""

    actor: str
    concept: str
    polarity: str
    date: Any


Reading = Callable[[Paper, Row, list[Row], Mapping[str, Row]], Iterator[Statement]]


def write_dna(release: Release, out: Path, tally: Tally) -> None:
    """Write the two lists of statements, the documents and their texts.

    Raises:
        UsageError: The scheme has no stances (GP-FORMAT-005).
    """
    if "stances" not in release.names():
        raise UsageError(
            "GP-FORMAT-005",
            "this format holds who is for and against what, and the release has no stances",
            where=release.path,
            hint="--format csv, brat, bio or cas",
        )
    papers = list(read_papers(release, tally))
    actors = {row["entity_id"]: row for row in release.table("entities").to_arrow().to_pylist()}
    stances: dict[str, list[Row]] = defaultdict(list)
    for stance in release.table("stances").to_arrow().to_pylist():
        stances[stance["claim_id"]].append(stance)
    names, documents = Names(), []
    for paper in papers:
        file = f"texts/{names.name(paper.id)}.txt"
        write_file(out / file, paper.text.encode())
        documents.append((paper.id, file, _short(paper.row["title"], tally), *_of(paper), paper.row["url"]))
    write_file(out / "documents.csv", render_csv(DOCUMENTS, documents, tally))
    for name, read in (("stances", _by_target), ("topics", _by_topic)):
        rows = [row for paper in papers for row in _statements(paper, stances, actors, read, tally)]
        tally.kept[f"statements by {name}"] = len(rows)
        write_file(out / f"{name}.csv", render_csv(COLUMNS, rows, tally))


def _statements(
    paper: Paper, stances: Mapping[str, list[Row]], actors: Mapping[str, Row], read: Reading, tally: Tally
) -> Iterator[tuple[Any, ...]]:
    for span in paper.spans:
        claim = paper.claims.get(span["span_id"])
        if claim is None:
            continue
        said = dict.fromkeys(read(paper, claim, stances.get(span["span_id"], []), actors))
        for number, one in enumerate(said, 1):
            actor = actors.get(one.actor)
            if actor is None:
                tally.lost["statements by nobody who is named are left out"] += 1
            elif one.polarity not in AGREES:
                tally.lost["statements that neither agree nor disagree are left out"] += 1
            else:
                who = _short(actor["canonical_name"], tally)
                person, organization = (who, None) if actor["label"] == PERSON else (None, who)
                date, source = _of(paper)
                head = (f"{span['span_id']}:{number}", paper.id, _short(paper.row["title"], tally), one.date or date)
                place = (source, span["start"], span["end"])
                yield (*head, *place, person, organization, _short(one.concept, tally), AGREES[one.polarity])


def _by_target(paper: Paper, claim: Row, stances: list[Row], actors: Mapping[str, Row]) -> Iterator[Statement]:
    """Who is for or against what."""
    del paper, claim
    for stance in stances:
        target = actors.get(stance["target_entity_id"] or "")
        name = target["canonical_name"] if target else stance["target_text"]
        if name and stance["polarity"]:
            actor = stance["claimer_entity_id"] or ""
            yield Statement(actor, " ".join(name.split()), stance["polarity"], stance["date"])


def _by_topic(paper: Paper, claim: Row, stances: list[Row], actors: Mapping[str, Row]) -> Iterator[Statement]:
    """Who affirms or denies something about a topic of the codebook."""
    del actors
    entities = {span["span_id"]: span["entity_id"] for span in paper.spans}
    holders = [
        entities[relation["to_span"]]
        for relation in paper.relations
        if relation["from_span"] == claim["claim_id"] and relation["layer"] == HOLDER
    ]
    known = [actor for actor in (*holders, *(stance["claimer_entity_id"] for stance in stances)) if actor]
    for topic in claim.get("topic") or ():
        for actor in known or [""]:
            yield Statement(actor, topic, claim["claim_polarity"] or "", claim.get("claim_date"))


def _of(paper: Paper) -> tuple[Any, Any]:
    """Day and source of an article."""
    published = paper.row["published_at"]
    return published.date() if published else None, paper.row["source"]


def _short(text: str | None, tally: Tally) -> str:
    text = " ".join((text or "").split())
    if len(text) > LONGEST:
        tally.lost[f"names and titles are cut after {LONGEST} characters"] += 1
    return text[:LONGEST]
