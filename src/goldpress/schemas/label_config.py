"""The label config of Label Studio, derived from the scheme: the page that annotators see.

The rules behind it were measured. ``visibleWhen`` stands on each per-region control itself: on a surrounding view it
would only hide the control, and ``required`` would block every article without a claim. Nothing is preselected: a
``selected`` choice leaves a stray row in every submission. Every label and value has an explicit hotkey.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from goldpress.errors import UsageError
from goldpress.schemas.scheme import Attribute, Scheme, SpanLayer, Topic

EDITOR_KEYS = frozenset("ahprsv")
"""Single letters that the editor takes for itself."""

STYLE = """
.gp-page{display:flex;gap:24px;align-items:flex-start}
.gp-side{flex:0 0 300px;position:sticky;top:0;max-height:92vh;overflow-y:auto;font-size:13px}
.gp-main{flex:1 1 auto;max-width:76ch}
.gp-side h4,.gp-side .ant-typography{margin:8px 0 2px}
.htx-text{white-space:pre-wrap;line-height:1.7;font-size:17px}
"""


def label_config(scheme: Scheme) -> str:
    """Return the label config as XML: labels and questions left, headline and text right.

    Raises:
        UsageError: A hotkey stands twice, or is one of the editor's own (GP-CONFIG-001).
    """
    _check_hotkeys(scheme)
    view = ET.Element("View")
    view.append(ET.Comment(f" goldpress scheme {scheme.name} {scheme.version} "))
    ET.SubElement(view, "Style").text = STYLE
    page = ET.SubElement(view, "View", className="gp-page")
    side = ET.SubElement(page, "View", className="gp-side")
    main = ET.SubElement(page, "View", className="gp-main")
    for layer in scheme.span_layers:
        _add_layer(side, layer, scheme)
    for entry in scheme.document_labels:
        _add_control(side, entry, scheme, {})
    if scheme.relation_layers:
        relations = ET.SubElement(side, "Relations", choice="single")
        for relation_layer in scheme.relation_layers:
            for label in relation_layer.labels:
                ET.SubElement(relations, "Relation", value=label.name, background=label.colour)
    ET.SubElement(main, "Header", value="$title", size="3")
    ET.SubElement(main, "Text", name="text", value="$text", granularity=scheme.granularity, saveTextResult="yes")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def config_digest(config: str) -> str:
    """Return the SHA-256 of a label config as UTF-8, in hex; white space at the ends does not count."""
    return hashlib.sha256(config.strip().encode()).hexdigest()


def _add_layer(side: ET.Element, layer: SpanLayer, scheme: Scheme) -> None:
    ET.SubElement(
        side,
        "Header",
        value=" · ".join(f"{x.name} {x.short or x.definition}" for x in layer.labels),
        size="6",
    )
    labels = ET.SubElement(side, "Labels", name=layer.name, toName="text", choice="single")
    for label in layer.labels:
        made = ET.SubElement(labels, "Label", value=label.name, background=label.colour)
        _set_hotkey(made, label.hotkey)
        made.set("hint", label.short or label.definition)
    for entry in layer.attributes:
        when = {"perRegion": "true", "visibleWhen": "region-selected", "whenTagName": layer.name}
        if entry.on:
            when["whenLabelValue"] = ",".join(entry.on)
        _add_control(side, entry, scheme, when)


def _add_control(side: ET.Element, entry: Attribute, scheme: Scheme, when: dict[str, str]) -> None:
    common = {"name": entry.name, "toName": "text", **when}
    if entry.required and entry.default is None:
        common["required"] = "true"
    if entry.kind == "choice":
        control = ET.SubElement(side, "Choices", {**common, "choice": "single-radio", "showInline": "true"})
        for value in entry.values:
            choice = ET.SubElement(control, "Choice", value=value.name, hint=value.short or value.definition)
            _set_hotkey(choice, value.hotkey)
    elif entry.kind == "topic":
        control = ET.SubElement(side, "Taxonomy", {**common, "leafsOnly": "true", "maxUsages": str(entry.most)})
        control.set("placeholder", entry.short or entry.name)
        for topic in scheme.topics:
            _add_topic(control, topic)
    else:
        text = {**common, "maxSubmissions": "1", "rows": "1", "placeholder": entry.placeholder or entry.short}
        ET.SubElement(side, "TextArea", text)


def _add_topic(parent: ET.Element, topic: Topic) -> None:
    made = ET.SubElement(parent, "Choice", value=topic.name)
    for child in topic.topics:
        _add_topic(made, child)


def _set_hotkey(element: ET.Element, key: str) -> None:
    if key:
        element.set("hotkey", key)


def _check_hotkeys(scheme: Scheme) -> None:
    keys = list(_hotkeys(scheme))
    wrong = sorted({key for key, times in Counter(keys).items() if times > 1} | (EDITOR_KEYS & set(keys)))
    if wrong:
        raise UsageError(
            "GP-CONFIG-001",
            f"the hotkey '{wrong[0]}' stands twice, or is one of the editor's own ({', '.join(sorted(EDITOR_KEYS))})",
            where="schemas/scheme.toml",
            hint="give each label and value a key of its own; shift+… and alt+… are free",
        )


def _hotkeys(scheme: Scheme) -> Iterator[str]:
    for layer in scheme.span_layers:
        yield from (label.hotkey for label in layer.labels if label.hotkey)
        yield from (value.hotkey for entry in layer.attributes for value in entry.values if value.hotkey)
    yield from (value.hotkey for entry in scheme.document_labels for value in entry.values if value.hotkey)
