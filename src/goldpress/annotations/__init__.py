"""Push, pull, the store of pulls, tables and gold."""

from goldpress.annotations.gold.adjudication import adjudicate
from goldpress.annotations.tables.corpus import Corpus, assemble
from goldpress.annotations.tables.intake import tabulate, tabulate_into
from goldpress.annotations.transport.people import annotators_add, annotators_list
from goldpress.annotations.transport.pulling import pull
from goldpress.annotations.transport.pushing import push
from goldpress.annotations.transport.states import status

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
