"""What annotators said about the same things, counted by article: everything that agreement is computed from.

Every number is a function of sums over articles, so that shards can be added and articles resampled. A subject (the
label of entities, the type of claims …) has cells: unordered pairs of values that two annotators gave the same unit.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goldpress.annotations.agreement.bookkeeping import Bookkeeper
from goldpress.annotations.agreement.ledger import ALL, DOCUMENT, NONE, Ledger, Subject
from goldpress.annotations.agreement.selection import comparable
from goldpress.annotations.agreement.tokens import WordCounter
from goldpress.annotations.gold.electorate import Codes, Electorate, encode
from goldpress.annotations.gold.matching import Ints, Matches, match_all, number_rows
from goldpress.schemas.scheme import Attribute, Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BITS = 62
"""Labels of one layer that are told apart word by word; a scheme with more has the rest counted together."""


class Comparison:
    """One shard: counts everything in it into a ledger.

    Args:
        raw: Staged raw tables of whole articles, with ``articles`` for the words of their texts.
        scheme: The scheme.
        ledger: Added to.
        weights: Draws the articles' weights: called with the number of articles, returns samples x articles.
        choose: Chooses who is compared: of the ``annotations`` table, what ``comparable`` returns.
    """

    def __init__(
        self, raw: "Mapping[str, pa.Table]", scheme: Scheme, ledger: Ledger, weights: Any, choose: Any = comparable
    ) -> None:
        self.raw, self.scheme, self.ledger = raw, scheme, ledger
        roll, voted, mixed = choose(raw["annotations"])
        self.votes = Electorate(raw, roll=roll)
        self.size, self.seats = len(self.votes.articles), int(self.votes.ballot_seat.max(initial=-1)) + 1
        ledger.voted += voted
        ledger.compared += self.size
        ledger.skipped += roll.skipped
        ledger.mixed += mixed
        self.books = Bookkeeper(ledger, roll, self.votes.articles, self.seats, weights(self.size))

    def count(self) -> None:
        """Count everything."""
        if self.size == 0:
            return
        self._count_spans()
        self._count_words()
        self._count_attributes()
        self._count_relations()
        self._count_documents()

    # ── spans and words ─────────────────────────────────────────────────────────────────────────────────

    def _count_spans(self) -> None:
        spans = self.votes.spans
        for kind, least in (("overlap", 0.0), ("half", 0.5)):
            for one, other, found in match_all(spans.places, least=least):
                self._count_matches(kind, one, other, found)
        for layer, name in enumerate(spans.layer.values):
            mine = spans.layer.numbers == layer
            self._count_used(Subject("spans", name), mine)

    def _count_matches(self, kind: str, one: int, other: int, found: Matches) -> None:
        """Matches of two seats by label of both and, for overlaps, whether the place is the same."""
        spans = self.votes.spans
        a, b = spans.label.numbers[found.left], spans.label.numbers[found.right]
        same = (spans.places.start[found.left] == spans.places.start[found.right]) & (
            spans.places.end[found.left] == spans.places.end[found.right]
        )
        layer, article = spans.layer.numbers[found.left], spans.article[found.left]
        keys, first = number_rows(layer, np.minimum(a, b), np.maximum(a, b), same)
        labels = spans.label.values
        for y, name in enumerate(spans.layer.values):
            mine = layer[first] == y
            cells = [(kind, labels[min(a[at], b[at])], labels[max(a[at], b[at])], bool(same[at])) for at in first[mine]]
            rows = mine[keys]
            column = np.cumsum(mine) - 1
            self.books.enter(Subject("spans", name), one, other, article[rows], column[keys[rows]], cells)

    def _count_used(self, subject: Subject, mine: Any) -> None:
        """How many spans with each label each annotator of a pair has."""
        spans = self.votes.spans
        seat, article, label = spans.places.seat[mine], spans.article[mine], spans.label.numbers[mine]
        cells = [("used", name) for name in spans.label.values]
        self.ledger.counts[subject, ALL].units += float(mine.sum())
        for name, number in zip(spans.label.values, np.bincount(label, minlength=len(cells)).tolist(), strict=True):
            self.ledger.labelled[subject.layer, name] += number
        people = np.bincount(self.votes.ballot_article, minlength=self.size)
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = np.isin(seat, [one, other]) & (people[article] > other)
                self.books.enter(subject, one, other, article[both], label[both], cells)
                self.books.enter_units(subject, one, other, article[both])

    def _count_words(self) -> None:
        """Every word by the labels of the spans that it lies in; stretches between edges of spans count at once."""
        spans = self.votes.spans
        texts = self._texts()
        known = np.array([text is not None for text in texts], bool)
        counter = WordCounter([text or "" for text in texts])
        total = counter.words()
        begin = counter.before(spans.article, spans.places.start)
        end = np.maximum(counter.before(spans.article, spans.places.end), begin)
        for layer, name in enumerate(spans.layer.values):
            mine = (spans.layer.numbers == layer) & known[spans.article] & (end > begin)
            self._count_stretches(Subject("words", name), mine, begin, end, np.where(known, total, 0))

    def _count_stretches(self, subject: Subject, mine: Any, begin: Ints, end: Ints, total: Ints) -> None:
        spans, base = self.votes.spans, np.cumsum(total) - total
        article, seat, label = spans.article[mine], spans.places.seat[mine], spans.label.numbers[mine]
        opens, closes = base[article] + begin[mine], base[article] + end[mine]
        edges = np.unique(np.concatenate([base, opens, closes]))
        length = np.diff(np.r_[edges, total.sum()])
        of = np.searchsorted(base, edges, side="right") - 1
        # Articles without words share a base with the next one; their stretches have no length.
        masks = np.zeros((len(edges), self.seats), np.int64)
        present = np.unique(label).tolist()
        for bit, number in enumerate(present):
            depth = np.zeros((len(edges) + 1, self.seats), np.int64)
            hit = label == number
            np.add.at(depth, (np.searchsorted(edges, opens[hit]), seat[hit]), 1)
            np.add.at(depth, (np.searchsorted(edges, closes[hit]), seat[hit]), -1)
            masks |= (np.cumsum(depth, axis=0)[:-1] > 0).astype(np.int64) << min(bit, MOST_BITS)
        values, codes = np.unique(masks, return_inverse=True)
        labels = [spans.label.values[number] for number in present]
        names = [tuple(label for bit, label in enumerate(labels) if mask >> bit & 1) for mask in values.tolist()]
        people = np.bincount(self.votes.ballot_article, minlength=self.size)
        here = np.arange(self.seats)[None, :] < people[of][:, None]
        table: Ints = np.where(here, codes.reshape(masks.shape), -1)
        kept = length > 0
        self.books.enter_table(subject, table[kept], of[kept], names, length[kept].astype(np.float64))

    def _texts(self) -> list[str | None]:
        if "articles" not in self.raw:
            return [None] * self.size
        articles = self.raw["articles"]
        known = dict(zip(articles["article_id"].to_pylist(), articles["text"].to_pylist(), strict=True))
        return [known.get(article.split("\x00")[0]) for article in self.votes.articles]

    # ── attributes ──────────────────────────────────────────────────────────────────────────────────────

    def _count_attributes(self) -> None:
        spans = self.votes.spans
        members = np.bincount(spans.cluster, minlength=spans.clusters)
        for layer in self.scheme.span_layers:
            at: Ints = np.arange(len(spans.rows))
            rows: Ints = spans.rows
            if layer.table is not None:
                found = spans.find(self.raw[layer.table][f"{layer.table.removesuffix('s')}_id"])
                at, rows = found[found >= 0], np.flatnonzero(found >= 0)
            for entry in layer.attributes:
                if entry.published:
                    owners = {label.name for label in layer.labels if not entry.on or label.name in entry.on}
                    own = np.isin(spans.label.numbers, _numbers(spans.label, owners))[at]
                    subject = Subject("values", layer.name, entry.name)
                    self.ledger.possible[subject] += float(own.sum())
                    self.ledger.matched[subject] += float((members[spans.cluster[at[own]]] > 1).sum())
                    column = self.raw[layer.table or "spans"][entry.name].take(pa.array(rows[own], pa.int64()))
                    self._count_values(subject, entry, at[own], column)

    def _count_values(self, subject: Subject, entry: Attribute, at: Ints, column: Any) -> None:
        spans, codes = self.votes.spans, encode(column)
        numbers, names = codes.numbers, list(codes.values)
        if entry.kind == "topic":  # no topic is a set, too: the empty one
            names.append(())
            numbers = np.asarray(np.where(numbers < 0, len(names) - 1, numbers))
        table: Ints = np.full((spans.clusters, self.seats), -1)
        table[spans.cluster[at], spans.places.seat[at]] = numbers
        kept = (table >= 0).sum(axis=1) > 1
        article = spans.of_cluster(spans.article)
        self.books.enter_table(subject, table[kept], article[kept], names)

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────

    def _count_relations(self) -> None:
        if not self.scheme.relation_layers:
            return
        table, spans, votes = self.raw["relations"], self.votes.spans, self.votes
        ballot, layers, types = votes.ballots_of("relations"), encode(table["layer"]), encode(table["type"])
        ends = [np.r_[spans.cluster, -1][spans.find(table[name])] for name in ("from_span", "to_span")]
        usable = (ballot >= 0) & (layers.numbers >= 0) & (types.numbers >= 0) & (ends[0] >= 0) & (ends[1] >= 0)
        entity = self._entities(table)
        for layer in self.scheme.relation_layers:
            mine = np.flatnonzero(usable & np.isin(layers.numbers, _numbers(layers, {layer.name})))
            where = ends[0][mine], ends[1][mine], entity[mine]
            self._count_links(Subject("links", layer.name), ballot[mine], types.numbers[mine], types.values, *where)
            if len(layer.labels) > 1:
                self._count_kinds(Subject("values", layer.name), ballot[mine], types, mine, *where[:2])
            else:
                self._count_ends(Subject("values", layer.name), ballot[mine], *where[:2])

    def _entities(self, table: Any) -> Ints:
        """A number for the entity at the end of each relation; without one, for the cluster of the span."""
        spans = self.votes.spans
        target = spans.find(table["to_span"])
        entity = encode(spans.table["entity_id"]).numbers
        lone = len(spans.table) + np.r_[spans.cluster, -1][target]
        found = np.where(target >= 0, np.r_[entity, -1][np.r_[spans.rows, -1][target]], -1)
        return np.asarray(np.where(found >= 0, found, lone))

    def _count_links(
        self, subject: Subject, ballot: Ints, kind: Ints, names: list[str], start: Ints, end: Ints, entity: Ints
    ) -> None:
        """Relations that two annotators share: with the same ends and label, and with the same entity at the end."""
        article, seat = self.votes.ballot_article[ballot], self.votes.ballot_seat[ballot]
        people = np.bincount(self.votes.ballot_article, minlength=self.size)
        cells = [(what, name) for what in ("used", "strict", "entity", "used entity") for name in names]
        size = len(names)
        self.ledger.counts[subject, ALL].units += float(len(number_rows(article, seat, start, end, kind)[1]))
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = np.isin(seat, [one, other]) & (people[article] > other)
                rows = [(article[both], kind[both])]
                shared = []
                for target in (end, entity):
                    a, b = (_distinct(start, target, kind, seat == of) for of in (one, other))
                    _, at, _ = np.intersect1d(a[1], b[1], return_indices=True)
                    shared.append((article[a[0][at]], kind[a[0][at]]))
                    used = np.r_[a[0], b[0]]
                    rows.append(
                        (article[used][people[article[used]] > other], kind[used][people[article[used]] > other])
                    )
                parts = [rows[1], shared[0], shared[1], rows[2]]
                columns = np.concatenate([part[1] + number * size for number, part in enumerate(parts)])
                self.books.enter(subject, one, other, np.concatenate([part[0] for part in parts]), columns, cells)
                self.books.enter_units(subject, one, other, parts[0][0])

    def _count_kinds(self, subject: Subject, ballot: Ints, types: Codes, mine: Ints, start: Ints, end: Ints) -> None:
        """The label of each pair of spans that anybody linked, or none, for those who marked both spans."""
        cells, first = number_rows(start, end)
        names = [*types.values, NONE]
        table = np.full((len(first), self.seats), -1)
        marked = self._marked()
        table[marked[start[first]] & marked[end[first]]] = len(types.values)
        table[cells, self.votes.ballot_seat[ballot]] = types.numbers[mine]
        self._count_choice(subject, table, ballot, first, names)

    def _count_ends(self, subject: Subject, ballot: Ints, start: Ints, end: Ints) -> None:
        """What each matched span is linked to: a set of spans, the empty one where it is linked to nothing."""
        cells, first = number_rows(start)
        sets: dict[tuple[int, int], set[int]] = defaultdict(set)
        for cell, seat, target in zip(
            cells.tolist(), self.votes.ballot_seat[ballot].tolist(), end.tolist(), strict=True
        ):
            sets[cell, seat].add(target)
        place: dict[tuple[int, ...], int] = {(): 0}
        table = np.where(self._marked()[start[first]], 0, -1)
        for (cell, seat), targets in sets.items():
            # Targets of different articles have different numbers.
            table[cell, seat] = place.setdefault(tuple(sorted(targets)), len(place))
        self._count_choice(subject, table, ballot, first, None)

    def _count_choice(self, subject: Subject, table: Ints, ballot: Ints, first: Ints, names: list[Any] | None) -> None:
        self.ledger.possible[subject] += float(len(first))
        kept = (table >= 0).sum(axis=1) > 1
        self.ledger.matched[subject] += float(kept.sum())
        article = self.votes.ballot_article[ballot[first]] if len(first) else np.empty(0, np.int64)
        self.books.enter_table(subject, table[kept], article[kept], names)

    def _marked(self) -> Any:
        """Whether each cluster (row) has a span of each seat (column)."""
        spans = self.votes.spans
        marked = np.zeros((spans.clusters, self.seats), bool)
        marked[spans.cluster, spans.places.seat] = True
        return marked

    # ── the whole article ───────────────────────────────────────────────────────────────────────────────

    def _count_documents(self) -> None:
        if not self.scheme.document_labels:
            return
        table, votes = self.raw["doc_labels"], self.votes
        ballot, names, answers = votes.ballots_of("doc_labels"), encode(table["name"]), encode(table["value"])
        for entry in self.scheme.document_labels:
            if entry.published:
                mine = np.flatnonzero(
                    (ballot >= 0) & (answers.numbers >= 0) & np.isin(names.numbers, _numbers(names, {entry.name}))
                )
                said = np.full((self.size, self.seats), -1)
                said[votes.ballot_article[ballot[mine]], votes.ballot_seat[ballot[mine]]] = answers.numbers[mine]
                kept = (said >= 0).sum(axis=1) > 1
                subject = Subject("values", DOCUMENT, entry.name)
                self.ledger.possible[subject] += float((said >= 0).any(axis=1).sum())
                self.ledger.matched[subject] += float(kept.sum())
                self.books.enter_table(subject, said[kept], np.flatnonzero(kept), answers.values)


def _numbers(codes: Codes, names: set[str]) -> Ints:
    return np.array([at for at, name in enumerate(codes.values) if name in names], np.int64)


def _distinct(start: Ints, end: Ints, kind: Ints, mine: Any) -> tuple[Ints, Any]:
    """Rows of one annotator's relations, each once, with a key of what they say."""
    rows = np.flatnonzero(mine)
    once = rows[number_rows(start[rows], end[rows], kind[rows])[1]]
    keys = np.empty(len(once), dtype="i8,i8,i8")
    keys["f0"], keys["f1"], keys["f2"] = start[once], end[once], kind[once]
    return once, keys
