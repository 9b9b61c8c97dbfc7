"""Planted into the reference data: text and offsets."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from validation_reference import (
    Reference,
    Row,
    add,
    change,
    cut,
    defect,
    reworded,
    widened,
)


@defect("T1")
def a_letter_changed_after_the_hash(ref: Reference) -> Row:
    article = ref.rows("articles")[0]["article_id"]
    at = ref.free(article, "e")
    text = ref.texts[article]
    return {
        "set": [
            {"table": "articles", "where": {"article_id": article}, "set": {"text": f"{text[:at]}o{text[at + 1 :]}"}}
        ]
    }


@defect("T2")
def a_decomposed_umlaut(ref: Reference) -> Row:
    article = ref.rows("articles")[0]["article_id"]
    return {"set": [reworded(article, ref.texts[article] + "\nAus der Kiche.".replace("Ki", "Ku\u0308"))]}


@defect("T3", T4="no words stand at the place, so they are not those of the row")
def an_end_beyond_the_text(ref: Reference) -> Row:
    row = ref.alone(lambda r, _: r["start"] == max(s["start"] for s in ref.spans_of(r["annotation_id"])))
    return {"set": [change("spans", row, end=99_999)]}


@defect("T4")
def words_of_another_place(ref: Reference) -> Row:
    return {"set": [change("spans", ref.alone(), text="anderswo")]}


@defect("T6", T8="a bare name has no blank at its edge either")
def a_blank_at_the_end(ref: Reference) -> Row:
    row = ref.alone(lambda r, text: text[r["end"]] == " ")
    return widened(ref, row, row["start"], row["end"] + 1)


@defect("T7")
def an_edge_inside_a_word(ref: Reference) -> Row:
    row = ref.alone(
        lambda r, text: text[r["end"] - 3 : r["end"]].isalpha() and " " not in r["text"] and len(r["text"]) > 5
    )
    return widened(ref, row, row["start"], row["end"] - 1)


@defect("T8")
def a_comma_at_the_end(ref: Reference) -> Row:
    row = ref.alone(lambda r, text: text[r["end"]] == ",")
    return widened(ref, row, row["start"], row["end"] + 1)


def _over(ref: Reference, break_: str) -> Iterator[tuple[Row, int, int]]:
    """Places without any mark where a paragraph or a sentence ends, from the word before to the word after."""
    for work in ref.primary:
        text = ref.texts[work["article_id"]]
        for found in re.finditer(rf"(?<= )\w+[.]{break_}\w+(?= )", text):
            inner = found.start() + 1 + found.group().index(".")
            sentence = any(inner < at < found.end() for at in ref.starts[work["article_id"]])
            if sentence and ref.between(work["annotation_id"], *found.span()):
                yield work, *found.span()


def _marked(ref: Reference, work: Row, start: int, end: int, label: str) -> Row:
    like = ref.first("spans", lambda r: r["annotation_id"] == work["annotation_id"] and r["label"] == label)
    if label == "PER":
        like = ref.first("spans", lambda r: r["annotation_id"] == work["annotation_id"] and r["mention"] == "name")
    return add("spans", "span_id", like, kb_id=None, entity_id=None, **cut(ref, work, start, end))


@defect("T9", T10="a paragraph ends a sentence too")
def a_name_over_two_paragraphs(ref: Reference) -> Row:
    return {"add": [_marked(ref, *next(_over(ref, r"\n+")), "PER")]}


@defect("T9-claim")
def a_cue_over_two_paragraphs(ref: Reference) -> Row:
    return {"add": [_marked(ref, *next(_over(ref, r"\n+")), "CUE")]}


@defect("T10")
def a_name_over_two_sentences(ref: Reference) -> Row:
    return {"add": [_marked(ref, *next(_over(ref, " ")), "PER")]}


def _claimed(ref: Reference, work: Row, start: int, end: int, **values: Any) -> Row:
    """A claim at a place: nobody is named, so that no relation is missing."""
    like = ref.claim(lambda r: r["claimer_kind"] == "unattributed" and r["claim_type"] == "assertion")
    at = {"annotation_id": work["annotation_id"], "article_id": work["article_id"], **cut(ref, work, start, end)}
    span = add("spans", "span_id", {"span_id": like["claim_id"]}, **at)
    return {"add": [span, add("claims", "claim_id", like, attribution="reported", **at, **values)]}


@defect("T11", T9_claim="six sentences take more than a paragraph")
def a_claim_of_six_sentences(ref: Reference) -> Row:
    work = ref.primary[0]
    starts = ref.starts[work["article_id"]]
    text = ref.texts[work["article_id"]]
    end = len(text[: starts[7]].rstrip().rstrip('.!?“"'))
    return _claimed(ref, work, starts[1], end)


@defect("T12")
def a_claim_of_one_word(ref: Reference) -> Row:
    for work in ref.primary:
        for found in re.finditer(r"(?<= )[a-zäöü]{6,}(?= )", ref.texts[work["article_id"]]):
            if ref.between(work["annotation_id"], *found.span()):
                return _claimed(ref, work, *found.span())
    raise AssertionError


@defect("T13")
def a_name_in_the_notice_of_an_agency(ref: Reference) -> Row:
    work = ref.primary[0]
    text = ref.texts[work["article_id"]] + "\n© dpa-infocom, Reederei Alster"
    like = ref.alone()
    at = {"annotation_id": work["annotation_id"], "article_id": work["article_id"], "text": "Reederei Alster"}
    where = {"start": len(text) - 15, "end": len(text), "kb_id": None, "entity_id": None, "label": "ORG"}
    return {"set": [reworded(work["article_id"], text)], "add": [add("spans", "span_id", like, **at, **where)]}


@defect("T14", T17="a mark without its partner in the claim is one in the article")
def an_inner_mark_without_a_partner(ref: Reference) -> Row:
    row = ref.claim(lambda r: r["attribution"] == "direct" and ", " in r["text"])
    return {"set": ref.letter(row["article_id"], row["start"] + row["text"].index(", ") + 1, "‚")}


@defect("T15")
def direct_speech_without_marks(ref: Reference) -> Row:
    def plain(row: Row) -> bool:
        around = ref.texts[row["article_id"]][max(0, row["start"] - 60) : row["end"] + 60]
        cues = [s for s in ref.spans_of(row["annotation_id"]) if s["label"] == "CUE"]
        framed = any(row["start"] <= s["start"] < row["end"] for s in cues)
        return row["attribution"] == "indirect" and not framed and not set(around) & set("„“”»«‚‘›‹\"'’")

    return {"set": [change("claims", ref.claim(plain), attribution="direct")]}


@defect("T16")
def a_claim_with_its_full_stop(ref: Reference) -> Row:
    def ends(row: Row) -> bool:
        return ref.texts[row["article_id"]][row["end"] : row["end"] + 2] in (". ", ".\n")

    row = ref.claim(lambda r: r["attribution"] == "indirect" and ends(r))
    at = cut(ref, row, row["start"], row["end"] + 1)
    return {"set": [change("claims", row, **at), {"table": "spans", "where": {"span_id": row["claim_id"]}, "set": at}]}


@defect("T17")
def a_closing_mark_alone(ref: Reference) -> Row:
    article = ref.first("articles", lambda r: r["lang"] == "de")["article_id"]
    return {"set": ref.letter(article, ref.free(article, ","), "“")}


@defect("T18")
def a_german_text_that_is_called_english(ref: Reference) -> Row:
    article = ref.first("articles", lambda r: r["lang"] == "de")
    return {"set": [change("articles", article, lang="en")]}


@defect("T19")
def an_article_of_forty_characters(ref: Reference) -> Row:
    text = "Der Hafen ist seit gestern wieder offen."
    like = ref.rows("articles")[0]
    digest = hashlib.sha256(text.encode()).hexdigest()
    short = add("articles", "article_id", like, text=text, text_sha256=digest, n_chars=40)
    return {"limits": {"least": 10}, "overlap": 0, "add": [short]}
