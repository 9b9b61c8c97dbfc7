"""Rights: text leaves only where a licence lets it, and who has the texts finds every place again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import goldpress
from dataset_fixtures import TEXTS, changed, corpus, default_scheme, imprint, release
from goldpress.dataset import Release, write_release
from goldpress.dataset.rights.withholding import mask, word_runs
from goldpress.errors import DataError, UsageError
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
    assert "croissant.json" in refused.value.where
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


def test_the_users_own_texts_bring_every_word_back(tmp_path: Path) -> None:
    full = release(tmp_path / "full")
    closed = standoff(tmp_path / "standoff")
    again = goldpress.load(closed.path, texts={"markt": TEXTS["markt"]})
    for name in ("spans", "gold_spans", "claims", "gold_claims", "stances", "gold_stances"):
        texts = [column for column in full.table(name, "raw").schema.names if column.endswith("text")]
        wanted = full.table(name, "raw").to_arrow().select(["start", "end", *texts] if "start" in texts else texts)
        assert again.table(name, "raw").to_arrow().select(wanted.column_names).to_pylist() == wanted.to_pylist(), name


def test_a_folder_of_articles_is_read_as_seeds_are(tmp_path: Path) -> None:
    made = standoff(tmp_path / "dataset")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "markt.txt").write_text(TEXTS["markt"], encoding="utf-8")
    found = goldpress.hydrate(made.path, texts=mine, into=tmp_path / "whole")
    assert (found.exact, found.drifted, found.missing, found.lost) == (("markt",), (), (), ())
    assert (tmp_path / "whole" / "claims.parquet").is_file()
    with pytest.raises(UsageError, match="not empty"):
        goldpress.hydrate(made.path, texts=mine, into=tmp_path / "whole")
    with pytest.raises(UsageError, match="no folder of texts"):
        goldpress.hydrate(made.path, texts=tmp_path / "nowhere")


DRIFTS: dict[str, Callable[[str], str]] = {
    "byline": lambda text: f"Von Ines Kahl, Berlin\n\n{text}",
    "box": lambda text: text.replace("Präsident Mirow", "Lesen Sie auch: Keine Panzer mehr\n\nPräsident Mirow"),
    "blanks": lambda text: text.replace(" ", "  "),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_span_is_found_after_drift_or_named_as_lost_and_never_guessed(tmp_path: Path, drift: str) -> None:
    full, closed = release(tmp_path / "full"), standoff(tmp_path / "standoff")
    other = DRIFTS[drift](TEXTS["markt"])
    found = goldpress.hydrate(closed.path, texts={"markt": other})
    assert found.drifted == ("markt",)
    wanted = {row["span_id"]: row["text"] for row in full.table("spans", "raw").to_arrow().to_pylist()}
    lost = {place.span_id for place in found.lost if place.table == "spans"}
    rows = found.release.table("spans", "raw").to_arrow().to_pylist()
    for row in (row for row in rows if row["article_id"] == "markt"):
        if row["span_id"] in lost:
            assert (row["start"], row["end"], row["text"]) == (None, None, None)
        else:
            assert row["text"] == wanted[row["span_id"]] == other[row["start"] : row["end"]]
    assert sum(row["text"] is not None for row in rows) >= len(rows) // 2


def test_a_repeated_word_without_its_neighbours_is_lost(tmp_path: Path) -> None:
    closed = standoff(tmp_path)
    other = "Ganz anderer Text: Vogt kam, Mirow ging. Panzer blieben."
    found = goldpress.hydrate(closed.path, texts={"markt": other})
    assert len(found.lost) >= 8
    with pytest.raises(DataError, match="have no certain place"):
        goldpress.hydrate(closed.path, texts={"markt": other}, require_complete=True)
    assert "Vogt kam" not in str(found.to_dict())


def test_an_article_without_a_text_stays_as_it_was(tmp_path: Path) -> None:
    closed = standoff(tmp_path)
    found = goldpress.hydrate(closed.path, texts={})
    assert found.missing == ("markt",)
    assert found.release.claims.to_arrow().to_pylist() == closed.claims.to_arrow().to_pylist()


@pytest.mark.parametrize("closed", [None, "masked", "standoff"])
def test_places_in_bytes_are_right_for_the_text_that_is_there(tmp_path: Path, closed: str | None) -> None:
    made = standoff(tmp_path, withheld=closed, byte_offsets=True) if closed else release(tmp_path, byte_offsets=True)
    _bytes_hold(made)
    if closed:
        drifted = {"markt": "Neu: " + TEXTS["markt"]}
        _bytes_hold(goldpress.hydrate(made.path, texts=drifted).release)
    assert goldpress.verify(made.path).ok
    plain = release(tmp_path / "plain").manifest.tables["spans"]
    assert "start_byte" not in {column.name for column in plain.schema}


def _bytes_hold(made: Release) -> None:
    texts = {row["article_id"]: row["text"] for row in made.articles.to_arrow().to_pylist()}
    for name in ("spans", "gold_spans", "claims", "gold_claims"):
        rows = made.table(name, "raw").to_arrow().to_pylist()
        assert rows
        for row in rows:
            text = texts[row["article_id"]]
            if text is None:
                assert (row["start_byte"], row["end_byte"]) == (None, None)
            else:
                said = text.encode()[row["start_byte"] : row["end_byte"]].decode()
                assert said == text[row["start"] : row["end"]]
                assert row["text"] == said
