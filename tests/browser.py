"""Chromium on the real labelling page: log in, open the label stream, mark text with the mouse, press keys."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parts import find_chromium, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Error, Locator, Page, Route, ViewportSize

VIEWPORT: "ViewportSize" = {"width": 1440, "height": 900}
PATIENCE_MS = 30_000
DOUBLE_CLICK_SECONDS = 0.5
DOUBLE_CLICK_PIXELS = 10

LOCATE = """(root) => {
  // Every code point of the text to the place in the page that shows it; a line break is an element of its own, and
  // \\r\\n is two.
  const places = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      let at = 0;
      for (const point of node.data) {
        places.push([node, at, at + point.length]);
        at += point.length;
      }
    } else if (node.nodeName === "BR") {
      places.push(null);
    } else node.childNodes.forEach(walk);
  };
  walk(root);
  window.goldpressPlaces = places;
  return places.length;
}"""

EDGES = """([start, end]) => {
  const edge = (index, side) => {
    const [node, from, to] = window.goldpressPlaces[index];
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const boxes = range.getClientRects(), box = side === "right" ? boxes[boxes.length - 1] : boxes[0];
    return { x: box[side], y: box.top + box.height / 2 };
  };
  const [first] = window.goldpressPlaces[start];
  first.parentElement.scrollIntoView({ block: "center" });
  return [edge(start, "left"), edge(end - 1, "right")];
}"""


COUNT = "Htx.annotationStore.selected.regionStore.regions.length"
"""Regions of the open annotation; the list beside the text shows only those that fit."""


NO_MORE = "No More Tasks Left in Queue"
LEFT = f"old => Htx.task.id !== old || document.body.innerText.includes('{NO_MORE}')"

RELATIONS = "Htx.annotationStore.selected.relationStore.relations.length"

SELECTED = """() => {
  const chosen = Htx.annotationStore.selected.regions.filter((region) => region.inSelection);
  return chosen.map((region) => region.serialize().value).map(({ start, end }) => [start, end]);
}"""


@contextmanager
def start_chromium() -> "Iterator[Browser]":
    """Start one headless Chromium; at a desk without one the test is skipped, under CI it fails."""
    from playwright.sync_api import Error as NotStarted
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        except NotStarted as error:
            need(None, f"Chromium ({error.message.splitlines()[0]})")
            raise
        with browser:
            yield browser


class LabellingPage:
    """One person's browser window.

    Attributes:
        page: The page, for what has no method here.
        refused: Addresses beyond loopback that the page asked for; none of them was let through.
        errors: What the page's scripts threw.
        dragged: Where ``mark`` went, in code points of the text that was read last.
    """

    def __init__(self, browser: "Browser", url: str) -> None:
        self.url = url
        self.refused: list[str] = []
        self.errors: list[str] = []
        context = browser.new_context(viewport=VIEWPORT, locale="de-DE")
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", self._guard)
        self.page: Page = context.new_page()
        self.page.on("pageerror", self._note)
        self.text = ""
        self.dragged: set[tuple[int, int]] = set()
        self._last_end = {"x": -1.0e3, "y": -1.0e3}

    def close(self) -> None:
        """Close the window with its cookies."""
        self.page.context.close()

    def log_in(self, email: str, password: str) -> None:
        """Log in through the form."""
        self.page.goto(f"{self.url}/user/login/")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda address: "/login" not in address)

    def open_stream(self, project_id: int) -> None:
        """Open the label stream, and wait for an article with its text."""
        self.page.goto(f"{self.url}/projects/{project_id}/data?labeling=1")
        self.wait_for_article()

    def wait_for_article(self) -> None:
        """Wait until the text of the article is there; close the guidelines if they lie over it."""
        self.page.wait_for_selector(".lsf-richtext__container")
        dialogue = self.page.locator(".lsf-modal-ls__title")
        if dialogue.is_visible():
            self.page.get_by_label("Close modal").click()
            dialogue.wait_for(state="hidden")

    def read(self, text: str) -> None:
        """Take the article's text as pushed: offsets in it are what ``drag`` takes.

        Raises:
            AssertionError: The page shows another number of characters.
        """
        self.text = text
        self.dragged.clear()
        self._locate()

    def drag(self, start: int, end: int) -> None:
        """Drag the mouse from before the code point ``start`` to after the one before ``end``."""
        self._locate()
        first, last = self.page.evaluate(EDGES, [start, end])
        self.page.mouse.move(first["x"] + 0.5, first["y"])
        self.page.mouse.down()
        self.page.mouse.move((first["x"] + last["x"]) / 2, (first["y"] + last["y"]) / 2)
        self.page.mouse.move(last["x"] - 0.5, last["y"])
        # Two that end at one place within 450 ms are a double click to the editor, which gives the second the label
        # of the first; no hand is that quick.
        near = all(abs(last[axis] - self._last_end[axis]) < DOUBLE_CLICK_PIXELS for axis in ("x", "y"))
        if near:
            time.sleep(DOUBLE_CLICK_SECONDS)
        self.page.mouse.up()
        self._last_end = last

    def mark(self, key: str, words: str, occurrence: int = 0) -> tuple[int, int]:
        """Press a label's hotkey, or click on the label with this name; drag over words, and return their offsets.

        Escape comes first: the hotkey would give another label to a region that is selected.
        """
        start = self.find(words, occurrence)
        before = self.page.evaluate(COUNT)
        self.press("Escape")
        if len(key) == 1:
            self.press(key)
        else:
            self.page.locator(".lsf-label", has_text=key).click()
        self.drag(start, start + len(words))
        self.dragged.add((start, start + len(words)))
        self.page.wait_for_function(f"before => {COUNT} > before", arg=before)
        return start, start + len(words)

    def select(self, span: tuple[int, int]) -> None:
        """Click on the first character of a region; Escape first, so that no label or region is chosen.

        Raises:
            AssertionError: Another region was selected, or none.
        """
        self.press("Escape")
        self.click(span[0])
        self.page.wait_for_function("Htx.annotationStore.selected.selectionSize === 1")
        assert self.page.evaluate(SELECTED) == [list(span)]

    def click(self, index: int) -> None:
        """Click on the code point at ``index``."""
        self._locate()
        first, last = self.page.evaluate(EDGES, [index, index + 1])
        self.page.mouse.click((first["x"] + last["x"]) / 2, first["y"])

    def relate(self, source: tuple[int, int], target: tuple[int, int], label: str | None = None) -> None:
        """Draw a relation with Alt+R and a click on the target; choose its label from the list beside the text."""
        self.select(source)
        before = self.page.evaluate(RELATIONS)
        self.press("Alt+r")
        self.click(target[0])
        self.page.wait_for_function(f"before => {RELATIONS} > before", arg=before)
        if label is not None:
            self.open_last_relation()
            self.page.get_by_role("option", name=label, exact=True).click()
            self.page.locator("#Regions-draggable").click()

    def open_last_relation(self) -> None:
        """Open the names that the newest relation may have, in the list beside the text."""
        self.page.locator("#Relations-draggable").click()
        row = self.page.locator(".lsf-relations__item").last
        row.hover()
        row.get_by_label("Show Relation Labels").click()
        row.locator("[data-testid^=select-trigger]").click()

    def submit(self) -> None:
        """Submit with Ctrl+Enter, and wait for the next article or for the end of the stream."""
        self._leave(lambda: self.press("Control+Enter"))

    def skip(self) -> None:
        """Skip the article, and wait as after ``submit``."""
        self._leave(lambda: self.page.get_by_label("skip-task").click())

    def try_to_submit(self) -> str:
        """Submit what is not complete, and return what the page says about it."""
        self.press("Control+Enter")
        message = self.page.locator(".ant-modal-body, .ant-notification-notice").first
        message.wait_for()
        said = message.inner_text()
        self.page.locator(".ant-modal-body button, .ant-notification-notice-close").first.click()
        message.wait_for(state="hidden")
        return said

    def choose_topic(self, *path: str) -> None:
        """Choose a leaf of the codebook, opening the nodes above it."""
        self.page.locator(".htx-taxonomy").click()
        for node in path[:-1]:
            row = self.page.locator(".ant-select-tree-treenode", has_text=node).first
            row.locator(".ant-select-tree-switcher").click()
        self.page.locator(".ant-select-tree-treenode", has_text=path[-1]).locator(".ant-select-tree-checkbox").click()
        self.page.keyboard.press("Escape")

    def type_into(self, name: str, text: str) -> None:
        """Type a text and confirm it with Enter."""
        self.page.locator(f"input[name={name}]").fill(text)
        self.page.locator(f"input[name={name}]").press("Enter")

    def serialised(self) -> list[dict[str, Any]]:
        """Return the result of the open annotation, as it would be sent."""
        found: list[dict[str, Any]] = self.page.evaluate("Htx.annotationStore.selected.serializeAnnotation()")
        return found

    def wait_for_draft(self) -> None:
        """Wait until the server has stored the draft."""
        self.page.wait_for_function("Htx.annotationStore.selected.draftId > 0")

    def _leave(self, go: "Callable[[], None]") -> None:
        task = self.page.evaluate("Htx.task.id")
        go()
        self.page.wait_for_function(LEFT, arg=task)
        if not self.page.get_by_text(NO_MORE).is_visible():
            self.wait_for_article()

    def find(self, words: str, occurrence: int = 0) -> int:
        """Return where words stand in the text, in code points."""
        start = -1
        for _ in range(occurrence + 1):
            start = self.text.index(words, start + 1)
        return start

    def press(self, *keys: str) -> None:
        """Press keys as Playwright names them, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def regions(self) -> "Locator":
        """Return the rows of the list of regions."""
        return self.page.locator(".lsf-outliner-item")

    def _locate(self) -> None:
        root = self.page.query_selector(".lsf-richtext__container")
        count = self.page.evaluate(LOCATE, root)
        assert count == len(self.text), f"the page shows {count} of {len(self.text)} characters"

    def _note(self, error: "Error") -> None:
        self.errors.append(str(error))

    def _guard(self, route: "Route") -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"data", "blob"} or address.hostname in {"127.0.0.1", "localhost"}:
            route.continue_()
            return
        self.refused.append(route.request.url)
        route.abort()
