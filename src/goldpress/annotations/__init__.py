"""Push, pull, the store of pulls, tables and gold.

Each name is loaded when it is first used: who reads tables needs neither the server nor adjudication.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldpress.annotations.adjudication import adjudicate
    from goldpress.annotations.assembly.corpus import Corpus, assemble
    from goldpress.annotations.assembly.intake import tabulate, tabulate_into
    from goldpress.annotations.transport.people import annotators_add, annotators_list
    from goldpress.annotations.transport.pulling import pull
    from goldpress.annotations.transport.pushing import push
    from goldpress.annotations.transport.states import status
    from goldpress.annotations.transport.suggesters import Suggestion

_HOMES = {
    "Corpus": "assembly.corpus",
    "Suggestion": "transport.suggesters",
    "adjudicate": "adjudication",
    "annotators_add": "transport.people",
    "annotators_list": "transport.people",
    "assemble": "assembly.corpus",
    "pull": "transport.pulling",
    "push": "transport.pushing",
    "status": "transport.states",
    "tabulate": "assembly.intake",
    "tabulate_into": "assembly.intake",
}

__all__ = [
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
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'goldpress.annotations' has no attribute '{name}'")
    return getattr(import_module(f"goldpress.annotations.{_HOMES[name]}"), name)
