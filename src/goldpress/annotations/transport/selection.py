"""Which articles go: named ones, a seeded sample that keeps the proportions, or a batch that was frozen by name."""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from goldpress.errors import UsageError
from goldpress.files import write_whole
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from goldpress.seeds import Article

FOLDER = "batches"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen batch: what it holds never changes. ``articles`` gives the hash of the text by article."""

    goldpress_batch: int
    frozen_at: str
    articles: dict[str, str]
    sample: int | None = None


def named_articles(articles: "Sequence[Article]", only: Sequence[str]) -> "list[Article]":
    """Return the articles with these ids, or all if none is named.

    Raises:
        UsageError: An id is unknown (GP-PUSH-004).
    """
    unknown = sorted(set(only) - {article.article_id for article in articles})
    if unknown:
        raise UsageError(
            "GP-PUSH-004", f"seeds/ holds no article '{unknown[0]}'", hint="'goldpress articles' lists the ids"
        )
    return [article for article in articles if not only or article.article_id in only]


def sample_articles(articles: "Sequence[Article]", number: int, seed: int) -> "list[Article]":
    """Return a sample that holds each source and month as often as the whole does, as far as whole articles allow.

    Stratified sampling with proportional allocation (Cochran 1977, Sampling Techniques, chapter 5), rounded by largest
    remainders. Which articles of a stratum are drawn follows from the seed and their ids alone.

    Args:
        articles: What is drawn from.
        number: How many articles; all if there are fewer.
        seed: Another seed draws others.
    """
    strata: dict[tuple[str, str], list[Article]] = defaultdict(list)
    for article in articles:
        month = article.published_at.strftime("%Y-%m") if article.published_at else ""
        strata[article.source, month].append(article)
    wanted = min(number, len(articles))
    quota = {key: wanted * len(found) / len(articles) for key, found in strata.items()}
    share = {key: math.floor(value) for key, value in quota.items()}
    by_rest = sorted(quota, key=lambda key: (share[key] - quota[key], key))
    for key in by_rest[: wanted - sum(share.values())]:
        share[key] += 1
    return [article for key in sorted(strata) for article in sorted(strata[key], key=_lot(seed))[: share[key]]]


def read_batch(workspace: Workspace, name: str, articles: "Sequence[Article]") -> "list[Article] | None":
    """Return the articles of a frozen batch, or None if there is none of this name yet.

    Raises:
        UsageError: The name is none (GP-BATCH-001), the file is damaged (GP-BATCH-002), or an article of it is not in
            ``seeds/`` as it was frozen (GP-BATCH-003).
    """
    path = _path(workspace, name)
    if not path.is_file():
        return None
    try:
        batch = msgspec.json.decode(path.read_bytes(), type=Batch)
    except msgspec.MsgspecError as error:
        raise UsageError(
            "GP-BATCH-002", f"the batch is damaged: {error}", where=path, hint="restore it from version control"
        ) from error
    known = {article.article_id: article for article in articles}
    for article_id, sha256 in batch.articles.items():
        if article_id not in known or known[article_id].text_sha256 != sha256:
            what = "has another text now" if article_id in known else "is not in seeds/ any more"
            raise UsageError(
                "GP-BATCH-003",
                f"article '{article_id}' of the batch '{name}' {what}",
                where=path,
                hint="restore the article, or freeze a new batch under another name",
            )
    return [known[article_id] for article_id in batch.articles]


def freeze_batch(workspace: Workspace, name: str, articles: "Sequence[Article]", sample: int | None) -> None:
    """Write down what a batch holds; it goes into version control with the pulls.

    Raises:
        UsageError: The name is none (GP-BATCH-001).
    """
    path = _path(workspace, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    frozen = datetime.now(UTC).isoformat(timespec="seconds")
    batch = Batch(1, frozen, {a.article_id: a.text_sha256 for a in articles}, sample)
    write_whole(path, msgspec.json.format(msgspec.json.encode(batch)) + b"\n")


def _path(workspace: Workspace, name: str) -> "Path":
    if not NAME.fullmatch(name):
        raise UsageError(
            "GP-BATCH-001",
            f"'{name}' cannot be the name of a batch",
            hint="small letters, digits and hyphens, at most 40, such as 2026-w17",
        )
    return workspace.annotations / FOLDER / f"{name}.json"


def _lot(seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a key function
    return lambda article: hashlib.sha256(f"{seed}:{article.article_id}".encode()).digest()
