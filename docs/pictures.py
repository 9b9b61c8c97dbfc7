"""Take the pictures of docs/annotators.md anew, in Chromium, on the page that the scheme makes.

    python docs/pictures.py

A Label Studio of its own is started, with one article of ``seeds/``; the labels in the first picture are those that
are committed in ``annotations/``.
"""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
ARTICLE = "2025-10-16-seeblick-bruessel"
CLAIM = "Wenn es keinen Willen zum Frieden zeige, werde man den Krieg für Russland teuer machen"
NOTE = "Eine Aussage braucht jemanden, der sie macht. (C3)"
TOP = 48
"""Height of Label Studio's own bar, which most pictures leave out."""

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from goldpress.labelstudio import Client, Server


def main() -> None:
    """Take every picture."""
    sys.path.insert(0, str(ROOT / "tests"))
    from browser import start_chromium
    from goldpress.labelstudio import Client, start_server

    with tempfile.TemporaryDirectory() as name, start_chromium() as chromium:
        folder = Path(name)
        os.environ["GOLDPRESS_STATE"] = str(folder / "state")
        with start_server(folder / "studio") as server, Client(server.url, server.token) as client:
            take_empty(chromium, server, pushed(folder / "goldpress", server, 4))
            take_labelled(chromium, server, client, pushed(folder / "labelled", server, 1))


def pushed(root: Path, server: "Server", articles: int) -> int:
    """Push the article, and others behind it, to a project that is called as the folder is; return its id."""
    from goldpress import init, open_workspace, push
    from goldpress.labelstudio import save_token

    init(root)
    (root / "goldpress.toml").write_text(f'[label_studio]\nproject = "{root.name}"\n', "utf-8")
    for name in ("scheme.toml", "guidelines.md"):
        (root / "schemas" / name).write_bytes((ROOT / "schemas" / name).read_bytes())
    shutil.copytree(ROOT / "seeds", root / "seeds", dirs_exist_ok=True)
    workspace = open_workspace(root)
    save_token(workspace, server.url, server.email, server.token)
    report = push(workspace, only=[ARTICLE])
    if articles > 1:
        push(workspace, limit=articles - 1)
    return report.project_id


def take_empty(chromium: "Browser", server: "Server", project: int) -> None:
    """Take the pictures of somebody who begins: the list, the guidelines, marks, answers, relations, the end."""
    with window(chromium, server) as page:
        page.page.goto(f"{server.url}/projects/{project}/data")
        page.page.get_by_text("Label All Tasks").wait_for()
        save(page, "start", 0, 0, 1440, 420)
        page.page.goto(f"{server.url}/projects/{project}/data?labeling=1")
        page.page.locator(".lsf-modal-ls__title").wait_for()
        save(page, "guidelines", 381, 40, 678, 796)
        page.wait_for_article()
        page.read(page.page.evaluate("Htx.task.dataObj.text"))
        speaker, cue = page.mark("1", "Pete Hegseth"), page.mark("9", "drohte")
        page.mark("3", "Moskau")
        claim, target = page.mark("8", CLAIM), page.mark("3", "Russland")
        page.press("Escape")
        save(page, "mark", 0, TOP, 1120, 420)
        page.select(claim)
        page.press("e", "i", "m", "o")
        save(page, "attributes", 0, TOP, 1120, 805)
        page.relate(claim, speaker)
        page.relate(claim, cue, "cue")
        page.relate(claim, target)
        page.open_last_relation()
        save(page, "relations", 340, TOP, 1100, 805)
        page.press("Escape", "Escape", "Shift+1", "Alt+1")
        save(page, "submit", 0, 300, 1130, 600)


def take_labelled(chromium: "Browser", server: "Server", client: "Client", project: int) -> None:
    """Take the pictures of an article that is full of labels, and of one with a note."""
    (task,) = client.task_index(project)
    client.import_predictions(project, [{"task": task.id, "model_version": "shown", "result": committed_labels()}])
    client.update_project(project, model_version="shown", show_collab_predictions=True)
    with window(chromium, server) as page:
        page.open_stream(project)
        page.read(page.page.evaluate("Htx.task.dataObj.text"))
        start = page.find(CLAIM)
        page.select((start, start + len(CLAIM)))
        save(page, "labelling-page", 0, 0, 1440, 900)
    client.change_data(task.id, {**client.task(task.id)["data"], "review_note": NOTE})
    with window(chromium, server) as page:
        page.open_stream(project)
        save(page, "note", 0, TOP, 1120, 330)


def committed_labels() -> list[dict[str, Any]]:
    """Return what an annotator of the committed pulls said about the article, with the claim among it."""
    from goldpress import open_workspace
    from goldpress.annotations.transport.entries import newest_tasks, read_tasks

    for _, task in read_tasks(newest_tasks(open_workspace(ROOT))):
        for annotation in task["annotations"] if task["data"]["article_id"] == ARTICLE else ():
            if any(row.get("value", {}).get("text") == CLAIM for row in annotation["result"]):
                return list(annotation["result"])
    raise LookupError(ARTICLE)


@contextmanager
def window(chromium: "Browser", server: "Server") -> Iterator[Any]:
    """Open a window and log in."""
    from browser import LabellingPage

    page = LabellingPage(chromium, server.url)
    page.log_in(server.email, server.password)
    yield page
    page.close()


def save(page: Any, name: str, x: int, y: int, width: int, height: int) -> None:
    """Save one part of the window, once everything has come to rest."""
    from PIL import Image

    page.page.wait_for_timeout(800)
    taken = page.page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})
    # A page has few colours: 256 of them look the same in a third of the bytes.
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    main()
