"""Planted into the reference data: who annotated, and how."""

from collections.abc import Iterator

from validation_reference import (
    PERSON,
    Reference,
    Row,
    add,
    change,
    defect,
    drop,
)


@defect("P1")
def one_of_two_annotators(ref: Reference) -> Row:
    return {"set": [change("annotations", ref.primary[0], role="model")]}


@defect("P2")
def an_annotator_twice(ref: Reference) -> Row:
    one = ref.primary[0]
    other = next(r for r in ref.primary if r["article_id"] == one["article_id"] and r is not one)
    return {"overlap": 1, "set": [change("annotations", other, annotator_pid=one["annotator_pid"])]}


@defect("P3")
def a_decision_on_ones_own_work(ref: Reference) -> Row:
    return {"add": [add("annotations", "annotation_id", ref.primary[0], role="adjudicator")]}


@defect("P4")
def a_page_that_was_left_open(ref: Reference) -> Row:
    return {"set": [change("annotations", ref.primary[0], lead_time_s=90_000.0)]}


@defect("P5")
def a_fifth_of_the_usual_time(ref: Reference) -> Row:
    return {"set": [change("annotations", ref.primary[0], lead_time_s=190.0)]}


@defect("P6")
def the_same_answers_in_a_row(ref: Reference) -> Row:
    runs: list[list[Row]] = []
    for work in ref.primary:
        run: list[Row] = []
        for row in sorted(ref.rows("claims"), key=lambda r: r["start"]):
            if row["annotation_id"] == work["annotation_id"]:
                run = [*run, row] if row["claimer_kind"] == "span" else []
                runs.append(run)
    longest = max(runs, key=len)
    same = {"claim_type": "assertion", "attribution": "indirect", "claim_polarity": "affirm"}
    return {"limits": {"longest_run": len(longest)}, "set": [change("claims", row, **same) for row in longest]}


def _somebody(ref: Reference) -> Iterator[Row]:
    """A third annotator, in each article, by the present scheme."""
    present = max(row["guideline_version"] for row in ref.primary)
    articles = {row["article_id"]: row for row in ref.primary}
    for n, row in enumerate(articles.values()):
        own = {"annotation_id": f"planted{n}", "annotator_pid": PERSON, "guideline_version": present}
        yield add("annotations", "annotation_id", row, **own)


@defect("P7")
def an_annotator_who_never_finds_a_claim(ref: Reference) -> Row:
    return {"limits": {"least": 10}, "add": list(_somebody(ref))}


@defect("P8")
def an_annotator_of_names_only(ref: Reference) -> Row:
    def named(work: Row) -> list[Row]:
        return [r for r in ref.spans_of(work["annotation_id"]) if r["label"] == "PER" and r["mention"] == "name"]

    work = max(ref.primary, key=lambda row: len(named(row)))
    spans = [
        {
            "table": "spans",
            "like": {"span_id": row["span_id"]},
            "set": {"span_id": f"planted{n}", "annotation_id": "planted"},
        }
        for n, row in enumerate(named(work))
    ]
    return {"limits": {"least": 5}, "add": [add("annotations", "annotation_id", work, annotator_pid=PERSON), *spans]}


@defect("P9")
def suggestions_without_a_look(ref: Reference) -> Row:
    mine = [row for row in ref.primary if row["annotator_pid"] == ref.primary[0]["annotator_pid"]]
    where = [{"annotation_id": row["annotation_id"]} for row in mine]
    return {"set": [{"table": "spans", "where": one, "set": {"origin": "prediction"}} for one in where]}


@defect("P10")
def a_label_that_is_not_agreed_on(ref: Reference) -> Row:
    return {"set": [change("agreement", ref.first("agreement", lambda r: r["gate"] == "pass"), gate="fail", value=0.5)]}


@defect("P10a")
def a_label_that_is_hardly_agreed_on(ref: Reference) -> Row:
    row = ref.first("agreement", lambda r: r["gate"] == "pass")
    return {"set": [change("agreement", row, gate="tentative", value=0.7)]}


@defect("P11", P1="an article without a second annotator lacks one")
def a_month_without_overlap(ref: Reference) -> Row:
    one = ref.primary[0]["annotator_pid"]
    mine = [row for row in ref.rows("annotations") if row["annotator_pid"] == one]
    return {"set": [change("annotations", row, role="model") for row in mine]}


@defect("P12")
def another_answer_the_second_time(ref: Reference) -> Row:
    one = ref.primary[0]
    other = next(r for r in ref.primary if r["article_id"] == one["article_id"] and r is not one)
    moved = [r for r in ref.lonely if r["annotation_id"] == other["annotation_id"]]
    again = change("annotations", other, annotator_pid=one["annotator_pid"], role="repeat")
    return {
        "overlap": 1,
        "limits": {"least": 10, "repeat": 0.99},
        "set": [again],
        "drop": [drop("spans", "span_id", row) for row in moved],
    }


@defect("P13")
def an_older_scheme(ref: Reference) -> Row:
    return {"set": [change("annotations", ref.primary[0], guideline_version="0.9.0")]}


@defect("P14")
def gold_of_what_was_skipped(ref: Reference) -> Row:
    article = ref.primary[0]["article_id"]
    return {
        "overlap": 0,
        "set": [{"table": "annotations", "where": {"article_id": article}, "set": {"state": "skipped"}}],
    }


@defect("P15")
def a_tie_that_nobody_decided(ref: Reference) -> Row:
    row = ref.first("gold_provenance", lambda r: r["gold_source"] == "unanimous" and r["value"] is not None)
    return {"set": [change("gold_provenance", row, tie=True)]}
