"""Great Expectations' Data Docs as pages that need no network: one a table, and our own index before them.

The engine's own site loads scripts and styles from elsewhere, and without them its index is empty. Here its renderers
make each line, its templates the table of them, and ours all that stands around it.
"""

import datetime as dt
import re
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader
from markupsafe import Markup

from goldpress.errors import SurroundingsError
from goldpress.files import write_whole
from goldpress.schemas.checks import checks
from goldpress.schemas.suites import MEASURES
from goldpress.validation.verdict import Finding, Verdict

INDEX = "index.html"
GROUPS = {
    "blocks": ("Stops a release", True),
    "info": ("To read", False),
    "waived": ("Waived", False),
    "repair": ("Repaired on the way into the tables", False),
}
"""The kinds of findings in the order of the index, with their headings; what stops a release is open."""

OPEN = 3
"""Findings that show their rows at once: a page with more is read by its headings, which are then on one screen."""

TICKED = re.compile(r"`([^`<>]*)`")
COLUMNS = ["", "Check", "What should hold", "What was found"]


def write_docs(folder: Path, verdict: Verdict, results: dict[str, Any], subject: str = "") -> Path:
    """Write the pages and return the index; a page that is there is replaced.

    Args:
        folder: Where; made where it is missing.
        verdict: What the index shows: findings first, with their examples.
        results: The engine's result of each table.
        subject: What was validated, for the heads of the pages.

    Raises:
        SurroundingsError: They cannot be written (GP-VALID-014).
    """
    try:
        return _write(folder, verdict, results, subject)
    except OSError as error:
        raise SurroundingsError(
            "GP-VALID-014",
            f"the pages cannot be written: {error.strerror or error}",
            where=folder,
            hint="make room or make the folder writable, or name another one with --report",
        ) from error


def _write(folder: Path, verdict: Verdict, results: dict[str, Any], subject: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    own = Environment(loader=PackageLoader("goldpress.validation", "templates"), autoescape=True, trim_blocks=True)
    own.filters |= {"code": _code, "place": _place_columns}
    own.globals["subject"] = subject
    view = _view()
    for name, result in results.items():
        write_whole(folder / f"{name}.html", _page(name, result, verdict, view, own).encode())
    grouped = [
        (title, opened and len(found) <= OPEN, found)
        for group, (title, opened) in GROUPS.items()
        if (found := [finding for finding in verdict.findings if _group(finding) == group])
    ]
    page = own.get_template(INDEX).render(
        verdict=verdict,
        found={kind: number for kind, number in verdict.counts().items() if kind != "repair"},
        groups=grouped,
        tables={name: len(result.results) for name, result in results.items()},
        measures=MEASURES,
        notes=[_note(note) for note in verdict.notes],
        made=f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d %H:%M} UTC",
        engine=version("great_expectations"),
    )
    write_whole(folder / INDEX, page.encode())
    return folder / INDEX


def _view() -> Any:
    """The engine's templates in a frame of ours: one for all pages, since each would read them all again."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    view: Any = DefaultJinjaPageView()
    # The engine renders parts as HTML, so the frame is one of its own templates.
    frame = files("goldpress.validation").joinpath("templates", "lines.html").read_text("utf-8")
    view.env.loader = ChoiceLoader([DictLoader({"page.j2": frame}), view.env.loader])
    return view


def _page(name: str, result: Any, verdict: Verdict, view: Any, own: Environment) -> str:
    """One table: its findings with their rows, and a line for every check as the engine renders it."""
    return own.get_template("table.html").render(
        name=name,
        rows=verdict.rows.get(name),
        findings=[finding for finding in verdict.findings if finding.table == name],
        failed=sum(not single.success for single in result.results),
        number=len(result.results),
        # The engine's HTML, from values that are inert.
        lines=Markup(TICKED.sub(r"<code>\1</code>", view.render(_lines(result)))),  # noqa: S704
    )


def _lines(result: Any) -> Any:
    """Every check of a table as one table of the engine's, what does not hold first; its own has one a column."""
    from great_expectations.render.components import (
        RenderedDocumentContent,
        RenderedSectionContent,
        RenderedTableContent,
    )
    from great_expectations.render.renderer.content_block.validation_results_table_content_block import (
        ValidationResultsTableContentBlockRenderer,
    )

    rows = []
    for single in sorted(result.results, key=lambda single: bool(single.success)):
        single.result = _inert(single.result)
        check = str((single.expectation_config.meta or {}).get("check_id", ""))
        block: Any = ValidationResultsTableContentBlockRenderer.render([single])
        # It is broken where a dot is, not in a word.
        rows += [[row[0], escape(check).replace(".", ".<wbr>"), *row[1:]] for row in block.table]
    table = RenderedTableContent(table=rows, header_row=COLUMNS)
    return RenderedDocumentContent(sections=[RenderedSectionContent(content_blocks=[table])])


def _group(finding: Finding) -> str:
    if finding.waived_by:
        return "waived"
    return "blocks" if finding.blocks else finding.severity


def _note(note: str) -> dict[str, str]:
    """A measure that could not be computed: check, what it asks for, where, and why."""
    place, _, reason = note.partition(": ")
    check_id, _, scope = place.partition(" ")
    known = checks().get(check_id)
    return {"check": check_id, "sentence": known.sentence if known else "", "scope": scope, "reason": reason}


def _code(text: str) -> Markup:
    """Return a text in which what stands between backticks is code."""
    return Markup(TICKED.sub(r"<code>\1</code>", escape(text)))  # noqa: S704 - it is escaped


def _place_columns(examples: list[dict[str, Any]]) -> list[str]:
    """Return the columns of which any example has a value: most findings need few of them."""
    names = dict.fromkeys(name for example in examples for name in example)
    return [name for name in names if any(example.get(name) not in (None, "") for example in examples)]


def _inert(value: Any) -> Any:
    """Samples of values with all that HTML reads as a command written out: the engine puts them in as they are."""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, dict):
        return {key: _inert(inner) for key, inner in value.items()}
    return [_inert(inner) for inner in value] if isinstance(value, list | tuple) else value
