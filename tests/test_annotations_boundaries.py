"""Repairs of span edges: safe, idempotent, and right on the quotation marks of real news."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldpress.annotations.tables.boundaries import quotation_pairs, trim_blanks, trim_name, trim_proposition

CASES = [
    ("Er: „Wir liefern keine Panzer.“ Ende", "„Wir liefern keine Panzer.“", "Wir liefern keine Panzer"),
    ("Er: „Wir liefern keine Panzer.“ Ende", "Wir liefern keine Panzer", "Wir liefern keine Panzer"),
    ("Er: „Wir liefern keine Panzer.“ Ende", "Wir liefern keine Panzer.“", "Wir liefern keine Panzer"),
    ("Sie rief: »Nie wieder!«, und ging", "»Nie wieder!«,", "Nie wieder"),
    ("Er sagte, das sei „alternativlos“.", "das sei „alternativlos", "das sei „alternativlos“"),
    ("Er sagte, das sei „alternativlos“.", "das sei „alternativlos“.", "das sei „alternativlos“"),
    ("Er sagte, „klug“ sei das nicht.", "klug“ sei das nicht", "„klug“ sei das nicht"),
    ("Er nannte „klug“ und „mutig“ zugleich, was", "„klug“ und „mutig“", "„klug“ und „mutig“"),
    (
        "„Das reicht“, sagte Vogt, „für heute.“ Und",
        "„Das reicht“, sagte Vogt, „für heute.“",
        "Das reicht“, sagte Vogt, „für heute",
    ),
    (
        "„Das reicht“, sagte Vogt, „für heute.“ Und",
        "Das reicht“, sagte Vogt, „für heute",
        "Das reicht“, sagte Vogt, „für heute",
    ),
    ("“We wait,” he said. “For now.” End", "“We wait,” he said. “For now.”", "We wait,” he said. “For now"),
    ('Er: "Wir gehen." Dann', '"Wir gehen."', "Wir gehen"),
    ("dass „wir“ Vorräte brauchen“, und", "„wir“ Vorräte brauchen“", "„wir“ Vorräte brauchen"),
    ("Es gehe „um alles“ oder nichts.", "Es gehe „um alles“ oder nichts.", "Es gehe „um alles“ oder nichts"),
    ("Hans’ Antrag wurde abgelehnt", "Hans’", "Hans’"),
]


@pytest.mark.parametrize(("text", "drawn", "kept"), CASES)
def test_a_proposition_runs_from_its_first_to_its_last_word(text: str, drawn: str, kept: str) -> None:
    start = text.index(drawn)
    a, b = trim_proposition(text, start, start + len(drawn))
    assert text[a:b] == kept


@pytest.mark.parametrize(
    ("text", "drawn", "kept"),
    [
        ("der Kanzler, Vogt, kam", "Vogt,", "Vogt"),
        ("das „Blatt“ schrieb", "„Blatt“", "Blatt"),
        ("das „Blatt“ schrieb", "Blatt“", "Blatt"),
        ("die  Oder  steigt", " Oder ", "Oder"),
        ("Hans' Antrag", "Hans'", "Hans'"),
    ],
)
def test_a_name_has_no_stray_punctuation(text: str, drawn: str, kept: str) -> None:
    start = text.index(drawn)
    a, b = trim_name(text, start, start + len(drawn))
    assert text[a:b] == kept


def test_a_closing_mark_without_an_opening_one_is_not_paired() -> None:
    text = "die Vorräte nicht brauchen“, sagte er und „ging“"
    assert quotation_pairs(text) == {42: 47, 47: 42}


def test_quotations_do_not_pair_across_paragraphs() -> None:
    assert quotation_pairs("„offen\nzu“") == {}


PIECES = st.sampled_from([*"ab .,!?…\n", "„", "“", "”", '"', "»", "«", "‚", "‘", "’", "😀", "Wort", ", sagte er, "])
TEXTS = st.lists(PIECES, min_size=1, max_size=14).map("".join)


@given(TEXTS, st.data())
def test_repairing_twice_changes_nothing_and_no_word_is_lost(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    for trim in (trim_blanks, trim_name, trim_proposition):
        a, b = trim(text, start, end)
        assert 0 <= a < b <= len(text)
        assert trim(text, a, b) == (a, b)
        words = [c for c in text[start:end] if c.isalnum() or c == "😀"]
        assert [c for c in text[a:b] if c.isalnum() or c == "😀"] == words
