"""What a change of the scheme means for labels that exist: nothing lost, another name, or broken.

``compatible``: every label made under the old scheme means the same under the new one. ``rename``: a name has gone and
another with the same definition has come; old labels can be mapped. ``breaking``: labels are lost, mean something else,
or no longer hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from goldpress.errors import UsageError
from goldpress.schemas.scheme import ANY, Attribute, Label, RelationLayer, Scheme, SpanLayer, Topic, Value, load_scheme
from goldpress.workspace import Workspace

Kind = Literal["compatible", "rename", "breaking"]
Layer = SpanLayer | RelationLayer
Named = Label | Value | Attribute | Layer | Topic
Entry = TypeVar("Entry", Label, Value, Attribute, Layer, Topic)

TEXTS = frozenset({"definition", "short", "example", "hotkey", "colour", "placeholder", "title", "description"})
"""What people read; no label means another thing by it, as far as a machine can tell."""

REFERENCES = frozenset({"on", "from", "to", "requires", "forbids", "default", "holder", "holder_kind", "dated_by"})
"""Keys whose strings are names of other entries."""

RAISED = {"breaking": 0, "rename": 0, "compatible": 1}
"""Which part of the scheme's version a change raises."""


class SchemeChange(NamedTuple):
    """One difference: what it means, where in the scheme it is, and what it is.

    ``renamed`` is the old and the new name, for a rename.
    """

    kind: Kind
    where: str
    what: str
    renamed: tuple[str, str] | None = None


def compare_schemes(old: Scheme, new: Scheme) -> list[SchemeChange]:
    """Return every difference that annotations can feel or people can read, the worst first; versions apart."""
    renamed = dict(change.renamed for change in _differences(old, new) if change.renamed)
    # Where the scheme refers to what has another name now, nothing else has changed.
    changes = _differences(_refer(old, renamed), new)
    return sorted(changes, key=lambda change: ("breaking", "rename", "compatible").index(change.kind))


def least_version(old: Scheme, changes: Sequence[SchemeChange]) -> str:
    """Return the smallest version that the new scheme may have: a breaking change or a rename raises the major part."""
    if not changes:
        return old.version
    parts = [int(part) for part in old.version.split(".")]
    raised = min(RAISED[change.kind] for change in changes)
    return ".".join(map(str, [*parts[:raised], parts[raised] + 1, *[0] * (2 - raised)]))


def previous_scheme(workspace: Workspace, against: Path | str | None = None) -> Scheme:
    """Return the scheme to compare with: a file, or the one that the newest release was made with.

    Raises:
        UsageError: There is no release yet, and no file was named (GP-SCHEME-004).
    """
    if against is not None:
        return load_scheme(Path(against))
    found = sorted(workspace.dataset.glob("*/provenance/scheme.toml"), key=_release_order)
    if not found:
        raise UsageError(
            "GP-SCHEME-004",
            "there is no release to compare the scheme with",
            where=workspace.dataset,
            hint="name a file: goldpress generate --diff --against old-scheme.toml",
        )
    return load_scheme(found[-1])


def _release_order(path: Path) -> tuple[int, ...]:
    parts = path.parent.parent.name.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def _differences(old: Scheme, new: Scheme) -> list[SchemeChange]:
    return [
        *_layers("span layer", old.span_layers, new.span_layers),
        *_layers("relation layer", old.relation_layers, new.relation_layers),
        *_attributes("document label", old.document_labels, new.document_labels),
        *_topics(old, new),
        *_fields("scheme", old, new),
    ]


def _refer(scheme: Scheme, renamed: Mapping[str, str]) -> Scheme:
    """Return a scheme that refers to labels, values and layers by their new names."""

    def walk(found: Any, key: str = "") -> Any:
        if isinstance(found, dict):
            return {name: walk(value, name) for name, value in found.items()}
        if isinstance(found, (list, tuple)):
            return [walk(value, key) for value in found]
        return renamed.get(found, found) if key in REFERENCES else found

    return msgspec.convert(walk(msgspec.to_builtins(scheme, builtin_types=())), Scheme)


