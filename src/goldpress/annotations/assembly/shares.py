"""Agreement counted where the tables of shards lie, a share of the shards at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from goldpress.annotations.assembly.parts import read_shard
from goldpress.annotations.tables.shards import raw_names
from goldpress.engine import map_shards
from goldpress.memory import give_back
from goldpress.schemas.scheme import Scheme
from goldpress.workspace import AgreementSettings

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.agreement.ledger import Ledger
    from goldpress.annotations.agreement.resampling import Resampling

TOGETHER = 4
"""Shards that are counted in one go; the sums are added in the same order by any number of workers."""


@dataclass(frozen=True)
class Share:
    """Shards that are counted together: numbers with how many articles of each two or more people read.

    ``first`` says how many such articles come before.
    """

    shards: Mapping[int, int]
    first: int
    folder: str
    scheme: Scheme
    sampling: "Resampling"


def judged_names(scheme: Scheme) -> list[str]:
    """Return the names of the tables from which agreement is counted."""
    return [name for name in raw_names(scheme) if name not in {"repairs", "removed_ranges"}]


def agreement_of_shards(
    shards: Mapping[int, int], folder: str, scheme: Scheme, rules: AgreementSettings, *, workers: int = 1
) -> "pa.Table":
    """Return the ``agreement`` table of all shards: that of their joined tables, up to the order of additions.

    Args:
        shards: Number of each shard, and how many of its articles two or more people read; no article lies in two.
        folder: Where their tables lie.
        scheme: The scheme.
        rules: Gates, bootstrap and the least number of units.
        workers: Processes to spread the work over.
    """
    from goldpress.annotations.agreement.concordance import agreement_rows, to_table
    from goldpress.annotations.agreement.ledger import Ledger
    from goldpress.annotations.agreement.resampling import Resampling

    sampling = Resampling(sum(shards.values()), rules.replicas, rules.seed)
    numbers, shares, first = [*shards], [], 0
    for at in range(0, len(numbers), TOGETHER):
        mine = {number: shards[number] for number in numbers[at : at + TOGETHER]}
        shares.append(Share(mine, first, folder, scheme, sampling))
        first += sum(mine.values())
    ledger = Ledger()
    for counted in map_shards(count_share, shares, workers=workers):
        ledger.add(counted)
    return to_table(agreement_rows(ledger, scheme, rules), scheme)


def count_share(share: Share) -> "Ledger":
    """Count the agreement of some shards."""
    from goldpress.annotations.agreement.comparisons import Comparison
    from goldpress.annotations.agreement.ledger import Ledger

    ledger, first = Ledger(), share.first
    for number, size in share.shards.items():
        tables = {name: read_shard(share.folder, number, name) for name in judged_names(share.scheme)}
        Comparison(tables, share.scheme, ledger, partial(share.sampling.weigh, first)).count()
        first += size
        give_back()
    return ledger
