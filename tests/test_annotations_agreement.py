"""Agreement: published values, definitions computed the slow way, and a reason wherever a number would mean nothing."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_rows import annotation, claim, doc_label, raw_tables, relation, span
from goldpress.annotations.agreement.alpha import alpha, masi
from goldpress.annotations.agreement.concordance import agreement_rows, agreement_table, count_agreement, split
from goldpress.annotations.agreement.resampling import Resampling, confidence
from goldpress.annotations.agreement.tokens import WordCounter
from goldpress.schemas.scheme import load_scheme
from goldpress.workspace import AgreementSettings, Gate

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
LOOSE = AgreementSettings(units=2, replicas=20)
TEXT = "Das Wort gilt. " * 20

# Krippendorff, Content Analysis (2004), page 230: 4 observers, 12 units, - is missing.
KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 - - -
1 2 3 3 2 2 4 1 2 5 - 3
- 3 3 3 2 3 4 2 2 5 1 -
1 2 3 3 2 4 4 1 2 5 1 -
"""


def observers() -> list[list[int | None]]:
    rows = KRIPPENDORFF.strip().splitlines()
    return [[None if value == "-" else int(value) for value in row.split()] for row in rows]


def numbers(raw: dict[str, Any], rules: AgreementSettings = LOOSE) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = agreement_table(raw, SCHEME, rules).to_pylist()
    assert len({row["agreement_id"] for row in found}) == len(found)
    return {
        (row["kind"], row["layer"], row["attribute"], row["label"], row["measure"]): row
        for row in found
        if row["annotator_a"] is None
    }


def raw(spans: list[Any], by: str = "12", article: str = "a", **more: Any) -> dict[str, Any]:
    more.setdefault("annotations", [annotation(name, article) for name in by])
    return raw_tables(SCHEME, spans=spans, articles=[{"article_id": article, "text": TEXT}], **more)


# ── published values ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491)])
def test_alpha_of_krippendorffs_example(metric: Any, value: float) -> None:
    assert alpha(observers(), metric) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(("metric", "value"), [("nominal", -0.0549), ("interval", -0.0354)])
def test_units_and_observers_are_not_mixed_up(metric: Any, value: float) -> None:
    turned = [list(column) for column in zip(*observers(), strict=True)]
    assert alpha(turned, metric) == pytest.approx(value, abs=5e-5)


def test_alpha_of_strings_and_of_sets() -> None:
    assert alpha([list("abc"), list("abd")]) == pytest.approx(0.6154, abs=5e-5)
    first, second = [("e", "s"), ("t",), ("a",)], [("s",), ("t",), ("a", "t")]
    assert alpha([first, second], "masi") == pytest.approx(0.4737, abs=5e-5)


def test_the_distance_of_sets() -> None:
    assert [masi("ab", "ab"), masi("", ""), masi("a", "b")] == [0.0, 0.0, 1.0]
    assert masi("a", "ab") == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert masi("ab", "bc") == pytest.approx(1 - 1 / 3 * 1 / 3)


def test_the_example_comes_out_of_whole_tables_too() -> None:
    names = {1: "relevant", 2: "no_claim", 3: "off_topic", 4: "bad_text", 5: "duplicate"}
    labels, people = [], []
    for observer, ratings in enumerate(observers()):
        for unit, value in enumerate(ratings):
            people.append(annotation(str(observer), f"a{unit}"))
            labels += [doc_label(str(observer), "relevance", names[value], f"a{unit}")] if value else []
    tables = raw_tables(SCHEME, annotations=people, doc_labels=labels)
    row = numbers(tables)["document", "document", "relevance", "*", "alpha_nominal"]
    assert row["value"] == pytest.approx(0.7434, abs=5e-5)
    assert (row["n_units"], row["n_annotators"], row["coverage"]) == (11, 4, pytest.approx(11 / 12))
    assert row["ci_low"] <= row["value"] <= row["ci_high"]


