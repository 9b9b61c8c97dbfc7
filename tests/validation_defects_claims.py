"""Planted into the reference data: claims and relations."""

from collections.abc import Callable
from typing import Any

from validation_reference import (
    Reference,
    Row,
    add,
    change,
    defect,
    drop,
    ends_of_words,
    widened,
)


@defect("C1")
def a_kind_that_was_not_chosen(ref: Reference) -> Row:
    return {"set": [change("claims", ref.claim(lambda r: r["claim_type"] == "assertion"), claim_type=None)]}


@defect("C2")
def a_polarity_of_another_scheme(ref: Reference) -> Row:
    return {"set": [change("claims", ref.claim(lambda r: r["claim_type"] == "assertion"), claim_polarity="0")]}


def _of_claim(ref: Reference, kind: str, **fits: Any) -> tuple[Row, Row]:
    """The one relation of a kind that leads from a claim, and the claim."""
    claims = {row["claim_id"]: row for row in ref.rows("claims")}
    for row in ref.rows("relations"):
        claim = claims.get(row["from_span"])
        if claim is None or row["type"] != kind or any(claim[name] != value for name, value in fits.items()):
            continue
        if sum(other["type"] == kind for other in ref.joined[row["from_span"]]) == 1:
            return row, claim
    raise AssertionError


@defect("C3")
def a_claimer_that_was_not_linked(ref: Reference) -> Row:
    relation, _ = _of_claim(ref, "claimer", claimer_kind="span")
    return {"drop": [drop("relations", "relation_id", relation)]}


@defect("C4")
def a_claimer_of_the_articles_own_claim(ref: Reference) -> Row:
    for claim in (row for row in ref.rows("claims") if row["claimer_kind"] == "author"):
        for span in ref.spans_of(claim["annotation_id"]):
            if span["label"] == "PER" and span["mention"] == "name" and abs(span["start"] - claim["start"]) < 200:
                like, _ = _of_claim(ref, "claimer", annotation_id=claim["annotation_id"])
                ends = {"from_span": claim["claim_id"], "to_span": span["span_id"]}
                return {"add": [add("relations", "relation_id", like, **ends)]}
    raise AssertionError


@defect("C5", D1="what is not there in the annotation is not there at all")
def a_relation_to_nowhere(ref: Reference) -> Row:
    relation, _ = _of_claim(ref, "claimer", claimer_kind="span")
    return {"set": [change("relations", relation, to_span="zzz")]}


@defect("C6")
def a_place_that_claims(ref: Reference) -> Row:
    spans = {row["span_id"]: row for row in ref.rows("spans")}
    for place in (row for row in spans.values() if row["label"] in ("LOC", "EVT")):
        for relation in (row for row in ref.rows("relations") if row["type"] == "claimer"):
            claim = spans[relation["from_span"]]
            if claim["annotation_id"] == place["annotation_id"] and abs(claim["start"] - place["start"]) < 200:
                return {"set": [change("relations", relation, to_span=place["span_id"])]}
    raise AssertionError


def _coref(ref: Reference, fits: Callable[[Row, Row], bool]) -> Row:
    of = {row["span_id"]: row for row in ref.rows("spans")}
    return ref.first("relations", lambda r: r["type"] == "coref" and fits(of[r["from_span"]], of[r["to_span"]]))


def _claims_nothing(ref: Reference, span: Row) -> bool:
    return len(ref.joined[span["span_id"]]) == 1 and not span["kb_id"]


@defect("C7")
def a_mention_that_is_itself(ref: Reference) -> Row:
    relation = _coref(ref, lambda one, _: _claims_nothing(ref, one))
    return {"set": [change("relations", relation, to_span=relation["from_span"])]}


@defect(
    "C10",
    C6="a relation that leads both ways has a name that no signature allows",
    S7="and one that the scheme does not have",
)
def a_relation_that_leads_both_ways(ref: Reference) -> Row:
    relation = _coref(ref, lambda one, _: _claims_nothing(ref, one))
    return {"set": [change("relations", relation, type="coref (both ways)")]}


