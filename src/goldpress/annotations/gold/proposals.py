"""Gold as suggestions of Label Studio, and what is still open as a list to read: the start of an adjudication."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from goldpress.annotations.tables.decoding import Row
from goldpress.schemas.scheme import Attribute, Scheme, Topic

TO_NAME = "text"
MOST_POINTS = 60
"""Longer lists are not read; the adjudicator sees the rest by comparing the suggestions."""

WORDS = {
    "de": {
        "open": "Offen ({count}):",
        "more": "… und {count} weitere",
        "*": "Ja oder nein?",
        "boundary": "Welche Grenzen?",
        "label": "Welches Label?",
        "article": "Ganzer Artikel",
        "type": "welche?",
        "present": "ja",
        "absent": "nein",
        "own": "Nicht für {people}: selbst annotiert.",
    },
    "en": {
        "open": "Open ({count}):",
        "more": "… and {count} more",
        "*": "Yes or no?",
        "boundary": "Which boundaries?",
        "label": "Which label?",
        "article": "The whole article",
        "type": "which one?",
        "present": "yes",
        "absent": "no",
        "own": "Not for {people}: their own work.",
    },
}


@dataclass
class ArticleGold:
    """Gold of one article, by table without ``gold_``, and its provenance."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def open(self) -> list[Row]:
        """Provenance of what nothing decided."""
        return [row for row in self.rows["provenance"] if row["gold_source"] is None]


def collect_gold(tables: Mapping[str, Any], articles: Iterable[str]) -> dict[str, ArticleGold]:
    """Return gold of some articles, by article."""
    found: dict[str, ArticleGold] = {article: ArticleGold() for article in articles}
    for name, table in tables.items():
        if name.startswith("gold_"):
            for row in rows_of(table, found):
                found[row["article_id"]].rows[name.removeprefix("gold_")].append(row)
    return found


def rows_of(table: Any, articles: Iterable[str]) -> list[Row]:
    """Return the rows of some articles: a corpus has more rows than fit into objects."""
    import pyarrow as pa

    from goldpress.annotations.gold.electorate import inside

    mine = inside(table["article_id"], pa.array(sorted(articles), pa.string()))
    rows: list[Row] = table.filter(pa.array(mine)).to_pylist()
    return rows


def to_result(gold: ArticleGold, scheme: Scheme) -> list[Row]:
    """Return the decided part of an article's gold as regions and relations of Label Studio."""
    result: list[Row] = []
    spans = {row["span_id"]: row for row in gold.rows["spans"]}
    for layer in scheme.span_layers:
        labels = {label.name for label in layer.labels}
        key = f"{layer.table.removesuffix('s')}_id" if layer.table else ""
        described = {row[key]: row for row in gold.rows[layer.table]} if layer.table else spans
        for span_id, row in spans.items():
            if row["label"] in labels:
                place = {"start": row["start"], "end": row["end"], "text": row["text"] or ""}
                base = {"id": span_id, "to_name": TO_NAME}
                value = {**place, "labels": [row["label"]]}
                result.append({**base, "from_name": layer.name, "type": "labels", "value": value})
                for entry in layer.attributes_of(row["label"]):
                    said = described.get(span_id, {}).get(entry.name)
                    result += [{**base, **_answer(entry, said, scheme, place)}] if said else []
    for row in gold.rows["relations"]:
        ends = {"from_id": row["from_span"], "to_id": row["to_span"], "direction": "right"}
        result.append({"type": "relation", **ends, "labels": [row["type"]]})
    questions = {entry.name: entry for entry in scheme.document_labels}
    for row in gold.rows["doc_labels"]:
        answer = _answer(questions[row["name"]], row["value"], scheme, {})
        result.append({"id": f"d-{row['name']}", "to_name": TO_NAME, **answer})
    return result


