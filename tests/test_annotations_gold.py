"""Gold by majority: nobody is first, ties stay open, agreement is kept."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldpress.annotations.gold import compute_gold, decide, entropy
from goldpress.schemas.scheme import Scheme, load_scheme


@pytest.fixture(scope="module")
def scheme(repository: Any) -> Scheme:
    return load_scheme(repository / "schemas" / "scheme.toml")


def annotation(name: str, **more: Any) -> dict[str, Any]:
    base = {
        "annotation_id": name,
        "article_id": "a",
        "annotator_pid": f"p{name}",
        "role": "primary",
        "state": "labelled",
    }
    return {**base, "updated_at": "2025", **more}


def span(by: str, start: int, end: int, label: str = "PER", **more: Any) -> dict[str, Any]:
    base = {
        "span_id": f"{by}:{start}-{end}-{label}",
        "annotation_id": by,
        "article_id": "a",
        "layer": "entity",
        "label": label,
    }
    return {
        **base,
        "start": start,
        "end": end,
        "text": "x" * (end - start),
        "mention": "name",
        "kb_id": None,
        **more,
    }


def gold(
    scheme: Scheme, annotations: list[Any], spans: list[Any], **tables: list[Any]
) -> dict[str, list[dict[str, Any]]]:
    return compute_gold("a", {"annotations": annotations, "spans": spans, **tables}, scheme)


def test_what_all_marked_is_unanimous(scheme: Scheme) -> None:
    found = gold(scheme, [annotation("1"), annotation("2")], [span("1", 0, 5), span("2", 0, 5)])
    assert [(s["start"], s["end"], s["gold_source"], s["n_votes"]) for s in found["spans"]] == [(0, 5, "unanimous", 2)]


def test_one_of_two_is_a_tie_and_goes_to_the_queue(scheme: Scheme) -> None:
    found = gold(scheme, [annotation("1"), annotation("2", state="empty")], [span("1", 0, 5)])
    assert found.get("spans", []) == []
    (open_row,) = found["gold_provenance"]
    assert (open_row["tie"], open_row["gold_source"], open_row["value"]) == (True, None, None)


def test_a_skip_is_no_vote(scheme: Scheme) -> None:
    found = gold(scheme, [annotation("1"), annotation("2", state="skipped")], [span("1", 0, 5)])
    assert [s["gold_source"] for s in found["spans"]] == ["single"]


def test_two_of_three_decide_and_the_boundary_with_most_votes_wins(scheme: Scheme) -> None:
    voters = [annotation("1"), annotation("2"), annotation("3")]
    found = gold(scheme, voters, [span("1", 0, 5), span("2", 0, 5), span("3", 0, 6)])
    assert [(s["end"], s["gold_source"], s["n_votes"]) for s in found["spans"]] == [(5, "majority", 3)]


def test_a_tie_of_boundaries_is_never_decided_by_who_came_first(scheme: Scheme) -> None:
    found = gold(scheme, [annotation("1"), annotation("2")], [span("1", 0, 5), span("2", 0, 6)])
    assert found.get("spans", []) == []


def test_a_tied_attribute_is_null_and_listed(scheme: Scheme) -> None:
    spans = [span("1", 0, 5), span("2", 0, 5, mention="nominal")]
    found = gold(scheme, [annotation("1"), annotation("2")], spans)
    assert [s["mention"] for s in found["spans"]] == [None]
    row = next(r for r in found["gold_provenance"] if r["field"] == "mention")
    assert row["tie"]
    assert row["entropy"] == 1.0


def test_an_attribute_that_one_left_open_is_not_a_vote_against_it(scheme: Scheme) -> None:
    spans = [span("1", 0, 5, kb_id="Q1"), span("2", 0, 5)]
    assert [s["kb_id"] for s in gold(scheme, [annotation("1"), annotation("2")], spans)["spans"]] == ["Q1"]


def test_an_adjudicator_decides_alone(scheme: Scheme) -> None:
    voters = [annotation("1"), annotation("2"), annotation("3", role="adjudicator")]
    found = gold(scheme, voters, [span("1", 0, 5), span("2", 0, 5), span("3", 0, 6)])
    assert [(s["end"], s["gold_source"]) for s in found["spans"]] == [(6, "adjudicated")]


def test_of_two_annotations_of_one_person_the_newer_votes(scheme: Scheme) -> None:
    voters = [annotation("1", updated_at="2024"), annotation("2", annotator_pid="p1")]
    found = gold(scheme, voters, [span("1", 0, 5), span("2", 0, 6)])
    assert [(s["end"], s["gold_source"]) for s in found["spans"]] == [(6, "single")]


def test_a_value_whose_required_relation_is_open_is_open_too(scheme: Scheme) -> None:
    claims, spans = [], []
    for who in ("1", "2"):
        spans.append(span(who, 0, 20, "CLAIM", layer="claim"))
        values = {
            "claim_type": "demand",
            "attribution": "direct",
            "claim_polarity": "affirm",
            "claimer_kind": "span",
        }
        claims.append(
            {
                **{k: spans[-1][k] for k in ("annotation_id", "article_id", "start", "end", "text")},
                "claim_id": spans[-1]["span_id"],
                **values,
            }
        )
    found = gold(scheme, [annotation("1"), annotation("2")], spans, claims=claims)
    (claim,) = found["claims"]
    assert claim["claim_type"] == "demand"
    assert claim["claimer_kind"] is None, "both say that the claimer is marked, and neither has marked one"


def test_entropy_is_0_for_agreement_and_1_for_an_even_split() -> None:
    assert entropy(Counter(a=3)) == 0.0
    assert entropy(Counter(a=2, b=2)) == 1.0
    assert math.isclose(entropy(Counter(a=3, b=1)), 0.8112781244591328)


def test_a_plurality_is_no_majority() -> None:
    assert decide(["a", "a", "b", "c"]).source is None


SPANS = st.lists(
    st.tuples(st.sampled_from("123"), st.integers(0, 30), st.integers(1, 12), st.sampled_from(["PER", "ORG"])),
    max_size=12,
    unique=True,
)


@settings(max_examples=150, deadline=None)
@given(SPANS, st.permutations(["1", "2", "3"]))
def test_the_order_and_the_names_of_annotators_do_not_matter(drawn: list[Any], order: list[str]) -> None:
    scheme = load_scheme(__file__.replace("tests/test_annotations_gold.py", "schemas/scheme.toml"))
    rename = dict(zip("123", order, strict=True))

    def decided(names: dict[str, str]) -> list[Any]:
        spans = [span(names[by], start, start + n, label) for by, start, n, label in drawn]
        found = gold(scheme, [annotation(names[by]) for by in "123"], spans)
        return sorted(
            (s["start"], s["end"], s["label"], s["gold_source"], s["n_votes"]) for s in found.get("spans", [])
        )

    assert decided({by: by for by in "123"}) == decided(rename)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["PER", "ORG"])), max_size=6, unique_by=lambda s: s[0]))
def test_unanimous_input_gives_that_input(drawn: list[Any]) -> None:
    scheme = load_scheme(__file__.replace("tests/test_annotations_gold.py", "schemas/scheme.toml"))
    spans = [span(by, 10 * at, 10 * at + 7, label) for by in "12" for at, label in drawn]
    found = gold(scheme, [annotation("1"), annotation("2")], spans)
    assert sorted((s["start"], s["label"]) for s in found.get("spans", [])) == sorted(
        (10 * at, label) for at, label in drawn
    )
