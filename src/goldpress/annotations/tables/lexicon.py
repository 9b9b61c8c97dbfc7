"""The scheme as tables of numbers, for steps that work on whole columns."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from goldpress.schemas.scheme import Attribute, RelationLayer, Scheme, SpanLayer

if TYPE_CHECKING:
    from goldpress.annotations.tables.arrays import Ints, Mask

NAME, PROPOSITION, BLANKS_ONLY = 0, 1, 2
BOUNDARIES = {"name": NAME, "proposition": PROPOSITION, "none": BLANKS_ONLY}
CHECKS = ("T8", "T20", "T6")
"""The check whose repair a boundary is, by its number."""


@dataclass(frozen=True)
class Lexicon:
    """Numbers for what the scheme names; a label outside the scheme has the last number of its kind.

    Attributes:
        layers: Span layers.
        attributes: Attributes of all span layers, with the number of their layer.
        questions: Document labels.
        labels: Span labels.
        links: Relation labels, with their layer.
        boundary: By layer and label: how edges are repaired.
        owns: By attribute, layer and label: whether the label has the attribute.
        rows: By layer and label: whether the span has a row in its layer's table.
        kinds: By layer and label: number of the value of the ``layer`` column.
        kind_names: Those values.
        fits: By relation label, label of the start and label of the end: whether the signature allows it.
        read_as: By label of the start and of the end: what an unlabelled relation is read as, -1 for nothing.
        turned: Likewise: whether it then points the other way.
        inherits: By relation label: whether the start is a later fragment of the end.
    """

    layers: tuple[SpanLayer, ...]
    attributes: tuple[tuple[Attribute, int], ...]
    questions: tuple[Attribute, ...]
    labels: tuple[str, ...]
    links: tuple[tuple[str, RelationLayer], ...]
    boundary: "Ints"
    owns: Any
    rows: "Mask"
    kinds: "Ints"
    kind_names: tuple[str, ...]
    fits: Any
    read_as: "Ints"
    turned: "Mask"
    inherits: "Mask"


@lru_cache(maxsize=8)
def lexicon(scheme: Scheme) -> Lexicon:
    """Return the tables of a scheme."""
    import numpy as np

    layers, labels = scheme.span_layers, tuple(scheme.span_labels())
    names = (*labels, "")
    attributes = tuple((entry, i) for i, layer in enumerate(layers) for entry in layer.attributes)
    owns: Any = np.zeros((len(attributes), len(layers), len(names)), dtype=bool)
    for a, (entry, own) in enumerate(attributes):
        for n, name in enumerate(names):
            owns[a, own, n] = entry in layers[own].attributes_of(name)
    asked = owns.any(axis=0) if attributes else np.zeros((len(layers), len(names)), dtype=bool)
    boundary = np.zeros((len(layers), len(names)), dtype=np.int64)
    kinds = np.zeros((len(layers), len(names)), dtype=np.int64)
    kind_names = tuple(dict.fromkeys(layer.column_layer(name) for layer in layers for name in names))
    for i, layer in enumerate(layers):
        for n, name in enumerate(names):
            plain = asked[i, n] or layer.boundary != "proposition"
            boundary[i, n] = BOUNDARIES[layer.boundary if plain else "name"]
            kinds[i, n] = kind_names.index(layer.column_layer(name))
    tabled = np.array([layer.table is not None for layer in layers])
    links = tuple(scheme.relation_labels().items())
    fits: Any = np.array(
        [[[scheme.fits(layer, a, b) for b in names] for a in names] for _, layer in links], dtype=bool
    ).reshape(len(links), len(names), len(names))
    read_as, turned = _unlabelled(scheme, links, fits, len(names))
    return Lexicon(
        layers,
        attributes,
        scheme.document_labels,
        labels,
        links,
        boundary,
        owns,
        asked & tabled[:, None],
        kinds,
        kind_names,
        fits,
        read_as,
        turned,
        np.array([layer.inherits for _, layer in links], dtype=bool),
    )


def _unlabelled(
    scheme: Scheme, links: tuple[tuple[str, RelationLayer], ...], fits: "Mask", size: int
) -> "tuple[Ints, Mask]":
    import numpy as np

    read_as, turned = np.full((size, size), -1, dtype=np.int64), np.zeros((size, size), dtype=bool)
    names = [name for name, _ in links]
    for layer in scheme.relation_layers:
        if layer.read_unlabelled:
            label = names.index(layer.labels[0].name)
            for fitting, turn in ((fits[label], False), (fits[label].T, True)):
                free = fitting & (read_as < 0)
                read_as[free], turned[free] = label, turn
    return read_as, turned
