"""The page about what changed: the same facts as the values, nothing that runs, nothing from elsewhere."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import goldpress
from command_line import goldpress as run
from dataset_fixtures import changed, corpus, release
from goldpress.dataset import Release
from goldpress.dataset.changes.differences import Difference, TableDifference
from goldpress.errors import SurroundingsError
from goldpress.pages.differences import MOST_ROWS, difference_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EVIL = "<img src=x onerror=alert(1)>\"'&</details><script>alert(2)</script>"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release]:
    root = tmp_path_factory.mktemp("dataset")
    before = release(root, version="1.0.0")
    return before, release(root, corpus(claim_type="prediction"), version="2.0.0")


def page(pair: tuple[Release, Release], folder: Path) -> str:
    goldpress.diff(pair[0].path, pair[1].path, html=folder / "deep" / "page.html")
    return (folder / "deep" / "page.html").read_text("utf-8")


def test_the_page_has_the_matrix_the_articles_and_the_rows(pair: tuple[Release, Release], tmp_path: Path) -> None:
    html = page(pair, tmp_path)
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "gold_claims.claim_type prediction commitment 1" in words
    assert "rows changed" in words
    (row,) = pair[0].claims.to_arrow().to_pylist()
    assert f"changed {row['claim_id']} markt claim_type commitment prediction" in words
    assert "same texts, other labels" in words
    assert "Wir liefern" not in html


def test_the_page_runs_nothing_and_loads_nothing(pair: tuple[Release, Release], tmp_path: Path) -> None:
    html = page(pair, tmp_path)
    assert "default-src 'none'" in html
    assert not re.search(r"<(script|iframe|img|link|object|form)|url\(|@import", html)
    places = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="([^"]+)"', html)) == {f"#{place}" for place in places}


def test_equal_releases_give_a_page_that_says_so(pair: tuple[Release, Release], tmp_path: Path) -> None:
    html = page((pair[0], pair[0]), tmp_path)
    assert "All tables are equal." in html
    assert "No label became another." in html


def test_hostile_labels_are_text_on_the_page(pair: tuple[Release, Release]) -> None:
    columns = ("op", "key", "article_id", "column", "old", "new")
    cells = pa.table({name: pa.array([EVIL] * (MOST_ROWS + 1), pa.string()) for name in columns})
    moved = {"claim_type": {EVIL: {EVIL: 3}}}
    table = TableDifference("gold_claims", changed=1, transitions=moved, articles=(EVIL,), cells=cells)
    found = Difference(EVIL, EVIL, (table,), {EVIL: (EVIL, "")}, {EVIL: (None, 0.5)})
    html = difference_page(found, pair[0].manifest, pair[1].manifest)
    assert "<img" not in html
    assert "<script" not in html
    assert f"{MOST_ROWS + 1} changes, the first {MOST_ROWS}" in html


def test_the_command_says_where_the_page_lies(pair: tuple[Release, Release], tmp_path: Path) -> None:
    done = run("diff", pair[0].path, pair[1].path, "--html", tmp_path / "page.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "page.html") in done.stdout
    with pytest.raises(SurroundingsError, match="cannot be written"):
        goldpress.diff(pair[0].path, pair[1].path, html=tmp_path / "page.html" / "inside.html")


def test_a_new_table_and_a_new_column_are_told(tmp_path: Path) -> None:
    before = release(tmp_path / "a", version="1.0.0")
    after = release(tmp_path / "b", changed(corpus(), "articles", "source", ["A", "B"]), version="1.0.0")
    tables = TableDifference("fresh", op="added", added=4), TableDifference("old", columns_added=("topic",))
    html = difference_page(Difference("1.0.0", "1.1.0", tables), before.manifest, after.manifest)
    assert "new table" in html
    assert "+topic" in html


@pytest.mark.browser
def test_a_browser_shows_the_page_without_a_complaint(
    pair: tuple[Release, Release], tmp_path: Path, chromium: "Browser"
) -> None:
    page(pair, tmp_path)
    complaints: list[str] = []
    tab = chromium.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("request", lambda request: complaints.append(request.url) if "file:" not in request.url else None)
    tab.goto((tmp_path / "deep" / "page.html").as_uri())
    for summary in tab.locator("summary").all():
        summary.click()
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it fits a telephone"
    assert tab.get_by_text("commitment").first.is_visible()
    tab.close()
    assert complaints == []
