"""What a person gets: severities, waivers, pages, JUnit; and an engine that stays in its place."""

import datetime as dt
import gc
import shutil
import subprocess
import sys
import warnings
import weakref
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from goldpress.errors import DataError, UsageError
from goldpress.validation import Verdict, Waiver, judge, passages, read_waivers, texts, validate
from goldpress.validation.engine import Engine, quiet
from goldpress.validation.frames import Frames
from goldpress.validation.views import TEXTS
from parts import need
from validation_cases import ROOT, SCHEME, Tables, clean_tables, frames_of, plant, view_of

TODAY = dt.date(2026, 1, 1)
HOSTILE = "<script>alert('x')</script>\x07"
WORDS_CUT = {"set": [{"table": "spans", "where": {"span_id": "gipfel-1:pl"}, "set": {"end": 211, "text": "Kie"}}]}
BEYOND = {"set": [{"table": "spans", "where": {"span_id": "gipfel-1:pl"}, "set": {"end": 9999}}]}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return clean_tables(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def suites() -> Path:
    return ROOT / "validation"


def few(tables: Tables) -> Tables:
    """The raw tables alone, which is what most of this is about."""
    return {name: tables[name] for name in ("articles", "annotations", "spans", "relations", "entities")}


def waiver(check: str = "T7", scope: str = "*", until: str = "2030-01-01") -> Waiver:
    return Waiver(check=check, reason="known", by="K. Lund", until=dt.date.fromisoformat(until), scope=scope)


def judged(tables: Tables, suites: Path, *waivers: Waiver, **more: Any) -> Verdict:
    return judge(few(tables), SCHEME, suites, waivers=waivers, today=TODAY, **more)


def test_a_clean_corpus_holds(clean: Tables, suites: Path, tmp_path: Path) -> None:
    verdict = judged(clean, suites, report=tmp_path / "pages")
    assert (verdict.ok, verdict.findings) == (True, [])
    assert len(verdict.judged) == verdict.checks_run > 80
    assert any(note.startswith("P8") and "16 of 30 units" in note for note in verdict.notes)
    assert_pages_need_no_network(tmp_path / "pages")


def test_the_verdict_is_the_same_for_one_worker_and_for_two(
    clean: Tables, suites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = plant(clean, WORDS_CUT)
    for module in (texts, passages):
        monkeypatch.setattr(module, "TOGETHER", 1)  # so that few texts lie in files, which several processes read
    monkeypatch.setattr(texts, "WORTH", 0)
    verdicts = []
    for workers in "12":
        monkeypatch.setenv("GOLDPRESS_WORKERS", workers)
        verdicts.append(judged(broken, suites))
    assert verdicts[0].findings
    assert verdicts[0] == verdicts[1]


def test_a_warning_blocks_until_somebody_waives_it(clean: Tables, suites: Path) -> None:
    verdict = judged(plant(clean, WORDS_CUT), suites)
    (finding,) = verdict.findings
    assert (finding.check_id, finding.severity, finding.count, verdict.ok) == ("T7.spans", "warning", 1, False)
    assert finding.examples == [
        {
            "row": "gipfel-1:pl",
            "article_id": "gipfel",
            "start": 208,
            "end": 211,
            "annotator": "ann-1111111111",
            "task": None,
        }
    ]
    assert finding.german
    assert verdict.work() == [("ann-1111111111", "gipfel", "208-211", "T7.spans", finding.german, "")]


@pytest.mark.parametrize(
    ("check", "scope", "until", "ok", "others"),
    [
        ("T7", "*", "2030-01-01", True, []),
        ("T7.spans", "gipfel", "2030-01-01", True, []),
        ("T7", "spans", "2026-01-01", True, []),
        ("T7", "hafen", "2030-01-01", False, ["W1.T7.hafen"]),
        ("T8", "*", "2030-01-01", False, ["W1.T8.*"]),
        ("T7", "*", "2025-12-31", False, ["W1.T7.*"]),
    ],
)
def test_a_waiver_covers_what_it_names_until_its_day(
    check: str, scope: str, until: str, ok: bool, others: list[str], clean: Tables, suites: Path
) -> None:
    verdict = judged(plant(clean, WORDS_CUT), suites, waiver(check, scope, until))
    assert verdict.ok is ok
    assert [f.check_id for f in verdict.findings if f.check_id != "T7.spans"] == others


def test_an_error_cannot_be_waived(clean: Tables, suites: Path) -> None:
    verdict = judged(plant(clean, BEYOND), suites, waiver("T3"), waiver("T4"))
    assert not verdict.ok
    assert {f.check_id: f.waived_by for f in verdict.findings if f.severity == "error"} == {
        "T3.spans": "",
        "T4.spans": "",
    }


def test_waivers_that_do_not_hold_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('[[waivers]]\ncheck = "T7"\nby = "x"\nuntil = 2030-01-01\n', "utf-8")
    with pytest.raises(UsageError) as error:
        read_waivers(path)
    assert error.value.code == "GP-VALID-005"
    assert read_waivers(tmp_path / "none.toml") == ()


def test_every_row_can_fail_and_only_the_first_are_shown(clean: Tables, suites: Path) -> None:
    rows = [
        {"table": "spans", "like": {"span_id": "gipfel-1:pl"}, "times": 10_000, "set": {"span_id": "k{n}", "end": 9999}}
    ]
    everywhere = {"table": "spans", "where": {}, "set": {"end": 9999}}
    verdict = judged(plant(clean, {"add": rows, "set": [everywhere]}), suites)
    (finding,) = [f for f in verdict.findings if f.check_id == "T3.spans"]
    assert (finding.count, finding.rows, len(finding.examples)) == (10_032, 10_032, 10)


def test_hostile_labels_are_inert_and_no_words_of_articles_are_shown(
    clean: Tables, suites: Path, tmp_path: Path
) -> None:
    hostile = {"table": "spans", "where": {"span_id": "gipfel-1:pl"}, "set": {"label": HOSTILE, "kb_id": HOSTILE}}
    source = {"table": "articles", "where": {"article_id": "hafen"}, "set": {"source": None, "lang": HOSTILE}}
    verdict = judged(plant(clean, {"set": [hostile, source]}), suites, report=tmp_path / "pages")
    assert not verdict.ok
    for page in (tmp_path / "pages").glob("*.html"):
        content = page.read_text("utf-8")
        assert "<script>alert" not in content
        assert "Wir liefern keine Panzer" not in content
        assert "Die Reederei" not in content
    assert_pages_need_no_network(tmp_path / "pages")


def test_no_view_holds_words_of_articles(clean: Tables) -> None:
    frames = frames_of({}, clean, Path(), Path())
    for name in clean:
        view = view_of(frames, name)
        for column in set(TEXTS) & set(view.columns):
            assert set(view[column].dropna().unique()) <= {True}, (name, column)


def test_an_empty_corpus_is_no_pass(clean: Tables, suites: Path) -> None:
    empty = {name: table.slice(0, 0) for name, table in few(clean).items()}
    verdict = judge(empty, SCHEME, suites, today=TODAY)
    assert {f.check_id for f in verdict.findings if f.blocks} == {"D11.articles.rows", "D11.annotations.rows"}
    assert verdict.empty_tables == sorted(empty)


def test_a_check_that_crashes_is_a_failed_run(clean: Tables, suites: Path) -> None:
    import pyarrow as pa

    spans = clean["spans"]
    words = pa.array(["x"] * len(spans))
    broken = {**clean, "spans": spans.set_column(spans.schema.get_field_index("start"), "start", words)}
    with pytest.raises(DataError) as error:
        judged(broken, suites)
    assert error.value.code == "GP-VALID-010"


def test_other_types_of_the_same_numbers_are_told_apart(clean: Tables, suites: Path) -> None:
    import pyarrow as pa

    spans = clean["spans"]
    wide = spans.set_column(spans.schema.get_field_index("start"), "start", spans["start"].cast(pa.int64()))
    verdict = judged({**clean, "spans": wide}, suites)
    assert [(f.check_id, f.examples[0]["scope"]) for f in verdict.findings] == [("D11.measures", "spans: start")]


def test_junit_names_every_check_and_what_failed(clean: Tables, suites: Path, tmp_path: Path) -> None:
    from goldpress.validation.junit import write_junit

    verdict = judged(plant(clean, BEYOND), suites, waiver("T7"))
    write_junit(tmp_path / "junit.xml", verdict)
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - written above
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == set(verdict.judged)
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {"T3.spans", "T4.spans"}
    assert [suite.get("failures") for suite in root.iter("testsuite") if suite.get("name") == "spans"] == ["2"]


def test_the_callers_warnings_are_as_before_and_no_frame_is_kept(clean: Tables, suites: Path) -> None:
    shown = warnings.showwarning
    frames = Frames(few(clean), SCHEME, overlap=2)
    view = view_of(frames, "spans")
    with quiet():
        engine = Engine(suites)
        engine.judge("spans", view)
    assert warnings.showwarning is shown
    gone = weakref.ref(view)
    del view
    gc.collect()
    assert gone() is None
    assert set(engine.results) == {"spans"}


def test_validation_runs_in_a_namespace_without_interfaces(clean: Tables, tmp_path: Path) -> None:
    """Nothing is fetched, counted or reported anywhere: there is nothing to connect to, not even loopback."""
    unshare = shutil.which("unshare")
    able = unshare and subprocess.run([unshare, "-n", "true"], check=False, capture_output=True).returncode == 0
    need(able, "the right to make a network namespace")
    import pyarrow.parquet as pq

    for name, table in few(clean).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    script = tmp_path / "run.py"
    script.write_text(
        "import goldpress\n"
        f"verdict = goldpress.validate({str(ROOT)!r}, folder={str(tmp_path)!r}, report={str(tmp_path / 'pages')!r})\n"
        "print('checks', verdict.checks_run, 'blocking', [f.check_id for f in verdict.findings if f.blocks])\n",
        "utf-8",
    )
    done = subprocess.run(
        [str(unshare), "-n", sys.executable, "-W", "error::ResourceWarning", str(script)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # An exit code alone would not do: the output is read.
    assert done.stdout.startswith("checks "), done.stdout
    assert "blocking []" in done.stdout
    assert not done.stderr
    assert (tmp_path / "pages" / "index.html").is_file()


def test_tables_that_are_not_there_are_named(clean: Tables, suites: Path, tmp_path: Path) -> None:
    idle = waiver("T7"), waiver("T7", scope="gold_spans")
    verdict = judged(clean, suites, *idle, report=tmp_path)
    assert [finding.check_id for finding in verdict.findings] == ["W1.T7.*"], "gold_spans are not there to be waived"
    assert "gold_spans" in verdict.absent
    assert "spans" not in verdict.absent
    assert verdict.to_dict()["absent_tables"] == verdict.absent
    assert f"Not there, and not judged: {', '.join(verdict.absent)}." in (tmp_path / "index.html").read_text("utf-8")


def test_a_suite_for_no_table_is_no_pass(clean: Tables, suites: Path, tmp_path: Path) -> None:
    shutil.copytree(suites, tmp_path / "suites", ignore=shutil.ignore_patterns("reports"))
    shutil.copy(suites / "spans.json", tmp_path / "suites" / "spons.json")
    with pytest.raises(UsageError) as error:
        judged(clean, tmp_path / "suites")
    assert error.value.code == "GP-VALID-012"


def test_a_folder_that_holds_other_tables_is_refused(tmp_path: Path, clean: Tables) -> None:
    import pyarrow.parquet as pq

    with pytest.raises(UsageError) as error:
        validate(ROOT, folder=tmp_path)
    assert error.value.code == "GP-VALID-007"
    with pytest.raises(UsageError) as error:
        validate(ROOT, "9.9.9")
    assert error.value.code == "GP-VALID-006"
    for name in ("articles", "annotations"):
        pq.write_table(clean[name].drop_columns(["article_id"]), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError) as fault:
        validate(ROOT, folder=tmp_path)
    assert fault.value.code == "GP-VALID-008"
    (tmp_path / "articles.parquet").write_bytes(b"no Parquet")
    with pytest.raises(DataError) as fault:
        validate(ROOT, folder=tmp_path)
    assert fault.value.code == "GP-VALID-009"


def assert_pages_need_no_network(folder: Path) -> None:
    pages = sorted(folder.glob("*.html"))
    assert {page.stem for page in pages} >= {"index", "spans", "articles", "measures"}
    for page in pages:
        content = page.read_text("utf-8")
        for remote in ("src=", "url(", "@import", "<link", "<script"):
            assert remote not in content, (page.name, remote)
    index = (folder / "index.html").read_text("utf-8")
    assert all(f'href="{page.name}"' in index for page in pages if page.stem != "index")
