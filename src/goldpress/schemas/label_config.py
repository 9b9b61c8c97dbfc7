"""The label config of Label Studio, derived from the scheme: the page that annotators see.

The rules behind it were measured. ``visibleWhen`` stands on each per-region control itself: on a surrounding view it
would only hide the control, and ``required`` would block every article without a claim; headings, which block nothing,
have a view of their own. Nothing is preselected: a ``selected`` choice leaves a stray row in every submission. Every
label and value has an explicit hotkey. What a result says is the scheme's name; what the page shows is ``short``.
"""

import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from xml.etree import ElementTree as ET

from goldpress.errors import UsageError
from goldpress.schemas.scheme import TEXT, Attribute, Label, Scheme, SpanLayer, Topic, Value

EDITOR_KEYS = frozenset({*"ahprsuv", "alt+r", "alt+h", "alt+l", "alt+m", "alt+a", "alt+d"})
"""Keys that the editor takes for itself; Ctrl and the named keys are its own altogether."""

KEY = re.compile(r"(?:(?:shift|alt)\+)?[a-z0-9]")

NOTE = "review_note"
"""Field of a task that says what to look at again; the page shows nothing where it is empty or missing."""

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold."""

WORDS = {
    "de": {
        "relations": "Beziehungen: Alt+R, dann das Ziel anklicken",
        "document": "Der ganze Artikel",
        "missing": "Bitte noch beantworten: {}",
    },
    "en": {
        "relations": "Relations: Alt+R, then click the target",
        "document": "The whole article",
        "missing": "Please answer first: {}",
    },
}
"""What the page says by itself; English where the scheme's language is another one."""

UNDERLINE = (
    ".gp-main .htx-highlight{piece}:not(.__hidden)"
    "{{background-color:{colour}1c!important;box-shadow:inset 0 -2px {colour}}}\n"
    ".gp-main .htx-highlight{piece}.__active:not(.__hidden)"
    "{{background-color:{colour}5c!important;box-shadow:inset 0 -3px {colour}}}"
)

Condition = dict[str, str]


def label_config(scheme: Scheme) -> str:
    """Return the label config as XML: labels and questions left, headline and text right.

    Raises:
        UsageError: A hotkey stands twice, or is no key that can be given (GP-CONFIG-001); a text holds a control
            character (GP-CONFIG-002).
    """
    _check_hotkeys(scheme)
    view = ET.Element("View")
    view.append(ET.Comment(f" goldpress scheme {scheme.name} {scheme.version} "))
    ET.SubElement(view, "Style").text = _style(scheme)
    page = ET.SubElement(view, "View", className="gp-page")
    side = ET.SubElement(page, "View", className="gp-side")
    main = ET.SubElement(page, "View", className="gp-main")
    for layer in scheme.span_layers:
        _add_labels(side, layer)
    for layer in scheme.span_layers:
        _add_questions(side, layer, scheme)
    _add_relations(side, scheme)
    if scheme.document_labels:
        group = ET.SubElement(side, "View", className="gp-document")
        _add_heading(group, _words(scheme)["document"], "gp-title")
        for entry in scheme.document_labels:
            _add_control(group, entry, scheme, {})
    _add_heading(main, f"${NOTE}", "gp-note")
    ET.SubElement(main, "Header", value="$title", size="4")
    ET.SubElement(main, "Text", name=TEXT, value="$text", granularity=scheme.granularity, saveTextResult="yes")
    ET.indent(view)
    config = ET.tostring(view, encoding="unicode") + "\n"
    _check_characters(config)
    return config


def config_digest(config: str) -> str:
    """Return the SHA-256 of a label config as UTF-8, in hex; white space at the ends does not count."""
    return hashlib.sha256(config.strip().encode()).hexdigest()


def _style(scheme: Scheme) -> str:
    """Return the page's style; propositions are underlined, so that names inside them keep their own colour.

    The editor cuts a region at the regions inside it, and names its label on the last piece only: the pieces before
    are known by having none.
    """
    lines = ["", *(files("goldpress.schemas") / "page.css").read_text("utf-8").splitlines()]
    layers = [layer for layer in scheme.span_layers if layer.boundary == "proposition"]
    if layers:
        lines.append(UNDERLINE.format(piece=":not([data-label])", colour=layers[0].labels[0].colour))
    labels = [label for layer in layers for label in layer.labels]
    lines += [UNDERLINE.format(piece=f'[data-label$=":{label.name}"]', colour=label.colour) for label in labels]
    return "\n".join([*lines, ""])


def _words(scheme: Scheme) -> dict[str, str]:
    return WORDS.get(scheme.language.partition("-")[0], WORDS["en"])


def _add_labels(side: ET.Element, layer: SpanLayer) -> None:
    group = ET.SubElement(side, "View", className="gp-layer")
    _add_heading(group, layer.short or layer.name, "gp-title")
    labels = ET.SubElement(group, "Labels", name=layer.name, toName=TEXT, choice="single")
    for label in layer.labels:
        made = ET.SubElement(labels, "Label", value=label.name, background=label.colour, html=_label_html(label))
        _set_hotkey(made, label.hotkey)
        made.set("hint", _hint(label))


