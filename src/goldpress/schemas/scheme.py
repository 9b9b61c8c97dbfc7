"""The annotation scheme: the only place where a label, an attribute or a relation is named."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from goldpress.errors import UsageError
from goldpress.workspace import Workspace, convert_table, open_workspace, read_toml

Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
ValueName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]

TEXT = "text"
"""Name of the label config's text, which no control may have."""

ANY = "*"
"""In a signature: every label of every span layer."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One allowed value of an attribute or of a document label.

    ``requires`` and ``forbids`` name what must, or must not, go with the value: for an attribute of a span a
    relation layer that starts at the span, for a document label a span label that the article holds.
    """

    name: ValueName
    definition: str = ""
    short: str = ""
    """One line for the labelling page, in the annotators' language; the definition where empty."""
    example: str = ""
    hotkey: str = ""
    requires: str | None = None
    forbids: str | None = None


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of one span (``on`` some labels of its layer) or of the whole article.

    ``choice`` takes one of ``values``; ``topic`` up to ``most`` leaves of the scheme's codebook; ``text`` what is
    typed, held against ``pattern``; ``date`` an ISO date.
    """

    name: Name
    kind: Literal["choice", "topic", "text", "date"] = "choice"
    definition: str = ""
    short: str = ""
    on: tuple[Name, ...] = ()
    """Labels that have the attribute; empty means every label of the layer."""
    required: bool = False
    """The page refuses to submit without it (where Label Studio can), and a check requires it."""
    default: str | None = None
    """Filled in on pull where nothing was chosen."""
    ordinal: bool = False
    values: tuple[Value, ...] = ()
    pattern: str | None = None
    most: Annotated[int, Meta(ge=1, le=9)] = 1
    placeholder: str = ""
    published: bool = True
    """False keeps the values out of every release."""


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label of a span or of a relation."""

    name: Name
    definition: str = ""
    short: str = ""
    example: str = ""
    hotkey: str = ""
    colour: Colour = "#8a8f98"
    layer: Name | None = None
    """Value of the ``layer`` column, where it is not the layer's own name."""


class SpanLayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Spans that are marked with one control, and what is asked about them.

    ``boundary`` says how the edges are repaired: a ``name`` loses blanks, commas and unpaired quotation marks, a
    ``proposition`` also its enclosing quotation marks and its final punctuation; ``none`` only blanks.
    """

    name: Name
    labels: Annotated[tuple[Label, ...], Meta(min_length=1)]
    definition: str = ""
    short: str = ""
    """Heading on the labelling page; the name where empty."""
    boundary: Literal["name", "proposition", "none"] = "name"
    attributes: tuple[Attribute, ...] = ()
    table: Name | None = None
    """A table of its own for the attributes, with the labels that have some; else they are columns of ``spans``."""

    def column_layer(self, label: str) -> str:
        """Return what the ``layer`` column says for a label of this layer."""
        return next((entry.layer or self.name for entry in self.labels if entry.name == label), self.name)

    def attributes_of(self, label: str) -> tuple[Attribute, ...]:
        """Return the attributes that spans of this label have, in the order of the scheme."""
        return tuple(entry for entry in self.attributes if not entry.on or label in entry.on)


class RelationLayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Relations of one meaning, with the signature that their ends must fit."""

    name: Name
    labels: Annotated[tuple[Label, ...], Meta(min_length=1)]
    starts: tuple[str, ...] = field(name="from", default=(ANY,))
    ends: tuple[str, ...] = field(name="to", default=(ANY,))
    definition: str = ""
    same_label: bool = False
    """Both ends carry the same label (coreference)."""
    acyclic: bool = False
    inherits: bool = False
    """The start is a later fragment of the end: attributes that it lacks, and holders, are read from the end."""
    read_unlabelled: bool = False
    """A relation that nobody labelled and that fits this signature is read as this one: it saves six clicks."""
    table: Name | None = None
    """A derived table with one row per relation and holder (stance)."""
    holder: Name | None = None
    """The relation layer that says who holds the stance (claimer)."""
    holder_kind: Name | None = None
    """The attribute that says of what kind the holder is."""
    dated_by: Name | None = None
    """The attribute that dates the stance; where it is empty, the article's date counts."""


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node of the codebook; only leaves can be chosen."""

    name: ValueName
    definition: str = ""
    topics: tuple["Topic", ...] = ()

    def walk(self) -> Iterator["Topic"]:
        """Yield this node and every one below it."""
        yield self
        for topic in self.topics:
            yield from topic.walk()

    def leaves(self) -> Iterator["Topic"]:
        """Yield the nodes without children, in order."""
        if not self.topics:
            yield self
        for topic in self.topics:
            yield from topic.leaves()


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be said about an article. Everything else about labels is derived from this."""

    name: Name
    version: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$")]
    span_layers: Annotated[tuple[SpanLayer, ...], Meta(min_length=1)]
    title: str = ""
    description: str = ""
    language: str = "de"
    granularity: Literal["word", "symbol"] = "word"
    """How a drag snaps. ``sentence`` breaks at German abbreviations and ordinals and is not offered."""
    relation_layers: tuple[RelationLayer, ...] = ()
    document_labels: tuple[Attribute, ...] = ()
    topics: tuple[Topic, ...] = ()

    def span_labels(self) -> dict[str, SpanLayer]:
        """Return every span label with its layer, in the order of the scheme."""
        return {label.name: layer for layer in self.span_layers for label in layer.labels}

    def relation_labels(self) -> dict[str, RelationLayer]:
        """Return every relation label with its layer."""
        return {label.name: layer for layer in self.relation_layers for label in layer.labels}

    def topic_leaves(self) -> tuple[str, ...]:
        """Return the names that a topic attribute may take."""
        return tuple(leaf.name for topic in self.topics for leaf in topic.leaves())

    def fits(self, layer: RelationLayer, start: str, end: str) -> bool:
        """Return whether a relation of this layer may go from one span label to another."""
        known = self.span_labels()
        if start not in known or end not in known or (layer.same_label and start != end):
            return False
        return (ANY in layer.starts or start in layer.starts) and (ANY in layer.ends or end in layer.ends)


