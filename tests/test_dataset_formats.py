"""Exports, read back: what a format can hold comes back as it was, what it cannot is counted."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator

import goldpress
from dataset_fixtures import TEXTS, changed, corpus, release, tree
from goldpress.dataset import Release
from goldpress.dataset.formats.cells import render_csv
from goldpress.dataset.formats.exports import Names, Tally
from goldpress.dataset.formats.tokens import sentences_around, tokens
from goldpress.errors import SurroundingsError, UsageError

Mark = tuple[str, int, int]
"""Label, start and end."""
FORMATS: tuple[Literal["bio", "brat", "cas", "csv", "dna"], ...] = ("bio", "brat", "cas", "csv", "dna")


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(tmp_path_factory.mktemp("dataset"))


@pytest.fixture(scope="module")
def newest(repository: Path) -> Release:
    """The project's own data: hundreds of spans, nested, over line breaks."""
    return goldpress.load(repository)


def marks(of: Release, **wanted: str) -> dict[str, Counter[Mark]]:
    """The gold spans of each article."""
    found: dict[str, Counter[Mark]] = {}
    for row in of.spans.to_arrow().to_pylist():
        if all(row[name] == value for name, value in wanted.items()):
            found.setdefault(row["article_id"], Counter())[row["label"], row["start"], row["end"]] += 1
    return found


def read_conll(text: str) -> dict[str, list[list[list[str]]]]:
    """The sentences of each article, each a list of lines, cut at tabs."""
    found: dict[str, list[list[list[str]]]] = {}
    sentences: list[list[list[str]]] = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line]
        for line in lines:
            if line.startswith("# article_id = "):
                sentences = found.setdefault(line.removeprefix("# article_id = "), [])
        rows = [line.split("\t") for line in lines if "\t" in line]
        if rows:
            sentences.append(rows)
    return found


def spans_of(sentences: list[list[list[str]]], column: int) -> Counter[Mark]:
    """What the tags of one column say, read as IOB2."""
    found: Counter[Mark] = Counter()
    for sentence in sentences:
        current: list[Any] | None = None
        for _, start, end, *tags in sentence:
            kind, _, label = tags[column].partition("-")
            if kind == "B":
                current = [label, int(start), int(end)]
                found[label, int(start), int(end)] += 1
            elif kind == "I":
                assert current is not None, "a tag continues nothing"
                assert current[0] == label
                found[tuple(current)] -= 1
                current[2] = int(end)
                found[tuple(current)] += 1
            else:
                current = None
    return +found


def test_bio_gives_back_every_span_but_those_that_it_counts(newest: Release, tmp_path: Path) -> None:
    made = goldpress.export(newest.path, format="bio", into=tmp_path / "x")
    texts = {row["article_id"]: row["text"] for row in newest.articles.to_arrow().to_pylist()}
    read: dict[str, list[list[list[str]]]] = {}
    for file in (tmp_path / "x").glob("*.conll"):
        text = file.read_text("utf-8")
        layers = text.splitlines()[1].removeprefix("# columns: token start end ").split()
        read |= read_conll(text)
    assert read.keys() == texts.keys()
    for article, sentences in read.items():
        for token, start, end, *_ in (row for sentence in sentences for row in sentence):
            assert texts[article][int(start) : int(end)] == token
    left = widened = 0
    for number, layer in enumerate(layers):
        for article, wanted in marks(newest, layer=layer).items():
            got = spans_of(read[article], number)
            left += sum((wanted - got).values())
            widened += sum((got - wanted).values())
    counted = {what: number for what, number in made.lost.items() if "overlap" in what or "token" in what}
    assert left - widened == sum(n for what, n in counted.items() if "left out" in what)
    assert widened == made.lost.get("spans that begin or end inside a token are widened to it", 0)
    assert made.lost["relations have no place in this format"] == newest.relations.num_rows