def _add_questions(side: ET.Element, layer: SpanLayer, scheme: Scheme) -> None:
    for entry in layer.attributes:
        when = {"visibleWhen": "region-selected", "whenTagName": layer.name}
        if entry.on:
            when["whenLabelValue"] = ",".join(entry.on)
        _add_control(side, entry, scheme, when)


def _add_relations(side: ET.Element, scheme: Scheme) -> None:
    if not scheme.relation_layers:
        return
    labels = [label for layer in scheme.relation_layers for label in layer.labels]
    legend = ET.SubElement(side, "View", className="gp-relations", visibleWhen="region-selected")
    _add_heading(legend, _words(scheme)["relations"], "gp-title")
    said = (f"{x.name}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{x.short}" if x.short else x.name for x in labels)
    _add_heading(legend, " · ".join(said), "gp-legend")
    relations = ET.SubElement(side, "Relations", choice="single")
    for label in labels:
        ET.SubElement(relations, "Relation", value=label.name, background=_pale(label.colour))


def _add_control(side: ET.Element, entry: Attribute, scheme: Scheme, when: Condition) -> None:
    """Add the heading and the control; only a control that can block keeps its condition on itself alone."""
    required = entry.required and entry.default is None
    group = ET.SubElement(side, "View", {"className": "gp-question", **when})
    _add_heading(group, (entry.short or entry.name) + (" *" if required else ""), "gp-name")
    common = {"name": entry.name, "toName": TEXT, **when}
    if when:
        common["perRegion"] = "true"
    if required:
        # By itself the editor would name the question as results do, which nobody sees on the page.
        missing = _words(scheme)["missing"].format(entry.short or entry.name)
        common |= {"required": "true", "requiredMessage": missing}
    place = side if required and when else group
    if entry.kind == "choice":
        control = ET.SubElement(place, "Choices", {**common, "choice": "single-radio", "showInline": "true"})
        for value in entry.values:
            choice = ET.SubElement(control, "Choice", value=value.name, html=html.escape(value.short or value.name))
            choice.set("hint", _hint(value))
            _set_hotkey(choice, value.hotkey)
    elif entry.kind == "topic":
        control = ET.SubElement(place, "Taxonomy", {**common, "leafsOnly": "true", "maxUsages": str(entry.most)})
        control.set("placeholder", entry.placeholder or "…")
        for topic in scheme.topics:
            _add_topic(control, topic)
    else:
        text = {**common, "maxSubmissions": "1", "rows": "1", "placeholder": entry.placeholder}
        ET.SubElement(place, "TextArea", text)


def _add_heading(parent: ET.Element, text: str, style: str) -> None:
    ET.SubElement(ET.SubElement(parent, "View", className=style), "Header", value=text, size="6")


def _add_topic(parent: ET.Element, topic: Topic) -> None:
    made = ET.SubElement(parent, "Choice", value=topic.name, hint=topic.definition or topic.name)
    for child in topic.topics:
        _add_topic(made, child)


def _label_html(label: Label) -> str:
    about = f" <small>{html.escape(label.short or label.definition)}</small>" if label.short or label.definition else ""
    return f"<b>{html.escape(label.name)}</b>{about}"


def _hint(entry: Label | Value) -> str:
    """Return what the page says when the mouse rests on a label or a value."""
    parts = (f"{entry.name}:", entry.definition or entry.short, f"({entry.example})" if entry.example else "")
    return " ".join(part for part in parts if part).removesuffix(":")


def _pale(colour: str) -> str:
    """Return a colour mixed with two parts of white: the editor writes on it in dark grey."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{(part + 2 * 255) // 3:02x}" for part in parts)


def _set_hotkey(element: ET.Element, key: str) -> None:
    if key:
        element.set("hotkey", key)


def _check_hotkeys(scheme: Scheme) -> None:
    keys = [key.lower() for key in _hotkeys(scheme)]
    taken = {key for key in keys if not KEY.fullmatch(key)} | (EDITOR_KEYS & set(keys))
    wrong = sorted({key for key, times in Counter(keys).items() if times > 1} | taken)
    if wrong:
        raise UsageError(
            "GP-CONFIG-001",
            f"the hotkey '{wrong[0]}' {'is no key that can be given' if wrong[0] in taken else 'stands twice'}",
            where="schemas/scheme.toml",
            hint="a letter or digit, alone or after shift+ or alt+, each once; the editor keeps "
            + ", ".join(sorted(EDITOR_KEYS)),
        )


def _check_characters(config: str) -> None:
    found = UNWRITABLE.search(config)
    if found is not None:
        raise UsageError(
            "GP-CONFIG-002",
            f"the scheme holds the control character U+{ord(found[0]):04X}, which no page can show",
            where="schemas/scheme.toml",
            hint="take it out of the definitions, short texts and examples",
        )


def _hotkeys(scheme: Scheme) -> Iterator[str]:
    for layer in scheme.span_layers:
        yield from (label.hotkey for label in layer.labels if label.hotkey)
        yield from (value.hotkey for entry in layer.attributes for value in entry.values if value.hotkey)
    yield from (value.hotkey for entry in scheme.document_labels for value in entry.values if value.hotkey)
