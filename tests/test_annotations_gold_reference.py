"""Gold against a reference: the rules of docs/agreement.md and docs/design.md, for one article and thing at a time.

The reference never matches spans (that has tests of its own): it knows what each mark is about, because the places of
one thing overlap by more than half and those of two things not at all.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_rows import annotation, claim, doc_label, raw_tables, relation, span
from goldpress.annotations.gold.computation import gold_tables
from goldpress.schemas.scheme import load_scheme
from goldpress.workspace import GoldSettings

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")

V = TypeVar("V", bound=Hashable)

Place = tuple[int, int]
PLACES: dict[str, list[Place]] = {
    "chancellor": [(0, 10), (0, 11), (1, 10)],
    "council": [(20, 30), (20, 29)],
    "demand": [(40, 50), (40, 48)],
    "promise": [(60, 70)],
}
CLAIMS = {"demand", "promise"}
TARGETS = ("chancellor", "council", "promise")
"""What the demand may be for or against."""
RULES = [GoldSettings(), GoldSettings(user_threshold=2), *(GoldSettings(confidence_threshold=c) for c in (0.7, 1.0))]


@dataclass(frozen=True)
class Mark:
    """A thing marked in the text; ``detail`` is an entity's ``mention``, a claim's ``claim_type``."""

    place: Place
    label: str
    detail: str | None


@dataclass(frozen=True)
class Sheet:
    """What one person handed in about one article: marks and stances by thing, and one answer about the whole."""

    who: str
    role: str
    skipped: bool
    marks: dict[str, Mark]
    stances: dict[str, frozenset[str]]
    confidence: str | None


Case = dict[str, list[Sheet]]
"""Sheets by article, in the order in which they were handed in."""


# ── cases ───────────────────────────────────────────────────────────────────────────────────────────────────

ENTITY = st.sampled_from(["PER", "ORG"]), st.sampled_from(["name", "nominal", None])
CLAIM = st.just("CLAIM"), st.sampled_from(["demand", "prediction", None])
MARKS = {
    thing: st.builds(Mark, st.sampled_from(places), *(CLAIM if thing in CLAIMS else ENTITY))
    for thing, places in PLACES.items()
}
KINDS = st.sampled_from([frozenset(said.split()) for said in ("favor", "favor", "against", "favor against")])
OFTEN = st.sampled_from([True] * 5 + [False])


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    marks = {thing: draw(mark) for thing, mark in MARKS.items() if draw(OFTEN)}
    linked = [thing for thing in TARGETS if {"demand", thing} <= marks.keys()]
    return Sheet(
        draw(st.sampled_from("12345")),
        draw(st.sampled_from(["primary"] * 12 + ["adjudicator"])),
        not draw(OFTEN),
        marks,
        {thing: draw(KINDS) for thing in linked if draw(OFTEN)},
        draw(st.sampled_from(["high", "low", None])),
    )


HANDED_IN = st.sampled_from([0, 1, 2, 4, 5, 6, 7, 8]).flatmap(
    lambda count: st.lists(sheets(), min_size=count, max_size=count)
)
CASES = st.dictionaries(st.sampled_from("ab"), HANDED_IN, min_size=1)


def to_raw(case: Case, order: int) -> dict[str, pa.Table]:
    """The sheets as raw tables, their rows in some order."""
    rows: dict[str, list[Any]] = {name: [] for name in ("annotations", "spans", "claims", "relations", "doc_labels")}
    for article, found in case.items():
        for day, sheet in enumerate(found):
            # Ids run against time, so that nothing can take the one for the other.
            by = str(len(found) - day)
            says = bool(sheet.marks or sheet.confidence)
            state = "skipped" if sheet.skipped else "labelled" if says else "empty"
            who = {"annotator_pid": f"p{sheet.who}", "role": sheet.role}
            rows["annotations"].append(annotation(by, article, day=day, state=state, **who))
            spans = {thing: to_span(thing, mark, by, article) for thing, mark in sheet.marks.items()}
            rows["spans"] += spans.values()
            rows["claims"] += [
                claim(spans[thing], claim_type=sheet.marks[thing].detail, claimer_kind="unattributed")
                for thing in sorted(CLAIMS & spans.keys())
            ]
            rows["relations"] += [
                relation(spans["demand"], spans[thing], kind)
                for thing, kinds in sheet.stances.items()
                for kind in sorted(kinds)
            ]
            rows["doc_labels"] += [doc_label(by, "confidence", sheet.confidence, article)] if sheet.confidence else []
    for table in rows.values():
        Random(order).shuffle(table)  # noqa: S311 - a failing order is found again by its number
    return raw_tables(SCHEME, **rows)


def to_span(thing: str, mark: Mark, by: str, article: str) -> dict[str, Any]:
    more: dict[str, Any] = {} if thing in CLAIMS else {"mention": mark.detail}
    return span(by, *mark.place, mark.label, article, **more)


# ── the reference ───────────────────────────────────────────────────────────────────────────────────────────


def majority(votes: Iterable[V | None]) -> V | None:
    """What has more than half of the votes cast; who says nothing casts none."""
    cast = Counter(vote for vote in votes if vote is not None)
    return next((value for value, count in cast.items() if 2 * count > cast.total()), None)


def plurality(votes: Iterable[V]) -> V | None:
    """What has more votes than anything else."""
    cast = Counter(votes)
    first = [value for value, count in cast.items() if count == max(cast.values())]
    return first[0] if len(first) == 1 else None


def is_enough(backers: int, voters: int, rules: GoldSettings) -> bool:
    """Whether a row exists: more than half of the voters marked it, and as many as the settings ask for."""
    wanted = backers >= rules.user_threshold and backers / voters >= rules.confidence_threshold
    return wanted and 2 * backers > voters


def source_of(votes: Sequence[Hashable], asked: int) -> str:
    """How something was decided, where some of those who were asked gave these votes for it."""
    if asked == 1:
        return "single"
    return "unanimous" if len(votes) == asked and len(set(votes)) == 1 else "majority"


def call_voters(handed_in: list[Sheet]) -> tuple[list[Sheet], Sheet | None]:
    """Each person's newest sheet unless that is a skip, and the adjudicator's: of several the last."""
    newest = {(sheet.who, sheet.role): at for at, sheet in enumerate(handed_in)}
    valid = [handed_in[at] for at in sorted(newest.values()) if not handed_in[at].skipped]
    deciding = [sheet for sheet in valid if sheet.role == "adjudicator"]
    return [sheet for sheet in valid if sheet.role == "primary"], deciding[-1] if deciding else None


def decide_thing(thing: str, voters: list[Sheet], rules: GoldSettings) -> tuple[Mark, str] | None:
    """The gold mark of a thing, and how it was decided; None where it is rejected or a tie."""
    found = [sheet.marks[thing] for sheet in voters if thing in sheet.marks]
    if not found or not is_enough(len(found), len(voters), rules):
        return None
    place, label = plurality(mark.place for mark in found), majority(mark.label for mark in found)
    if place is None or label is None:
        return None
    source = source_of([(mark.place, mark.label) for mark in found], len(voters))
    return Mark(place, label, majority(mark.detail for mark in found)), source


def decide_stance(target: str, voters: list[Sheet], rules: GoldSettings) -> tuple[str, str] | None:
    """The gold stance of the demand towards a target: who names two kinds is for a stance, and for no kind."""
    found = [sheet.stances[target] for sheet in voters if target in sheet.stances]
    if not found or not is_enough(len(found), len(voters), rules):
        return None
    clear = [next(iter(kinds)) for kinds in found if len(kinds) == 1]
    kind = majority(clear)
    # Who is unclear about the kind does not contradict those who are clear.
    agreeing = [kind] * len(found) if len(set(clear)) == 1 else clear
    return None if kind is None else (kind, source_of(agreeing, len(voters)))


def decide_article(article: str, handed_in: list[Sheet], rules: GoldSettings) -> set[tuple[Any, ...]]:
    """Every row of an article's gold. An adjudicator decides alone: as if nobody else had been asked."""
    voters, adjudicator = call_voters(handed_in)
    if adjudicator:
        voters, rules = [adjudicator], GoldSettings()
    things = {thing: got for thing in PLACES if (got := decide_thing(thing, voters, rules))}
    rows: set[tuple[Any, ...]] = set()

    def write(table: str, source: str, *values: Any) -> None:
        rows.add((table, article, "adjudicated" if adjudicator else source, *values))

    for thing, (mark, source) in things.items():
        mention = None if thing in CLAIMS else mark.detail
        write("gold_spans", source, mark.place, mark.label, mention)
        if thing in CLAIMS:
            write("gold_claims", source, mark.place, mark.detail)
    for target in TARGETS:
        stance = decide_stance(target, voters, rules)
        if stance and {"demand", target} <= things.keys():
            write("gold_relations", stance[1], things["demand"][0].place, things[target][0].place, stance[0])
    answers = [sheet.confidence for sheet in voters if sheet.confidence]
    if (answer := majority(answers)) is not None:
        write("gold_doc_labels", source_of(answers, len(answers)), answer)
    return rows


