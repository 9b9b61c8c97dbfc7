"""What to know about articles before anyone labels them: rights, boilerplate, copies, language."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from goldpress.seeds.article import Article, Remark

BOILERPLATE = re.compile(
    r"newsletter|lesen sie auch|mehr zum thema|haftungsausschluss|urheberrecht|copyright|©|alle rechte vorbehalten"
    r"|whatsapp|hinweis für uns|dein tipp|anzeige\b|read more|subscribe|all rights reserved|sign up",
    re.IGNORECASE,
)
TAIL_LINES = 4
SHORT, LONG = 200, 60_000
SHINGLE = 5
NEAR = 0.7
LANGUAGES = ("de", "en")


def add_remarks(articles: Sequence[Article]) -> list[Article]:
    """Return the articles with their warnings."""
    copies = find_copies(articles)
    return [replace(a, warnings=(*a.warnings, *_look(a), *copies.get(a.article_id, ()))) for a in articles]


def find_copies(articles: Sequence[Article]) -> dict[str, list[Remark]]:
    """Return warnings about equal and nearly equal texts: Jaccard similarity of word 5-grams of at least 0.7."""
    shingles = {a.article_id: _shingles(a.text) for a in articles}
    index: dict[int, list[str]] = defaultdict(list)
    found: dict[str, list[Remark]] = defaultdict(list)
    for article_id, own in shingles.items():
        shared: dict[str, int] = defaultdict(int)
        for shingle in own:
            for other in index[shingle]:
                shared[other] += 1
            index[shingle].append(article_id)
        for other, common in shared.items():
            likeness = common / (len(own) + len(shingles[other]) - common)
            if likeness >= NEAR:
                code = "duplicate" if likeness == 1 else "near-duplicate"
                found[article_id].append(Remark(code, f"{likeness:.0%} like {other}"))
    return found


def _look(article: Article) -> Iterator[Remark]:
    if not article.licence:
        yield Remark("no-rights", "no licence is stated")
    tail = "\n".join(article.text.split("\n")[-TAIL_LINES:])
    hit = BOILERPLATE.search(tail)
    if hit is not None:
        yield Remark("boilerplate", f"the end looks like boilerplate: {hit[0]!r}")
    if len(article.text) < SHORT:
        yield Remark("short", f"{len(article.text)} characters")
    if len(article.text) > LONG:
        yield Remark("very-long", f"{len(article.text)} characters: the page becomes slow")
    if article.text.count("„") + article.text.count("“") + article.text.count("”") and _unbalanced(article.text):
        yield Remark("unbalanced-quotes", "a quotation mark has no partner")
    if len(article.text) >= SHORT:
        spoken = _language(article.text)
        if spoken not in (article.lang.split("-")[0], "unk"):
            yield Remark("language", f"stated {article.lang}, looks like {spoken}")


def _unbalanced(text: str) -> bool:
    german = text.count("„")
    return german > 0 and german != text.count("“") + text.count("”") + text.count('"') % 2


def _language(text: str) -> str:
    from simplemma import langdetect

    found: Sequence[tuple[str, float]] = langdetect(text[:4000], lang=LANGUAGES)
    return found[0][0]


def _shingles(text: str) -> set[int]:
    words = re.findall(r"\w+", text.casefold())
    return {hash(tuple(words[i : i + SHINGLE])) for i in range(max(1, len(words) - SHINGLE + 1))}