@defect("C11")
def for_and_against(ref: Reference) -> Row:
    return {
        "add": [
            add("stances", "stance_id", ref.first("stances", lambda r: r["polarity"] == "against"), polarity="favor")
        ]
    }


@defect("C12")
def for_oneself(ref: Reference) -> Row:
    row = ref.first("stances", lambda r: r["claimer_entity_id"] is not None)
    return {"set": [change("stances", row, target_entity_id=row["claimer_entity_id"])]}


@defect("C13")
def a_stance_of_nobody(ref: Reference) -> Row:
    return {"set": [change("stances", ref.first("stances", lambda r: r["claimer_kind"] == "span"), claimer_span=None)]}


@defect("C14")
def a_demand_for_nothing(ref: Reference) -> Row:
    bound = {row["claim_id"] for row in ref.rows("stances")}
    row = ref.claim(lambda r: r["claim_type"] == "assertion" and r["claim_id"] not in bound)
    return {"set": [change("claims", row, claim_type="demand")]}


@defect("C15")
def a_pronoun_that_nobody_is(ref: Reference) -> Row:
    def speaks(span: Row) -> bool:
        return span["mention"] == "pronoun" and any(r["type"] == "claimer" for r in ref.joined[span["span_id"]])

    return {"drop": [drop("relations", "relation_id", _coref(ref, lambda one, _: speaks(one) and not one["kb_id"]))]}


@defect("C16")
def a_claimer_far_away(ref: Reference) -> Row:
    relation, claim = _of_claim(ref, "claimer", claimer_kind="span")
    starts = ref.starts[claim["article_id"]]

    def sentence(at: int) -> int:
        return sum(start <= at for start in starts)

    def far(row: Row) -> bool:
        own = row["annotation_id"] == claim["annotation_id"] and row["label"] == "PER" and row["mention"] == "name"
        return own and abs(sentence(row["start"]) - sentence(claim["start"])) > 6

    return {"set": [change("relations", relation, to_span=ref.first("spans", far)["span_id"])]}


@defect("C17")
def two_mentions_that_lead_to_each_other(ref: Reference) -> Row:
    row = _coref(ref, lambda *_: True)
    return {"add": [add("relations", "relation_id", row, from_span=row["to_span"], to_span=row["from_span"])]}


@defect("C18")
def no_frame_and_a_claimer(ref: Reference) -> Row:
    row = ref.claim(lambda r: r["claimer_kind"] == "span" and r["attribution"] == "indirect")
    return {"set": [change("claims", row, attribution="none")]}


@defect("C19")
def a_cue_among_the_quoted_words(ref: Reference) -> Row:
    relation, claim = _of_claim(ref, "cue", attribution="direct")
    span = ref.first("spans", lambda r: r["span_id"] == relation["to_span"])
    ends = ends_of_words(claim)
    return widened(ref, span, ends[0] + 1, ends[1])


@defect("C20")
def said_a_hundred_years_ago(ref: Reference) -> Row:
    return {"set": [change("claims", ref.claim(lambda r: r["claim_date"] is None), claim_date="1925-10-01")]}


@defect("C21")
def a_topic_with_topics_below(ref: Reference) -> Row:
    return {"set": [change("claims", ref.claim(lambda r: bool(r["topic"])), topic=["arms"])]}


@defect("C22")
def a_claim_without_topic_in_a_discourse_network(ref: Reference) -> Row:
    stances = {r["claim_id"] for r in ref.rows("stances") if r["claimer_entity_id"]}
    row = ref.claim(lambda r: bool(r["topic"]) and r["claim_id"] in stances)
    return {"limits": {"discourse_network": True}, "set": [change("claims", row, topic=None)]}


@defect("C24")
def no_claim_where_there_are_claims(ref: Reference) -> Row:
    row = ref.first("doc_labels", lambda r: r["name"] == "relevance" and r["value"] == "relevant")
    return {"set": [change("doc_labels", row, value="no_claim")]}
