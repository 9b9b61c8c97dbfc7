"""Articles in: canonical, identified, nothing lost, bad files named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import goldpress
from goldpress.cli.commands.articles import articles as command
from goldpress.errors import DataError
from goldpress.seeds.canonical import canonicalise
from goldpress.seeds.cleaning import clean
from goldpress.workspace import CleaningRule


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "goldpress.toml").write_text("")
    (tmp_path / "seeds").mkdir()
    return tmp_path


def put(workspace: Path, name: str, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (workspace / "seeds" / name).write_bytes(raw)


def _parquet(**columns: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    into = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), into)
    return into.getvalue().to_pybytes()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_making_text_canonical_twice_changes_nothing(text: str) -> None:
    once = canonicalise(text)
    assert canonicalise(once) == once
    assert "\r" not in once


def test_an_emoji_keeps_its_joiners_and_a_soft_hyphen_goes() -> None:
    assert (
        canonicalise("Fa\u00admilie 👩\u200d👩\u200d👧\r\nu\u0308ber\u00a0alles  \n")
        == "Familie 👩\u200d👩\u200d👧\nüber\u00a0alles"
    )


def test_front_matter_in_toml_and_yaml(workspace: Path) -> None:
    put(
        workspace,
        "a.md",
        '+++\nid = "x1"\ntitle = "Titel"\nlicence = "CC-BY-4.0"\npublished_at = 2025-10-17\n+++\nText.\n',
    )
    put(workspace, "b.md", "---\nid: x2\nlicense: CC0-1.0\n---\nText zwei.\n")
    first, second = goldpress.read_articles(workspace)
    assert (first.article_id, first.title, first.text, str(first.published_at)) == (
        "x1",
        "Titel",
        "Text.",
        "2025-10-17 00:00:00+00:00",
    )
    assert (second.article_id, second.licence) == ("x2", "CC0-1.0")


def test_front_matter_is_read_as_it_was_written(workspace: Path) -> None:
    put(workspace, "a.md", "--- \rid: 0123\rtitle: 1.10\rsource: no\rlang: ~\r1: x\r---\t\rText.\r\r---\rMehr.")
    put(workspace, "b.md", "---\n---\nText.\n\n---\nMehr.")
    first, second = goldpress.read_articles(workspace)
    assert (first.article_id, first.title, first.source, first.lang) == ("0123", "1.10", "no", "de")
    assert first.text == second.text == "Text.\n\n---\nMehr."


def test_what_stands_around_a_text_is_one_line_and_without_nanoseconds(workspace: Path) -> None:
    import numpy as np

    moment = np.array(["2025-10-17T08:30:00.123456789"], "datetime64[ns]")
    content = _parquet(id=["p"], text=["T"], source=["Zeitung\n---\n# x"], published_at=moment)
    put(workspace, "a.parquet", content)
    put(workspace, "b.jsonl", '{"id": null, "text": "T", "source": null}')
    null, parquet = goldpress.read_articles(workspace)
    assert (parquet.source, parquet.published_at) == ("Zeitung --- # x", datetime(2025, 10, 17, 8, 30, 0, 123456, UTC))
    assert (null.article_id, null.source) == ("b-1", "unknown")


def test_a_file_that_the_system_refuses_does_not_stop_the_others(workspace: Path, monkeypatch: Any) -> None:
    put(workspace, "good.txt", "Ein guter Text.")
    put(workspace, "bad.txt", "Ein Text.")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "bad.txt":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    report = goldpress.articles(workspace)
    assert [(p.code, p.where) for p in report.problems] == [("GP-SEEDS-016", "seeds/bad.txt")]
    assert [article.article_id for article in report.articles] == ["good"]


def test_rows_of_jsonl_csv_and_parquet(workspace: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    put(workspace, "a.jsonl", '{"id": "j1", "text": "Eins"}\n{"text": "Zwei"}\n')
    put(workspace, "b.csv", 'id,text\nc1,"Drei, vier"\n')
    pq.write_table(pa.table({"id": ["p1"], "text": ["Fünf"]}), workspace / "seeds" / "c.parquet")
    assert [a.article_id for a in goldpress.read_articles(workspace)] == ["a-2", "c1", "j1", "p1"]


def test_tables_as_spreadsheets_and_scripts_write_them(workspace: Path) -> None:
    put(workspace, "excel.csv", '\ufeffid;title;text\r\ne1;Titel;"Eins, zwei"\r\n')
    put(workspace, "long.csv", f"id,text\nl1,{'Wort ' * 40_000}\n")
    put(workspace, "raw.jsonl", '{"id": "s1", "text": "Zeile\u2028zwei"}\n')
    excel, long, raw = goldpress.read_articles(workspace)
    assert (excel.article_id, excel.title, excel.text) == ("e1", "Titel", "Eins, zwei")
    assert len(long.text) > 131_072, "the limit of Python's own reader"
    assert raw.article_id == "s1"


def test_a_key_of_another_name_is_told_with_the_one_that_was_meant(workspace: Path) -> None:
    put(workspace, "a.jsonl", '{"id": "a1", "text": "T", "date": "2025-01-01", "titel": "x", "section": "y"}')
    put(workspace, "b.csv", "id,content\nb1,Text\n")
    report = goldpress.articles(workspace)
    told = [warning.message for warning in report.articles[0].warnings if warning.code == "unknown-key"]
    assert told == [
        "'date' is not used; did you mean 'published_at'?",
        "'section' is not used",
        "'titel' is not used; did you mean 'title'?",
    ]
    assert report.problems[0].hint == "call 'content' 'text'"
    shown = CliRunner().invoke(command, ["--workspace", str(workspace)]).stdout
    assert "unknown-key: 'date' is not used; did you mean 'published_at'? (a1)\n" in shown
    assert "unknown-key: and 0 more" not in shown


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"  \n", "GP-SEEDS-002"),
        ("binary.txt", b"PK\x03\x04\x00\x00", "GP-SEEDS-003"),
        ("latin.txt", "Grüße aus Köln".encode("latin-1"), "GP-SEEDS-004"),
        ("surrogate.jsonl", b'{"id": "s", "text": "a\\ud83d"}\n', "GP-SEEDS-001"),
        ("nul.jsonl", b'{"id": "s", "text": "a\\u0000b"}\n', "GP-SEEDS-001"),
        ("open.md", b"+++\nid = 'x'\nText", "GP-SEEDS-005"),
        ("bad.md", b"+++\nid = \n+++\nText", "GP-SEEDS-006"),
        ("cut.jsonl", b'{"id": "s", "te', "GP-SEEDS-007"),
        ("bad-yaml.md", b"---\na: [\n---\nText", "GP-SEEDS-008"),
        ("no.parquet", b"PAR1", "GP-SEEDS-009"),
        ("mit leer.txt", b"Text", "GP-SEEDS-011"),
        ("notext.jsonl", b'{"id": "s"}', "GP-SEEDS-012"),
        ("list.jsonl", b'["s", "Text"]', "GP-SEEDS-007"),
        ("wide.csv", b"id,text\nr1,Text,mehr\n", "GP-SEEDS-014"),
        ("open.csv", b'id,text\nr1,"Text\n', "GP-SEEDS-014"),
        ("date.jsonl", b'{"id": "s", "text": "T", "published_at": "gestern"}', "GP-SEEDS-013"),
        ("early.jsonl", b'{"text": "T", "published_at": "0001-01-01T00:00:00+14:00"}', "GP-SEEDS-013"),
        ("blanks.txt", "\u00a0\u3000".encode(), "GP-SEEDS-012"),
        ("deep.jsonl", b'{"text": ' + b"[" * 100_000, "GP-SEEDS-007"),
        ("digits.jsonl", b'{"id": ' + b"1" * 5000 + b', "text": "T"}', "GP-SEEDS-007"),
        ("twice.jsonl", b'{"text": "Eins.", "text": "Zwei."}', "GP-SEEDS-007"),
        ("twice.csv", b"id,text,text\n1,Eins.,Zwei.\n", "GP-SEEDS-014"),
        ("words.jsonl", b'{"text": ["Eins.", "Zwei."]}', "GP-SEEDS-015"),
        ("rights.jsonl", b'{"text": "T", "licence": true}', "GP-SEEDS-015"),
        ("source.jsonl", b'{"text": "T", "source": "a\\ud800"}', "GP-SEEDS-001"),
        ("rule.md", b"---\nEin Absatz.\n---\nText", "GP-SEEDS-008"),
        ("day.md", b"---\npublished_at: 2025-13-45\n---\nText", "GP-SEEDS-008"),
        ("bytes.parquet", _parquet(text=[b"T"]), "GP-SEEDS-015"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_does_not_stop_the_others(
    workspace: Path, name: str, content: bytes, code: str
) -> None:
    put(workspace, name, content)
    put(workspace, "good.txt", "Ein guter Text.")
    report = goldpress.articles(workspace)
    assert [problem.code for problem in report.problems] == [code]
    assert [article.article_id for article in report.articles] == ["good"]
    with pytest.raises(DataError, match=code):
        goldpress.read_articles(workspace)


def test_two_articles_with_one_id_are_both_named(workspace: Path) -> None:
    put(workspace, "a.txt", "Eins.")
    put(workspace, "a.jsonl", '{"id": "a", "text": "Zwei."}')
    with pytest.raises(DataError, match=r"seeds/a\.jsonl:1 and seeds/a\.txt"):
        goldpress.read_articles(workspace)


def test_near_duplicates_rights_and_boilerplate_are_warned_of(workspace: Path) -> None:
    words = " ".join(f"Wort{i}" for i in range(80))
    put(workspace, "a.txt", f"{words} Ende.")
    put(workspace, "b.txt", f"{words} Schluss.\nLesen Sie auch: anderes")
    first, second = goldpress.articles(workspace).articles
    assert "no-rights" in {w.code for w in first.warnings}
    assert {"near-duplicate", "boilerplate"} <= {w.code for w in second.warnings}


LINES = st.lists(st.sampled_from(["Text.", "ANZEIGE x", "", "Mehr zum Thema", "Schluss 😀"]), min_size=1, max_size=8)


@given(LINES)
def test_what_was_cut_and_what_was_kept_make_up_the_source(lines: list[str]) -> None:
    text = canonicalise("\n".join(lines))
    rules = (CleaningRule(name="ad", drop_line="^ANZEIGE"), CleaningRule(name="tail", drop_tail="^Mehr zum"))
    kept, removed = clean(text, rules, "x")
    assert canonicalise(kept) == kept
    cut = {i for entry in removed for i in range(entry.start, entry.end)}
    assert "".join(c for i, c in enumerate(text) if i not in cut) == kept


def test_the_collected_articles_come_in_whole(workspace: Path, collected: list[Path]) -> None:
    for path in collected:
        put(workspace, path.name, path.read_bytes())
    found = {article.article_id: article for article in goldpress.read_articles(workspace)}
    for path in collected:
        article = found[path.stem]
        assert "".join(f"{article.title or ''}{article.text}".split()) == "".join(
            canonicalise(path.read_text("utf-8")).split()
        )
    assert [bool(found[key].title) for key in sorted(found)] == [True, False, True, False, False]
