"""The label config: what annotators see, derived from the scheme alone."""

from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from goldpress.annotations.transport import cleaning
from goldpress.annotations.transport.configurations import compare_configs
from goldpress.errors import UsageError
from goldpress.schemas import Scheme, load_scheme
from goldpress.schemas.label_config import EDITOR_KEYS, NOTE, config_digest, label_config

SCHEMES = ("schemas/scheme.toml", "tests/schemes/entities.toml")


def parse(scheme: Scheme) -> ET.Element:
    return ET.fromstring(label_config(scheme))  # noqa: S314 - our own


def one_layer(**layer: Any) -> Scheme:
    base = {"name": "entity", "labels": [{"name": "PER", "hotkey": "1"}], **layer}
    return msgspec.convert({"name": "small", "version": "1.0.0", "span_layers": [base]}, Scheme)


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest, repository: Path) -> Scheme:
    return load_scheme(repository / request.param)


def test_the_label_interface_of_the_sdk_takes_it(scheme: Scheme) -> None:
    interface = import_module("label_studio_sdk.label_interface")
    interface.LabelInterface(label_config(scheme)).validate()


def test_it_names_every_label_attribute_and_relation_of_the_scheme_and_no_other(scheme: Scheme) -> None:
    view = parse(scheme)
    assert [label.get("value") for label in view.iter("Label")] == list(scheme.span_labels())
    assert [label.get("value") for label in view.iter("Relation")] == list(scheme.relation_labels())
    attributes = [entry for layer in scheme.span_layers for entry in layer.attributes]
    wanted = {entry.name for entry in [*attributes, *scheme.document_labels]}
    controls = [*view.iter("Choices"), *view.iter("Taxonomy"), *view.iter("TextArea")]
    assert {control.get("name") for control in controls} == wanted
    assert len(controls) == len(wanted)


def test_each_control_per_region_carries_its_own_condition(scheme: Scheme) -> None:
    view = parse(scheme)
    for layer in scheme.span_layers:
        for entry in layer.attributes:
            control = next(found for found in view.iter() if found.get("name") == entry.name)
            assert control.get("perRegion") == "true"
            assert control.get("visibleWhen") == "region-selected"
            assert control.get("whenTagName") == layer.name
            assert control.get("whenLabelValue", "") == ",".join(entry.on)


def test_no_view_with_a_condition_holds_a_control_that_can_block(scheme: Scheme) -> None:
    for view in parse(scheme).iter("View"):
        if view.get("visibleWhen"):
            assert [inner.get("name") for inner in view.iter() if inner.get("required")] == []


def test_nothing_is_preselected(scheme: Scheme) -> None:
    assert [found for found in parse(scheme).iter() if found.get("selected")] == []


def test_a_required_question_with_a_default_does_not_block(repository: Path) -> None:
    view = parse(load_scheme(repository / "schemas/scheme.toml"))
    blocking = {found.get("name") for found in view.iter() if found.get("required") == "true"}
    assert blocking == {"claim_type", "attribution", "relevance"}


def test_every_label_and_value_has_a_hotkey_of_its_own_that_the_editor_leaves_free(repository: Path) -> None:
    view = parse(load_scheme(repository / "schemas/scheme.toml"))
    marked = [*view.iter("Label"), *(choice for control in view.iter("Choices") for choice in control)]
    keys = [found.get("hotkey") for found in marked]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert not EDITOR_KEYS & set(keys)


def test_the_text_keeps_its_white_space_and_its_granularity(scheme: Scheme) -> None:
    view = parse(scheme)
    (text,) = view.iter("Text")
    assert text.attrib == {"name": "text", "value": "$text", "granularity": "word", "saveTextResult": "yes"}
    assert not list(view.iter("HyperText"))
    assert "white-space:pre-wrap" in (view.findtext("Style") or "")


def test_no_rule_of_the_style_has_a_sign_that_the_editor_escapes(scheme: Scheme) -> None:
    assert not set("<>&") & set(parse(scheme).findtext("Style") or "<")


