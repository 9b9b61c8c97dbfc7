"""The journal of the elections, from which ``gold_provenance`` is written."""

from typing import Any

import pyarrow as pa

from goldpress.annotations.gold.elections import ADJUDICATED, Outcome, provenance, to_lists
from goldpress.annotations.gold.electorate import Electorate, inside, pc, take, whole
from goldpress.annotations.gold.matching import Ints


class Journal:
    """Notes how every election went, and who decided it."""

    def __init__(self, votes: Electorate) -> None:
        self.voters, self.notes = votes.voters, list[pa.Table]()
        deciders = {ballot.article_id: ballot for ballot in votes.roll.ballots if ballot.decides}
        names = votes.articles
        self.article_ids = pa.array(names, pa.string())
        self.decided_by = pa.array([deciders[a].annotator_pid if a in deciders else None for a in names], pa.string())
        times = [deciders[a].updated_at if a in deciders else None for a in names]
        self.decided_at = pa.array(times, pa.timestamp("us", tz="UTC"))

    def note(
        self,
        outcome: Outcome,
        elections: Ints,
        table: str,
        field: str,
        texts: Any,
        *,
        gold_id: Any,
        article: Ints,
        members: tuple[Ints, Any],
    ) -> None:
        """Note some elections.

        Args:
            outcome: How they went, and others with them.
            elections: Which of them are noted.
            table: The gold table that they are about.
            field: The column, ``*`` for the existence of rows, or ``boundary``.
            texts: What the numbers of the values are called.
            gold_id: The id of each election's row.
            article: The number of each election's article.
            members: What voted: rows of which election, and their ids.
        """
        article = article[elections]
        where = pa.array(article, pa.int64())
        ruled = pa.array(outcome.source[elections] == ADJUDICATED)
        self.notes.append(
            provenance(
                outcome,
                elections,
                table=table,
                field=field,
                gold_id=take(gold_id, elections),
                article_id=self.article_ids.take(where),
                voters=self.voters[article],
                values=pa.array(list(texts), pa.string()),
                members=to_lists(*members, elections),
                decided_by=pc.if_else(ruled, self.decided_by.take(where), None),
                decided_at=pc.if_else(ruled, self.decided_at.take(where), None),
            )
        )

    def columns(self, withdrawn: set[str]) -> dict[str, Any]:
        """Return everything that was noted; what was withdrawn, by table, id and field, is open."""
        notes = pa.concat_tables(self.notes)
        columns = {name: whole(notes[name]) for name in notes.column_names}
        key = pc.binary_join_element_wise(columns["table"], columns["gold_id"], columns["field"], ":")
        bad = inside(key, pa.array(sorted(withdrawn), pa.string()))
        if bad.any():
            good = pa.array(~bad)
            columns["value"] = pc.if_else(good, columns["value"], None)
            columns["gold_source"] = pc.if_else(good, columns["gold_source"], None)
            columns["n_votes"] = pc.if_else(good, columns["n_votes"], pa.scalar(0, pa.int32()))
        return {"provenance_id": key, **columns}