def published_spans() -> list[Any]:
    gold = [span("1", 0, 10), span("1", 12, 20, "ORG"), span("1", 30, 36, "LOC")]
    return [*gold, span("2", 0, 10), span("2", 12, 18, "ORG"), span("2", 30, 36)]


@pytest.mark.parametrize(
    ("measure", "value"),
    [("f1_type", 2 / 3), ("f1_exact", 2 / 3), ("f1_partial", 2.5 / 3), ("f1_strict", 1 / 3)],
)
def test_f1_of_the_semeval_measures(measure: str, value: float) -> None:
    found = numbers(raw(published_spans()))
    assert found["spans", "entity", None, "*", measure]["value"] == pytest.approx(value)


def test_spans_that_only_touch_do_not_overlap() -> None:
    found = numbers(raw([span("1", 0, 5), span("2", 5, 9)]))
    assert {
        found["spans", "entity", None, "*", f"f1_{m}"]["value"] for m in ("strict", "exact", "partial", "type")
    } == {0.0}


# ── definitions, computed the slow way ──────────────────────────────────────────────────────────────────────


def slow_alpha(table: list[list[Any]]) -> float:
    """Nominal alpha straight from the definition: a list of units, each with its values."""
    units = [[value for value in unit if value is not None] for unit in table]
    units = [unit for unit in units if len(unit) > 1]
    n = sum(len(unit) for unit in units)
    observed = sum(
        sum(a != b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j) / (len(unit) - 1)
        for unit in units
    )
    flat = [value for unit in units for value in unit]
    expected = sum(a != b for a in flat for b in flat)
    return 1 - (n - 1) * observed / expected if expected else float("nan")


RATINGS = st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=6, max_size=6), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None)
@given(RATINGS)
def test_alpha_is_what_its_definition_says(ratings: list[list[Any]]) -> None:
    expected = slow_alpha([list(unit) for unit in zip(*ratings, strict=True)])
    assert alpha(ratings) == pytest.approx(expected, nan_ok=True)
    assert alpha(ratings[::-1]) == pytest.approx(expected, nan_ok=True)


DRAWN = st.lists(
    st.tuples(st.sampled_from("123"), st.integers(0, 40), st.integers(1, 20), st.sampled_from(["PER", "ORG"])),
    min_size=1,
    max_size=10,
    unique=True,
)


def words() -> Iterator[tuple[int, int]]:
    start = None
    for at, letter in enumerate(TEXT + " "):
        if letter.isalnum() and start is None:
            start = at
        elif not letter.isalnum() and start is not None:
            yield start, at
            start = None


@settings(max_examples=25, deadline=None)
@given(DRAWN)
def test_alpha_of_words_is_what_counting_word_by_word_gives(drawn: list[Any]) -> None:
    spans = [span(by, start, start + n, label) for by, start, n, label in drawn]
    table = [
        [
            tuple(sorted({s["label"] for s in spans if s["annotation_id"][-1] == by and s["start"] <= at < s["end"]}))
            for by in "123"
        ]
        for at, _ in words()
    ]
    found = numbers(raw(spans, "123"), AgreementSettings(units=2, replicas=0))
    row = found["spans", "entity", None, "*", "alpha_words"]
    if row["value"] is not None:
        assert row["value"] == pytest.approx(slow_alpha(table))
        assert row["n_units"] == len(table)


@settings(max_examples=25, deadline=None)
@given(DRAWN)
def test_strict_f1_is_what_comparing_sets_gives(drawn: list[Any]) -> None:
    spans = [span(by, start, start + n, label) for by, start, n, label in drawn]
    of = {by: {(s["start"], s["end"], s["label"]) for s in spans if s["annotation_id"][-1] == by} for by in "123"}
    common = sum(len(of[a] & of[b]) for a, b in combinations("123", 2))
    used = sum(len(of[a]) + len(of[b]) for a, b in combinations("123", 2))
    row = numbers(raw(spans, "123"), LOOSE)["spans", "entity", None, "*", "f1_strict"]
    if row["value"] is not None:
        assert row["value"] == pytest.approx(2 * common / used)


