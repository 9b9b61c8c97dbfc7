"""The guidelines: tables from the scheme in prose by people, and the instruction that annotators read."""

from pathlib import Path

import pytest

import goldpress
from goldpress.errors import UsageError
from goldpress.schemas import Scheme, load_scheme
from goldpress.schemas.guidelines import fill_tables, instruction


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    goldpress.init(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme(Path(__file__).parent.parent / "schemas/scheme.toml")


def filled(name: str, scheme: Scheme) -> str:
    return fill_tables(f"Davor\n\n<!-- scheme: {name} -->\nalt\n<!-- /scheme -->\n\nDanach\n", scheme)


def test_a_table_takes_the_place_of_what_stood_between_its_marks(scheme: Scheme) -> None:
    page = filled("values claim_polarity", scheme)
    assert "| `m` | **affirm** | bejaht | Vogt kündigte **Lieferungen** an |" in page
    assert "alt" not in page
    assert page.startswith("Davor\n")
    assert page.endswith("Danach\n")
    assert fill_tables(page, scheme) == page


@pytest.mark.parametrize("name", ["labels entity", "values claim_type", "values relevance", "relations", "topics"])
def test_every_kind_of_table_can_be_written(scheme: Scheme, name: str) -> None:
    assert filled(name, scheme).count("\n| ") > 4


def test_the_guidelines_name_every_label_and_value_of_the_scheme(repository: Path, scheme: Scheme) -> None:
    page = (repository / "schemas/guidelines.md").read_text("utf-8")
    names = [*scheme.span_labels(), *scheme.relation_labels(), *scheme.topic_leaves()]
    attributes = [entry for layer in scheme.span_layers for entry in layer.attributes]
    names += [value.name for entry in [*attributes, *scheme.document_labels] for value in entry.values]
    assert [name for name in names if f"**{name}**" not in page and f"`{name}`" not in page] == []


def test_a_hotkey_changed_in_the_scheme_makes_the_guidelines_stale(workspace: Path) -> None:
    scheme = workspace / "schemas/scheme.toml"
    scheme.write_text(scheme.read_text("utf-8").replace('hotkey = "1"', 'hotkey = "shift+9"'), "utf-8")
    assert "schemas/guidelines.md" in goldpress.generate(workspace, check=True).stale
    goldpress.generate(workspace)
    assert "| `shift+9` | **PER** |" in (workspace / "schemas/guidelines.md").read_text("utf-8")


def test_what_people_wrote_is_left_as_it_is(workspace: Path) -> None:
    page = workspace / "schemas/guidelines.md"
    page.write_text(page.read_text("utf-8") + "\nUnser Zusatz.\n", "utf-8")
    assert goldpress.generate(workspace, check=True).ok


def test_a_table_of_something_that_the_scheme_no_longer_has_says_so(scheme: Scheme) -> None:
    assert "The scheme has no values mood" in filled("values mood", scheme)
    assert "The scheme has no nonsense" in filled("nonsense", scheme)


@pytest.mark.parametrize(
    "text", ["<!-- scheme: topics -->\n", "<!-- /scheme -->\n", "<!-- scheme: topics -->\n<!-- scheme: topics -->\n"]
)
def test_a_table_without_end_is_refused(scheme: Scheme, text: str) -> None:
    with pytest.raises(UsageError, match="GP-GUIDE-001"):
        fill_tables(text, scheme)


def test_the_instruction_shows_tables_and_no_marks(workspace: Path) -> None:
    shown = instruction(goldpress.open_workspace(workspace))
    assert "<table>" in shown
    assert "scheme:" not in shown
    assert "/scheme" not in shown


def test_html_in_the_guidelines_is_shown_and_not_run(workspace: Path) -> None:
    (workspace / "schemas/guidelines.md").write_text("<script>alert(1)</script>\n\n[x](javascript:alert(1))\n", "utf-8")
    shown = instruction(goldpress.open_workspace(workspace))
    assert "<script" not in shown
    assert "href" not in shown


def test_a_workspace_without_guidelines_has_no_instruction(workspace: Path) -> None:
    (workspace / "schemas/guidelines.md").unlink()
    assert instruction(goldpress.open_workspace(workspace)) == ""
    assert goldpress.generate(workspace, check=True).ok


def test_a_scheme_that_is_there_already_gets_no_guidelines_of_another(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "schemas").mkdir()
    own = (repository / "tests/schemes/entities.toml").read_bytes()
    (tmp_path / "schemas/scheme.toml").write_bytes(own)
    goldpress.init(tmp_path)
    assert not (tmp_path / "schemas/guidelines.md").exists()


def test_guidelines_that_are_not_utf_8_are_refused_with_the_place(workspace: Path) -> None:
    (workspace / "schemas/guidelines.md").write_bytes("# Grüße\n".encode("latin-1"))
    with pytest.raises(UsageError, match="GP-GUIDE-002"):
        goldpress.generate(workspace)
