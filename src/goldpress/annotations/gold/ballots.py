"""Who votes: the newest annotation of each person in each article, without skips."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

PRIMARY = ("primary",)
"""The role of a first reading."""
VOTING = ("primary", "adjudicator")
"""A model suggests and a second reading measures; neither votes."""
REPEAT = "repeat"
"""The role of a second reading of an article by somebody who read it before."""
MOST_SEATS = 62
"""Annotators of one article who can vote: a set of them is one 64-bit number."""


@dataclass(frozen=True)
class Ballot:
    """One annotation that votes.

    Attributes:
        annotation_id: The annotation.
        article_id: Its article.
        annotator_pid: Who voted.
        seat: Number of the annotator inside the article, from 0, in the order of the pseudonyms.
        decides: Whether it is the adjudicator's: then it decides alone.
        updated_at: When it was last changed.
    """

    annotation_id: str
    article_id: str
    annotator_pid: str
    seat: int
    decides: bool
    updated_at: Any = None


@dataclass(frozen=True)
class Roll:
    """Everybody who votes, ordered by article and seat, and who abstained."""

    ballots: list[Ballot]
    skipped: int = 0
    by_article: Mapping[str, list[Ballot]] = field(default_factory=dict)


def call_roll(annotations: "pa.Table", *, roles: Iterable[str] = VOTING) -> Roll:
    """Return who votes on each article.

    Of several annotations of one person on one article the newest counts; if that is a skip, the person abstains. Of
    several adjudicators the one who decided last does.

    Args:
        annotations: The staged ``annotations`` table.
        roles: Whose annotations count.

    Raises:
        DataError: More than 62 people annotated one article (GP-GOLD-001).
    """
    wanted = ("annotation_id", "article_id", "annotator_pid", "role", "state", "updated_at")
    columns = [annotations[name].to_pylist() for name in wanted]
    kept = set(roles)
    newest: dict[tuple[str, str, bool], tuple[Any, ...]] = {}
    for row in zip(*columns, strict=True):
        if row[3] in kept:
            # Who was allowed to decide on their own work has voted, too.
            key = (str(row[1]), str(row[2]), row[3] == "adjudicator")
            known = newest.get(key)
            if known is None or (_when(known[5]), known[0]) <= (_when(row[5]), row[0]):
                newest[key] = row
    skipped = sum(row[4] == "skipped" for row in newest.values())
    articles: dict[str, list[Ballot]] = defaultdict(list)
    for (article, pid, decides), row in sorted(newest.items(), key=lambda item: item[0]):
        if row[4] != "skipped":
            seat = len(articles[article])
            articles[article].append(Ballot(row[0], article, pid, seat, decides, row[5]))
    for article, ballots in articles.items():
        _refuse_crowd(article, ballots)
        articles[article] = _with_one_decider(ballots)
    return Roll([ballot for ballots in articles.values() for ballot in ballots], skipped, articles)


def _when(moment: Any) -> str:
    """Return a time so that it can be compared; one that is not known is before all others."""
    return str(moment or "")


def _with_one_decider(ballots: list[Ballot]) -> list[Ballot]:
    deciding = [ballot for ballot in ballots if ballot.decides]
    if len(deciding) < 2:
        return ballots
    last = max(deciding, key=lambda ballot: (_when(ballot.updated_at), ballot.annotation_id))
    left = [ballot for ballot in ballots if not ballot.decides or ballot is last]
    return [
        Ballot(b.annotation_id, b.article_id, b.annotator_pid, seat, b.decides, b.updated_at)
        for seat, b in enumerate(left)
    ]


def _refuse_crowd(article: str, ballots: list[Ballot]) -> None:
    from goldpress.errors import DataError

    if len(ballots) > MOST_SEATS:
        raise DataError(
            "GP-GOLD-001",
            f"{len(ballots)} people annotated one article, and at most {MOST_SEATS} can vote",
            where=article,
            hint="split the annotators into groups that label different articles",
        )
