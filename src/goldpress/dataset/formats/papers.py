"""The gold of a release, article by article, as exports walk through it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from goldpress.dataset.formats.exports import Tally
from goldpress.dataset.loading.release import Release

Row = dict[str, Any]


@dataclass(frozen=True)
class Paper:
    """One article with what was decided about it.

    Attributes:
        row: Its row of the table ``articles``.
        text: Its text.
        spans: Its spans by place, outer before inner ones; each has a place in the text.
        relations: Its relations; both ends are among the spans.
        claims: Rows of the table of claims, by span.
        labels: Document labels.
    """

    row: Row
    text: str
    spans: tuple[Row, ...]
    relations: tuple[Row, ...]
    claims: dict[str, Row]
    labels: tuple[Row, ...]

    @property
    def id(self) -> str:
        """Its article_id."""
        return str(self.row["article_id"])


def read_papers(release: Release, tally: Tally) -> Iterator[Paper]:
    """Yield the articles whose text is there, in their order; the others are counted."""
    spans, relations = _grouped(release, "spans"), _grouped(release, "relations")
    claims, labels = _grouped(release, "claims"), _grouped(release, "doc_labels")
    for row in release.table("articles").to_arrow().to_pylist():
        key, text = row["article_id"], row["text"]
        if not text:
            tally.lost["articles without text are left out, with all that was marked in them"] += 1
            continue
        placed = tuple(sorted((s for s in spans[key] if _has_place(s, text)), key=_order))
        tally.lost["spans without a certain place in the text are left out"] += len(spans[key]) - len(placed)
        known = {span["span_id"] for span in placed}
        ends = tuple(r for r in relations[key] if {r["from_span"], r["to_span"]} <= known)
        tally.lost["relations to a span that is left out are left out"] += len(relations[key]) - len(ends)
        tally.kept["articles"] += 1
        of_span = {claim["claim_id"]: claim for claim in claims[key]}
        yield Paper(row, text, placed, ends, of_span, tuple(labels[key]))


def layers_of(release: Release) -> list[str]:
    """Return the names of the span layers that the release uses, the most frequent first."""
    counts = Counter(str(layer) for layer in release.table("spans").to_arrow()["layer"].to_pylist())
    return sorted(counts, key=lambda layer: (-counts[layer], layer))


def attributes_of(claim: Row) -> Row:
    """Return what was chosen about a claim, without keys, places and how it was decided."""
    plain = {
        "claim_id",
        "article_id",
        "annotation_id",
        "start",
        "end",
        "text",
        "gold_source",
        "n_annotators",
        "n_votes",
    }
    return {name: value for name, value in claim.items() if name not in {*plain, "split", "added_in"}}


def _grouped(release: Release, name: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    if {name, f"gold_{name}"} & {*release.names()}:
        for row in release.table(name).to_arrow().to_pylist():
            grouped[row["article_id"]].append(row)
    return grouped


def _has_place(span: Row, text: str) -> bool:
    start, end = span["start"], span["end"]
    return start is not None and end is not None and 0 <= start < end <= len(text)


def _order(span: Row) -> tuple[int, int, str]:
    return span["start"], -span["end"], span["span_id"]
