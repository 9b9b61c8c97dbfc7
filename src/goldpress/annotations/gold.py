"""Gold by majority: one article's votes to one answer, value by value, and how each was decided.

A vote is a submitted annotation: submitting nothing is a vote against everything, a skip is no vote. An adjudicator's
annotation decides alone. What is tied is left open and listed in ``gold_provenance``; the order of annotators never
decides anything.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldpress.annotations.decoding import Row
from goldpress.annotations.tabulation import Rows, digest
from goldpress.schemas.scheme import Attribute, Scheme, SpanLayer
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow as pa

MATCH = 0.5
"""Two spans of one layer may be the same if intersection over union is at least this."""


@dataclass(frozen=True)
class Decision:
    """How one value was decided.

    Attributes:
        value: What won; None where nothing did.
        source: One of the gold sources; None where it is unresolved.
        counts: Votes by value.
        tie: Whether the first two values have equally many votes.
    """

    value: Any
    source: str | None
    counts: Counter[Any]
    tie: bool

    @property
    def votes(self) -> int:
        """Votes for the value that won."""
        return self.counts[self.value] if self.source else 0


def decide(votes: Sequence[Hashable], *, adjudicated: bool = False) -> Decision:
    """Return the value with a strict majority of the votes; a tie, or no majority, decides nothing."""
    counts: Counter[Any] = Counter(votes)
    if not counts:
        return Decision(None, None, counts, tie=False)
    (value, best), *rest = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    tie = bool(rest) and rest[0][1] == best
    if tie or 2 * best <= len(votes):
        return Decision(None, None, counts, tie)
    source = "adjudicated" if adjudicated else "single" if len(votes) == 1 else "majority" if rest else "unanimous"
    return Decision(value, source, counts, tie=False)


def entropy(counts: Mapping[Any, int]) -> float:
    """Return the Shannon entropy of the votes over the logarithm of the number of values: 0 agreed, 1 evenly split."""
    total = sum(counts.values())
    shares = [count / total for count in counts.values() if count]
    if len(shares) < 2:
        return 0.0
    return -sum(share * math.log(share) for share in shares) / math.log(len(shares))


def gold_tables(raw: "Mapping[str, pa.Table]", scheme: Scheme) -> "dict[str, pa.Table]":
    """Return the gold of whole articles, staged and sorted by key.

    Args:
        raw: Staged raw tables by name (``annotations``, ``spans``, each attribute table, ``relations``,
            ``doc_labels``), with every annotation of each article that occurs in them.
        scheme: The scheme.

    Returns:
        ``gold_spans``, a ``gold_`` table for each attribute table, ``gold_relations``, ``gold_doc_labels`` and
        ``gold_provenance``, each with the whole staged schema of the contract. ``gold_spans.entity_id`` is null
        everywhere, and tables derived from relations (``gold_stances``) are missing: both follow from linking.
    """
    import pyarrow as pa

    names = ["annotations", "spans", "relations", "doc_labels"]
    names += [layer.table for layer in scheme.span_layers if layer.table]
    articles: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for name in names:
        for row in raw[name].to_pylist() if name in raw else ():
            articles[row["article_id"]][name].append(row)
    rows: Rows = defaultdict(list)
    for article, found in sorted(articles.items()):
        for name, more in compute_gold(article, found, scheme).items():
            rows[name if name == "gold_provenance" else f"gold_{name}"] += more
    derived = {f"gold_{layer.table}" for layer in scheme.relation_layers if layer.table}
    out = {}
    for name, contract in contracts(scheme).items():
        if contract.layer == "gold" and name not in derived:
            ordered = sorted(rows[name], key=lambda row: str(row[contract.key]))
            columns = {column.name: [row.get(column.name) for row in ordered] for column in contract.columns}
            out[name] = pa.table(columns, schema=contract.to_arrow(staged=True))
    return out


def compute_gold(article: str, rows: Rows, scheme: Scheme) -> Rows:
    """Return the gold rows of one article, by raw table name, with their provenance under ``gold_provenance``.

    Args:
        article: Its id.
        rows: The raw rows of all its annotations.
        scheme: The scheme.
    """
    voters = choose_voters(rows.get("annotations", ()))
    if not voters:
        return {}
    return _Gold(article, voters, rows, scheme).build()


def choose_voters(annotations: Iterable[Row]) -> list[Row]:
    """Return the annotations that vote: the newest of each person, no skips; an adjudicator's alone if there is one."""
    newest: dict[str, Row] = {}
    for row in sorted(annotations, key=lambda row: (str(row["updated_at"]), row["annotation_id"])):
        if row["role"] != "model":
            newest[row["annotator_pid"]] = row
    voting = [row for row in newest.values() if row["state"] != "skipped"]
    deciding = [row for row in voting if row["role"] == "adjudicator"]
    chosen = sorted(deciding, key=lambda row: str(row["updated_at"]))[-1:] or voting
    return sorted(chosen, key=lambda row: str(row["annotation_id"]))


