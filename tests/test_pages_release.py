"""The page about a release: everything on it, nothing that is withheld, nothing from elsewhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dataset_fixtures
import goldpress
from goldpress.dataset import Release
from goldpress.errors import DataError, SurroundingsError, UsageError
from goldpress.pages.passages import Mark, cut_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class Words(HTMLParser):
    """The text of a page, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.loads, self.tags, self._silent = "", [], [], False  # type: ignore[var-annotated]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._silent = tag == "style"
        self.loads += [value for name, value in attrs if name in {"src", "href", "action"} and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent = self._silent and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return dataset_fixtures.release(tmp_path / "dataset")


def page_of(release: Release, to: Path) -> str:
    return goldpress.report(str(release.path), to=to).read_text("utf-8")


def test_the_page_shows_tables_articles_claims_claimers_and_stances(release: Release, tmp_path: Path) -> None:
    words = Words(page_of(release, tmp_path / "page.html")).text
    for name in release.names():
        assert name in words
    about = json.loads((release.path / "croissant.json").read_text("utf-8"))["description"]
    assert about
    assert about in words, "what the data set says of itself"
    assert "Kanzlerin" in words
    claim = re.search(r"Wir liefern keine Panzer\s*Vogt\s*against → Panzer\s*commitment · direct · deny", words)
    assert claim, "the row of the claim"


def test_the_page_loads_nothing_and_runs_nothing(release: Release, tmp_path: Path) -> None:
    html = page_of(release, tmp_path / "page.html")
    page = Words(html)
    assert not {"script", "iframe", "img", "link", "object", "form"} & set(page.tags)
    assert all(target.startswith("#") for target in page.loads)
    assert "default-src 'none'" in html
    assert "url(" not in html
    assert "@import" not in html


def test_every_link_on_the_page_leads_to_a_place_on_it(release: Release, tmp_path: Path) -> None:
    html = page_of(release, tmp_path / "page.html")
    places = set(re.findall(r' id="([^"]+)"', html))
    targets = {target.removeprefix("#") for target in Words(html).loads}
    assert targets
    assert targets <= places


def test_markup_in_an_article_is_text_on_the_page(tmp_path: Path) -> None:
    tables = dataset_fixtures.corpus()
    articles = tables["articles"]
    hostile = '<script>alert("x")</script> & {{ 7 * 7 }}'
    at = articles.schema.get_field_index("title")
    tables["articles"] = articles.set_column(at, articles.schema.field(at), pa.array([hostile] * len(articles)))
    html = page_of(dataset_fixtures.release(tmp_path / "dataset", tables), tmp_path / "page.html")
    assert "<script" not in html
    assert hostile in Words(html).text


def test_no_piece_of_a_withheld_text_is_on_the_page(tmp_path: Path) -> None:
    tables = dataset_fixtures.corpus()
    articles = tables["articles"]
    at = articles.schema.get_field_index("text")
    texts = pa.array(
        [row["text"] if row["article_id"] == "hafen" else None for row in articles.to_pylist()], pa.string()
    )
    # The other tables still quote the text: the page must not trust them to be silent.
    tables["articles"] = articles.set_column(at, articles.schema.field(at), texts)
    words = Words(page_of(dataset_fixtures.release(tmp_path / "dataset", tables), tmp_path / "page.html")).text
    assert "is not published" in words
    assert "Reederei Alster" in words, "the other article is there"
    for secret in ("Wir liefern", "Panzer.", "Luftabwehr", "Mirow", "Vogt sagte"):
        assert secret not in words


def test_the_page_lies_with_the_reports_of_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goldpress.init(tmp_path / "w")
    dataset_fixtures.release(tmp_path / "w" / "dataset")
    place = goldpress.report(workspace=tmp_path / "w")
    assert place == tmp_path / "w" / "validation" / "reports" / "release-0.1.0.html"
    assert "validation/reports/" in (tmp_path / "w" / ".gitignore").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    apart = goldpress.report(str(tmp_path / "w" / "dataset" / "0.1.0"))
    assert apart.resolve() == tmp_path / "probe-0.1.0.html", "without a workspace around: here"


def test_a_release_is_only_read(release: Release, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in release.path.rglob("*")}
    page_of(release, tmp_path / "page.html")
    assert {path: path.stat().st_mtime_ns for path in release.path.rglob("*")} == before


def test_what_cannot_be_shown_is_an_error(release: Release, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="GP-DATASET-023"):
        goldpress.report(str(tmp_path / "w"), workspace=_empty(tmp_path))
    with pytest.raises(UsageError, match="GP-DATASET-022"):
        goldpress.report("9.9.9", workspace=_with_release(tmp_path))
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SurroundingsError, match="GP-PAGES-001"):
        goldpress.report(str(release.path), to=tmp_path / "file" / "page.html")


def test_a_scheme_that_this_version_cannot_read_makes_a_page_without_colours(release: Release, tmp_path: Path) -> None:
    scheme = release.path / "provenance" / "scheme.toml"
    scheme.chmod(0o644)
    scheme.write_text("from_the_future = true\n", "utf-8")
    words = Words(page_of(release, tmp_path / "page.html")).text
    assert "Kanzlerin" in words


@pytest.mark.browser
def test_a_browser_shows_the_page_without_a_complaint(release: Release, tmp_path: Path, chromium: "Browser") -> None:
    place = tmp_path / "page.html"
    page_of(release, place)
    page = chromium.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: told.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(place.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it fits a telephone"
    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    assert _light(colours[0]) < _light(colours[1])
    page.goto(f"{place.as_uri()}#a2c1")
    assert page.locator("#a2c1").is_visible(), "a link opens the article that it leads into"
    shown = page.locator("article .text").nth(1).evaluate("element => element.textContent")
    # Numbers of claims are links beside the text; without them it is the article, letter by letter.
    numbers = page.locator("article .text").nth(1).locator("a").all_text_contents()
    assert numbers == ["1"]
    assert shown.replace("„1Wir", "„Wir").strip() == dataset_fixtures.TEXTS["markt"]
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
    assert not page.locator("article .text").nth(1).is_visible()
    page.emulate_media(media="print")
    assert page.locator("article .text").nth(1).is_visible(), "what is folded is printed"
    assert told == []
    page.close()


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-2, 32), st.integers(-2, 32), st.booleans()), max_size=8))
def test_pieces_give_the_text_again_and_know_every_mark(text: str, spans: list[tuple[int, int, bool]]) -> None:
    marks = [Mark(start, end, 0, f"m{n}", boxed=boxed, number=n + 1) for n, (start, end, boxed) in enumerate(spans)]
    pieces = cut_text(text, marks)
    assert "".join(piece.text for piece in pieces) == text
    valid = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    position = 0
    for piece in pieces:
        here = {mark.label for mark in valid if mark.start <= position and mark.end >= position + len(piece.text)}
        assert set(filter(None, piece.about.split(", "))) == here
        position += len(piece.text)
    assert sorted(number for piece in pieces for number in piece.opens) == sorted(mark.number for mark in valid)


def _empty(tmp_path: Path) -> Path:
    goldpress.init(tmp_path / "w")
    return tmp_path / "w"


def _with_release(tmp_path: Path) -> Path:
    goldpress.init(tmp_path / "v")
    dataset_fixtures.release(tmp_path / "v" / "dataset")
    return tmp_path / "v"


def _light(colour: str) -> int:
    return sum(int(number) for number in re.findall(r"\d+", colour)[:3])