def test_words_are_runs_of_letters_and_digits() -> None:
    counter = WordCounter(["EU-Gipfel in Köln 2025.", "", "a b"])
    assert counter.words().tolist() == [5, 0, 2]
    assert counter.before(np.array([0, 0, 2]), np.array([3, 99, 2])).tolist() == [1, 5, 1]


# ── attributes, relations ───────────────────────────────────────────────────────────────────────────────────


def two_claims(kinds: str = "dd", stances: str = "ff", entities: str = "==") -> dict[str, Any]:
    """Four claims of two annotators; the second one's are one character longer."""
    spans: list[Any] = []
    claims, relations = [], []
    values = {"d": "demand", "p": "prediction", "f": "favor", "a": "against", "-": ""}
    for by, kind, stance in zip("12", kinds, stances, strict=True):
        for at in range(0, 120, 30):
            own = span(by, at, at + 9 + int(by), "CLAIM"), span(by, at + 15, at + 20, "ORG")
            spans += own
            claims.append(claim(own[0], claim_type=values[kind] if at else "demand"))
            if values[stance]:
                relations.append(relation(*own, values[stance] if at else "favor"))
    assert entities
    return raw(spans, claims=claims, relations=relations)


def test_attributes_are_compared_on_matched_claims_only() -> None:
    found = numbers(two_claims("dp"))
    row = found["attribute", "claim", "claim_type", "*", "alpha_nominal"]
    assert (row["n_units"], row["coverage"]) == (4, 1.0)
    assert row["value"] == pytest.approx(slow_alpha([["d", "d"], *[["d", "p"]] * 3]))
    assert found["attribute", "claim", "claim_type", "*", "agreement"]["value"] == pytest.approx(0.25)
    assert found["attribute", "claim", "claim_type", "prediction", "alpha_nominal"]["value"] == row["value"]


def test_a_claim_that_only_one_marked_lowers_coverage_and_f1_but_no_attribute() -> None:
    lone = span("1", 200, 220, "CLAIM")
    tables = two_claims("dd")
    more = raw_tables(SCHEME, spans=[lone], claims=[claim(lone, claim_type="prediction")])
    both = {name: table if name not in more else _join(table, more[name]) for name, table in tables.items()}
    found = numbers(both)
    assert found["spans", "claim", None, "*", "f1_half"]["value"] == pytest.approx(8 / 9)
    row = found["attribute", "claim", "claim_type", "*", "agreement"]
    assert (row["value"], row["coverage"]) == (1.0, pytest.approx(8 / 9))


def _join(one: Any, other: Any) -> Any:
    import pyarrow as pa

    return pa.concat_tables([one, other])


def test_stances_are_compared_on_clustered_ends() -> None:
    agreed, opposed = numbers(two_claims(stances="ff")), numbers(two_claims(stances="fa"))
    assert agreed["relation", "stance", None, "*", "f1_strict"]["value"] == 1.0
    assert opposed["relation", "stance", None, "*", "f1_strict"]["value"] == pytest.approx(0.25)
    table = [["favor", "favor"], *[["favor", "against"]] * 3]
    row = opposed["relation", "stance", None, "*", "alpha_nominal"]
    assert row["value"] == pytest.approx(slow_alpha(table))


def test_no_relation_is_a_value_where_both_marked_the_ends() -> None:
    found = numbers(two_claims(stances="f-"))
    row = found["relation", "stance", None, "*", "alpha_nominal"]
    assert (row["n_units"], row["coverage"]) == (4, 1.0)
    assert row["value"] == pytest.approx(slow_alpha([["favor", "none"]] * 4))


