"""From votes to gold tables, by the column: spans, their attributes, relations, document labels, provenance."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goldpress.annotations.gold.elections import (
    ABSENT,
    ADJUDICATED,
    MAJORITY,
    OPEN,
    PRESENCE,
    PRESENT,
    SINGLE,
    SOURCES,
    UNANIMOUS,
    Outcome,
    settle,
    take_strings,
    tally_presence,
)
from goldpress.annotations.gold.electorate import Codes, Electorate, choose, encode, pc, take, whole
from goldpress.annotations.gold.journal import Journal
from goldpress.annotations.gold.matching import Ints, number_rows
from goldpress.annotations.gold.tallies import Bools, Tally, count_votes
from goldpress.annotations.gold.withdrawals import Columns, withdraw_unsupported
from goldpress.annotations.tables.words import digest
from goldpress.schemas.scheme import Attribute, Scheme, SpanLayer
from goldpress.schemas.tables import tables as contracts
from goldpress.workspace import GoldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Consensus:
    """The gold of whole articles; ``tables`` is the result."""

    def __init__(self, raw: "Mapping[str, pa.Table]", scheme: Scheme, rules: GoldSettings) -> None:
        self.raw, self.scheme, self.rules = raw, scheme, rules
        self.votes = Electorate(raw)
        self.out: dict[str, Columns] = {}
        self.journal = Journal(self.votes)
        self.article_ids = pa.array(self.votes.articles, pa.string())

    def tables(self) -> "dict[str, pa.Table]":
        """Return every gold table but the derived ones, staged."""
        self._elect_spans()
        self._elect_attributes()
        self._elect_relations()
        self._elect_doc_labels()
        withdrawn = withdraw_unsupported(self.out, self.scheme)
        self.out["gold_provenance"] = self.journal.columns(withdrawn)
        derived = {f"gold_{layer.table}" for layer in self.scheme.relation_layers if layer.table}
        out = {}
        for name, contract in contracts(self.scheme).items():
            if contract.layer == "gold" and name not in derived:
                out[name] = _to_table(self.out.get(name, {}), contract.to_arrow(staged=True), contract.key)
        return out

    # ── spans ───────────────────────────────────────────────────────────────────────────────────────────

    def _elect_spans(self) -> None:
        spans, votes = self.votes.spans, self.votes
        self.article = spans.of_cluster(spans.article)
        self.layer = spans.of_cluster(spans.layer.numbers)
        size, counts = spans.clusters, votes.ballot_counts[spans.ballot]
        decides = votes.ballot_decides[spans.ballot]
        ruled, voters = votes.ruled[self.article], votes.voters[self.article]
        place, first = number_rows(spans.places.start, spans.places.end)
        present = np.bincount(spans.cluster[counts], minlength=size).astype(np.int64)
        marked = choose(np.ones(len(spans.rows), np.int64), spans.cluster, decides, size) > 0
        exists = self._exists(present, voters, ruled, marked)
        where = _elect(place, spans.cluster, counts, decides, ruled, size, plurality=True)
        label = _elect(spans.label.numbers, spans.cluster, counts, decides, ruled, size)
        torn = (exists.winner == PRESENT) & ((where.winner < 0) | (label.winner < 0))
        ids = self._name_spans(where.winner, label.winner, spans.places.start[first], spans.places.end[first])
        twice = (exists.winner == PRESENT) & ~torn & _repeats(ids)
        exists = exists.reopen(torn | twice)
        self.kept = exists.winner == PRESENT
        self.gold_ids = pa.array(
            [
                f"{name}#{at}" if odd else name
                for at, (name, odd) in enumerate(zip(ids, _repeats(ids, prefer=self.kept), strict=True))
            ],
            pa.string(),
        )
        mixed = (where.tally.distinct > 1) | (label.tally.distinct > 1)
        exists.source[self.kept & mixed & (exists.source == UNANIMOUS)] = MAJORITY
        self.exists, self.label = exists, label.winner
        members = _members(spans.cluster, take(spans.table["span_id"], spans.rows))
        self.told: dict[str, Any] = {"gold_id": self.gold_ids, "article": self.article, "members": members}
        self._note_spans(where, label, first)
        self._write_spans(where.winner, place, spans.places.start[first], spans.places.end[first])

    def _exists(self, present: Ints, voters: Ints, ruled: Bools, marked: Bools) -> Outcome:
        """Whether a row exists: enough votes, and more for it than against it, or the adjudicator's word."""
        tally = tally_presence(present, voters)
        share = present / np.maximum(voters, 1)
        enough = (present >= self.rules.user_threshold) & (share >= self.rules.confidence_threshold) & ~tally.tie
        source = np.where(tally.tie, OPEN, np.where(tally.distinct == 1, UNANIMOUS, MAJORITY))
        source = np.where((voters == 1) & enough, SINGLE, source)
        source = np.where(ruled, ADJUDICATED, source)
        yes = np.where(ruled, marked, enough)
        winner = np.where(source == OPEN, -1, np.where(yes, PRESENT, ABSENT))
        votes = np.where(winner == PRESENT, present, np.where(winner == ABSENT, voters - present, 0))
        return Outcome(winner, source, votes, tally)

    def _name_spans(self, where: Ints, label: Ints, starts: Ints, ends: Ints) -> list[str]:
        """The id of each cluster: what it is, or what its first member is where that is open."""
        spans = self.votes.spans
        order = np.lexsort((spans.label.numbers, spans.places.end, spans.places.start, spans.cluster))
        rough = order[np.searchsorted(spans.cluster[order], np.arange(spans.clusters))]
        start = np.where(where >= 0, starts[where], spans.places.start[rough])
        end = np.where(where >= 0, ends[where], spans.places.end[rough])
        what = np.where(label >= 0, label, spans.label.numbers[rough])
        articles, layers, labels = self.votes.articles, spans.layer.values, spans.label.values
        columns = (self.article.tolist(), self.layer.tolist(), start.tolist(), end.tolist(), what.tolist())
        return [
            "g-" + digest(articles[a], layers[y], str(s), str(e), labels[w])
            for a, y, s, e, w in zip(*columns, strict=True)
        ]

    def _note_spans(self, where: Outcome, label: Outcome, first: Ints) -> None:
        spans = self.votes.spans
        self.journal.note(self.exists, np.arange(spans.clusters), "gold_spans", "*", PRESENCE, **self.told)
        places = [f"{s}-{e}" for s, e in zip(spans.places.start[first], spans.places.end[first], strict=True)]
        alive = self.kept | (self.exists.source == OPEN)
        for outcome, field, texts in ((where, "boundary", places), (label, "label", spans.label.values)):
            disputed = np.flatnonzero(alive & outcome.disputed())
            self.journal.note(outcome, disputed, "gold_spans", field, texts, **self.told)

    def _write_spans(self, where: Ints, place: Ints, starts: Ints, ends: Ints) -> None:
        spans = self.votes.spans
        kept = np.flatnonzero(self.kept)
        # The text of a member that has the boundary: it is the article's, whoever it comes from.
        source = choose(spans.rows, spans.cluster, place == where[spans.cluster], spans.clusters)
        self.row_of_cluster = np.full(spans.clusters + 1, -1)
        self.row_of_cluster[kept] = np.arange(len(kept))
        self.base = {
            "article_id": take(self.article_ids, self.article[kept]),
            "start": pa.array(starts[where[kept]].astype(np.int32)),
            "end": pa.array(ends[where[kept]].astype(np.int32)),
            "text": take(spans.table["text"], source[kept]),
            "gold_source": take_strings(SOURCES, self.exists.source[kept]),
            "n_annotators": pa.array(self.votes.voters[self.article[kept]].astype(np.int32)),
            "n_votes": pa.array(self.exists.votes[kept].astype(np.int32)),
        }
        self.out["gold_spans"] = {
            **self.base,
            "span_id": take(self.gold_ids, kept),
            "layer": take_strings(spans.layer.values, self.layer[kept]),
            "label": take_strings(spans.label.values, self.label[kept]),
        }

    # ── attributes ──────────────────────────────────────────────────────────────────────────────────────

    def _elect_attributes(self) -> None:
        spans = self.votes.spans
        kept = np.flatnonzero(self.kept)
        for layer in self.scheme.span_layers:
            position: tuple[Ints, Ints] = np.arange(len(spans.rows)), spans.rows
            if layer.table is not None:
                key = f"{layer.table.removesuffix('s')}_id"
                found = spans.find(self.raw[layer.table][key])
                position = found[found >= 0], np.flatnonzero(found >= 0)
                owners = {label.name for label in layer.labels if layer.attributes_of(label.name)}
                mine = kept[np.isin(self.label[kept], _codes(spans.label, owners))]
                taken = pa.array(self.row_of_cluster[mine])
                self.out[f"gold_{layer.table}"] = {name: column.take(taken) for name, column in self.base.items()}
                self.out[f"gold_{layer.table}"][key] = take(self.gold_ids, mine)
            else:
                mine = kept
            for entry in layer.attributes:
                if entry.published:
                    self._elect_attribute(layer, entry, mine, *position)

    def _elect_attribute(self, layer: SpanLayer, entry: Attribute, mine: Ints, position: Ints, rows: Ints) -> None:
        """One attribute of every gold span that has it; what an annotator left open is no vote."""
        spans, votes = self.votes.spans, self.votes
        source, table = ("spans", "gold_spans") if layer.table is None else (layer.table, f"gold_{layer.table}")
        owners = {label.name for label in layer.labels if not entry.on or label.name in entry.on}
        column = take(self.raw[source][entry.name], rows)
        codes = encode(column)
        cells = spans.cluster[position]
        has = np.zeros(spans.clusters, bool)
        has[mine] = np.isin(self.label[mine], _codes(spans.label, owners))
        ballot = spans.ballot[position]
        said = (codes.numbers >= 0) & has[cells]
        ruled = votes.ruled[self.article] & has
        counts, decides = said & votes.ballot_counts[ballot], said & votes.ballot_decides[ballot]
        outcome = _elect(codes.numbers, cells, counts, decides, ruled, spans.clusters)
        told = np.flatnonzero(has & ((outcome.tally.total > 0) | (outcome.winner >= 0)))
        self.journal.note(outcome, told, table, entry.name, codes.texts(), **self.told)
        values = pa.array([list(v) if isinstance(v, tuple) else v for v in codes.values], column.type)
        winner = outcome.winner[mine]
        found = values.take(pa.array(winner, pa.int64(), mask=winner < 0))
        known = self.out[table].get(entry.name)
        self.out[table][entry.name] = found if known is None else pc.coalesce(known, found)

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────

    def _elect_relations(self) -> None:
        """A pair of gold spans is linked by majority; a tie between labels of one layer stays open."""
        if not self.scheme.relation_layers:
            return
        table, spans, votes = self.raw["relations"], self.votes.spans, self.votes
        ballot, layers, types = votes.ballots_of("relations"), encode(table["layer"]), encode(table["type"])
        ends = [np.r_[spans.cluster, -1][spans.find(table[name])] for name in ("from_span", "to_span")]
        alive = np.r_[self.kept, False]
        usable = (ballot >= 0) & (layers.numbers >= 0) & alive[ends[0]] & alive[ends[1]] & (ends[0] != ends[1])
        rows = np.flatnonzero(usable)
        ballot, layer, kind = ballot[rows], layers.numbers[rows], types.numbers[rows]
        cells, first = number_rows(layer, ends[0][rows], ends[1][rows])
        size, article = len(first), votes.ballot_article[ballot[first]]
        # Two labels of one annotator on one pair say that there is a relation, not which.
        voter, one = number_rows(cells, ballot)
        labels = number_rows(cells, ballot, kind)[1]
        clear = labels[np.bincount(voter[labels], minlength=len(one))[voter[labels]] == 1]
        counts, decides, ruled = votes.ballot_counts[ballot], votes.ballot_decides[ballot], votes.ruled[article]
        present = np.bincount(cells[one[counts[one]]], minlength=size).astype(np.int64)
        marked = choose(np.ones(len(rows), np.int64), cells, decides, size) > 0
        exists = self._exists(present, votes.voters[article], ruled, marked)
        what = _elect(kind[clear], cells[clear], counts[clear], decides[clear], ruled, size)
        exists = exists.reopen((exists.winner == PRESENT) & (what.winner < 0))
        exists.source[(exists.source == UNANIMOUS) & (what.tally.distinct > 1)] = MAJORITY
        least = np.full(size, len(types.values))
        np.minimum.at(least, cells, kind)
        named = np.where(what.winner >= 0, what.winner, least)
        origin, target = (take(self.gold_ids, end[rows][first]) for end in ends)
        names = [votes.articles[a] for a in article.tolist()], [layers.values[y] for y in layer[first].tolist()]
        parts = zip(
            *names, origin.to_pylist(), target.to_pylist(), [types.values[k] for k in named.tolist()], strict=True
        )
        ids = pa.array(["g-" + digest(*part) for part in parts], pa.string())
        members = _members(cells, take(table["relation_id"], rows))
        told: dict[str, Any] = {"gold_id": ids, "article": article, "members": members}
        self.journal.note(exists, np.arange(size), "gold_relations", "*", PRESENCE, **told)
        open_or_kept = (exists.winner == PRESENT) | (exists.source == OPEN)
        self.journal.note(
            what,
            np.flatnonzero(open_or_kept & what.disputed()),
            "gold_relations",
            "type",
            types.values,
            **told,
        )
        kept = np.flatnonzero(exists.winner == PRESENT)
        self.out["gold_relations"] = {
            "relation_id": take(ids, kept),
            "article_id": take(self.article_ids, article[kept]),
            "layer": take_strings(layers.values, layer[first][kept]),
            "type": take_strings(types.values, what.winner[kept]),
            "from_span": take(origin, kept),
            "to_span": take(target, kept),
            **self._support(exists, kept, article),
        }

    # ── the whole article ───────────────────────────────────────────────────────────────────────────────

    def _elect_doc_labels(self) -> None:
        if not self.scheme.document_labels:
            return
        table, votes = self.raw["doc_labels"], self.votes
        ballot = votes.ballots_of("doc_labels")
        names, answers = encode(table["name"]), encode(table["value"])
        rows = np.flatnonzero((ballot >= 0) & (names.numbers >= 0) & (answers.numbers >= 0))
        ballot, value = ballot[rows], answers.numbers[rows]
        cells, first = number_rows(votes.ballot_article[ballot], names.numbers[rows])
        article, name = votes.ballot_article[ballot][first], names.numbers[rows][first]
        counts, decides = votes.ballot_counts[ballot], votes.ballot_decides[ballot]
        outcome = _elect(value, cells, counts, decides, votes.ruled[article], len(first))
        ids = [f"{votes.articles[a]}:{names.values[n]}" for a, n in zip(article.tolist(), name.tolist(), strict=True)]
        gold_ids = pa.array(ids, pa.string())
        members = _members(cells, take(table["doc_label_id"], rows))
        told: dict[str, Any] = {"gold_id": gold_ids, "article": article, "members": members}
        self.journal.note(outcome, np.arange(len(first)), "gold_doc_labels", "value", answers.values, **told)
        kept = np.flatnonzero(outcome.winner >= 0)
        self.out["gold_doc_labels"] = {
            "doc_label_id": take(gold_ids, kept),
            "article_id": take(self.article_ids, article[kept]),
            "name": take_strings(names.values, name[kept]),
            "value": take_strings(answers.values, outcome.winner[kept]),
            **self._support(outcome, kept, article),
        }

    def _support(self, outcome: Outcome, kept: Ints, article: Ints) -> Columns:
        return {
            "gold_source": take_strings(SOURCES, outcome.source[kept]),
            "n_annotators": pa.array(self.votes.voters[article[kept]].astype(np.int32)),
            "n_votes": pa.array(outcome.votes[kept].astype(np.int32)),
        }


