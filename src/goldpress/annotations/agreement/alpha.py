"""Krippendorff's alpha: agreement corrected for chance, for names, ranks, numbers and sets.

Alpha is 1 - D_o / D_e, observed over expected disagreement. Both follow from coincidences: two annotators of a unit
with m values who say c and k add 1 / (m - 1) to the cell (c, k) and to (k, c). Source: Krippendorff, Content Analysis
(4th ed., 2018), chapter 12; for sets the distance MASI of Passonneau (LREC 2006).
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np

from goldpress.annotations.gold.matching import Floats, Ints

Metric = Literal["nominal", "ordinal", "interval", "masi"]
Distance = Callable[[Any, Any], float]


def alpha(ratings: Sequence[Sequence[Hashable]], metric: Metric = "nominal") -> float:
    """Return alpha of a small table of ratings; NaN where nothing can be said.

    Args:
        ratings: One row for each annotator, one column for each unit; None is a missing value.
        metric: How far two values are apart.
    """
    found: set[Any] = {value for row in ratings for value in row if value is not None}
    names = sorted(found) if metric in ("ordinal", "interval") else sorted(found, key=str)
    place = {name: at for at, name in enumerate(names)}
    table = np.array([[-1 if value is None else place[value] for value in row] for row in ratings], np.int64).T
    cells, weights = coincide(table)
    used, inverse = np.unique(cells, return_inverse=True)
    sums = np.bincount(inverse, weights, minlength=len(used)).astype(np.float64)
    pairs = [(names[cell // len(names)], names[cell % len(names)]) for cell in used.tolist()]
    return float(alpha_of_cells(pairs, sums[None, :], metric, names)[0])


def coincide(table: Ints) -> tuple[Ints, Floats]:
    """Return the unordered cells of all pairs of values, and the weight of each.

    Args:
        table: One row for each unit, one column for each annotator; -1 is missing. A cell of the values a <= b is
            ``a * size + b``, where ``size`` is the greatest value plus 1.
    """
    size = int(table.max(initial=-1)) + 1
    per_unit = (table >= 0).sum(axis=1)
    cells, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for one in range(table.shape[1]):
        for other in range(one + 1, table.shape[1]):
            both = (table[:, one] >= 0) & (table[:, other] >= 0)
            a, b = table[both, one], table[both, other]
            cells.append(np.minimum(a, b) * size + np.maximum(a, b))
            weights.append(1.0 / (per_unit[both] - 1))
    return np.concatenate(cells), np.concatenate(weights)


def alpha_of_cells(
    cells: Sequence[tuple[Any, Any]], sums: Floats, metric: Metric = "nominal", order: Sequence[Any] = ()
) -> Floats:
    """Return alpha for each row of sums; NaN where no two values were compared or all are the same.

    Args:
        cells: Pairs of values; each stands for both of its orders.
        sums: Weight of each cell (columns), for several samples at once (rows).
        metric: How far two values are apart.
        order: The values in their order, for ranks.
    """
    names, marginals = margins(cells, sums, order)
    place = {name: at for at, name in enumerate(names)}
    apart = [at for at, (a, b) in enumerate(cells) if a != b]
    ends = np.array([[place[a], place[b]] for a, b in cells], np.int64).reshape(-1, 2)[apart]
    total = marginals.sum(axis=1)
    if metric == "nominal":
        observed = 2 * sums[:, apart].sum(axis=1)
        expected = total**2 - (marginals**2).sum(axis=1)
    elif metric == "ordinal":
        ranks = np.cumsum(marginals, axis=1) - marginals / 2
        observed = 2 * (sums[:, apart] * (ranks[:, ends[:, 0]] - ranks[:, ends[:, 1]]) ** 2).sum(axis=1)
        expected = 2 * (total * (marginals * ranks**2).sum(axis=1) - (marginals * ranks).sum(axis=1) ** 2)
    else:
        far = interval if metric == "interval" else masi
        table = np.array([[far(a, b) for b in names] for a in names], float).reshape(len(names), len(names))
        observed = 2 * (sums[:, apart] * table[ends[:, 0], ends[:, 1]]).sum(axis=1)
        expected = ((marginals @ table) * marginals).sum(axis=1)
    return _divide(observed, expected, total)


def alpha_of_value(cells: Sequence[tuple[Any, Any]], sums: Floats, value: Any) -> Floats:
    """Return nominal alpha of one value against the rest, for each row of sums."""
    one = np.array([(a == value) != (b == value) for a, b in cells], bool)
    both = np.array([a == value and b == value for a, b in cells], bool)
    total = 2 * sums.sum(axis=1)
    with_it = sums[:, one].sum(axis=1) + 2 * sums[:, both].sum(axis=1)
    return _divide(2 * sums[:, one].sum(axis=1), 2 * with_it * (total - with_it), total)


def alpha_of_local(cells: Sequence[tuple[Any, Any]], sums: Floats, common: Any, squares: Floats | float) -> Floats:
    """Return nominal alpha of values that are told apart no further than a cell needs, for each row of sums.

    Args:
        cells: Pairs of values; each stands for both of its orders.
        sums: Weight of each cell (columns), for several samples at once (rows).
        common: The one value that keeps its name.
        squares: How often each of the other values was used, squared, summed up; for each row.
    """
    apart = np.array([a != b for a, b in cells], bool)
    with_it = sums @ np.array([(a == common) + (b == common) for a, b in cells], float)
    total = 2 * sums.sum(axis=1)
    return _divide(2 * sums[:, apart].sum(axis=1), total**2 - with_it**2 - squares, total)


def margins(cells: Sequence[tuple[Any, Any]], sums: Floats, order: Sequence[Any] = ()) -> tuple[list[Any], Floats]:
    """Return the values and how much each was used, for each row of sums."""
    found = {value for cell in cells for value in cell}
    names = [value for value in order if value in found]
    names += sorted(found - set(names), key=str)
    place = {name: at for at, name in enumerate(names)}
    marginals = np.zeros((len(sums), len(names)))
    for at, (a, b) in enumerate(cells):
        marginals[:, place[a]] += sums[:, at]
        marginals[:, place[b]] += sums[:, at]
    return names, marginals


def interval(a: Any, b: Any) -> float:
    """Return the squared difference of two numbers."""
    return float((a - b) ** 2)


def masi(a: Any, b: Any) -> float:
    """Return 1 - J * M of two sets: overlap J, and M by how they lie: equal 1, inside 2/3, crossing 1/3, apart 0."""
    one, other = set(a), set(b)
    if one == other:
        return 0.0
    common = len(one & other)
    lies = 2 / 3 if common in (len(one), len(other)) else 1 / 3
    return 1.0 - common / len(one | other) * lies


def _divide(observed: Floats, expected: Floats, total: Floats) -> Floats:
    """1 - (observed / n) / (expected / (n (n - 1)))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(expected > 0, 1 - observed * (total - 1) / expected, np.nan))