def test_the_claimer_may_be_another_mention_of_the_same_entity() -> None:
    spans: list[Any] = []
    relations = []
    for by, at in (("1", 30), ("2", 50)):
        own = span(by, 0, 20, "CLAIM"), *(span(by, start, start + 5, entity_id="PER:Vogt") for start in (30, 50))
        spans += own
        relations.append(relation(own[0], own[1] if at == 30 else own[2]))
    found = numbers(raw(spans, relations=relations))
    assert found["relation", "claimer", None, "*", "f1_strict"]["value"] == 0.0
    assert found["relation", "claimer", None, "*", "f1_entity"]["value"] == 1.0


def test_two_empty_topics_are_equal_and_an_empty_one_differs_from_a_full_one() -> None:
    spans = [span(by, at, at + 9, "CLAIM") for by in "12" for at in (0, 20)]
    topics = [[], ["arms.delivery"], [], []]
    claims = [claim(s, topic=topic) for s, topic in zip(spans, topics, strict=True)]
    assert numbers(raw(spans, claims=claims))["attribute", "claim", "topic", "*", "agreement"]["value"] == 0.5


# ── the base of each number ─────────────────────────────────────────────────────────────────────────────────


def reason(tables: dict[str, Any], *key: Any, rules: AgreementSettings = LOOSE) -> Any:
    row = numbers(tables, rules)[key]
    assert row["value"] is None
    assert row["ci_low"] is None
    assert row["gate"] is None
    return row["reason"]


STRICT = ("spans", "entity", None, "*", "f1_strict")


def test_one_annotator_only_has_nobody_to_agree_with() -> None:
    assert "no article was read by two" in reason(raw([span("1", 0, 5)], "1"), *STRICT)


def test_no_annotator_at_all_is_the_same_and_every_row_is_there() -> None:
    assert "no article was read by two" in reason(raw_tables(SCHEME), *STRICT)
    assert len(numbers(raw_tables(SCHEME))) == len(numbers(raw(published_spans())))


def test_where_all_skipped_nothing_was_read() -> None:
    people = [annotation("1", state="skipped"), annotation("2", state="skipped")]
    assert "no article was read by two" in reason(raw([], annotations=people), *STRICT)


def test_where_nobody_marked_anything_there_is_nothing_to_compare() -> None:
    people = [annotation("1", state="empty"), annotation("2", state="empty")]
    assert reason(raw([], annotations=people), *STRICT) == "nobody marked any"


def test_an_annotator_with_nothing_disagrees_with_one_who_marked() -> None:
    people = [annotation("1"), annotation("2", state="empty")]
    found = numbers(raw([span("1", 0, 5), span("1", 20, 25)], annotations=people))
    assert found[STRICT]["value"] == 0.0
    assert found["spans", "entity", None, "*", "alpha_words"]["value"] < 0


def test_one_value_only_is_no_agreement_beyond_chance() -> None:
    assert "no variation" in reason(two_claims("dd"), "attribute", "claim", "claim_type", "*", "alpha_nominal")


def test_few_units_are_no_basis() -> None:
    assert reason(raw(published_spans()), *STRICT, rules=AgreementSettings()) == "fewer than 30 units"


def test_annotations_under_different_guidelines_are_not_compared() -> None:
    people = [annotation("1", guideline_version="1.0.0"), annotation("2", guideline_version="2.0.0")]
    assert "no article was read by two" in reason(raw(published_spans(), annotations=people), *STRICT)
    assert count_agreement(raw(published_spans(), annotations=people), SCHEME, LOOSE).mixed == 1
    people.append(annotation("3", guideline_version="2.0.0"))
    spans = [*published_spans(), span("3", 0, 10), span("3", 12, 18, "ORG"), span("3", 30, 36)]
    assert numbers(raw(spans, annotations=people))[STRICT]["value"] == 1.0


def test_the_adjudicator_and_a_second_reading_are_no_independent_annotators() -> None:
    people = [annotation("1"), annotation("2", role="adjudicator"), annotation("3", role="model")]
    assert "no article was read by two" in reason(raw(published_spans(), annotations=people), *STRICT)