def test_bio_is_read_by_an_evaluator_of_others(newest: Release, tmp_path: Path) -> None:
    goldpress.export(newest.path, format="bio", into=tmp_path / "x")
    (file,) = (tmp_path / "x").glob("*.conll")
    tags = [[row[3] for row in s] for sentences in read_conll(file.read_text("utf-8")).values() for s in sentences]
    labels = sorted({tag[2:] for sentence in tags for tag in sentence if tag != "O"})
    results = Evaluator(tags, tags, tags=labels, loader="list").evaluate()
    assert results["overall"]["strict"].f1 == 1.0


def read_brat(folder: Path) -> dict[str, tuple[str, list[list[str]]]]:
    """Text and lines of each document, by the name of its file."""
    return {
        file.stem: (
            file.with_suffix(".txt").read_bytes().decode(),
            [line.split("\t") for line in file.read_bytes().decode().split("\n") if line],
        )
        for file in folder.glob("*/*.ann")
    }


def test_brat_gives_back_every_span_relation_and_attribute(newest: Release, tmp_path: Path) -> None:
    made = goldpress.export(newest.path, format="brat", into=tmp_path / "x")
    wanted, relations, values = marks(newest), 0, 0
    for article, (text, lines) in read_brat(tmp_path / "x").items():
        got: Counter[Mark] = Counter()
        known = set()
        for mark, what, *words in lines:
            if mark.startswith("T"):
                label, places = what.split(" ", 1)
                pieces = [tuple(map(int, piece.split())) for piece in places.split(";")]
                assert words == [" ".join(text[start:end] for start, end in pieces)]
                got[label, pieces[0][0], pieces[-1][1]] += 1
                known.add(mark)
        assert got == wanted[article]
        ends = [what for mark, what, *_ in lines if mark.startswith("R")]
        for end in ends:
            found = re.fullmatch(r"[\w-]+ Arg1:(T\d+) Arg2:(T\d+)", end)
            assert found
            assert {found[1], found[2]} <= known
        relations += len(ends)
        values += len([mark for mark, *_ in lines if mark.startswith("A")])
    assert relations == newest.relations.num_rows == made.kept["relations"]
    claims = newest.claims.to_arrow().to_pylist()
    chosen = ("claim_type", "attribution", "claim_polarity", "claimer_kind", "checkworthy", "claim_date")
    assert values == sum(bool(c[name]) for c in claims for name in chosen) + sum(len(c["topic"] or ()) for c in claims)
    conf = (tmp_path / "x" / "annotation.conf").read_text("utf-8")
    assert {"[entities]", "[relations]", "[events]", "[attributes]"} <= set(conf.splitlines())


def test_cas_gives_back_every_span_relation_and_attribute_through_its_own_reader(
    newest: Release, tmp_path: Path
) -> None:
    import cassis

    goldpress.export(newest.path, format="cas", into=tmp_path / "x")
    wanted, relations = marks(newest), 0
    claims = {row["claim_id"]: row for row in newest.claims.to_arrow().to_pylist()}
    for file in (tmp_path / "x").glob("*/*.json"):
        with file.open("rb") as stream:
            cas = cassis.load_cas_from_json(stream)
        got: Counter[Mark] = Counter()
        for layer in ("Entity", "Claim", "Cue"):
            for span in cas.select(f"webanno.custom.{layer}"):
                got[span.label, span.begin, span.end] += 1
                if layer == "Claim":
                    assert span.claim_type == claims[span.span_id]["claim_type"]
                    assert span.get_covered_text() == claims[span.span_id]["text"]
        assert got == wanted[file.stem]
        relations += sum(bool(getattr(fs, "Governor", None)) for fs in cas.select_all_annotations())
    assert relations == newest.relations.num_rows