class _Gold:
    def __init__(self, article: str, voters: list[Row], rows: Rows, scheme: Scheme) -> None:
        self.article, self.scheme = article, scheme
        self.ids = [row["annotation_id"] for row in voters]
        self.n = len(voters)
        self.adjudicated = voters[0]["role"] == "adjudicator"
        self.raw = {
            name: [row for row in found if row.get("annotation_id") in self.ids] for name, found in rows.items()
        }
        self.out: Rows = defaultdict(list)
        self.gold_of: dict[str, str] = {}

    def build(self) -> Rows:
        for layer in dict.fromkeys(row["layer"] for row in self.raw.get("spans", ()) if row["layer"]):
            for cluster in self._clusters([row for row in self.raw["spans"] if row["layer"] == layer]):
                self._add_span(cluster)
        self._add_relations()
        self._add_doc_labels()
        self._withdraw_unsupported()
        return self.out

    # ── spans ───────────────────────────────────────────────────────────────────────────────────────────

    def _clusters(self, spans: list[Row]) -> Iterator[list[Row]]:
        """Match the spans of one layer between annotators, best overlap first, at most one span of each."""
        usable = [row for row in spans if _is_usable(row)]
        cluster: dict[str, list[Row]] = {row["span_id"]: [row] for row in usable}
        for first, second in _pairs(usable):
            a, b = cluster[first["span_id"]], cluster[second["span_id"]]
            if a is b or {row["annotation_id"] for row in a} & {row["annotation_id"] for row in b}:
                continue
            a += b
            for row in b:
                cluster[row["span_id"]] = a
        seen: set[int] = set()
        for members in cluster.values():
            if id(members) not in seen:
                seen.add(id(members))
                yield sorted(members, key=lambda row: str(row["span_id"]))

    def _add_span(self, members: list[Row]) -> None:
        place = decide([(row["start"], row["end"]) for row in members])
        label = decide([row["label"] for row in members])
        exists = decide([True] * len(members) + [False] * (self.n - len(members)), adjudicated=self.adjudicated)
        rough = min((row["start"], row["end"], row["label"]) for row in members)
        best = (*(place.value or rough[:2]), label.value or rough[2])
        gold_id = "g-" + digest(self.article, members[0]["layer"], *map(str, best))
        ids = [row["span_id"] for row in members]
        if exists.value is not True or place.source is None or label.source is None:
            self._note("gold_spans", gold_id, "*", _open(exists, place, label), ids)
            return
        for row in members:
            self.gold_of[row["span_id"]] = gold_id
        source = exists.source if place.source == label.source == "unanimous" or self.n == 1 else "majority"
        source = "adjudicated" if self.adjudicated else source
        common = {
            "article_id": self.article,
            "gold_source": source,
            "n_annotators": self.n,
            "n_votes": len(members),
        }
        start, end = place.value
        base = {
            **common,
            "start": start,
            "end": end,
            "text": next(r["text"] for r in members if (r["start"], r["end"]) == (start, end)),
        }
        span = {
            **base,
            "span_id": gold_id,
            "layer": members[0]["layer"],
            "label": label.value,
            "entity_id": None,
        }
        self._note("gold_spans", gold_id, "*", exists, ids)
        layer = self.scheme.span_labels()[label.value]
        if layer.table is None:
            self.out["spans"].append(
                {**span, **self._attributes(layer, label.value, members, "gold_spans", gold_id, "span_id")}
            )
            return
        self.out["spans"].append(span)
        if layer.attributes_of(label.value):
            key = f"{layer.table.removesuffix('s')}_id"
            found = {row[key]: row for row in self.raw.get(layer.table, ())}
            rows = [found[row["span_id"]] for row in members if row["span_id"] in found]
            values = self._attributes(layer, label.value, rows, f"gold_{layer.table}", gold_id, key)
            self.out[layer.table].append({**base, key: gold_id, **values})

    def _attributes(self, layer: SpanLayer, label: str, members: list[Row], table: str, gold_id: str, key: str) -> Row:
        values = {}
        for entry in layer.attributes_of(label):
            if not entry.published:
                continue
            # An attribute that was left open is no vote for leaving it open.
            votes = [vote for vote in (_vote(row.get(entry.name)) for row in members) if vote is not None]
            decision = decide(votes, adjudicated=self.adjudicated)
            values[entry.name] = _value(entry, decision)
            if votes:
                self._note(table, gold_id, entry.name, decision, [row[key] for row in members])
        return values

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────

    def _add_relations(self) -> None:
        """A pair of gold spans is linked by majority; a tie between labels of one layer stays open."""
        pairs: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
        for row in self.raw.get("relations", ()):
            start, end = self.gold_of.get(row["from_span"]), self.gold_of.get(row["to_span"])
            if start and end and row["layer"] and start != end:
                pairs[row["layer"], start, end][row["annotation_id"]] = row
        for (layer, start, end), votes in sorted(pairs.items()):
            exists = decide([True] * len(votes) + [False] * (self.n - len(votes)), adjudicated=self.adjudicated)
            kind = decide([row["type"] for row in votes.values()])
            label = kind.value or min(row["type"] for row in votes.values())
            gold_id = "g-" + digest(self.article, layer, start, end, label)
            members = sorted(row["relation_id"] for row in votes.values())
            if exists.value is not True or kind.source is None:
                self._note("gold_relations", gold_id, "*", _open(exists, kind), members)
                continue
            source = exists.source if kind.source in {"unanimous", "single"} else "majority"
            self._note("gold_relations", gold_id, "*", exists, members)
            self.out["relations"].append(
                {
                    "relation_id": gold_id,
                    "article_id": self.article,
                    "layer": layer,
                    "type": label,
                    "from_span": start,
                    "to_span": end,
                    "gold_source": source,
                    "n_annotators": self.n,
                    "n_votes": len(votes),
                }
            )

    # ── the whole article ───────────────────────────────────────────────────────────────────────────────

    def _add_doc_labels(self) -> None:
        by_name: dict[str, list[Row]] = defaultdict(list)
        for row in self.raw.get("doc_labels", ()):
            by_name[row["name"]].append(row)
        for name, rows in sorted(by_name.items()):
            decision = decide([row["value"] for row in rows], adjudicated=self.adjudicated)
            gold_id = f"{self.article}:{name}"
            self._note("gold_doc_labels", gold_id, "value", decision, [row["doc_label_id"] for row in rows])
            if decision.source is not None:
                self.out["doc_labels"].append(
                    {
                        "doc_label_id": gold_id,
                        "article_id": self.article,
                        "name": name,
                        "value": decision.value,
                        "gold_source": decision.source,
                        "n_annotators": self.n,
                        "n_votes": decision.votes,
                    }
                )

    # ── what a value requires ───────────────────────────────────────────────────────────────────────────

    def _withdraw_unsupported(self) -> None:
        """A value whose required relation or span is open is open itself: gold must not contradict itself."""
        linked = {(row["from_span"], row["layer"]) for row in self.out["relations"]}
        inherits = {layer.name for layer in self.scheme.relation_layers if layer.inherits}
        for layer in (entry for entry in self.scheme.span_layers if entry.table):
            for row in self.out[str(layer.table)]:
                gold_id = row[f"{str(layer.table).removesuffix('s')}_id"]
                if any((gold_id, name) in linked for name in inherits):
                    continue
                for entry in layer.attributes:
                    value = next((v for v in entry.values if v.name == row.get(entry.name)), None)
                    lacks = value and value.requires and (gold_id, value.requires) not in linked
                    breaks = value and value.forbids and (gold_id, value.forbids) in linked
                    if lacks or breaks:
                        row[entry.name] = None
                        self._reopen(f"gold_{layer.table}", gold_id, entry.name)
        labels = {row["label"] for row in self.out["spans"]}
        kept = []
        for row in self.out["doc_labels"]:
            entry = next(entry for entry in self.scheme.document_labels if entry.name == row["name"])
            value = next((v for v in entry.values if v.name == row["value"]), None)
            if value and (
                (value.requires and value.requires not in labels) or (value.forbids and value.forbids in labels)
            ):
                self._reopen("gold_doc_labels", row["doc_label_id"], "value")
            else:
                kept.append(row)
        self.out["doc_labels"] = kept

    def _reopen(self, table: str, gold_id: str, field: str) -> None:
        for row in self.out["gold_provenance"]:
            if (row["table"], row["gold_id"], row["field"]) == (table, gold_id, field):
                row.update(value=None, gold_source=None, n_votes=0)

    def _note(self, table: str, gold_id: str, field: str, decision: Decision, members: Iterable[str]) -> None:
        # n_votes counts the votes for existence where the row stands, and is 0 where it is open.
        self.out["gold_provenance"].append(
            {
                "provenance_id": f"{table}:{gold_id}:{field}",
                "article_id": self.article,
                "table": table,
                "gold_id": gold_id,
                "field": field,
                "value": _text(decision.value),
                "gold_source": decision.source,
                "n_annotators": self.n,
                "n_votes": decision.votes,
                "votes": [
                    {"value": _text(v), "votes": c}
                    for v, c in sorted(decision.counts.items(), key=lambda i: (-i[1], str(i[0])))
                ],
                "entropy": entropy(decision.counts),
                "tie": decision.tie,
                "members": sorted(members),
            }
        )