def load_scheme(source: Workspace | Path | str | None = None) -> Scheme:
    """Return the scheme of a workspace (``schemas/scheme.toml``), or of one file.

    Args:
        source: A workspace, its folder, a folder that holds ``scheme.toml``, such as ``provenance/`` of a release, or
            the file itself; None is the nearest workspace upwards.

    Raises:
        UsageError: There is no workspace (GP-WORK-001); the file is missing or not TOML, holds an unknown key or a
            wrong type (GP-SCHEME-001, -002), or contradicts itself (GP-SCHEME-003); the message names the place.
    """
    path = _file(source)
    if not path.is_file():
        raise UsageError(
            "GP-SCHEME-001",
            "there is no scheme",
            where=path,
            hint="restore it from version control, or copy the default one from a new workspace: goldpress init NEW",
        )
    scheme = convert_table(read_toml(path), Scheme, where=path, code="GP-SCHEME-002")
    faults = list(_faults(scheme))
    if faults:
        raise UsageError(
            "GP-SCHEME-003",
            f"the scheme contradicts itself: {'; '.join(faults)}",
            where=path,
            hint="mend these entries",
        )
    return scheme


def _file(source: Workspace | Path | str | None) -> Path:
    folder = Path(source) if isinstance(source, Path | str) else None
    if folder is not None and not folder.is_dir():
        return folder
    if folder is not None and (folder / "scheme.toml").is_file():
        return folder / "scheme.toml"
    return open_workspace(source).schemas / "scheme.toml"


def _faults(scheme: Scheme) -> Iterator[str]:
    spans, relations = set(scheme.span_labels()), {layer.name for layer in scheme.relation_layers}
    controls = [TEXT, *(layer.name for layer in scheme.span_layers)]
    controls += [entry.name for layer in scheme.span_layers for entry in layer.attributes]
    controls += [entry.name for entry in scheme.document_labels]
    yield from (f"'{name}' names two controls" for name in _repeated(controls))
    labels = [label.name for layer in scheme.span_layers for label in layer.labels]
    yield from (f"span label '{name}' stands twice" for name in _repeated(labels))
    labels = [label.name for layer in scheme.relation_layers for label in layer.labels]
    yield from (f"relation label '{name}' stands twice" for name in _repeated(labels))
    for span_layer in scheme.span_layers:
        own = {label.name for label in span_layer.labels}
        for entry in span_layer.attributes:
            yield from (f"{entry.name}: no label '{name}' in layer {span_layer.name}" for name in {*entry.on} - own)
            yield from _attribute_faults(entry, scheme, relations)
    for entry in scheme.document_labels:
        yield from _attribute_faults(entry, scheme, spans)
    topics = [topic.name for top in scheme.topics for topic in top.walk()]
    yield from (f"topic '{name}' stands twice" for name in _repeated(topics))
    for layer in scheme.relation_layers:
        ends = {*layer.starts, *layer.ends} - spans - {ANY}
        yield from (f"relation {layer.name}: no span label '{name}'" for name in sorted(ends))
        if layer.holder is not None and layer.holder not in relations:
            yield f"relation {layer.name}: no relation layer '{layer.holder}'"
    for layer in scheme.relation_layers:
        if layer.table and not any(entry.table for entry in scheme.span_layers):
            yield f"relation {layer.name}: a table of its own needs a span layer with a table to start from"


def _attribute_faults(entry: Attribute, scheme: Scheme, known: set[str]) -> Iterator[str]:
    names = [value.name for value in entry.values]
    if entry.kind == "choice" and not names:
        yield f"{entry.name}: a choice without values"
    if entry.kind == "topic" and not scheme.topics:
        yield f"{entry.name}: the scheme has no topics"
    if entry.default is not None and entry.kind == "choice" and entry.default not in names:
        yield f"{entry.name}: the default '{entry.default}' is none of its values"
    yield from (f"{entry.name}: value '{name}' stands twice" for name in _repeated(names))
    for value in entry.values:
        for other in (value.requires, value.forbids):
            if other is not None and other not in known:
                yield f"{entry.name}={value.name}: nothing is called '{other}'"
    if entry.pattern is not None:
        try:
            re.compile(entry.pattern)
        except re.error as error:
            yield f"{entry.name}: the pattern is no regular expression ({error})"


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