def test_a_pair_that_shares_no_article_has_no_row() -> None:
    people = [annotation("1", "a"), annotation("2", "a"), annotation("2", "b"), annotation("3", "b")]
    spans = [span(by, 0, 5, article=a) for by, a in (("1", "a"), ("2", "a"), ("2", "b"), ("3", "b"))]
    found = agreement_table(raw(spans, annotations=people), SCHEME, LOOSE).to_pylist()
    pairs = {(row["annotator_a"], row["annotator_b"]) for row in found if row["measure"] == "f1_strict"}
    assert pairs == {(None, None), ("p1", "p2"), ("p2", "p3")}


def test_ten_thousand_spans_in_one_article_are_compared() -> None:
    spans = [span(by, at, at + 4) for by in "12" for at in range(0, 50_000, 10)]
    spans += [span(by, 60_000 + at % 70, 60_200 + at) for by in "12" for at in range(500)]
    found = numbers(raw(spans), AgreementSettings(replicas=0))
    assert found[STRICT]["value"] == 1.0
    assert found[STRICT]["n_units"] == 11_000


# ── gates ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_gates_are_chosen_by_label_before_attribute_before_layer() -> None:
    tables = two_claims("dp")
    key = ("attribute", "claim", "claim_type", "prediction", "alpha_nominal")
    assert numbers(tables)[key]["gate"] == "fail"
    low = Gate(good=0.5, least=-0.9)
    for name in ("claim.claim_type.prediction", "claim.claim_type", "claim"):
        rules = AgreementSettings(units=2, replicas=0, labels={name: low})
        assert numbers(tables, rules)[key]["gate"] == "tentative"
    rules = AgreementSettings(units=2, replicas=0, labels={"claim": low, "claim.claim_type": Gate(good=1, least=1)})
    assert numbers(tables, rules)[key]["gate"] == "fail"


def test_f1_has_a_gate_only_if_the_settings_name_it() -> None:
    tables = raw(published_spans())
    assert numbers(tables)[STRICT]["gate"] is None
    rules = AgreementSettings(units=2, replicas=0, labels={"entity:f1_strict": Gate(good=0.3, least=0.1)})
    assert numbers(tables, rules)[STRICT]["gate"] == "pass"


# ── the bootstrap ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_sample_draws_as_many_articles_as_there_are_and_the_same_in_whatever_pieces() -> None:
    whole = Resampling(1007, 20, seed=1).draw(1007)
    assert whole[0].tolist() == [1] * 1007
    assert set(whole.sum(axis=1).tolist()) == {1007}
    assert 0.5 < whole[1:, 1000:].mean() < 1.5
    for sizes in ([300, 707], [1000, 0, 7], [1, 1005, 1]):
        sampling = Resampling(1007, 20, seed=1)
        assert np.concatenate([sampling.draw(size) for size in sizes], axis=1).tolist() == whole.tolist()


def test_an_interval_needs_samples_that_could_be_computed() -> None:
    assert confidence(np.array([np.nan, np.nan, 1.0])) is None
    assert confidence(np.arange(101, dtype=np.float64)) == (2.5, 97.5)


def many_articles(count: int) -> dict[str, Any]:
    random = np.random.default_rng(7)
    people = [annotation(by, f"a{at:03}") for at in range(count) for by in "12"]
    spans = []
    for at in range(count):
        for place in range(0, 100, 20):
            spans.append(span("1", place, place + 9, article=f"a{at:03}"))
            if random.random() < 0.8:
                spans.append(span("2", place, place + 9, article=f"a{at:03}"))
    texts = [{"article_id": f"a{at:03}", "text": TEXT} for at in range(count)]
    return raw_tables(SCHEME, annotations=people, spans=spans, articles=texts)


