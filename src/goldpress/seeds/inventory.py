"""What ``seeds/`` holds."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from goldpress.errors import DataError, GoldpressError, SurroundingsError
from goldpress.seeds.article import Article, Remark
from goldpress.seeds.canonical import canonicalise
from goldpress.seeds.cleaning import clean
from goldpress.seeds.readers import KEYS, MEANT, READERS, Record, read_records
from goldpress.seeds.remarks import add_remarks
from goldpress.workspace import Workspace, open_workspace

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class ArticlesReport:
    """The articles of ``seeds/`` with their warnings, and the files that cannot be used."""

    articles: list[Article]
    problems: list[GoldpressError] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object, without the texts."""
        rows = []
        for article in self.articles:
            row = asdict(article)
            row.pop("text")
            rows.append({**row, "n_chars": len(article.text), "text_sha256": article.text_sha256})
        problems = [{"code": p.code, "what": p.what, "where": p.where, "hint": p.hint} for p in self.problems]
        return {"articles": rows, "problems": problems}


def articles(workspace: Workspace | Path | str | None = None) -> ArticlesReport:
    """Return what ``seeds/`` holds; a file that cannot be used is listed and does not stop the others.

    Raises:
        UsageError: There is no workspace.
    """
    workspace = open_workspace(workspace)
    found, problems = _collect(workspace)
    return ArticlesReport(add_remarks(found), problems)


def read_articles(workspace: Workspace | Path | str | None = None) -> list[Article]:
    """Return the articles of ``seeds/`` by id, ready to be pushed.

    Raises:
        DataError: A file cannot be used (GP-SEEDS-…), or two articles have one id (GP-SEEDS-010).
    """
    found, problems = _collect(open_workspace(workspace))
    if problems:
        raise problems[0]
    return found


def _collect(workspace: Workspace) -> tuple[list[Article], list[GoldpressError]]:
    found: dict[str, Article] = {}
    problems: list[GoldpressError] = []
    for path in _files(workspace):
        name = str(path.relative_to(workspace.root))
        try:
            for place, record in read_records(path, name):
                article = _article(record, place, workspace)
                if article.article_id in found:
                    other = found[article.article_id].path
                    raise DataError(
                        "GP-SEEDS-010",
                        f"two articles have the id '{article.article_id}'",
                        where=f"{other} and {place}",
                        hint="give one of them another id in its front matter",
                    )
                found[article.article_id] = article
        except DataError as error:
            problems.append(error)
        except OSError as error:
            problems.append(
                SurroundingsError(
                    "GP-SEEDS-016",
                    f"the file cannot be read: {error.strerror}",
                    where=name,
                    hint="make it readable, or take it out of seeds/",
                )
            )
    return sorted(found.values(), key=lambda article: article.article_id), problems


def _files(workspace: Workspace) -> Iterator[Path]:
    for path in sorted(workspace.seeds.rglob("*")):
        if (
            path.is_file()
            and path.suffix.lower() in READERS
            and path.name != "README.md"
            and not path.name.startswith(".")
        ):
            yield path


def _article(record: Record, place: str, workspace: Workspace) -> Article:
    settings = workspace.settings.seeds
    if "license" in record:
        record["licence"] = record.pop("license")
    article_id = str(record["id"])
    if not ID.fullmatch(article_id):
        raise DataError(
            "GP-SEEDS-011",
            f"'{article_id}' cannot be an id",
            where=place,
            hint="letters, digits, dot, underscore and hyphen, at most 100; name the file so, or set id",
        )
    text = canonicalise(str(record.get("text") or ""), where=place)
    if not text.strip():
        other = next((key for key in record if MEANT.get(key.lower()) == "text"), "")
        raise DataError(
            "GP-SEEDS-012",
            "the article has no text",
            where=place,
            hint=f"call '{other}' 'text'" if other else "the text stands under 'text'; or delete the entry",
        )
    source = _line(record, "source", place) or settings.source
    text, removed = clean(text, settings.cleaning, source)
    unknown = sorted(set(record) - set(KEYS))
    return Article(
        article_id=article_id,
        text=text,
        lang=_line(record, "lang", place) or settings.language,
        source=source,
        path=place,
        title=_line(record, "title", place),
        url=_line(record, "url", place),
        published_at=_moment(record.get("published_at"), place),
        fetched_at=_moment(record.get("fetched_at"), place),
        licence=_line(record, "licence", place) or settings.licence,
        rights_holder=_line(record, "rights_holder", place),
        removed=removed,
        warnings=tuple(Remark("unknown-key", f"'{key}' is not used{_meant(key)}") for key in unknown),
    )


def _line(record: Record, key: str, place: str) -> str | None:
    """Return a value as one line of canonical text: what breaks a text breaks a card and a table too."""
    return canonicalise(str(record.get(key) or ""), where=place).replace("\n", " ") or None


def _meant(key: str) -> str:
    near = MEANT.get(key.lower()) or next(iter(get_close_matches(key.lower(), KEYS, n=1)), "")
    return f"; did you mean '{near}'?" if near else ""


def _moment(value: Any, place: str) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        # Written and read again, a time of Parquet loses its nanoseconds, which no table here holds.
        moment = datetime.fromisoformat(value.isoformat() if isinstance(value, date) else str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DataError(
            "GP-SEEDS-013",
            f"'{value}' is no date",
            where=place,
            hint="write it as 2025-10-17 or 2025-10-17T08:30:00Z",
        ) from error
