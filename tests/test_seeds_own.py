"""The repository's own articles: enough of them, ours, complete, and as hard to label as real news."""

import re
from collections import Counter
from pathlib import Path

import pytest

import goldpress
from goldpress.seeds import Article
from goldpress.seeds.readers import KEYS, read_records

SHARED_WORDS = 8
UNTITLED = 2


@pytest.fixture(scope="module")
def own(repository: Path) -> list[Article]:
    report = goldpress.articles(repository)
    assert report.problems == []
    return report.articles


def runs(text: str, length: int = SHARED_WORDS) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def test_there_are_enough_articles_in_both_languages(own: list[Article]) -> None:
    languages = Counter(article.lang for article in own)
    assert languages["de"] >= 12
    assert languages["en"] >= 2
    assert set(languages) == {"de", "en"}
    assert len({article.source for article in own}) >= 4
    assert len({a.published_at.month for a in own if a.published_at}) >= 6


def test_every_article_has_the_length_of_a_news_article(own: list[Article]) -> None:
    assert {article.article_id: len(article.text) for article in own if not 1500 <= len(article.text) <= 6000} == {}


def test_the_front_matter_is_complete(repository: Path, own: list[Article]) -> None:
    untitled = 0
    for path in (repository / "seeds").glob("2*.md"):
        for _, record in read_records(path, path.name):
            missing = set(KEYS) - set(record)
            assert missing <= {"title"}, path.name
            untitled += "title" in missing
            assert record["id"] == path.stem
            assert record["licence"] == "CC-BY-4.0"
            assert "example.org/" in record["url"]
    assert untitled == UNTITLED
    assert [a.article_id for a in own if a.title is None or not a.published_at or not a.fetched_at] == [
        a.article_id for a in own if a.title is None
    ]
    assert all(a.published_at < a.fetched_at for a in own if a.published_at and a.fetched_at)


@pytest.mark.parametrize(
    ("difficulty", "pattern"),
    [
        ("German quotation marks", r"„[^“]+“"),
        ("guillemets", r"»[^«]+«"),
        ("straight quotation marks", r'(?<!„)"[^"„“]+"'),
        ("English quotation marks", r"“[^”„]+”"),
        ("a nested quotation", r"[„»][^“«]*‚[^‘]+‘"),
        ("interrupted direct speech", r"[“«”], \w+ [^.„»“]+, [„»“]"),
        ("direct speech over several sentences", r"„[^“]+\. [^“]+\. [^“]+“"),
        ("an unattributed claim", r"\bEs heißt,"),
        ("Kiew", r"\bKiew\b"),
        ("Kyjiw", r"\bKyjiw\b"),
        ("Kyiv", r"\bKyiv\b"),
        ("an agency line", r"\A[A-Z]+ \(fba\) – "),
        ("a stray last word", r"\n\nMerken\Z"),
        ("an emoji before spans", r"\A\U0001f4de .*Trump"),
        ("a no-break space", "\u00a0Kilometer"),
        ("a boilerplate tail that stays", r"© Seeblick-Kurier[^\n]*\Z"),
        ("a sub-heading", r"\n\n[^\n.!?]{8,50}\n\n"),
    ],
)
def test_the_articles_hold_what_makes_news_hard_to_label(own: list[Article], difficulty: str, pattern: str) -> None:
    assert [a.article_id for a in own if re.search(pattern, a.text)], difficulty


def test_cleaning_cuts_the_tail_of_one_outlet_and_warnings_name_the_rest(own: list[Article]) -> None:
    cut = [article for article in own if article.removed]
    assert {article.source for article in cut} == {"Beispielblatt"}
    assert not any("Newsletter" in article.text for article in own)
    warned = {remark.code for article in own for remark in article.warnings}
    assert warned == {"near-duplicate", "unbalanced-quotes", "boilerplate"}


def test_no_article_shares_a_run_of_words_with_a_collected_one(repository: Path, collected: list[Path]) -> None:
    taken = set[tuple[str, ...]]().union(*(runs(path.read_text()) for path in collected))
    assert taken
    shared = {path.name: runs(path.read_text()) & taken for path in (repository / "seeds").glob("*.md")}
    assert {name: found for name, found in shared.items() if found} == {}
