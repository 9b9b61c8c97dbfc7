"""Which spans are the same: as good as trying everything, blind to names, and quick where many compete."""

from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goldpress.annotations.gold.matching import Spans, cluster, match_pair, number_rows, overlap_share


def spans(rows: list[tuple[int, int, int, int]], group: int = 0) -> Spans:
    """Spans from rows of seat, start, length and label."""
    table = np.array(rows, np.int64).reshape(-1, 4)
    groups = np.full(len(table), group)
    return Spans(groups, table[:, 0], table[:, 1], table[:, 1] + table[:, 2], table[:, 3])


def best_by_trying(found: Spans, left: list[int], right: list[int], least: float) -> float:
    """The greatest sum of overlap of any one-to-one assignment."""
    if len(left) > len(right):
        left, right = right, left
    best = 0.0
    for chosen in permutations(right, len(left)):
        shares = overlap_share(found, np.array(left, np.int64), np.array(chosen, np.int64))
        best = max(best, float(shares[shares >= max(least, 1e-9)].sum()))
    return best


ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 25), st.integers(1, 12), st.integers(0, 1)), max_size=9, unique=True
)


@settings(max_examples=80, deadline=None)
@given(ROWS, st.sampled_from([0.0, 0.5]))
def test_twins_match_first_and_the_rest_as_well_as_it_can(rows: list[Any], least: float) -> None:
    found = spans(rows)
    left, right = np.flatnonzero(found.seat == 0), np.flatnonzero(found.seat == 1)
    made = match_pair(found, left, right, least=least)
    assert len(set(made.left.tolist())) == len(made.left)
    assert len(set(made.right.tolist())) == len(made.right)
    places = [{rows[at][1:] for at in side.tolist()} for side in (left, right)]
    twins = places[0] & places[1]
    matched = {(rows[a][1:], rows[b][1:]) for a, b in zip(made.left.tolist(), made.right.tolist(), strict=True)}
    assert {(twin, twin) for twin in twins} <= matched
    rest = [[at for at in side.tolist() if rows[at][1:] not in twins] for side in (left, right)]
    total = sum(share for at, share in zip(made.left.tolist(), made.share.tolist(), strict=True) if at in rest[0])
    assert abs(total - best_by_trying(found, rest[0], rest[1], least)) < 1e-6


MORE = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(1, 10), st.integers(0, 1)), max_size=14, unique=True
)


def parts(rows: list[Any]) -> set[frozenset[Any]]:
    numbers = cluster(spans(rows)).tolist()
    return {frozenset(row for row, number in zip(rows, numbers, strict=True) if number == at) for at in set(numbers)}


@settings(max_examples=80, deadline=None)
@given(MORE, st.permutations([0, 1, 2, 3]))
def test_a_cluster_has_one_span_of_each_whoever_is_called_what(rows: list[Any], order: list[int]) -> None:
    found = parts(rows)
    for part in found:
        assert len({seat for seat, *_ in part}) == len(part)
    renamed = parts([(order[seat], *rest) for seat, *rest in reversed(rows)])
    assert renamed == {frozenset((order[seat], *rest) for seat, *rest in part) for part in found}


def test_articles_and_layers_do_not_touch_each_other() -> None:
    one, other = spans([(0, 0, 5, 0)], group=1), spans([(1, 0, 5, 0)], group=2)
    both = Spans(*(np.concatenate(pair) for pair in zip(vars(one).values(), vars(other).values(), strict=True)))
    assert cluster(both).tolist() == [0, 1]


def test_nothing_gives_nothing() -> None:
    assert cluster(spans([])).tolist() == []
    assert number_rows(np.empty(0, np.int64))[0].tolist() == []


def test_numbers_of_rows_follow_their_order_also_where_they_do_not_fit_into_one_number() -> None:
    for large in (5, 1 << 40):
        a, b = np.array([large, 0, large, 0]), np.array([1, large, 1, 0])
        numbers, first = number_rows(a, b)
        assert numbers.tolist() == [2, 1, 2, 0]
        assert [(a[at], b[at]) for at in first] == [(0, 0), (0, large), (large, 1)]


def test_thousands_of_spans_in_one_place_are_matched() -> None:
    rows = [(seat, at % 997, 60 + at % 7, 0) for at in range(3000) for seat in (0, 1)]
    found = spans(rows)
    assert len(set(cluster(found).tolist())) == 3000
    shifted = spans([(seat, 3 * at + seat, 40, 0) for at in range(3000) for seat in (0, 1)])
    assert np.bincount(cluster(shifted)).tolist() == [2] * 3000


def test_a_tangle_that_is_too_great_is_matched_best_first() -> None:
    rows = [(seat, 2 * at + seat, 5000, 0) for at in range(2500) for seat in (0, 1)]
    found = spans(rows)
    left, right = np.flatnonzero(found.seat == 0), np.flatnonzero(found.seat == 1)
    made = match_pair(found, left, right, least=0.9)
    assert len(made.left) > 2400
    assert len(set(made.right.tolist())) == len(made.right)
