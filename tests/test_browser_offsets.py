"""Where the editor says that a selection lies: mouse selections over difficult text, held against the text itself.

``text[start:end]`` is what counts; the editor's own ``value.text`` is lossy, and how it is lossy is measured too.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from browser import LabellingPage
from goldpress.annotations.transport.configurations import compare_configs
from goldpress.labelstudio import Client

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from goldpress.labelstudio import Server

pytestmark = pytest.mark.browser

CONFIG = """
<View>
  <Style>.lsf-richtext__container{white-space:pre-wrap;line-height:1.8}</Style>
  <Labels name="entity" toName="text" choice="single"><Label value="X" hotkey="1"/></Labels>
  <Text name="text" value="$text" granularity="%s" saveTextResult="yes"/>
</View>
"""


@dataclass(frozen=True)
class Case:
    """A line of text, the part of it that is dragged over, and what comes back.

    Attributes:
        line: One paragraph of the article; it stands in it once.
        dragged: What the mouse is dragged over.
        symbol: The surface with granularity symbol; what was dragged over, where it is empty.
        word: The surface with granularity word; likewise.
        told: ``value.text`` with granularity symbol; the surface, where it is empty.
    """

    line: str
    dragged: str
    symbol: str = ""
    word: str = ""
    told: str = ""


CASES = {
    "plain": Case("Der Kanzler Scholz sprach.", "Scholz"),
    "before an emoji": Case("Vorher Alpha \U0001f600\U0001f600 nachher.", "Alpha"),
    "after two emoji": Case("Zuerst \U0001f600\U0001f600 Beta dann.", "Beta"),
    "over an emoji": Case("Mit Gamma \U0001f600 Delta darin.", "Gamma \U0001f600 Delta"),
    "after a family of joined emoji": Case(
        "Eine \U0001f468\u200d\U0001f469\u200d\U0001f467 Familie Epsilon hier.", "Epsilon"
    ),
    "after a flag": Case("Flagge \U0001f1e9\U0001f1ea Zeta weht.", "Zeta"),
    "over a no-break space": Case("Rund 12\u00a0Millionen Euro fehlen.", "12\u00a0Millionen"),
    "after a decomposed letter": Case("Das Cafe\u0301 Eta schließt.", "Eta"),
    "after a soft hyphen": Case("Die Donau\u00addampf Theta legt an.", "Theta"),
    "after a zero-width space": Case("Leer\u200bzeichen Iota unsichtbar.", "Iota"),
    "right to left": Case("Er sagte \u05e9\u05dc\u05d5\u05dd Kappa leise.", "Kappa"),
    "markup that is text": Case("Ein <b>fettes</b> &amp; Lambda Wort.", "Lambda"),
    "over markup that is text": Case("Noch <i>ein My</i> Wort.", "ein My"),
    "after a tab": Case("Spalte\tNy daneben.", "Ny"),
    "over a tab": Case("Links Xi\tOmikron rechts.", "Xi\tOmikron"),
    "over a double space": Case("Weit  Pi  Rho auseinander.", "Pi  Rho"),
    "part of a word": Case("Nahe Herr Selenskyj sprach heute.", "err Selensk", word="Herr Selenskyj"),
    "with spaces around": Case("Auch Sigma sprach kurz.", " Sigma ", word="Sigma"),
    "a compound with hyphen": Case("Die „Tau-Regierung“ ging.", "Tau", word="Tau"),
    "part of a closed compound": Case("Die Ypsilonpolitik zählt.", "Ypsilon", word="Ypsilonpolitik"),
    "quotation marks along": Case("Er rief „Phi Chi“ laut.", "„Phi Chi“"),
    "a run of marks at the end": Case("Man rief »Nie Psi!«, dann nichts.", "Nie Psi!", word="Nie Psi!«,"),
    "a genitive": Case("Das ist Omegas Buch.", "Omegas"),
    "an abbreviation": Case("Das gilt z. B. für Dr. Alphonso am 3. Oktober.", "Dr. Alphonso"),
}
BREAKS = {
    "over a paragraph": Case("Ende Bravo\n\nAnfang Charlie", "Bravo\n\nAnfang", told="Bravo\\n\\nAnfang"),
    "after a line break": Case("Zeile\nDora folgt", "Dora"),
    "after a Windows line break": Case("Erste\r\nEcho folgt", "Echo"),
    "over a Windows line break": Case("Zwei Foxtrott\r\nGolf folgt", "Foxtrott\r\nGolf", told="Foxtrott\\n\\nGolf"),
}
ALL = {**CASES, **BREAKS}
TEXT = "\n\n".join(case.line for case in ALL.values())

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def page(server: "Server", chromium: "Browser") -> Iterator[LabellingPage]:
    page = LabellingPage(chromium, server.url)
    page.log_in(server.email, server.password)
    yield page
    page.close()


@pytest.fixture(scope="module", params=["symbol", "word"])
def found(request: pytest.FixtureRequest, server: "Server", page: LabellingPage) -> tuple[str, Found]:
    """All selections of one page load, submitted; what the server then holds, by case."""
    with Client(server.url, server.token) as client:
        title = f"offsets {request.param} {uuid.uuid4().hex[:6]}"
        project = client.create_project(title, label_config=CONFIG % request.param, overlap=1, instruction="")
        (task,) = client.import_tasks(project.id, [{"data": {"text": TEXT}}])
        page.open_stream(project.id)
        page.read(TEXT)
        for case in ALL.values():
            start = TEXT.index(case.line) + case.line.index(case.dragged)
            page.press("Escape", "1")
            page.drag(start, start + len(case.dragged))
        made = page.serialised()
        page.submit()
        (annotation,) = client.task(task)["annotations"]
        assert [row["value"] for row in annotation["result"]] == [row["value"] for row in made]
    return request.param, dict(zip(ALL, annotation["result"], strict=True))


@pytest.mark.parametrize("name", ALL)
def test_the_offsets_are_code_points_of_the_text(found: tuple[str, Found], name: str) -> None:
    granularity, rows = found
    case, value = ALL[name], rows[name]["value"]
    wanted = (case.symbol if granularity == "symbol" else case.word) or case.dragged
    assert TEXT[value["start"] : value["end"]] == wanted
    assert TEXT.index(case.line) <= value["start"] < value["end"] <= TEXT.index(case.line) + len(case.line)
    if granularity == "symbol":
        assert value["text"] == (case.told or wanted)


def test_hypertext_counts_what_it_shows_and_not_the_text_so_that_goldpress_takes_no_other_page(
    server: "Server", page: LabellingPage
) -> None:
    text = "Erste Zeile\r\nZweite: Alpha spricht.\r\nDritte mit <b>Beta</b> &amp; Gamma."
    shown = "Erste Zeile\nZweite: Alpha spricht.\nDritte mit Beta & Gamma."
    plain = CONFIG % "symbol"
    hyper = plain.replace("<Text ", '<HyperText inline="true" ')
    with Client(server.url, server.token) as client:
        title = f"hypertext {uuid.uuid4().hex[:6]}"
        project = client.create_project(title, label_config=hyper, overlap=1, instruction="")
        client.import_tasks(project.id, [{"data": {"text": text}}])
        page.open_stream(project.id)
        page.read(shown)
        for words in ("Alpha", "Beta", "Gamma"):
            page.mark("1", words)
        places = [row["value"]["globalOffsets"] for row in page.serialised()]
    assert [shown[place["start"] : place["end"]] for place in places] == ["Alpha", "Beta", "Gamma"]
    assert not {text[place["start"] : place["end"]] for place in places} & {"Alpha", "Beta", "Gamma"}
    assert any(change.breaking for change in compare_configs(plain, hyper))
