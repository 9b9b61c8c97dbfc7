"""The facts that checks are about: for every row of a table, whether something holds.

A fact gets the frames and the name of a table and returns one truth value a row, never null. Which checks there are,
and on which tables, stands in ``goldpress/schemas/checks.toml``; a test keeps the two in step.
"""

from goldpress.validation.facts import articles, boundaries, nesting, parts, propositions, relations, work
from goldpress.validation.facts.registry import Fact, facts, finds_of

__all__ = [
    "Fact",
    "articles",
    "boundaries",
    "facts",
    "finds_of",
    "nesting",
    "parts",
    "propositions",
    "relations",
    "work",
]
