"""Push, pull, the store of pulls, tables and gold."""

from goldpress.annotations.adjudication import adjudicate
from goldpress.annotations.corpus import Corpus, assemble
from goldpress.annotations.intake import tabulate, tabulate_into
from goldpress.annotations.people import annotators_add, annotators_list
from goldpress.annotations.pulling import pull
from goldpress.annotations.pushing import push
from goldpress.annotations.states import status

__all__ = [
    "Corpus",
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
