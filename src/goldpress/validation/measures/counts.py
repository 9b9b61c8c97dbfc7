"""How often each value comes with each of several groups, and how far two such distributions lie apart."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from goldpress.validation.columns import codes

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Counts:
    """How often each value comes with each group.

    Attributes:
        found: Number of rows by group and value; null values are left out.
        rows: Rows of each group, null values too.
    """

    found: dict[str, Counter[str]]
    rows: dict[str, int]

    @cached_property
    def values(self) -> Counter[str]:
        """How often each value comes in all."""
        return sum(self.found.values(), Counter())

    @property
    def all_rows(self) -> int:
        """Rows of all groups."""
        return sum(self.rows.values())

    def names(self) -> list[str]:
        """Return the groups in order."""
        return sorted(self.rows)

    def of(self, group: str) -> Counter[str]:
        """Return the values of one group."""
        return self.found.get(group, Counter())

    def but(self, group: str) -> Counter[str]:
        """Return the values of all other groups."""
        return self.values - self.of(group)


def counts(group: "pa.Array[Any]", value: "pa.Array[Any]") -> Counts:
    """Return how often each value comes with each group; rows without a group are left out."""
    import numpy as np

    names: list[Any]
    values: list[Any]
    names, values = (array.dictionary_encode().dictionary.to_pylist() for array in (group, value))
    one, other = codes(group), codes(value)
    there = one >= 0
    table = np.bincount(one[there] * (len(values) + 1) + other[there] + 1, minlength=len(names) * (len(values) + 1))
    table = table.reshape(len(names), len(values) + 1)
    found = {
        name: Counter({said: int(times) for said, times in zip(values, row[1:], strict=True) if times})
        for name, row in zip(names, table, strict=True)
    }
    return Counts(found, {name: int(row.sum()) for name, row in zip(names, table, strict=True)})


def divergence(left: Mapping[str, int], right: Mapping[str, int]) -> float:
    """Return the divergence of Jensen and Shannon of two distributions, base 2: 0 equal, 1 nothing in common.

    Unlike that of Kullback and Leibler it is finite where a value occurs on one side alone (Lin 1991).
    """
    import numpy as np

    if not left or not right:
        return 0.0 if left == right else 1.0
    values = sorted({*left, *right})
    p, q = (np.array([side.get(v, 0) for v in values], float) / sum(side.values()) for side in (left, right))
    middle = (p + q) / 2
    return float(sum((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum() for x in (p, q)) / 2)
