"""The label config on the server against the scheme's: what may be replaced, and what would harm labels."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

NAMED = "value"
SINGLE, MULTIPLE = "single", "multiple"


@dataclass(frozen=True)
class Change:
    """One difference between two label configs; ``breaking`` if labels that exist would be lost or mean another."""

    what: str
    breaking: bool


@dataclass(frozen=True)
class _Control:
    tag: str
    to: str
    values: frozenset[str]
    several: bool


@dataclass(frozen=True)
class _Page:
    """What of a label config ends up in labels; colours, keys, hints and layout do not."""

    controls: dict[str, _Control]
    objects: dict[str, tuple[str, str]]
    relations: frozenset[str]


def compare_configs(old: str, new: str) -> list[Change]:
    """Return what would change for labels if ``new`` took the place of ``old``; nothing if only looks differ.

    Label Studio itself accepts the removal of a label in use, and a text field that no task has.

    Args:
        old: The label config that was labelled with, as XML.
        new: The label config to come.
    """
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return [Change("a label config cannot be read", breaking=True)]
    changes = [*_objects(before, after), *_relations(before, after)]
    for name, control in before.controls.items():
        other = after.controls.get(name)
        changes += [Change(f"'{name}' is gone", breaking=True)] if other is None else _control(name, control, other)
    changes += [Change(f"'{name}' is new", breaking=False) for name in after.controls if name not in before.controls]
    return changes


def _control(name: str, old: _Control, new: _Control) -> list[Change]:
    if old.tag != new.tag:
        return [Change(f"'{name}' was {old.tag} and is {new.tag}", breaking=True)]
    if old.to != new.to:
        return [Change(f"'{name}' belonged to '{old.to}' and belongs to '{new.to}'", breaking=True)]
    changes = [Change(f"'{value}' of '{name}' is gone", breaking=True) for value in sorted(old.values - new.values)]
    changes += [Change(f"'{value}' of '{name}' is new", breaking=False) for value in sorted(new.values - old.values)]
    if old.several and not new.several:
        changes.append(Change(f"'{name}' took several values and takes one", breaking=True))
    return changes


def _objects(before: _Page, after: _Page) -> list[Change]:
    changes = []
    for name, (tag, field) in before.objects.items():
        if after.objects.get(name) != (tag, field):
            found = " ".join(after.objects.get(name, ("nothing",)))
            changes.append(Change(f"'{name}' was {tag} {field} and is {found}", breaking=True))
    return changes


def _relations(before: _Page, after: _Page) -> list[Change]:
    gone = sorted(before.relations - after.relations)
    new = sorted(after.relations - before.relations)
    return [
        *(Change(f"the relation '{name}' is gone", breaking=True) for name in gone),
        *(Change(f"the relation '{name}' is new", breaking=False) for name in new),
    ]


def _read(config: str) -> _Page | None:
    try:
        root = ET.fromstring(config)  # noqa: S314 - expat reads no external entities
    except ET.ParseError:
        return None
    page = _Page({}, {}, frozenset(e.get(NAMED, "") for e in root.iter("Relation")))
    for element in root.iter():
        name, to = element.get("name"), element.get("toName")
        if name and to:
            values = frozenset(e.get("alias") or e.get(NAMED) or "" for e in element.iter() if e is not element)
            several = element.get("choice", SINGLE) == MULTIPLE or element.tag == "Taxonomy"
            page.controls[name] = _Control(element.tag, to, values, several)
        elif name:
            page.objects[name] = (element.tag, element.get(NAMED, ""))
    return page
