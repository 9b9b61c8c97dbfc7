"""A scheme that is written to break the page, and a text from right to left: shown, marked, and nothing run."""

import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from browser import LabellingPage
from goldpress.labelstudio import Client
from goldpress.schemas import Scheme
from goldpress.schemas.label_config import label_config

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server

pytestmark = pytest.mark.browser

HOSTILE = """<img src=x onerror="window.run=1">'"&amp;]]></Style></View><script>window.run=1</script>"""
LONG = "an explanation that does not end " * 12
KEYS = [*"123456789", *"bcdefgijklmnoqtwxyz", "0", "shift+1"]
TEXT = "قال الرئيس فوغت في برلين: «لن نرسل دبابات». \U0001f600 ورد ميروف.\n\nראש הממשלה אמר: „לא נסכים“."


def hostile_scheme() -> Scheme:
    labels = [
        {"name": f"LABEL_{at}", "hotkey": key, "short": (HOSTILE, LONG, "x")[at % 3], "definition": HOSTILE}
        for at, key in enumerate(KEYS)
    ]
    values = [
        {"name": "one", "short": HOSTILE, "definition": LONG, "hotkey": "shift+2"},
        {"name": "two", "short": LONG},
    ]
    layer = {
        "name": "mark",
        "short": HOSTILE,
        "boundary": "proposition",
        "labels": labels,
        "attributes": [
            {"name": "kind", "short": HOSTILE, "required": True, "values": values},
            {"name": "remark", "kind": "text", "short": LONG, "placeholder": HOSTILE},
        ],
    }
    scheme: dict[str, Any] = {"name": "hostile", "version": "1.0.0", "language": "en", "span_layers": [layer]}
    scheme["relation_layers"] = [{"name": "link", "labels": [{"name": "link", "short": HOSTILE}]}]
    return msgspec.convert(scheme, Scheme)


def test_thirty_hostile_labels_and_a_text_from_right_to_left(server: "Server", chromium: "Browser") -> None:
    with Client(server.url, server.token) as client:
        title = f"hostile {uuid.uuid4().hex[:8]}"
        project = client.create_project(title, label_config=label_config(hostile_scheme()), overlap=1, instruction="")
        (task,) = client.import_tasks(project.id, [{"data": {"text": TEXT, "title": HOSTILE}}])
        page = LabellingPage(chromium, server.url)
        page.log_in(server.email, server.password)
        page.open_stream(project.id)
        page.read(TEXT)
        name = page.mark("1", "فوغت")
        page.mark("0", "לא נסכים")
        for span in (name, (page.find("לא"), page.find("לא") + len("לא נסכים"))):
            page.select(span)
            page.press("Shift+2")
        page.press("Escape")
        page.submit()
        assert page.page.evaluate("window.run") is None
        assert page.errors == []
        assert page.refused == []
        page.close()
        (annotation,) = client.task(task)["annotations"]
    marks = [row["value"] for row in annotation["result"] if row["type"] == "labels"]
    assert [(TEXT[mark["start"] : mark["end"]], mark["labels"]) for mark in marks] == [
        ("فوغت", ["LABEL_0"]),
        ("לא נסכים", ["LABEL_28"]),
    ]
    assert [row["value"]["choices"] for row in annotation["result"] if row["type"] == "choices"] == [["one"], ["one"]]
