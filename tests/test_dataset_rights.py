"""Rights: text leaves only where a licence lets it, and who has the texts finds every place again."""

from pathlib import Path
from typing import Any

import pytest

import goldpress
from dataset_fixtures import TEXTS, changed, corpus, default_scheme, imprint, release
from goldpress.dataset import Release, write_release
from goldpress.dataset.withholding import mask, word_runs
from goldpress.errors import DataError
from goldpress.schemas.tables import tables as contracts_of

CLOSED = ["CC-BY-4.0", "LicenseRef-unknown"]
"""Licences of hafen and markt."""


def standoff(root: Path, **settings: Any) -> Release:
    """Publish the corpus with one article whose rights are unknown."""
    return release(root, changed(corpus(), "articles", "licence", CLOSED), **settings)


def test_an_article_without_rights_leaves_as_places_only(tmp_path: Path) -> None:
    made = standoff(tmp_path)
    rows = {row["article_id"]: row for row in made.articles.to_arrow().to_pylist()}
    assert (rows["hafen"]["text"], rows["hafen"]["text_access"]) == (TEXTS["hafen"], "full")
    assert (rows["markt"]["text"], rows["markt"]["title"], rows["markt"]["text_access"]) == (None, None, "standoff")
    assert made.manifest.edition == "standoff"
    assert made.claims.to_arrow()["text"].to_pylist() == [None]
    spans = made.spans.to_arrow().to_pylist()
    assert all((row["quote_hash"] is None) == (row["article_id"] == "hafen") for row in spans)
    assert "| standoff | 1 |" in (made.path / "RIGHTS.md").read_text(encoding="utf-8")
    assert goldpress.verify(made.path).ok


def test_no_byte_of_a_release_holds_eight_words_of_a_withheld_text(tmp_path: Path) -> None:
    made = standoff(tmp_path)
    closed = word_runs(TEXTS["markt"])
    for path in made.path.rglob("*"):
        if path.suffix == ".parquet":
            said = str(made.table(path.parent.name, "raw").to_arrow().to_pylist())
        elif path.is_file():
            said = path.read_text(encoding="utf-8")
        else:
            continue
        assert not word_runs(said) & closed, path
    assert len(closed) > 3


def test_a_masked_text_keeps_its_length_and_offsets(tmp_path: Path) -> None:
    made = standoff(tmp_path, withheld="masked")
    rows = {row["article_id"]: row for row in made.articles.to_arrow().to_pylist()}
    masked = rows["markt"]["text"]
    assert len(masked) == len(TEXTS["markt"])
    assert masked.startswith("Xxxxxxxxx Xxxx xxxxx 😀: „Xxx xxxxxxx")
    for span in made.spans.to_arrow().to_pylist():
        assert span["text"] == rows[span["article_id"]]["text"][span["start"] : span["end"]]


def test_a_mask_keeps_code_points() -> None:
    text = "Über 1.000 İstanbul ßeta 😀 ﬁn Ⅷ"
    assert len(mask(text)) == len(text)
    assert mask("Ab1 -é") == "Xx0 -x"


def test_a_withheld_passage_in_the_description_stops_the_release(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        standoff(tmp_path, description=f"As one paper wrote, {TEXTS['markt']}")
    assert refused.value.code == "GP-DATASET-030"
    assert "README.md" in refused.value.where
    assert "Panzer" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_permission_that_the_settings_name_lets_a_text_leave(tmp_path: Path) -> None:
    made = standoff(tmp_path, open_licences=("CC-BY-*", "LicenseRef-unknown"))
    assert made.manifest.edition == "full"


def test_an_entity_that_is_a_whole_sentence_of_a_withheld_text_loses_its_name(tmp_path: Path) -> None:
    sentence = "Wir liefern keine Panzer.“ Präsident Mirow forderte mehr Luftabwehr"
    tables = changed(corpus(), "articles", "licence", CLOSED)
    names = tables["entities"].to_pylist()
    at = next(i for i, row in enumerate(names) if row["entity_id"] == "ISSUE:Panzer")
    for name, columns in {"entities": ["entity_id"], "spans": ["entity_id"], "stances": ["target_entity_id"]}.items():
        for table in {name, f"gold_{name}"} & set(tables):
            for column in columns:
                values = tables[table][column].to_pylist()
                renamed = [f"ISSUE:{sentence}" if value == "ISSUE:Panzer" else value for value in values]
                tables = changed(tables, table, column, renamed)
    titles = [sentence if i == at else row["canonical_name"] for i, row in enumerate(names)]
    tables = changed(tables, "entities", "canonical_name", titles)
    made = write_release(tables, contracts_of(default_scheme()), tmp_path, imprint=imprint())
    known = set(made.entities.to_arrow()["entity_id"].to_pylist())
    assert not any("Luftabwehr" in str(name) for name in known)
    assert set(made.stances.to_arrow()["target_entity_id"].to_pylist()) <= known
