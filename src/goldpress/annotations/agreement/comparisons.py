"""What annotators said about the same things, counted by article: everything that agreement is computed from.

Every number is a function of sums over articles, so that shards can be added and articles resampled. A subject (the
label of entities, the type of claims …) has cells: unordered pairs of values that two annotators gave the same unit.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goldpress.annotations.agreement.ledger import ALL, DOCUMENT, NONE, Ledger, Pair, Subject
from goldpress.annotations.agreement.tokens import WordCounter
from goldpress.annotations.gold.ballots import PRIMARY, REPEAT, Ballot, Roll, call_roll
from goldpress.annotations.gold.electorate import Codes, Electorate, encode
from goldpress.annotations.gold.matching import Floats, Ints, Matches, match_all, number_rows
from goldpress.schemas.scheme import Attribute, Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BITS = 62
"""Labels of one layer that are told apart word by word; a scheme with more has the rest counted together."""
LOCAL_CELLS: list[tuple[str, str]] = [(NONE, NONE), (NONE, "(some)"), ("(some)", "(some)"), ("(some)", "(others)")]
"""Cells of values of which each occurs in one article only, apart from ``NONE``: what each is called is not kept."""


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
        self.weights: Floats = weights(self.size)
        self.pairs = self._pair_up()
        for seats, pairs in self.pairs.items():
            ledger.seated[seats].update(pair for pair, _ in pairs)
        # Drawn once for each pair: every subject is weighed by them.
        self.drawn = {seats: [self.weights[:, rows] for _, rows in pairs] for seats, pairs in self.pairs.items()}

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
            self._put(Subject("spans", name), one, other, article[rows], column[keys[rows]], cells)

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
                self._put(subject, one, other, article[both], label[both], cells)
                self._units(subject, one, other, article[both])

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
        self._count_table(subject, table[kept], of[kept], names, length[kept].astype(np.float64))

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
        self._count_table(subject, table[kept], article[kept], names)

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
                self._put(subject, one, other, np.concatenate([part[0] for part in parts]), columns, cells)
                self._units(subject, one, other, parts[0][0])

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
        self._count_table(subject, table[kept], article[kept], names)

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
                self._count_table(subject, said[kept], np.flatnonzero(kept), answers.values)

    # ── into the ledger ─────────────────────────────────────────────────────────────────────────────────

    def _pair_up(self) -> dict[tuple[int, int], list[tuple[Pair, Ints]]]:
        """The people behind every pair of seats, and the articles that they share."""
        found: dict[tuple[int, int], dict[Pair, list[int]]] = defaultdict(lambda: defaultdict(list))
        for at, article in enumerate(self.votes.articles):
            names = [ballot.annotator_pid for ballot in self.votes.roll.by_article[article]]
            for one in range(len(names)):
                for other in range(one + 1, len(names)):
                    found[one, other][names[one], names[other]].append(at)
        return {seats: [(pair, np.array(rows)) for pair, rows in by.items()] for seats, by in found.items()}

    def _count_table(
        self, subject: Subject, table: Ints, article: Ints, names: list[Any] | None, amount: Floats | None = None
    ) -> None:
        """Values of units (rows) by seat (columns), -1 where there is none: the cells of every pair of seats.

        Without names, 0 is ``NONE``, and every other value occurs in one article only.
        """
        per_unit = np.maximum((table >= 0).sum(axis=1) - 1, 1)
        amount = np.ones(len(table)) if amount is None else amount
        self.ledger.counts[subject, ALL].units += float(amount[(table >= 0).sum(axis=1) > 1].sum())
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = (table[:, one] >= 0) & (table[:, other] >= 0)
                low = np.minimum(table[both, one], table[both, other])
                high = np.maximum(table[both, one], table[both, other])
                column, cells = _local_cells(low, high) if names is None else _named_cells(low, high, names)
                self._put(subject, one, other, article[both], column, cells, amount[both], 1.0 / per_unit[both])
                self._units(subject, one, other, article[both], amount[both])
        if names is None:
            self._count_squares(subject, table, article, 1.0 / per_unit)

    def _count_squares(self, subject: Subject, table: Ints, article: Ints, share: Floats) -> None:
        """How often each value but 0 was used, squared, by article; a sample weighs it by its squared weight."""
        size = int(table.max(initial=0)) + 1
        home = np.zeros(size, np.int64)
        home[np.maximum(table, 0)] = article[:, None]
        whole = np.zeros(size)
        for one in range(self.seats):
            for other in range(one + 1, self.seats):
                both = (table[:, one] >= 0) & (table[:, other] >= 0)
                values, twice = table[both][:, [one, other]].ravel(), np.repeat(share[both], 2)
                whole += np.bincount(values, twice, size)
                squares = self._squares(home, np.bincount(values, minlength=size))
                seats = one, other
                for (pair, rows), weights in zip(self.pairs.get(seats, ()), self.drawn.get(seats, ()), strict=True):
                    self._add_squares(subject, pair, squares[rows], weights)
        self._add_squares(subject, ALL, self._squares(home, whole), self.weights)

    def _squares(self, home: Ints, used: Any) -> Floats:
        return np.asarray(np.bincount(home[1:], used[1:] ** 2.0, minlength=self.size), np.float64)

    def _add_squares(self, subject: Subject, pair: Pair, found: Floats, weights: Floats) -> None:
        if found.any():
            counts, more = self.ledger.counts[subject, pair], weights**2 @ found
            counts.squares = more if counts.squares is None else counts.squares + more

    def _units(self, subject: Subject, one: int, other: int, article: Ints, amount: Floats | None = None) -> None:
        """Count the units of every pair of people, and note who they are."""
        sums = np.bincount(article, amount, minlength=self.size)
        for pair, rows in self.pairs.get((one, other), ()):
            units = float(sums[rows].sum())
            if units:
                self.ledger.counts[subject, pair].units += units
                self.ledger.counts[subject, pair].annotators.update(pair)
                self.ledger.counts[subject, ALL].annotators.update(pair)

    def _put(
        self,
        subject: Subject,
        one: int,
        other: int,
        article: Ints,
        column: Ints,
        cells: list[Any],
        amount: Floats | None = None,
        share: Floats | None = None,
    ) -> None:
        """Add amounts by article and cell, weighed for every sample: to the pair as they are, to all by ``share``."""
        if len(article) == 0:
            return
        size = len(cells)
        flat = article * size + column
        amount = np.ones(len(article)) if amount is None else amount
        by_pair = np.bincount(flat, amount, self.size * size).reshape(self.size, size)
        seats = one, other
        self.ledger.heard[subject].add(seats)
        # Where nothing is shared out, all annotators together are the sum of the pairs.
        undivided = share is None or bool((share == 1).all())
        for (pair, rows), weights in zip(self.pairs.get(seats, ()), self.drawn.get(seats, ()), strict=True):
            self._add(subject, (pair, ALL) if undivided else (pair,), cells, by_pair[rows], weights)
        if share is not None and not undivided:
            whole = np.bincount(flat, amount * share, self.size * size).reshape(self.size, size)
            self._add(subject, (ALL,), cells, whole, self.weights)

    def _add(self, subject: Subject, pairs: tuple[Pair, ...], cells: list[Any], found: Any, weights: Floats) -> None:
        used = np.flatnonzero(found.any(axis=0))
        sums = weights @ found[:, used].astype(np.float64)
        for pair in pairs:
            into = self.ledger.counts[subject, pair].sums
            for at, cell in enumerate(cells[number] for number in used.tolist()):
                into[cell] = into[cell] + sums[:, at] if cell in into else sums[:, at].copy()


def _numbers(codes: Codes, names: set[str]) -> Ints:
    return np.array([at for at, name in enumerate(codes.values) if name in names], np.int64)


def _named_cells(low: Ints, high: Ints, names: list[Any]) -> tuple[Ints, list[Any]]:
    column, first = number_rows(low, high)
    return column, [(names[low[at]], names[high[at]]) for at in first]


def _local_cells(low: Ints, high: Ints) -> tuple[Ints, list[Any]]:
    column = np.where(high == 0, 0, np.where(low == 0, 1, np.where(low == high, 2, 3)))
    return np.asarray(column, np.int64), list(LOCAL_CELLS)


def _distinct(start: Ints, end: Ints, kind: Ints, mine: Any) -> tuple[Ints, Any]:
    """Rows of one annotator's relations, each once, with a key of what they say."""
    rows = np.flatnonzero(mine)
    once = rows[number_rows(start[rows], end[rows], kind[rows])[1]]
    keys = np.empty(len(once), dtype="i8,i8,i8")
    keys["f0"], keys["f1"], keys["f2"] = start[once], end[once], kind[once]
    return once, keys
