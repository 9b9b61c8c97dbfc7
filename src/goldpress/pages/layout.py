"""The frame of every page: one file, no script, readable on paper, by day and by night.

A page extends ``base.html`` and fills its block ``body``; ``macros.html`` has tables and bars. Everything that comes
from data is escaped, and a browser is told to load nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldpress.errors import SurroundingsError
from goldpress.files import write_whole


def render_page(template: str, values: Mapping[str, Any]) -> str:
    """Return a page as HTML.

    Args:
        template: File under ``pages/templates/``.
        values: What it shows; strings are escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("goldpress.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def write_page(path: Path, html: str) -> Path:
    """Write a page, its folder too, and return where it lies.

    Raises:
        SurroundingsError: It cannot be written (GP-PAGES-001).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate, which only a damaged text holds, becomes a question mark.
        write_whole(path, html.encode("utf-8", errors="replace"))
    except OSError as error:
        raise SurroundingsError(
            "GP-PAGES-001",
            f"the page cannot be written: {error.strerror or error}",
            where=path,
            hint="name another place with --to FILE",
        ) from error
    return path
