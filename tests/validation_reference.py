"""Defects for the reference data: for each check one that it must find, in rows that are picked by what they are.

A defect returns a case (``tests/cases/README.md`` says of what). ``also`` names the checks that follow by necessity,
and why: a defect that breaks two rules at once cannot be had otherwise.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Any

from goldpress.seeds.sentences import sentence_starts
from validation_cases import SCHEME, Tables

Row = dict[str, Any]
Defect = Callable[["Reference"], Row]

DEFECTS: dict[str, Defect] = {}
ALSO: dict[str, dict[str, str]] = {}
NAMES = {label for label, layer in SCHEME.span_labels().items() if layer.boundary == "name"}
KEYS = {"spans": "span_id", "claims": "claim_id", "gold_spans": "span_id", "gold_claims": "claim_id"}
PERSON = "ann-9999999999"


def defect(check_id: str, **also: str) -> Callable[[Defect], Defect]:
    """Register the defect of a check, with the checks that follow and why; ``T9_claim`` is T9-claim."""

    def register(function: Defect) -> Defect:
        DEFECTS[check_id], ALSO[check_id] = function, {name.replace("_", "-"): why for name, why in also.items()}
        return function

    return register


class Reference:
    """The reference data, and how to pick rows of it."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._rows: dict[str, list[Row]] = {}

    def rows(self, name: str) -> list[Row]:
        if name not in self._rows:
            self._rows[name] = self.tables[name].to_pylist()
        return self._rows[name]

    def first(self, name: str, fits: Callable[[Row], bool] = lambda _: True) -> Row:
        return next(row for row in self.rows(name) if fits(row))

    @cached_property
    def texts(self) -> dict[str, str]:
        return {row["article_id"]: row["text"] for row in self.rows("articles")}

    @cached_property
    def starts(self) -> dict[str, list[int]]:
        return {row["article_id"]: sentence_starts(row["text"], row["lang"]) for row in self.rows("articles")}

    @cached_property
    def joined(self) -> dict[str, list[Row]]:
        """Relations by each of their two spans."""
        found: dict[str, list[Row]] = {}
        for row in self.rows("relations"):
            found.setdefault(row["from_span"], []).append(row)
            found.setdefault(row["to_span"], []).append(row)
        return found

    @cached_property
    def primary(self) -> list[Row]:
        return [row for row in self.rows("annotations") if row["role"] == "primary" and row["state"] == "labelled"]

    def spans_of(self, annotation: str) -> list[Row]:
        return [row for row in self.rows("spans") if row["annotation_id"] == annotation]

    def alone(self, fits: Callable[[Row, str], bool] = lambda *_: True) -> Row:
        """A marked name that touches nothing: no relation, no other span near it, no second mention."""
        return next(row for row in self.lonely if fits(row, self.texts[row["article_id"]]))

    @cached_property
    def lonely(self) -> list[Row]:
        found = []
        for work in self.primary:
            spans = self.spans_of(work["annotation_id"])
            said = Counter(row["text"] for row in spans)
            found += [
                row
                for row in spans
                if row["label"] in NAMES
                and row["mention"] == "name"
                and row["span_id"] not in self.joined
                and said[row["text"]] == 1
                and not any(self._touch(row, other) for other in spans if other is not row)
            ]
        return found

    @staticmethod
    def _touch(one: Row, other: Row) -> bool:
        return bool(one["start"] - 40 < other["end"] and other["start"] < one["end"] + 40)

    def between(self, annotation: str, start: int, end: int) -> bool:
        """Whether no span of an annotation has an edge in a range, or lies around it."""
        return not any(row["start"] < end and start < row["end"] for row in self.spans_of(annotation))

    def claim(self, fits: Callable[[Row], bool]) -> Row:
        return self.first("claims", fits)

    def letter(self, article: str, at: int, new: str) -> list[Row]:
        """Put one character in the place of another, in the text and in everything that was cut from it."""
        text = self.texts[article]
        changed = text[:at] + new + text[at + 1 :]
        changes = [reworded(article, changed)]
        for name, key in KEYS.items():
            for row in self.rows(name):
                if row["article_id"] == article and row["start"] <= at < row["end"]:
                    words = changed[row["start"] : row["end"]]
                    changes.append({"table": name, "where": {key: row[key]}, "set": {"text": words}})
        return changes

    def free(self, article: str, character: str) -> int:
        """Where a character stands that no span covers, nor the ones beside it."""
        text = self.texts[article]
        marked = [row for name in ("spans", "gold_spans") for row in self.rows(name) if row["article_id"] == article]
        return next(
            at
            for at in range(1, len(text) - 1)
            if text[at] == character and not any(row["start"] <= at + 1 and at - 1 < row["end"] for row in marked)
        )


def reworded(article: str, text: str) -> Row:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "table": "articles",
        "where": {"article_id": article},
        "set": {"text": text, "text_sha256": digest, "n_chars": len(text)},
    }


def change(table: str, row: Row, **values: Any) -> Row:
    key = {"spans": "span_id", "claims": "claim_id", "relations": "relation_id", "stances": "stance_id"}
    key |= {"articles": "article_id", "annotations": "annotation_id", "agreement": "agreement_id"}
    key |= {"gold_provenance": "provenance_id", "doc_labels": "doc_label_id"}
    return {"table": table, "where": {key[table]: row[key[table]]}, "set": values}


def drop(table: str, key: str, row: Row) -> Row:
    return {"table": table, "where": {key: row[key]}}


def add(table: str, key: str, row: Row, **values: Any) -> Row:
    """A row like one that is there, under a key of its own."""
    return {"table": table, "like": {key: row[key]}, "set": {key: "planted", **values}}


def cut(ref: Reference, row: Row, start: int, end: int) -> Row:
    """Offsets and the words there."""
    return {"start": start, "end": end, "text": ref.texts[row["article_id"]][start:end]}


def widened(ref: Reference, row: Row, start: int, end: int) -> Row:
    return {"set": [change("spans", row, **cut(ref, row, start, end))]}


def ends_of_words(row: Row) -> list[int]:
    """Where each word of a claim ends."""
    return [row["start"] + found.end() for found in re.finditer(r"\w+", row["text"])]