def test_an_emoji_moves_no_offset_in_any_format(probe: Release, tmp_path: Path) -> None:
    import cassis

    goldpress.export(probe.path, format="cas", into=tmp_path / "cas")
    raw = json.loads((tmp_path / "cas" / "train" / "markt.json").read_bytes())
    with (tmp_path / "cas" / "train" / "markt.json").open("rb") as stream:
        cas = cassis.load_cas_from_json(stream)
    (claim,) = cas.select("webanno.custom.Claim")
    start = TEXTS["markt"].index("Wir liefern")
    assert (claim.begin, claim.get_covered_text()) == (start, "Wir liefern keine Panzer")
    stored = [fs for fs in raw["%FEATURE_STRUCTURES"] if fs["%TYPE"].endswith("Claim")]
    assert stored[0]["begin"] == start + 1, "UTF-16 code units in the file: the emoji has two"
    goldpress.export(probe.path, format="brat", into=tmp_path / "brat")
    ((text, lines),) = [found for name, found in read_brat(tmp_path / "brat").items() if name == "markt"]
    assert any(words == ["Wir liefern keine Panzer"] and str(start) in what for _, what, *words in lines)
    assert text == TEXTS["markt"]


def test_dna_has_actor_concept_and_agreement_by_stance_and_by_topic(newest: Release, tmp_path: Path) -> None:
    made = goldpress.export(newest.path, format="dna", into=tmp_path / "x")
    texts = {row["article_id"]: row["text"] for row in newest.articles.to_arrow().to_pylist()}
    labels = {row["canonical_name"]: row["label"] for row in newest.entities.to_arrow().to_pylist()}
    for name in ("stances", "topics"):
        frame = pd.read_csv(tmp_path / "x" / f"{name}.csv", keep_default_na=False)
        assert len(frame) == made.kept[f"statements by {name}"] > 10
        assert set(frame.agreement) == {0, 1}
        assert frame.statement_id.is_unique
        assert (frame.start < frame.stop).all()
        assert ((frame.person == "") != (frame.organization == "")).all()
        assert {labels[person] for person in frame.person if person} == {"PER"}
        assert frame[["person", "organization", "concept", "title"]].map(len).max().max() <= 190
        assert not frame.duplicated(["start", "document_id", "person", "organization", "concept", "agreement"]).any()
    documents = pd.read_csv(tmp_path / "x" / "documents.csv")
    for row in documents.itertuples():
        assert (tmp_path / "x" / str(row.file)).read_bytes().decode() == texts[str(row.document_id)]


def test_csv_gives_back_every_table_to_pandas_and_duckdb(newest: Release, tmp_path: Path) -> None:
    made = goldpress.export(newest.path, format="csv", into=tmp_path / "x")
    assert made.kept["tables"] == len(newest.names())
    for name in newest.names():
        file = tmp_path / "x" / f"{name}.csv"
        table = newest.table(name, "raw")
        frame = pd.read_csv(file)
        assert len(frame) == table.num_rows
        assert [*frame.columns] == [column.name for column in table.entry.schema]
        assert duckdb.read_csv(str(file)).shape[0] == table.num_rows
    spans = pd.read_csv(tmp_path / "x" / "spans.csv")
    wanted = newest.table("spans", "raw").to_pandas()
    assert spans.start.tolist() == wanted.start.tolist()
    assert spans.text.tolist() == wanted.text.tolist()


@given(st.text(), st.one_of(st.none(), st.text()))
def test_no_cell_is_a_formula_and_none_breaks_its_row(first: str, second: str | None) -> None:
    raw = render_csv(["a", "b"], [[first, second]], Tally()).decode()
    (row,) = [*csv.reader(io.StringIO(raw, newline=""))][1:]
    for cell, value in zip(row, (first, second), strict=True):
        text = (value or "").encode("utf-8", "replace").decode()
        assert cell in (text, f"'{text}")
        assert not cell.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_number_below_zero_stays_a_number() -> None:
    tally = Tally()
    assert render_csv(["a"], [[-0.5], ["=1+1"], [""], [None]], tally) == b'"a"\n-0.5\n"\'=1+1"\n""\n\n'
    assert tally.lost.total() == 1