def _pairs(spans: list[Row]) -> list[tuple[Row, Row]]:
    """Candidate pairs of different annotators, best first; ties are broken by place and label, never by annotator."""
    found = []
    ordered = sorted(spans, key=lambda row: (row["start"], row["end"]))
    for i, first in enumerate(ordered):
        for second in ordered[i + 1 :]:
            if second["start"] >= first["end"]:
                break
            if first["annotation_id"] == second["annotation_id"]:
                continue
            overlap = min(first["end"], second["end"]) - second["start"]
            union = max(first["end"], second["end"]) - first["start"]
            if overlap >= MATCH * union:
                key = (
                    -overlap / union,
                    first["label"] != second["label"],
                    first["start"],
                    first["end"],
                    second["start"],
                    second["end"],
                )
                found.append((key, sorted((first["label"], second["label"])), first, second))
    found.sort(key=lambda entry: entry[:2])
    return [(first, second) for *_, first, second in found]


def _open(*decisions: Decision) -> Decision:
    """The first decision that decided nothing, or decided against: why a row is not in gold."""
    for decision in decisions:
        if decision.source is None or decision.value is False:
            return Decision(None, None, decision.counts, decision.tie)
    raise AssertionError("every decision stands")  # the callers ask only when one does not


def _is_usable(row: Row) -> bool:
    return (
        row["start"] is not None and row["end"] is not None and row["start"] < row["end"] and row["label"] is not None
    )


def _vote(value: Any) -> Hashable | None:
    return tuple(sorted(value)) if isinstance(value, list) and value else None if isinstance(value, list) else value


def _value(entry: Attribute, decision: Decision) -> Any:
    if entry.kind == "topic":
        return list(decision.value) if decision.value is not None else None
    return decision.value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if value is True or value is False:
        return "present" if value else "absent"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
