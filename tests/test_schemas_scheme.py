"""The scheme: what it refuses, and how it says so."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from goldpress.errors import UsageError
from goldpress.schemas import load_scheme
from goldpress.schemas.tables import released, tables
from goldpress.workspace import open_workspace

SMALL: dict[str, Any] = {
    "name": "small",
    "version": "1.0.0",
    "span_layers": [
        {
            "name": "claim",
            "labels": [{"name": "CLAIM", "hotkey": "1"}, {"name": "CUE", "hotkey": "2"}],
            "attributes": [{"name": "kind", "on": ["CLAIM"], "values": [{"name": "fact"}, {"name": "wish"}]}],
        }
    ],
    "relation_layers": [{"name": "cue", "from": ["CLAIM"], "to": ["CUE"], "labels": [{"name": "cue"}]}],
}


def refusal(folder: Path, scheme: dict[str, Any]) -> UsageError:
    path = folder / "scheme.toml"
    path.write_text(tomli_w.dumps(scheme), "utf-8")
    with pytest.raises(UsageError) as caught:
        load_scheme(path)
    assert caught.value.where == str(path)
    return caught.value


def small(**changes: Any) -> dict[str, Any]:
    return {**SMALL, **changes}


def small_layer(**changes: Any) -> dict[str, Any]:
    return small(span_layers=[{**SMALL["span_layers"][0], **changes}])


def small_attribute(**changes: Any) -> dict[str, Any]:
    return small_layer(attributes=[{**SMALL["span_layers"][0]["attributes"][0], **changes}])


@pytest.mark.parametrize(
    ("scheme", "hint"),
    [
        (small(tittle="x"), "did you mean 'title'?"),
        (small_layer(boundry="name"), "did you mean 'boundary'?"),
        (small_attribute(requird=True), "did you mean 'required'?"),
        (small_layer(labels=[{"name": "CLAIM", "hot_key": "1"}]), "did you mean 'hotkey'?"),
        (small(zzz=1), "known keys: "),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, scheme: dict[str, Any], hint: str
) -> None:
    error = refusal(tmp_path, scheme)
    assert error.code == "GP-SCHEME-002"
    assert error.hint.startswith(hint)


@pytest.mark.parametrize(
    ("scheme", "place"),
    [
        (small(version="1"), "version"),
        (small(granularity="sentence"), "granularity"),
        (small_layer(labels=[]), "span_layers[0].labels"),
        (small_layer(labels=[{"name": "<b>"}]), "span_layers[0].labels[0].name"),
        (small_layer(labels=[{"name": "CLAIM", "colour": "red"}]), "span_layers[0].labels[0].colour"),
        (small_attribute(kind="number"), "span_layers[0].attributes[0].kind"),
        (small(span_layers=[]), "span_layers"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_in_the_file(
    tmp_path: Path, scheme: dict[str, Any], place: str
) -> None:
    error = refusal(tmp_path, scheme)
    assert error.code == "GP-SCHEME-002"
    assert error.what.startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("scheme", "fault"),
    [
        (
            small_layer(labels=[{"name": "CLAIM"}, {"name": "CUE"}, {"name": "CLAIM"}]),
            "span label 'CLAIM' stands twice",
        ),
        (small_layer(name="kind"), "'kind' names two controls"),
        (small_layer(name="text"), "'text' names two controls"),
        (small_attribute(on=["CLAIMS"]), "kind: no label 'CLAIMS' in layer claim"),
        (small_attribute(default="maybe"), "kind: the default 'maybe' is none of its values"),
        (small_attribute(values=[]), "kind: a choice without values"),
        (small_attribute(values=[{"name": "fact"}, {"name": "fact"}]), "kind: value 'fact' stands twice"),
        (small_attribute(values=[{"name": "fact", "requires": "claimer"}]), "kind=fact: nothing is called 'claimer'"),
        (small_attribute(kind="topic"), "kind: the scheme has no topics"),
        (small_attribute(kind="text", pattern="("), "kind: the pattern is no regular expression"),
        (small(relation_layers=[{"name": "r", "to": ["PER"], "labels": [{"name": "r"}]}]), "r: no span label 'PER'"),
        (small(relation_layers=[{"name": "r", "holder": "who", "labels": [{"name": "r"}]}]), "no relation layer 'who'"),
        (
            small(relation_layers=[{"name": name, "labels": [{"name": "same"}]} for name in ("r", "q")]),
            "relation label 'same' stands twice",
        ),
        (
            small(relation_layers=[{"name": "r", "table": "stances", "labels": [{"name": "r"}]}]),
            "a table of its own needs a span layer with a table",
        ),
        (small(topics=[{"name": "a"}, {"name": "b", "topics": [{"name": "a"}]}]), "topic 'a' stands twice"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(tmp_path: Path, scheme: dict[str, Any], fault: str) -> None:
    error = refusal(tmp_path, scheme)
    assert error.code == "GP-SCHEME-003"
    assert fault in error.what


def test_all_contradictions_are_named_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, small_attribute(default="maybe", on=["CLAIMS"]))
    assert "maybe" in error.what
    assert "CLAIMS" in error.what


def test_a_missing_scheme_and_one_that_is_no_toml_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GP-SCHEME-001"):
        load_scheme(tmp_path / "scheme.toml")
    (tmp_path / "scheme.toml").write_text("name = \n", "utf-8")
    with pytest.raises(UsageError, match="GP-WORK-002"):
        load_scheme(tmp_path / "scheme.toml")


def test_a_scheme_is_found_by_file_folder_or_workspace(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scheme = load_scheme(repository / "schemas" / "scheme.toml")
    for source in (repository, str(repository), repository / "schemas", open_workspace(repository)):
        assert load_scheme(source) == scheme
    monkeypatch.chdir(repository / "schemas" / "tables")
    assert load_scheme() == scheme
    with pytest.raises(UsageError, match="GP-WORK-001"):
        load_scheme(repository / "docs")


def test_the_default_scheme_holds(repository: Path) -> None:
    scheme = load_scheme(repository / "schemas/scheme.toml")
    assert list(scheme.span_labels()) == ["PER", "ORG", "GPE", "LOC", "GRP", "EVT", "ISSUE", "CLAIM", "CUE"]
    assert scheme.fits(scheme.relation_labels()["favor"], "CLAIM", "ISSUE")
    assert not scheme.fits(scheme.relation_labels()["claimer"], "CLAIM", "ISSUE")
    assert not scheme.fits(scheme.relation_labels()["coref"], "PER", "ORG")


def test_a_scheme_of_entities_has_no_tables_of_claims_or_stances(repository: Path) -> None:
    found = tables(load_scheme(repository / "tests/schemes/entities.toml"))
    assert not {"claims", "relations", "stances", "gold_claims", "gold_relations", "gold_stances"} & set(found)
    spans = released(found["spans"])
    assert spans.column("label").values == ("PERSON", "PLACE", "BODY", "OTHER")
    assert spans.column("layer").values == ("name",)
    assert found["doc_labels"].to_arrow().names


def test_the_schemes_of_the_tests_are_toml_without_unknown_keys(repository: Path) -> None:
    for path in sorted((repository / "tests/schemes").glob("*.toml")):
        assert load_scheme(path).name == tomllib.loads(path.read_text("utf-8"))["name"]