def test_names_of_files_are_harmless_and_never_the_same() -> None:
    names = Names()
    given_ids = ["../../etc/passwd", "a/b", "a:b", "A_b", "", ".", "x" * 300]
    made = [names.name(one) for one in given_ids]
    assert len({name.casefold() for name in made}) == len(made)
    assert not [name for name in made if "/" in name or name.startswith(".") or len(name) > 130]


@given(st.text(alphabet="aä.„“ \n😀é́-1", max_size=40))
def test_tokens_and_sentences_cover_everything_but_white_space(text: str) -> None:
    found = tokens(text)
    assert "".join(text[start:end] for start, end in found) == "".join(text.split())
    assert [token for sentence in sentences_around(text, "de", ()) for token in sentence] == found


def test_a_span_over_a_sentence_boundary_is_not_cut() -> None:
    text = "Er kam. Sie ging."
    assert len(sentences_around(text, "de", ())) == 2
    assert len(sentences_around(text, "de", [(3, 12)])) == 1


def test_hostile_labels_and_texts_stay_inside_their_fields(tmp_path: Path) -> None:
    spans = corpus()["gold_spans"] if "gold_spans" in corpus() else corpus()["spans"]
    name = "gold_spans" if "gold_spans" in corpus() else "spans"
    evil = "T9\tPER 0 1\n#1\t=cmd|' /C calc'!A0"
    staged = changed(corpus(), name, "kb_id", [evil] * spans.num_rows)
    hostile = release(tmp_path / "dataset", staged)
    for number, kind in enumerate(FORMATS):
        goldpress.export(hostile.path, format=kind, into=tmp_path / str(number))
    for _, lines in read_brat(tmp_path / "1").values():
        assert all(re.fullmatch(r"[TRAN#]\d+", line[0]) for line in lines)
        assert not [line for line in lines if line[0] == "T9"]


def test_an_article_without_text_is_counted_and_one_s_own_text_fills_it(tmp_path: Path) -> None:
    withheld = release(tmp_path / "dataset", open_licences=("CC0-*",))
    for kind in ("bio", "brat", "cas", "dna"):
        made = goldpress.export(withheld.path, format=kind, into=tmp_path / kind)
        assert made.lost["articles without text are left out, with all that was marked in them"] == 2
        assert "Panzer" not in str(tree(tmp_path / kind))
    made = goldpress.export(withheld.path, format="brat", texts=TEXTS, into=tmp_path / "filled")
    assert made.kept["articles"] == 2
    assert read_brat(tmp_path / "filled")["markt"][0] == TEXTS["markt"]


def test_an_export_takes_its_terms_along_and_overwrites_nothing(
    probe: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = goldpress.export(probe.path, format="csv", into=tmp_path / "x")
    assert {"LICENSE", "RIGHTS.md", "CITATION.cff", "export.json"} <= {p.name for p in (tmp_path / "x").iterdir()}
    assert json.loads((tmp_path / "x" / "export.json").read_bytes())["lost"] == made.lost
    with pytest.raises(UsageError) as refused:
        goldpress.export(probe.path, format="csv", into=tmp_path / "x")
    assert refused.value.code == "GP-FORMAT-002"
    with pytest.raises(UsageError, match="no format"):
        goldpress.export(probe.path, format="xml")  # type: ignore[arg-type]
    monkeypatch.setattr("goldpress.dataset.formats.sheets.write_file", _full_disk)
    with pytest.raises(SurroundingsError, match="No space left"):
        goldpress.export(probe.path, format="csv", into=tmp_path / "y")
    assert {path.name for path in tmp_path.iterdir()} == {"x"}


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_release_gives_the_same_bytes(
    probe: Release, tmp_path: Path, kind: Literal["bio", "brat", "cas", "csv", "dna"]
) -> None:
    for name in "ab":
        goldpress.export(probe.path, format=kind, into=tmp_path / name)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