def test_the_interval_is_seeded_and_holds_the_value() -> None:
    tables = many_articles(30)
    one, again, other = (numbers(tables, AgreementSettings(replicas=200, seed=seed))[STRICT] for seed in (1, 1, 2))
    assert one == again
    assert one["value"] == other["value"]
    assert (one["ci_low"], one["ci_high"]) != (other["ci_low"], other["ci_high"])
    assert one["ci_low"] < one["value"] < one["ci_high"]


def test_the_interval_is_the_one_of_drawing_articles_by_hand() -> None:
    tables = many_articles(30)
    row = numbers(tables, AgreementSettings(replicas=2000))[STRICT]
    lacking = np.zeros((30, 2))
    for item in tables["spans"].to_pylist():
        lacking[int(item["article_id"][1:]), int(item["annotation_id"][-1]) - 1] += 1
    random = np.random.default_rng(3)
    rows = random.integers(0, 30, (2000, 30))
    both, used = lacking[:, 1][rows].sum(axis=1), lacking.sum(axis=1)[rows].sum(axis=1)
    low, high = np.percentile(2 * both / used, [2.5, 97.5])
    assert row["ci_low"] == pytest.approx(low, abs=0.01)
    assert row["ci_high"] == pytest.approx(high, abs=0.01)


CLAIMERS = st.lists(st.lists(st.integers(-1, 6), min_size=6, max_size=6), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(CLAIMERS)
def test_alpha_of_claimers_is_what_every_set_of_them_as_a_value_gives_in_every_sample(said: list[list[int]]) -> None:
    """Each article has two claims by three annotators, -1 is not marked; bits 1 and 2 are claimers, 0 is none."""
    annotations, spans, relations = [], [], []
    for article, sets in enumerate(said):
        name = f"a{article}"
        annotations += [annotation(by, name) for by in "123"]
        for by, people in zip("123", zip(sets[::2], sets[1::2], strict=True), strict=True):
            ends = [span(by, start, start + 5, article=name) for start in (100, 110, 120)]
            for at, bits in enumerate(people):
                own = span(by, 30 * at, 30 * at + 20, "CLAIM", article=name)
                spans += [own] if bits >= 0 else []
                relations += [relation(own, end) for bit, end in enumerate(ends) if bits >= 0 and bits >> bit & 1]
            spans += ends
    texts = [{"article_id": f"a{article}", "text": TEXT} for article in range(len(said))]
    tables = raw_tables(SCHEME, annotations=annotations, spans=spans, relations=relations, articles=texts)
    rules = AgreementSettings(units=1, replicas=9)
    row = numbers(tables, rules)["relation", "claimer", None, "*", "alpha_nominal"]

    units = [
        (article, [None if bits < 0 else (article, bits) if bits else "" for bits in sets[claim::2]])
        for article, sets in enumerate(said)
        for claim in (0, 1)
        if max(sets[claim::2]) > 0
    ]
    drawn = Resampling(len(said), rules.replicas, rules.seed).draw(len(said)).astype(int)
    samples = np.array([slow_alpha([v for a, v in units for _ in range(weights[a])]) for weights in drawn])
    assert (row["value"] is None) == np.isnan(samples[0])
    if row["value"] is not None:
        assert row["value"] == pytest.approx(samples[0])
        interval = confidence(samples[1:]) if len(said) > 1 else None
        assert (row["ci_low"], row["ci_high"]) == (pytest.approx(interval) if interval else (None, None))


def test_shards_hold_whole_articles_and_add_up() -> None:
    tables = many_articles(11)
    parts = list(split(tables, size=4))
    assert [part["annotations"].num_rows for part in parts] == [8, 8, 6]
    assert sum(part["spans"].num_rows for part in parts) == tables["spans"].num_rows
    for part in parts:
        assert set(part["spans"]["article_id"].to_pylist()) <= set(part["annotations"]["article_id"].to_pylist())


def test_rows_come_in_the_order_of_the_scheme() -> None:
    rows = agreement_rows(count_agreement(raw(published_spans()), SCHEME, LOOSE), SCHEME, LOOSE)
    assert rows[0].name == "entity"
    assert rows[-1].layer == "document"
