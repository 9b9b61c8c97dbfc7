"""Colours and names of the labels of a release, from the scheme that it was made with."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldpress.dataset.loading.release import Release
from goldpress.errors import GoldpressError
from goldpress.schemas.scheme import Scheme, load_scheme

NEUTRAL = "#8a8f98"


@dataclass(frozen=True)
class KeyEntry:
    """One label in the key of colours."""

    name: str
    about: str
    kind: int
    boxed: bool


@dataclass(frozen=True)
class Palette:
    """What is known of the labels.

    Attributes:
        scheme: The release's scheme; None if this version of goldpress cannot read it.
        colours: One colour for each kind, as ``#rrggbb``.
        key: One entry for each label.
    """

    scheme: Scheme | None
    colours: Sequence[str]
    key: Sequence[KeyEntry]

    def entry(self, label: str) -> KeyEntry:
        """Return a label's entry; a neutral one for a label that the scheme does not name."""
        found = next((entry for entry in self.key if entry.name == label), None)
        return found or KeyEntry(label, "", len(self.colours) - 1, boxed=True)


def read_palette(release: Release) -> Palette:
    """Return the palette of a release, all neutral if its scheme cannot be read."""
    try:
        scheme: Scheme | None = load_scheme(release.path / "provenance" / "scheme.toml")
    except GoldpressError:
        scheme = None
    layers = scheme.span_layers if scheme else ()
    # Spans with a table of their own are long, as claims are: they are underlined, and names inside stay readable.
    labels = [(label, layer) for layer in layers for label in layer.labels]
    key = [
        KeyEntry(label.name, label.definition, number, boxed=not layer.table)
        for number, (label, layer) in enumerate(labels)
    ]
    return Palette(scheme, (*(label.colour for label, _ in labels), NEUTRAL), key)
