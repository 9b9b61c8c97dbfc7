"""The columns and the row by row path say the same of any tasks, and both what ten plain lines say."""

import random
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from goldpress.annotations import tabulate
from goldpress.annotations.tables.batches import Batch, Spot
from goldpress.annotations.tables.shards import Raw, by_columns, by_rows, tabulate_batch
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.tables import tables as contracts
from tabulate_reference import derive_stances, link_entities
from task_fixtures import make_batch, make_task

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
TASKS = 20
"""Tasks in a block: with 130 blocks the first test alone compares 2,600."""

seeds = st.integers(0, 2**32)


def made(seed: int, *, odd: float) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311 - a failing example is found again by its seed
    return [make_task(chance, SCHEME, number, odd=odd) for number in range(TASKS)]


def rows(raw: Raw, name: str) -> list[dict[str, Any]]:
    key = contracts(SCHEME)[name].key
    return sorted(raw.tables[name].to_pylist(), key=lambda row: (row[key], str(row)))


def assert_same(one: Raw, other: Raw) -> None:
    for name in one.tables:
        assert one.tables[name].schema == other.tables[name].schema
        assert rows(one, name) == rows(other, name), name
    assert one.counts == other.counts


def by_id(found: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return sorted(found, key=lambda row: str(row[key]))


def plain_spans(tasks: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """The spans of tasks, as anybody would read them."""
    return {
        (annotation["unique_id"], row["id"], row["from_name"], row["value"]["start"], row["value"]["end"], label)
        for task in tasks
        for annotation in task["annotations"]
        if not annotation["was_cancelled"]
        for row in annotation["result"]
        if row["type"] == "labels"
        for label in row["value"]["labels"]
    }


def plain_relations(tasks: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """The relations of tasks that have a label."""
    return {
        (annotation["unique_id"], row["from_id"], row["to_id"], label)
        for task in tasks
        for annotation in task["annotations"]
        if not annotation["was_cancelled"]
        for row in annotation["result"]
        if row["type"] == "relation"
        for label in row.get("labels", [])
    }


@settings(max_examples=130, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.01, 0.05]))
def test_columns_and_rows_are_equal(seed: int, odd: float) -> None:
    batch = make_batch(made(seed, odd=odd), SCHEME)
    columns = by_columns(batch, SCHEME, {})
    assert columns is not None or odd
    if columns is not None:
        assert_same(columns, by_rows(batch, SCHEME, {}))


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_every_task_is_tabulated_or_named(seed: int) -> None:
    batch = make_batch(made(seed, odd=0.4), SCHEME)
    raw = tabulate_batch(batch, SCHEME, {}, keep_going=True)
    assert len(raw.faults) == sum(fault.code.startswith("GP-TAB-00") for fault in raw.faults)
    alone = [tabulate_batch(Batch.of([line], [spot]), SCHEME, {}, keep_going=True) for line, spot in _parts(batch)]
    assert sum(bool(one.faults) for one in alone) == len(raw.faults)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_spans_and_relations_are_what_ten_plain_lines_read(seed: int) -> None:
    tasks = made(seed, odd=0.0)
    raw = tabulate_batch(make_batch(tasks, SCHEME), SCHEME, {})
    copies = {
        (row["annotation_id"], row["row"].split(":")[1]) for row in rows(raw, "repairs") if row["check_id"] == "S2"
    }
    control = {"entity": "entity", "claim": "claim", "cue": "claim"}
    spans = {
        (
            row["annotation_id"],
            row["span_id"].split(":")[1],
            control[row["layer"]],
            row["start_raw"],
            row["end_raw"],
            row["label"],
        )
        for row in rows(raw, "spans")
    }
    assert spans == {span for span in plain_spans(tasks) if span[:2] not in copies}
    texts = {task["data"]["article_id"]: task["data"]["text"] for task in tasks}
    for row in rows(raw, "spans"):
        assert row["text"] == texts[row["article_id"]][row["start"] : row["end"]]
    ends = [frozenset((row["from_span"].split(":")[1], row["to_span"].split(":")[1])) for row in rows(raw, "relations")]
    if not copies:
        wanted = {(a, frozenset((b, c)), d) for a, b, c, d in plain_relations(tasks)}
        kept = {
            (row["annotation_id"], pair, row["type"]) for row, pair in zip(rows(raw, "relations"), ends, strict=True)
        }
        assert wanted <= kept


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.05]))
def test_entities_and_stances_are_those_of_the_row_by_row_definition(seed: int, odd: float) -> None:
    tasks = made(seed, odd=odd)
    batch = make_batch(tasks, SCHEME)
    raw = tabulate_batch(batch, SCHEME, {}, keep_going=True)
    found = tabulate([task for i, task in enumerate(tasks) if _whole(batch.line(i))], SCHEME)
    groups = []
    for annotation_id in sorted({row["annotation_id"] for row in rows(raw, "annotations")}):
        group = {
            name: [row for row in raw.tables[name].to_pylist() if row["annotation_id"] == annotation_id]
            for name in ("spans", "claims", "relations")
        }
        if len({row["span_id"] for row in group["spans"]}) < len(group["spans"]):
            return
        groups.append(group)
    gold = {name: found[f"gold_{name}"].to_pylist() for name in ("spans", "claims", "relations")}
    golden = []
    for article_id in sorted({row["article_id"] for row in gold["spans"]}):
        part = {name: [row for row in gold[name] if row["article_id"] == article_id] for name in gold}
        golden.append({**part, "spans": [{**row, "entity_id": None} for row in part["spans"]]})
    entities = link_entities([*groups, *golden], SCHEME)
    assert found["entities"].to_pylist() == entities
    published = {row["article_id"]: row["published_at"] for row in rows(raw, "articles")}
    for parts, name in ((groups, "stances"), (golden, "gold_stances")):
        stances = [row for part in parts for _, row in derive_stances(part, published, SCHEME)]
        columns = found[name].column_names
        wanted = [{column: row.get(column) for column in columns} for row in by_id(stances, "stance_id")]
        assert found[name].to_pylist() == wanted


def _parts(batch: Batch) -> list[tuple[bytes, Spot]]:
    return [(batch.line(i), spot) for i, spot in enumerate(batch.spots)]


def _whole(line: bytes) -> bool:
    one = Batch.of([line], make_batch([{}], SCHEME).spots)
    return not by_rows(one, SCHEME, {}, keep_going=True).faults
