"""Planted into the reference data: how spans lie, and what they are called."""

import re
from collections import Counter

from validation_cases import SCHEME
from validation_reference import (
    NAMES,
    Reference,
    Row,
    add,
    change,
    cut,
    defect,
    drop,
    ends_of_words,
)


@defect("S1")
def a_key_twice(ref: Reference) -> Row:
    row = ref.alone()
    return {"add": [{"table": "spans", "like": {"span_id": row["span_id"]}, "set": {}}]}


@defect("S3", S9="two labels on one place are two labels of one name")
def two_labels_on_one_place(ref: Reference) -> Row:
    row = ref.alone(lambda r, _: r["label"] != "EVT")
    return {"add": [add("spans", "span_id", row, label="EVT", entity_id=None, kb_id=None)]}


@defect("S4")
def two_names_that_cross(ref: Reference) -> Row:
    for row in (r for r in ref.rows("spans") if r["mention"] == "name" and " " in r["text"]):
        before = re.search(r"(?<= )[a-zäöü]+ $", ref.texts[row["article_id"]][: row["start"]])
        near = [s for s in ref.spans_of(row["annotation_id"]) if s is not row and s["label"] != "CLAIM"]
        if before and not any(s["start"] < row["end"] and before.start() < s["end"] for s in near):
            place = cut(ref, row, before.start(), row["start"] + row["text"].index(" "))
            return {"add": [add("spans", "span_id", row, kb_id=None, entity_id=None, **place)]}
    raise AssertionError


def _plain_claim(ref: Reference, words: int) -> Row:
    """A claim that no other one touches, in which no names are counted."""
    of = {row["span_id"]: row for row in ref.rows("spans")}
    for row in ref.rows("claims"):
        others = [
            s for s in ref.spans_of(row["annotation_id"]) if s["label"] == "CLAIM" and s["span_id"] != row["claim_id"]
        ]
        text = ref.texts[row["article_id"]]
        near = any(s["start"] < row["end"] + 60 and row["start"] - 60 < s["end"] for s in others)
        if not near and len(ends_of_words(row)) >= words and re.match(r",? \w+ \w+ ", text[row["end"] :]):
            return of[row["claim_id"]]
    raise AssertionError


@defect("S5")
def two_claims_that_cross(ref: Reference) -> Row:
    row = _plain_claim(ref, 4)
    behind = re.match(r",? \w+", ref.texts[row["article_id"]][row["end"] :])
    start = ends_of_words(row)[1] + 1
    end = row["end"] + (behind.end() if behind else 0)
    return {"add": [add("spans", "span_id", row, **cut(ref, row, start, end))]}


@defect("S6")
def four_claims_in_one_another(ref: Reference) -> Row:
    row = _plain_claim(ref, 6)
    ends = ends_of_words(row)[-4:-1]
    inner = [cut(ref, row, row["start"], end) for end in ends]
    return {"add": [add("spans", "span_id", row, span_id=f"planted{n}", **at) for n, at in enumerate(inner)]}


@defect("S7", S8="a label that nobody knows is of no layer")
def a_label_that_the_scheme_lacks(ref: Reference) -> Row:
    return {"set": [change("spans", ref.alone(), label="FOO")]}


@defect("S8")
def a_claim_among_the_names(ref: Reference) -> Row:
    return {"set": [change("spans", ref.first("spans", lambda r: r["label"] == "CLAIM"), layer="entity")]}


@defect("S9")
def a_name_with_two_labels(ref: Reference) -> Row:
    for work in ref.primary:
        names = [r for r in ref.spans_of(work["annotation_id"]) if r["label"] == "PER" and r["mention"] == "name"]
        said = Counter(row["text"] for row in names)
        found = [r for r in names if said[r["text"]] == 2 and r["span_id"] not in ref.joined]
        if found:
            return {"set": [change("spans", found[0], label="ORG")]}
    raise AssertionError


@defect("S10")
def an_item_with_two_labels(ref: Reference) -> Row:
    return {
        "add": [
            add(
                "entities",
                "entity_id",
                ref.first("entities", lambda r: r["label"] == "PER" and r["kb_id"]),
                label="ORG",
            )
        ]
    }


@defect("S11")
def an_item_with_a_leading_zero(ref: Reference) -> Row:
    return {"set": [change("spans", ref.alone(lambda r, _: r["kb_id"] is not None), kb_id="Q012")]}


@defect("S12")
def a_mention_that_was_missed(ref: Reference) -> Row:
    for work in ref.primary:
        names = [r for r in ref.spans_of(work["annotation_id"]) if r["label"] in NAMES and r["mention"] == "name"]
        said = Counter(row["text"] for row in names)
        found = [r for r in names if said[r["text"]] > 3 and r["span_id"] not in ref.joined]
        if found:
            return {"drop": [drop("spans", "span_id", found[0])]}
    raise AssertionError


@defect("S13")
def a_common_noun_with_an_item(ref: Reference) -> Row:
    equal = {layer.name for layer in SCHEME.relation_layers if layer.same_label}
    items = {r["label"]: r["kb_id"] for r in ref.rows("spans") if r["kb_id"]}
    linked = {r["from_span"] for r in ref.rows("relations") if r["layer"] in equal}
    row = ref.first(
        "spans",
        lambda r: r["mention"] == "nominal" and not r["kb_id"] and r["label"] in items and r["span_id"] not in linked,
    )
    item = items[row["label"]]
    return {"set": [change("spans", row, kb_id=item)]}
