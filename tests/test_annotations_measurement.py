"""What stands beside the numbers: confusions, places to read, and the annotators; and the page that shows them."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from annotation_rows import annotation, claim, raw_tables, span
from goldpress import agree, open_workspace
from goldpress.annotations.agreement.concordance import agreement_rows, count_agreement
from goldpress.annotations.agreement.disagreements import find_disagreements
from goldpress.annotations.agreement.workload import survey
from goldpress.annotations.assembly.corpus import Corpus
from goldpress.annotations.gold.computation import gold_tables
from goldpress.annotations.measurement import AgreementReport, confusions, idle_gates
from goldpress.cli.commands.agree import agree as command
from goldpress.pages.agreements import agreement_page, heat_maps
from goldpress.schemas.scheme import load_scheme
from goldpress.workspace import AgreementSettings, Gate

SCHEME = load_scheme(Path(__file__).parent.parent / "schemas" / "scheme.toml")
LOOSE = AgreementSettings(units=2, replicas=10)
TEXT = (
    "Kanzlerin Vogt sagte in Berlin: „Wir liefern keine <b>Panzer</b>.“ Präsident Mirow <script>alert(1)</script> kam."
)


def pair() -> dict[str, Any]:
    """Vogt by both, Berlin under two labels, Mirow with another boundary, one claim of two types, one more by one."""
    spans = [
        span("1", 10, 14), span("2", 10, 14),
        span("1", 24, 30, "GPE"), span("2", 24, 30, "LOC"),
        span("1", 76, 81), span("2", 67, 81),
        span("1", 33, 57, "CLAIM"), span("2", 33, 57, "CLAIM"),
        span("1", 0, 9, "ORG"),
    ]  # fmt: skip
    claims = [claim(spans[6]), claim(spans[7], claim_type="prediction")]
    people = [annotation("1", lead_time_s=120.0), annotation("2", lead_time_s=60.0)]
    return raw_tables(
        SCHEME, annotations=people, spans=spans, claims=claims, articles=[{"article_id": "a", "text": TEXT}]
    )


# ── confusions ──────────────────────────────────────────────────────────────────────────────────────────────


def test_confusions_are_symmetric_and_say_what_found_no_partner() -> None:
    found = {table.name: table for table in confusions(count_agreement(pair(), SCHEME, LOOSE), SCHEME)}
    entity = found["entity"]
    at = {label: place for place, label in enumerate(entity.labels)}
    assert entity.counts[at["GPE"]][at["LOC"]] == entity.counts[at["LOC"]][at["GPE"]] == 1
    assert entity.counts[at["PER"]][at["PER"]] == 2
    assert entity.counts[at["ORG"]][at["(none)"]] == 1
    kinds = found["claim.claim_type"]
    assert kinds.counts[kinds.labels.index("demand")][kinds.labels.index("prediction")] == 1


# ── places to read ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_place_that_differs_is_told_with_what_differs() -> None:
    found, total = find_disagreements(pair(), SCHEME)
    assert total == len(found) == 5
    about = Counter(place.about for place in found)
    assert about == {("label",): 1, ("claim_type",): 1, ("existence",): 3}, "5 of 14 characters are another place"
    (kinds,) = [place for place in found if place.about == ("claim_type",)]
    assert [one.values["claim_type"] for one in kinds.said] == ["demand", "prediction"]
    assert TEXT[kinds.begin :].startswith(kinds.context)


def test_agreement_is_no_place_to_read() -> None:
    spans = [span("1", 10, 14), span("2", 10, 14)]
    raw = raw_tables(SCHEME, annotations=[annotation("1"), annotation("2")], spans=spans)
    assert find_disagreements(raw, SCHEME) == ([], 0)


def test_many_places_are_counted_and_a_few_told() -> None:
    spans = [span("1", at, at + 3) for at in range(0, 500, 5)]
    raw = raw_tables(SCHEME, annotations=[annotation("1"), annotation("2", state="empty")], spans=spans)
    found, total = find_disagreements(raw, SCHEME, most=7)
    assert (len(found), total) == (7, 100)
    assert found[0].context == "", "there is no text to show"
    assert [one.label for one in found[0].said] == ["PER", ""]


# ── annotators ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_annotator_is_compared_with_the_others_and_with_gold() -> None:
    raw = pair()
    one, other = survey(raw, gold_tables(raw, SCHEME)["gold_spans"])
    assert (one.articles, one.spans, one.seconds, one.seconds_per_span) == (1, 5, 120.0, 24.0)
    assert one.with_others == other.with_others == pytest.approx(2 * 2 / 9)
    assert one.with_gold == pytest.approx(2 * 2 / 7)
    assert (one.with_self, one.drift, one.suggested) == (None, None, None)


def test_skips_are_counted_apart_and_nobody_else_makes_no_number() -> None:
    raw = raw_tables(SCHEME, annotations=[annotation("1"), annotation("1", "b", state="skipped")])
    (only,) = survey(raw)
    assert (only.articles, only.skipped, only.with_others, only.with_gold) == (1, 1, None, None)
    assert survey(raw_tables(SCHEME)) == []


def test_suggestions_that_were_kept_and_changed_are_told_apart() -> None:
    origins = ["prediction", "prediction", "prediction-changed", "manual"]
    spans = [span("1", at, at + 3, origin=origin) for at, origin in zip(range(0, 40, 10), origins, strict=True)]
    (one,) = survey(raw_tables(SCHEME, annotations=[annotation("1")], spans=spans))
    assert one.suggested == 0.75
    assert one.kept == pytest.approx(2 / 3)


def test_drift_is_the_later_half_against_the_earlier() -> None:
    people, spans = [], []
    for day in range(6):
        article = f"a{day}"
        people += [annotation(by, article, day=day) for by in "12"]
        spans += [span("1", 0, 5, article=article), span("2", 0, 5 if day < 3 else 6, article=article)]
    raw = raw_tables(SCHEME, annotations=people, spans=spans)
    assert [one.drift for one in survey(raw)] == [-1.0, -1.0]


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────


class Reader(HTMLParser):
    """Counts tags and gathers what a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.active: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.active += [f"{tag} {name}" for name, _ in attrs if name in ("src", "srcset") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def report_of(raw: dict[str, Any]) -> AgreementReport:
    ledger = count_agreement(raw, SCHEME, LOOSE)
    found, total = find_disagreements(raw, SCHEME)
    return AgreementReport(
        articles=ledger.voted,
        compared=ledger.compared,
        skipped=ledger.skipped,
        remarks=["<i>remark</i>"],
        rows=agreement_rows(ledger, SCHEME, LOOSE),
        itself=[],
        annotators=survey(raw, gold_tables(raw, SCHEME)["gold_spans"]),
        confusions=confusions(ledger, SCHEME),
        disagreements=found,
        disputed=total,
    )


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_the_page_shows_everything_and_runs_nothing_that_stands_in_a_text() -> None:
    page = read(agreement_page(report_of(pair()), title='<b>"corpus"</b>'))
    assert page.tags["script"] == page.tags["i"] == 0
    assert page.active == []
    assert page.tags["mark"] >= 5
    for words in ("<script>alert(1)</script>", "<i>remark</i>", '<b>"corpus"</b>', "Vogt", "prediction", "p1"):
        assert words in page.words


def test_a_page_without_anything_to_compare_says_so() -> None:
    page = read(agreement_page(report_of(raw_tables(SCHEME)), title="empty"))
    assert "no overlap" in page.words


def test_heat_maps_have_a_square_for_everybody() -> None:
    rows = report_of(pair()).rows
    maps = dict(heat_maps(rows, ["p1", "p2"]))
    square = maps["entity: F1, boundaries and label"]
    assert square[0][1] == square[1][0] == pytest.approx(2 / 7)
    assert square[0][0] is square[1][1] is None


def test_a_gate_for_nothing_is_named_with_a_guess() -> None:
    rows = report_of(pair()).rows
    good = ("entity", "entity.PER", "claim.claim_type.demand", "claim:f1_half", "stance", "document.relevance")
    rules = AgreementSettings(labels={**{name: Gate() for name in good}, "claim.claimtype": Gate()})
    (remark,) = idle_gates(rows, rules)
    assert "did you mean 'claim.claim_type'?" in remark


# ── the command ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "goldpress.toml").write_text("[agreement]\nunits = 2\nreplicas = 10\n", "utf-8")
    raw = pair()
    corpus = Corpus({**raw, **gold_tables(raw, SCHEME)}, SCHEME)
    monkeypatch.setattr("goldpress.annotations.measurement.assemble", lambda _: corpus)
    return tmp_path


def test_the_command_prints_a_table_or_one_json_document(workspace: Path) -> None:
    plain = CliRunner().invoke(command, ["--workspace", str(workspace)])
    assert plain.exit_code == 0, plain.output
    assert "claim.claim_date" not in plain.output, "what has no value is counted, not listed"
    assert re.search(r"Not computable: \d+ numbers: .*nobody marked any \(\d+\).*--json names them", plain.output)
    assert "1 of 1 article compared, 5 differences." in plain.output
    answer = CliRunner().invoke(command, ["--workspace", str(workspace), "--json"])
    document = json.loads(answer.stdout)
    assert {"rows", "annotators", "confusions", "disagreements", "ok"} <= set(document)
    assert document["rows"][0]["layer"] == "entity"


def test_the_page_is_written_where_it_was_asked_for(workspace: Path) -> None:
    target = workspace / "new" / "agreement.html"
    report = agree(open_workspace(workspace), to=target)
    assert report.page == str(target)
    assert target.read_text("utf-8").startswith("<!doctype html>")
