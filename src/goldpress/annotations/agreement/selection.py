"""Who is compared with whom: first readings of an article, or first and second ones of the same person."""

from collections import defaultdict
from typing import TYPE_CHECKING

from goldpress.annotations.gold.ballots import PRIMARY, REPEAT, Ballot, Roll, call_roll

if TYPE_CHECKING:
    import pyarrow as pa


def comparable(annotations: "pa.Table") -> tuple[Roll, int, int]:
    """Return the first readings that can be compared, how many articles anybody read, and how many were mixed.

    Annotations that were made under different versions of the guidelines are not compared with each other: a changed
    rule is no disagreement. An article that was read under two versions counts as two.
    """
    roll = call_roll(annotations, roles=PRIMARY)
    ids, versions = annotations["annotation_id"].to_pylist(), annotations["guideline_version"].to_pylist()
    version = dict(zip(ids, versions, strict=True))
    groups: dict[str, list[Ballot]] = {}
    mixed = 0
    for article, ballots in roll.by_article.items():
        apart = defaultdict(list)
        for ballot in ballots:
            apart[version.get(ballot.annotation_id)].append(ballot)
        mixed += len(apart) > 1
        for number, group in enumerate(group for group in apart.values() if len(group) > 1):
            key = article if number == 0 else f"{article}\x00{number}"
            groups[key] = [
                Ballot(b.annotation_id, key, b.annotator_pid, seat, decides=False) for seat, b in enumerate(group)
            ]
    whole_roll = Roll([b for group in groups.values() for b in group], roll.skipped, groups)
    return whole_roll, len(roll.by_article), mixed


def repeated(annotations: "pa.Table") -> tuple[Roll, int, int]:
    """Return first and second readings of the same person, as two annotators of an article of their own."""
    first, second = call_roll(annotations, roles=PRIMARY), call_roll(annotations, roles=(REPEAT,))
    groups: dict[str, list[Ballot]] = {}
    for article, ballots in second.by_article.items():
        before = {ballot.annotator_pid: ballot for ballot in first.by_article.get(article, ())}
        for ballot in ballots:
            pid = ballot.annotator_pid
            if pid in before:
                key = f"{article}\x00{pid}"
                names = (before[pid].annotation_id, pid), (ballot.annotation_id, f"{pid} again")
                groups[key] = [
                    Ballot(annotation, key, name, seat, decides=False) for seat, (annotation, name) in enumerate(names)
                ]
    return Roll([b for group in groups.values() for b in group], second.skipped, groups), len(second.by_article), 0
