"""Train, validation, test: by seed, by time or by source; what belongs together stays on one side.

An article that was published in a split stays there for good, whatever the rules say later: scores stay comparable.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from goldpress.dataset.publishing.groups import Alike, Item, find_alike, join_groups
from goldpress.dataset.publishing.preparation import DEFAULT_SPLIT, SPLITS
from goldpress.workspace import SplitSettings

if TYPE_CHECKING:
    import pyarrow as pa

Tables = dict[str, "pa.Table"]


class Assignment(NamedTuple):
    """Which split each article is in, and what that does not keep apart."""

    splits: dict[str, str]
    report: dict[str, Any]


def with_splits(
    tables: Mapping[str, "pa.Table"], rules: SplitSettings, before: "pa.Table | None"
) -> tuple[Tables, dict[str, Any] | None]:
    """Return staged tables with the column ``split``, and the report on leakage; None where there are no rules.

    Args:
        tables: Staged tables, with the texts that may not leave.
        rules: How articles are split.
        before: The articles of the previous release.
    """
    needed = {"article_id", "text", "published_at", "source"}
    if rules.by == "none" or "articles" not in tables or not needed <= {*tables["articles"].column_names}:
        return dict(tables), None
    rows = tables["articles"].select(sorted(needed)).to_pylist()
    frozen = _frozen(before)
    made = assign(
        rows, rules, {name: split for name, split in frozen.items() if name in {r["article_id"] for r in rows}}
    )
    return {name: _stamped(table, made.splits) for name, table in tables.items()}, made.report


def assign(rows: Sequence[Mapping[str, Any]], rules: SplitSettings, frozen: Mapping[str, str]) -> Assignment:
    """Return the split of every article.

    Args:
        rows: ``article_id``, ``text``, ``published_at`` and ``source`` of each.
        rules: How they are split.
        frozen: Articles that were published before, with their split.
    """
    items = [Item(row["article_id"], row["text"] or "", row["published_at"]) for row in rows]
    pairs = find_alike(items, rules)
    group_of = join_groups(items, pairs)
    members: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["article_id"]):
        members.setdefault(group_of[row["article_id"]], []).append(row)
    splits: dict[str, str] = {}
    for group, found in members.items():
        kept = Counter(frozen[row["article_id"]] for row in found if row["article_id"] in frozen)
        # New ones join those that are out already; where these stand apart, the larger side.
        split = min(kept, key=lambda name: (-kept[name], SPLITS.index(name))) if kept else _ruled(group, found, rules)
        splits |= {row["article_id"]: frozen.get(row["article_id"], split) for row in found}
    return Assignment(splits, _report(rules, splits, members, pairs, len(frozen)))


def _ruled(group: str, rows: Sequence[Mapping[str, Any]], rules: SplitSettings) -> str:
    if rules.by == "source":
        sources = {row["source"] for row in rows}
        return next((name for name in ("test", "validation") if sources & {*getattr(rules, name)}), DEFAULT_SPLIT)
    if rules.by == "time":
        days = [row["published_at"] for row in rows if row["published_at"] is not None]
        # The oldest decides: a story that began before the border is known on the side of training.
        return _dated(min(days), rules) if days else DEFAULT_SPLIT
    mark = hashlib.sha256(f"{rules.seed}\0{group}".encode()).digest()
    place = int.from_bytes(mark[:8]) / 2**64
    if place < rules.test_share:
        return "test"
    return "validation" if place < rules.test_share + rules.validation_share else DEFAULT_SPLIT


def _dated(day: datetime, rules: SplitSettings) -> str:
    moment = day if day.tzinfo else day.replace(tzinfo=UTC)
    for name, start in (("test", rules.test_from), ("validation", rules.validation_from)):
        if start is not None and moment >= datetime(start.year, start.month, start.day, tzinfo=UTC):
            return name
    return DEFAULT_SPLIT


def _report(
    rules: SplitSettings,
    splits: Mapping[str, str],
    members: Mapping[str, Sequence[Mapping[str, Any]]],
    pairs: Sequence[Alike],
    frozen: int,
) -> dict[str, Any]:
    across = [pair for pair in pairs if splits[pair.a] != splits[pair.b]]
    joined = {group: [row["article_id"] for row in rows] for group, rows in members.items() if len(rows) > 1}
    return {
        "by": rules.by,
        "articles": dict(sorted(Counter(splits.values()).items())),
        "frozen": frozen,
        "groups": joined,
        "largest_group": max(map(len, members.values()), default=0),
        "pairs": [pair._asdict() for pair in pairs],
        # Only articles that were published apart before can stand here.
        "leaks": [pair._asdict() for pair in across],
    }


def _frozen(before: "pa.Table | None") -> dict[str, str]:
    if before is None:
        return {}
    rows = before.select(["article_id", "split"]).to_pylist()
    return {str(row["article_id"]): str(row["split"]) for row in rows}


def _stamped(table: "pa.Table", splits: Mapping[str, str]) -> "pa.Table":
    import pyarrow as pa

    if "split" in table.column_names:
        table = table.drop_columns(["split"])
    if "article_id" not in table.column_names:
        return table.append_column("split", pa.repeat(pa.scalar(DEFAULT_SPLIT), table.num_rows))
    values = [splits.get(str(name), DEFAULT_SPLIT) for name in table["article_id"].to_pylist()]
    return table.append_column("split", pa.array(values, pa.string()))
