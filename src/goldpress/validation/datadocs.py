"""Great Expectations' Data Docs as pages that need no network: one a table, and our own index before them.

The engine's own site loads scripts and styles from elsewhere, and without them its index is empty. Here its renderers
make the content of each page, its templates the parts, and two templates of ours the frame around them.
"""

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader

from goldpress.files import write_whole
from goldpress.validation.verdict import Verdict

INDEX = "index.html"


def write_docs(folder: Path, verdict: Verdict, results: dict[str, Any]) -> Path:
    """Write the pages and return the index; a page that is there is replaced.

    Args:
        folder: Where; made where it is missing.
        verdict: What the index shows: findings first, with their examples.
        results: The engine's result of each table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = Environment(loader=PackageLoader("goldpress.validation", "templates"), autoescape=True)
    style = own.get_template("style.css").render()
    view = _view()
    for name, result in results.items():
        write_whole(folder / f"{name}.html", _page(name, result, view, style).encode())
    page = own.get_template(INDEX).render(verdict=verdict, style=style, tables=list(results))
    write_whole(folder / INDEX, page.encode())
    return folder / INDEX


def _view() -> Any:
    """The engine's templates in a frame of ours: one for all pages, since each would read them all again."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    view: Any = DefaultJinjaPageView()
    # The engine renders parts as HTML, so the frame is one of its own templates.
    frame = files("goldpress.validation").joinpath("templates", "table.html").read_text("utf-8")
    view.env.loader = ChoiceLoader([DictLoader({"page.j2": frame}), view.env.loader])
    return view


def _page(name: str, result: Any, view: Any, style: str) -> str:
    """One table as the engine shows it."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    for single in result.results:
        single.result = _inert(single.result)
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(result)
    # The engine's own head leads to a page of suites that is not made here.
    head = document.sections[0]
    head.content_blocks = [block for block in head.content_blocks if block.content_block_type != "header"]
    return str(view.render(document, page_title=name, own_style=style))


def _inert(value: Any) -> Any:
    """Samples of values with all that HTML reads as a command written out: the engine puts them in as they are."""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, dict):
        return {key: _inert(inner) for key, inner in value.items()}
    return [_inert(inner) for inner in value] if isinstance(value, list | tuple) else value