# ── the comparison ──────────────────────────────────────────────────────────────────────────────────────────


def read_gold(tables: dict[str, pa.Table]) -> set[tuple[Any, ...]]:
    """The gold tables in the form of the reference."""
    place = {row["span_id"]: (row["start"], row["end"]) for row in tables["gold_spans"].to_pylist()}
    told: dict[str, Callable[[dict[str, Any]], tuple[Any, ...]]] = {
        "gold_spans": lambda row: (place[row["span_id"]], row["label"], row["mention"]),
        "gold_claims": lambda row: (place[row["claim_id"]], row["claim_type"]),
        "gold_relations": lambda row: (place[row["from_span"]], place[row["to_span"]], row["type"]),
        "gold_doc_labels": lambda row: (row["value"],),
    }
    return {
        (name, row["article_id"], row["gold_source"], *tell(row))
        for name, tell in told.items()
        for row in tables[name].to_pylist()
    }


@settings(max_examples=120, deadline=None)
@given(CASES, st.sampled_from(RULES), st.integers(0, 99))
def test_gold_is_what_the_rules_give_one_by_one(case: Case, rules: GoldSettings, order: int) -> None:
    wanted = set[tuple[Any, ...]]().union(*(decide_article(article, found, rules) for article, found in case.items()))
    assert read_gold(gold_tables(to_raw(case, order), SCHEME, rules)) == wanted


@settings(max_examples=30, deadline=None)
@given(CASES, st.sampled_from(RULES), st.integers(1, 99))
def test_the_order_of_rows_changes_nothing_and_every_decision_has_its_own_row(
    case: Case, rules: GoldSettings, order: int
) -> None:
    found = gold_tables(to_raw(case, 0), SCHEME, rules)
    again = gold_tables(to_raw(case, order), SCHEME, rules)
    assert {name: table.to_pylist() for name, table in again.items()} == {
        name: table.to_pylist() for name, table in found.items()
    }
    told = found["gold_provenance"].to_pylist()
    assert len({row["provenance_id"] for row in told}) == len(told)
    kept = {row["gold_id"] for row in told if (row["field"], row["value"]) == ("*", "present")}
    rows = [found["gold_spans"]["span_id"], found["gold_relations"]["relation_id"]]
    assert kept == {key for column in rows for key in column.to_pylist()}
