"""Splits: what belongs together stays on one side, and what was published stays where it is."""

import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import goldpress
from dataset_fixtures import changed, corpus, release
from goldpress.dataset.publishing.groups import Item, find_alike
from goldpress.dataset.publishing.splits import assign
from goldpress.workspace import SplitSettings

WORDS = [
    f"{a}{b}{c}" for a in ("kar", "lim", "dos", "fen", "tra") for b in ("bel", "mon", "rut") for c in ("en", "ung")
]


def row(name: str, text: str, *, source: str = "A", day: int = 1, month: int = 3) -> dict[str, Any]:
    return {
        "article_id": name,
        "text": text,
        "source": source,
        "published_at": datetime(2025, month, day, tzinfo=UTC),
    }


def story(seed: int, words: int = 150) -> str:
    """A text of chance, made of words that other seeds do not have."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return " ".join(f"{chance.choice(WORDS)}{seed}" for _ in range(words))


def many(count: int) -> list[dict[str, Any]]:
    """Articles that have nothing in common, and after each third one a copy with another beginning."""
    rows = [row(f"a{i:03}", story(i), day=1 + i % 28) for i in range(count)]
    return rows + [row(f"z{i:03}", f"Eilmeldung: {story(i)}", month=9) for i in range(0, count, 3)]


def test_copies_stay_on_one_side_whatever_the_seed() -> None:
    rows = many(60)
    for seed in range(5):
        made = assign(rows, SplitSettings(by="seed", seed=seed, test_share=0.3, validation_share=0.2), {})
        assert all(made.splits[f"a{i:03}"] == made.splits[f"z{i:03}"] for i in range(0, 60, 3))
        assert made.report["leaks"] == []
        assert len(made.report["groups"]) == 20
        assert set(made.splits.values()) == {"train", "validation", "test"}


def test_the_order_of_articles_does_not_matter() -> None:
    rows, rules = many(30), SplitSettings(by="seed", test_share=0.4)
    assert assign(rows, rules, {}).splits == assign(rows[::-1], rules, {}).splits


def test_a_short_report_inside_a_long_one_stays_with_it() -> None:
    long = story(1, 400)
    rows = [row("long", long), row("short", " ".join(long.split()[100:180]), month=8), row("other", story(2))]
    made = assign(rows, SplitSettings(by="seed"), {})
    assert [(pair["a"], pair["b"], pair["why"]) for pair in made.report["pairs"]] == [("long", "short", "contained")]


def test_two_outlets_with_one_story_stay_together_within_days_only() -> None:
    names = " ".join(f"Person{i} Ort{i}bach" for i in range(40)).split()
    one, two = names[:], names[:]
    random.Random(1).shuffle(one)  # noqa: S311 - no secret
    random.Random(2).shuffle(two)  # noqa: S311 - no secret
    others = [row(f"x{i}", story(i)) for i in range(30)]
    pairs = {}
    for month in (3, 6):
        rows = [row("one", " ".join(one)), row("two", " ".join(two), day=2, month=month), *others]
        pairs[month] = [pair["why"] for pair in assign(rows, SplitSettings(by="seed"), {}).report["pairs"]]
    assert pairs == {3: ["same story"], 6: []}


def test_by_time_the_oldest_of_a_group_decides() -> None:
    rules = SplitSettings(by="time", validation_from=date(2025, 5, 1), test_from=date(2025, 7, 1))
    rows = [
        row("a", story(1)),
        row("b", story(2), month=5),
        row("c", story(3), month=7),
        row("copy", story(1), month=9),
    ]
    assert assign(rows, rules, {}).splits == {"a": "train", "b": "validation", "c": "test", "copy": "train"}


def test_by_source_an_outlet_is_kept_for_test() -> None:
    rules = SplitSettings(by="source", test=("B",), validation=("C",))
    rows = [row(name, story(i), source=name.upper()) for i, name in enumerate("abc")]
    assert assign(rows, rules, {}).splits == {"a": "train", "b": "test", "c": "validation"}


def test_a_published_article_never_moves_and_new_copies_join_it() -> None:
    rules = SplitSettings(by="source", test=("B",))
    rows = [row("a", story(1)), row("b", story(1), source="B"), row("c", f"Neu: {story(1)}")]
    made = assign(rows, rules, {"a": "validation"})
    assert made.splits == {"a": "validation", "b": "validation", "c": "validation"}
    apart = assign(rows, rules, {"a": "train", "b": "test"})
    assert (apart.splits["a"], apart.splits["b"]) == ("train", "test")
    assert {(leak["a"], leak["b"]) for leak in apart.report["leaks"]} == {("a", "b"), ("b", "c")}


def test_a_release_has_splits_in_every_table_and_a_report(tmp_path: Path) -> None:
    tables = changed(corpus(), "articles", "source", ["Nordwarte", "Beispielblatt"])
    rules = SplitSettings(by="source", test=("Beispielblatt",))
    made = release(tmp_path, tables, splits=rules)
    assert {entry.split for entry in made.manifest.tables["articles"].files} == {"train", "test"}
    claims = made.table("claims", "raw").to_arrow()
    assert set(claims["split"].to_pylist()) == {"test"}
    report = json.loads((made.path / "validation" / "splits.json").read_bytes())
    assert report["articles"] == {"test": 1, "train": 1}
    assert report["leaks"] == []
    assert goldpress.verify(made.path).ok
    moved = release(tmp_path, tables, splits=SplitSettings(by="source", test=("Nordwarte",)), title="Again")
    assert moved.manifest.bump == "patch", "no article moved"
    assert {entry.unchanged_since for entry in moved.manifest.split_digests.values()} == {"0.1.0"}


@pytest.mark.parametrize("text", ["", "ein Wort", "😀"])
def test_short_and_empty_texts_are_split_too(text: str) -> None:
    rows = [row("a", text), row("b", text), row("c", story(1))]
    assert set(assign(rows, SplitSettings(by="seed"), {}).splits) == {"a", "b", "c"}
    assert assign([], SplitSettings(by="seed"), {}).splits == {}


def test_one_story_in_two_outlets_shares_more_rare_words_than_two_stories_do(
    repository: Path, collected: list[Path]
) -> None:
    """The limit, held against real articles as if all were of one day: the next pair is measured at 0.14."""
    day = datetime(2025, 1, 1, tzinfo=UTC)
    own = [Item(a.article_id, a.text, day) for a in goldpress.read_articles(repository)]
    others = [Item(path.stem[:3], path.read_text(encoding="utf-8"), day) for path in collected]
    found = {(pair.a, pair.b) for pair in find_alike([*own, *others], SplitSettings())}
    assert found == {
        ("2025-07-30-nordwarte-frist", "2025-07-30-seeblick-frist"),
        ("001", "2025-10-16-nordwarte-ticker"),
        ("004", "2025-08-16-beispielblatt-alaska"),
    }
