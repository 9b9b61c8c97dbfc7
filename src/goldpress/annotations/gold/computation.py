"""Gold: the votes of several annotators to one answer, value by value, and how each was decided.

A vote is a submitted annotation: submitting nothing is a vote against everything, a skip is no vote. An adjudicator's
annotation decides alone; the others' votes stay in ``gold_provenance``, for those who want the disagreement. What is
tied is left open and listed there; the order of annotators never decides anything.
"""

from typing import TYPE_CHECKING

from goldpress.schemas.scheme import Scheme
from goldpress.workspace import GoldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


def gold_tables(
    raw: "Mapping[str, pa.Table]", scheme: Scheme, rules: GoldSettings | None = None
) -> "dict[str, pa.Table]":
    """Return the gold of whole articles, staged; rows follow the text, and the same input gives the same order.

    A row exists if more than half of an article's annotators marked it (spans are the same from an intersection over
    union of 0.5); its boundary is the one with most votes, its label and every attribute what has more than half of the
    votes cast. A tie, or an attribute that lost what it requires, is null in gold and open in ``gold_provenance``.

    Args:
        raw: Staged raw tables by name (``annotations``, ``spans``, each attribute table, ``relations``,
            ``doc_labels``), with every annotation of each article that occurs in them.
        scheme: The scheme.
        rules: How many votes are enough; more than half if it is not given.

    Returns:
        ``gold_spans``, a ``gold_`` table for each attribute table, ``gold_relations``, ``gold_doc_labels`` and
        ``gold_provenance``, each with the whole staged schema of the contract. ``gold_spans.entity_id`` is null
        everywhere, and tables derived from relations (``gold_stances``) are missing: both follow from linking.

    Raises:
        DataError: More than 62 people annotated one article (GP-GOLD-001).
    """
    from goldpress.annotations.gold.consensus import Consensus

    return Consensus(raw, scheme, rules or GoldSettings()).tables()