def _elect(
    value: Ints, cells: Ints, counts: Bools, decides: Bools, ruled: Bools, size: int, *, plurality: bool = False
) -> Outcome:
    tally: Tally = count_votes(cells[counts], value[counts], size)
    return settle(tally, ruled, choose(value, cells, decides, size), plurality=plurality)


def _members(cells: Ints, ids: Any) -> tuple[Ints, Any]:
    """The ids of every cell's rows in order, and the cell of each."""
    ids = whole(ids)
    rank = np.empty(len(ids), np.int64)
    rank[pc.array_sort_indices(ids).to_numpy()] = np.arange(len(ids))
    order = np.lexsort((rank, cells))
    return cells[order], take(ids, order)


def _repeats(names: list[str], prefer: Bools | None = None) -> Bools:
    """Which names stood before; the ``prefer``red one is the first."""
    if len(set(names)) == len(names):
        return np.zeros(len(names), bool)
    order = np.arange(len(names)) if prefer is None else np.argsort(~prefer, kind="stable")
    seen: set[str] = set()
    found = np.zeros(len(names), bool)
    for at in order.tolist():
        found[at] = names[at] in seen
        seen.add(names[at])
    return found


def _codes(labels: Codes, names: set[str]) -> Ints:
    return np.array([at for at, name in enumerate(labels.values) if name in names], np.int64)


def _to_table(columns: Columns, schema: "pa.Schema", key: str) -> "pa.Table":
    """Columns under a schema, missing ones null."""
    size = len(columns[key]) if key in columns else 0
    out = []
    for field in schema:
        column = columns.get(field.name)
        if column is None:
            out.append(pa.nulls(size, field.type))
        else:
            out.append(whole(column).cast(field.type))
    return pa.Table.from_arrays(out, schema=schema)
