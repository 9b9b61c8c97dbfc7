"""The pages of a validation, opened in Chromium without a network: readable, inert, and without words of articles."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goldpress.validation import judge
from validation_cases import ROOT, SCHEME, Tables, clean_tables, plant

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{7*7}}${7*7}\x07"
TASK = "https://labels.example.org/projects/7/data?task=1"
DEFECTS = {
    "set": [
        {
            "table": "spans",
            "where": {"span_id": "gipfel-1:pl"},
            "set": {"label": HOSTILE, "kb_id": HOSTILE, "entity_id": HOSTILE},
        },
        {"table": "spans", "where": {"span_id": "gipfel-2:pl"}, "set": {"end": 9999, "text": HOSTILE}},
        {"table": "articles", "where": {"article_id": "hafen"}, "set": {"text": None, "source": None, "lang": HOSTILE}},
        {"table": "annotations", "where": {"annotation_id": "hafen-1"}, "set": {"annotator_pid": HOSTILE}},
    ]
}
WORDS = ("Reederei Alster", "liefern keine Panzer", "mehr Luftabwehr", "Vertrag sei")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clean: Tables = clean_tables(tmp_path_factory.mktemp("clean"))
    pages = tmp_path_factory.mktemp("pages")
    judge(plant(clean, DEFECTS), SCHEME, ROOT / "validation", overlap=2, address=lambda *_: TASK, report=pages)
    return pages


@pytest.fixture(scope="module")
def page(chromium: "Browser") -> "Page":
    return chromium.new_context(offline=True, viewport={"width": 1200, "height": 900}).new_page()


def test_a_browser_without_a_network_shows_every_page_without_a_complaint(folder: Path, page: "Page") -> None:
    told, asked = list[str](), list[str]()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted(folder.glob("*.html")):
        page.goto(path.as_uri())
        assert page.title() != "taken", path.name
        assert page.locator("script, img, iframe, link, object").count() == 0, path.name
        shown = page.locator("body").inner_text()
        assert not [words for words in WORDS if words in shown], path.name
    assert told == []
    assert {url.partition(":")[0] for url in asked} == {"file"}


def test_the_first_page_says_what_where_who_and_leads_on(folder: Path, page: "Page") -> None:
    page.goto((folder / "index.html").as_uri())
    first = page.locator(".finding").first
    assert first.locator(".badge").inner_text() == "error"
    finding = page.locator(".finding", has=page.locator("code", has_text="T3.spans"))
    finding.locator("summary").click()
    row = finding.locator("tr").nth(1)
    assert row.inner_text().split() == ["gipfel-2:pl", "gipfel", "208", "9999", "ann-2222222222", "task"]
    assert row.locator("a").get_attribute("href") == TASK
    assert finding.locator("[lang=de]").count() == 1
    finding.locator("a", has_text="all checks of spans").click()
    assert page.url.endswith("spans.html")
    assert page.locator("text=rows break it").count() > 5
    page.locator("a", has_text="All tables").click()
    assert page.url.endswith("index.html")


def test_nothing_on_the_pages_is_wider_than_a_small_window(folder: Path, page: "Page") -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    for name in ("index", "spans", "measures"):
        page.goto((folder / f"{name}.html").as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, name
        for one in page.locator(".finding").all():
            ends = [part.evaluate("e => e.getBoundingClientRect().bottom") for part in (one.locator(".count"), one)]
            assert ends[0] <= ends[1], name
    page.emulate_media(media="print")
    page.goto((folder / "index.html").as_uri())
    assert page.locator("details:not([open]) table").first.is_visible(), "what is folded is printed"
    page.emulate_media(media="screen")