def test_an_open_question_is_called_what_the_page_calls_it(repository: Path) -> None:
    view = parse(load_scheme(repository / "schemas/scheme.toml"))
    missing = {e.get("name"): e.get("requiredMessage") for e in view.iter("Choices") if e.get("required")}
    assert missing["claim_type"] == "Bitte noch beantworten: Art der Aussage"
    assert None not in missing.values()


@pytest.mark.parametrize("key", sorted(EDITOR_KEYS))
def test_a_hotkey_of_the_editor_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="GP-CONFIG-001") as caught:
        label_config(one_layer(labels=[{"name": "PER", "hotkey": key}]))
    assert f"'{key}'" in caught.value.what


@pytest.mark.parametrize(("one", "other"), [("1", "1"), ("shift+n", "shift+n"), ("b", "B"), ("shift+n", "Shift+N")])
def test_a_hotkey_that_stands_twice_is_refused(one: str, other: str) -> None:
    with pytest.raises(UsageError, match="GP-CONFIG-001"):
        label_config(one_layer(labels=[{"name": "PER", "hotkey": one}, {"name": "ORG", "hotkey": other}]))


@pytest.mark.parametrize("key", ["ctrl+enter", "alt+r", "ctrl+z", "enter", "space", "alt+h"])
def test_a_combination_of_the_editor_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="GP-CONFIG-001"):
        label_config(one_layer(labels=[{"name": "PER", "hotkey": key}]))


def test_words_of_the_scheme_are_shown_and_never_run() -> None:
    hostile = """<img src=x onerror="alert('1')">&amp;]]></Style><!-- " ' -->"""
    scheme = one_layer(
        short=hostile,
        labels=[{"name": "PER", "short": hostile, "definition": hostile, "example": hostile}],
        attributes=[
            {
                "name": "kind",
                "short": hostile,
                "values": [{"name": "a", "short": hostile, "definition": hostile}],
            },
            {"name": "note", "kind": "text", "placeholder": hostile},
        ],
    )
    view = parse(scheme)
    (label,), (choice,) = view.iter("Label"), view.iter("Choice")
    for shown in (label.get("html", ""), choice.get("html", "")):
        assert "&lt;img" in shown
        assert "<img" not in shown
    assert [found.tag for found in view.iter() if found.tag not in KNOWN_TAGS] == []


KNOWN_TAGS = {"View", "Style", "Header", "Labels", "Label", "Choices", "Choice", "TextArea", "Text", ET.Comment}


def test_a_title_with_control_characters_is_refused_before_it_breaks_the_page() -> None:
    with pytest.raises(UsageError, match="GP-CONFIG-002"):
        label_config(one_layer(short="Name\x00"))


def test_the_digest_ignores_white_space_at_the_ends_only() -> None:
    assert config_digest("<View/>\n") == config_digest("  <View/>")
    assert config_digest("<View />") != config_digest("<View/>")


def test_the_page_speaks_english_where_the_scheme_does(repository: Path) -> None:
    headings = [found.get("value") for found in parse(load_scheme(repository / SCHEMES[1])).iter("Header")]
    assert "The whole article" in headings
    headings = [found.get("value") for found in parse(load_scheme(repository / SCHEMES[0])).iter("Header")]
    assert "Der ganze Artikel" in headings


@pytest.mark.parametrize(
    ("ours", "theirs"), [("<Text ", "<HyperText "), ('value="$text"', 'value="$body"'), ('toName="text"', 'toName="t"')]
)
def test_a_project_that_labels_another_text_is_not_taken_for_the_scheme_s(
    repository: Path, ours: str, theirs: str
) -> None:
    config = label_config(load_scheme(repository / SCHEMES[0]))
    assert ours in config
    changes = compare_configs(config.replace(ours, theirs), config)
    assert any(change.breaking for change in changes)


def test_the_page_has_a_place_for_a_note_that_takes_no_room_without_one(scheme: Scheme) -> None:
    view = parse(scheme)
    assert [found.get("value") for found in view.iter("Header")].count(f"${NOTE}") == 1
    assert ".gp-note h4:empty{display:none}" in (view.findtext("Style") or "")


def test_the_note_is_the_field_that_a_push_sends_and_a_pull_leaves_out() -> None:
    assert NOTE == cleaning.NOTE