def _layers(kind: str, old: Sequence[Layer], new: Sequence[Layer]) -> Iterator[SchemeChange]:
    yield from _members(kind, old, new)
    for layer, other in _both(old, new):
        where = f"{kind} {layer.name}"
        yield from _members(f"{where}: label", layer.labels, other.labels)
        yield from _fields(where, layer, other)
        for label, same in _both(layer.labels, other.labels):
            yield from _fields(f"{where}: label {label.name}", label, same)
        if isinstance(layer, SpanLayer) and isinstance(other, SpanLayer):
            yield from _attributes(f"{where}: attribute", layer.attributes, other.attributes)


def _attributes(kind: str, old: Sequence[Attribute], new: Sequence[Attribute]) -> Iterator[SchemeChange]:
    yield from _members(kind, old, new)
    before = {entry.name for entry in old}
    for entry in new:
        if entry.name not in before and entry.required and entry.default is None:
            yield SchemeChange("breaking", f"{kind} {entry.name}", "is required, and labels that exist lack it")
    for entry, other in _both(old, new):
        where = f"{kind} {entry.name}"
        yield from _members(f"{where}: value", entry.values, other.values)
        yield from _fields(where, entry, other)
        for value, same in _both(entry.values, other.values):
            yield from _fields(f"{where}: value {value.name}", value, same)


def _topics(old: Scheme, new: Scheme) -> Iterator[SchemeChange]:
    """Only leaves are chosen, so only they can be lost; all of them are explained."""
    yield from _members("topic", *([leaf for topic in s.topics for leaf in topic.leaves()] for s in (old, new)))
    for topic, other in _both(*([node for topic in s.topics for node in topic.walk()] for s in (old, new))):
        yield from _fields(f"topic {topic.name}", topic, other)


def _both(old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Pair what has the same name before and after."""
    after = {entry.name: entry for entry in new}
    return ((entry, after[entry.name]) for entry in old if entry.name in after)


def _members(kind: str, old: Sequence[Named], new: Sequence[Named]) -> Iterator[SchemeChange]:
    """Say what has gone, what has come, and what has only got another name."""
    before, after = {entry.name: entry for entry in old}, {entry.name: entry for entry in new}
    gone = [entry for entry in old if entry.name not in after]
    come = [entry for entry in new if entry.name not in before]
    for entry in gone:
        same = [other for other in come if _nameless(other) == _nameless(entry)]
        if len(same) == 1 and entry.definition:
            come.remove(same[0])
            names = (entry.name, same[0].name)
            yield SchemeChange("rename", f"{kind} {entry.name}", f"is called {same[0].name} now", names)
        else:
            yield SchemeChange("breaking", f"{kind} {entry.name}", "is gone")
    yield from (SchemeChange("compatible", f"{kind} {entry.name}", "is new") for entry in come)


def _nameless(entry: Any) -> Any:
    return msgspec.structs.replace(
        entry, name="X", **{name: "" for name in ("hotkey", "short") if hasattr(entry, name)}
    )


def _fields(where: str, old: Any, new: Any) -> Iterator[SchemeChange]:
    """Say what else differs: everything but names, and but what is compared member by member."""
    members = {"name", "version", "labels", "attributes", "values", "topics"}
    members |= {"span_layers", "relation_layers", "document_labels"}
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name not in members and before != after:
            yield SchemeChange(
                _meaning(name, before, after), where, f"{name} was {_said(before)} and is {_said(after)}"
            )


def _meaning(name: str, before: Any, after: Any) -> Kind:
    if name in TEXTS or name == "language":
        return "compatible"
    if name in {"starts", "ends"}:
        return "compatible" if ANY in after or (ANY not in before and set(before) <= set(after)) else "breaking"
    if name == "on":
        # None named means all of them.
        return "compatible" if not after or (before and set(before) <= set(after)) else "breaking"
    loosened = {
        "required": not after,
        "most": before < after if name == "most" else False,
        "pattern": after is None,
        "requires": after is None,
        "forbids": after is None,
        "same_label": not after,
        "acyclic": not after,
        "published": bool(after),
    }
    return "compatible" if loosened.get(name, False) else "breaking"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "empty"
    return "empty" if value in {None, ""} else str(value)