def _answer(entry: Attribute, value: Any, scheme: Scheme, place: Mapping[str, Any]) -> Row:
    if entry.kind == "choice":
        return {"from_name": entry.name, "type": "choices", "value": {**place, "choices": [value]}}
    if entry.kind == "topic":
        paths = [list(path) for leaf in value for path in _paths(scheme.topics, leaf)]
        return {"from_name": entry.name, "type": "taxonomy", "value": {**place, "taxonomy": paths}}
    where = {key: place[key] for key in ("start", "end") if key in place}
    return {"from_name": entry.name, "type": "textarea", "value": {**where, "text": [str(value)]}}


def _paths(topics: Iterable[Topic], leaf: str) -> Iterable[tuple[str, ...]]:
    for topic in topics:
        if topic.name == leaf:
            yield (topic.name,)
        yield from ((topic.name, *path) for path in _paths(topic.topics, leaf))


@dataclass(frozen=True)
class Place:
    """Where a row lies: start and end in the article, the text there, and for a relation what it leads to."""

    start: int
    end: int
    text: str
    link: str = ""


def open_points(gold: ArticleGold, places: Mapping[str, Place], scheme: Scheme) -> list[str]:
    """Return what is open in the order of the text, each as a line: place, question, votes.

    Args:
        gold: Gold of one article.
        places: Where spans and relations lie, by the ids of raw and gold rows.
        scheme: The scheme, for the language.
    """
    words, shown = _words(scheme), _as_on_the_page(scheme)
    lines = []
    for row in gold.open:
        if row["field"] == "*" and _has_closer_row(row, gold):
            continue
        where, text, link = _place(row, places)
        whole = row["table"] == "gold_doc_labels"
        asked = str(row["gold_id"]).rsplit(":", 1)[-1] if whole else str(row["field"])
        answers = shown.get(asked, {})
        votes = " · ".join(
            f"{answers.get(str(v['value'])) or words.get(str(v['value']), v['value'])} {v['votes']}"
            for v in row["votes"]
        )
        question = answers.get("") or words.get(asked, asked)
        if whole:
            text = words["article"]
        elif link:
            question = f"{link}: {question}"
        lines.append((where, f"{text}: {question} ({votes})" if votes else f"{text}: {question}"))
    return [line for _, line in sorted(lines)]


def to_note(points: list[str], scheme: Scheme, own: Iterable[str] = ()) -> str:
    """Return open points as the text that stands above the article."""
    words = _words(scheme)
    shown = [f"{number}. {point}" for number, point in enumerate(points[:MOST_POINTS], start=1)]
    rest = len(points) - len(shown)
    people = ", ".join(sorted(own))
    head = [words["own"].format(people=people)] if people else []
    tail = [words["more"].format(count=rest)] if rest else []
    return "\n".join([*head, words["open"].format(count=len(points)), *shown, *tail])


def _has_closer_row(row: Row, gold: ArticleGold) -> bool:
    """Whether boundary, label or type of the same row say more than that it is open."""
    return any(other is not row and other["gold_id"] == row["gold_id"] for other in gold.open)


def _place(row: Row, places: Mapping[str, Place]) -> tuple[int, str, str]:
    found = [places[name] for name in (row["gold_id"], *row["members"]) if name in places]
    if not found:
        return 1 << 31, "", ""
    place = min(found, key=lambda one: (one.start, one.end))
    return place.start, f"{quote(place.text)} [{place.start}–{place.end}]", place.link


def quote(text: str) -> str:
    """Return text in one line and in quotation marks, shortened in the middle."""
    short = text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}"
    return f"„{' '.join(short.split())}“"


def _as_on_the_page(scheme: Scheme) -> dict[str, dict[str, str]]:
    """What the page calls each attribute, under an empty name, and each of its values."""
    every = [entry for layer in scheme.span_layers for entry in layer.attributes] + list(scheme.document_labels)
    return {entry.name: {"": entry.short, **{value.name: value.short for value in entry.values}} for entry in every}


def _words(scheme: Scheme) -> dict[str, str]:
    return WORDS.get(scheme.language.partition("-")[0], WORDS["en"])
