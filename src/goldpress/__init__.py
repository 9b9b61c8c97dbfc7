"""News articles to Label Studio and back: entity, claim and stance annotations as versioned, validated Parquet.

Every command of the command line has a function of the same name here. Importing goldpress imports nothing heavy;
each name is loaded when it is first used.
"""

from importlib import import_module

TYPE_CHECKING = False
"""As in ``typing``, which the command line has no time for before it can take a Ctrl-C."""
if TYPE_CHECKING:
    from typing import Any

    from goldpress.annotations import (
        Corpus,
        Suggestion,
        adjudicate,
        annotators_add,
        annotators_list,
        assemble,
        pull,
        push,
        status,
        tabulate,
        tabulate_into,
    )
    from goldpress.dataset import Release, export, hydrate, load, publish, upload, verify, withdraw
    from goldpress.demonstration import demo
    from goldpress.errors import DataError, GoldpressError, SurroundingsError, UsageError
    from goldpress.labelstudio import login, serve
    from goldpress.pages import agree, diff, report
    from goldpress.schemas import Scheme, generate, load_scheme
    from goldpress.seeds import Article, articles, read_articles
    from goldpress.setup import doctor, init
    from goldpress.validation import Verdict, validate
    from goldpress.workspace import Settings, Workspace, open_workspace

__version__ = "0.1.0"

_HOMES = {
    "annotations": (
        "Corpus",
        "Suggestion",
        "adjudicate",
        "annotators_add",
        "annotators_list",
        "assemble",
        "pull",
        "push",
        "status",
        "tabulate",
        "tabulate_into",
    ),
    "dataset": ("Release", "export", "hydrate", "load", "publish", "upload", "verify", "withdraw"),
    "demonstration": ("demo",),
    "errors": ("DataError", "GoldpressError", "SurroundingsError", "UsageError"),
    "labelstudio": ("login", "serve"),
    "pages": ("agree", "diff", "report"),
    "schemas": ("Scheme", "generate", "load_scheme"),
    "seeds": ("Article", "articles", "read_articles"),
    "setup": ("doctor", "init"),
    "validation": ("Verdict", "validate"),
    "workspace": ("Settings", "Workspace", "open_workspace"),
}

__all__ = [
    "Article",
    "Corpus",
    "DataError",
    "GoldpressError",
    "Release",
    "Scheme",
    "Settings",
    "Suggestion",
    "SurroundingsError",
    "UsageError",
    "Verdict",
    "Workspace",
    "adjudicate",
    "agree",
    "annotators_add",
    "annotators_list",
    "articles",
    "assemble",
    "demo",
    "diff",
    "doctor",
    "export",
    "generate",
    "hydrate",
    "init",
    "load",
    "load_scheme",
    "login",
    "open_workspace",
    "publish",
    "pull",
    "push",
    "read_articles",
    "report",
    "serve",
    "status",
    "tabulate",
    "tabulate_into",
    "upload",
    "validate",
    "verify",
    "withdraw",
]

_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> "Any":
    if name not in _HOME:
        raise AttributeError(f"module 'goldpress' has no attribute '{name}'")
    return getattr(import_module(f"goldpress.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
