"""The guidelines for annotators: prose by people, tables from the scheme, and the instruction made of both.

A pair of comments marks a table: ``<!-- scheme: values claim_type -->`` … ``<!-- /scheme -->``. What stands between
them is written by ``goldpress generate``, so that no hotkey in the guidelines differs from the one on the page.
"""

import re
from collections.abc import Iterator, Sequence

from goldpress.errors import UsageError
from goldpress.schemas.scheme import Label, Scheme, Topic, Value
from goldpress.workspace import Workspace

SECTION = re.compile(r"^<!-- scheme: (?P<name>[^\n]*?) -->\n(?P<body>.*?)^<!-- /scheme -->$", re.DOTALL | re.MULTILINE)
MARKER = re.compile(r"^<!-- /?scheme\b[^\n]*-->\n?", re.MULTILINE)

HEADS = {
    "de": {
        "label": ("Taste", "Label", "kurz", "Beispiel"),
        "value": ("Taste", "Wert", "auf der Seite", "Beispiel"),
        "relation": ("Beziehung", "von", "nach", "kurz", "Beispiel"),
        "topic": ("Thema", "Bedeutung"),
        "any": "jede Stelle",
    },
    "en": {
        "label": ("key", "label", "in short", "example"),
        "value": ("key", "value", "on the page", "example"),
        "relation": ("relation", "from", "to", "in short", "example"),
        "topic": ("topic", "meaning"),
        "any": "any span",
    },
}
GONE = "The scheme has no {name}: take this section out of the guidelines."

Row = Sequence[str]

STYLE = """<style>
.gp-guide{max-width:62rem;font-size:15px;line-height:1.55}
.gp-guide h1{font-size:24px;line-height:1.3;margin:0 0 12px}
.gp-guide h2{font-size:19px;line-height:1.3;margin:26px 0 8px}
.gp-guide h3{font-size:16px;line-height:1.3;margin:18px 0 6px}
.gp-guide p,.gp-guide ul,.gp-guide ol,.gp-guide table{margin:0 0 10px}
.gp-guide ul{list-style:disc;padding-left:22px}
.gp-guide ol{list-style:decimal;padding-left:22px}
.gp-guide table{border-collapse:collapse}
.gp-guide th,.gp-guide td{border:1px solid #8886;padding:3px 9px;text-align:left;vertical-align:top}
.gp-guide code{background:#c9a80022;padding:0 3px;border-radius:3px}
</style>
"""
"""The editor's dialogue has no style for running text: headings would lie over their paragraphs."""


def read_guidelines(workspace: Workspace) -> str | None:
    """Return ``schemas/guidelines.md``, or None where there are no guidelines.

    Raises:
        UsageError: They are not UTF-8 (GP-GUIDE-002).
    """
    path = workspace.schemas / "guidelines.md"
    if not path.is_file():
        return None
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            "GP-GUIDE-002", f"the guidelines are not UTF-8 (byte {error.start})", where=path, hint="save them as UTF-8"
        ) from error


def instruction(workspace: Workspace) -> str:
    """Return ``schemas/guidelines.md`` as HTML; nothing where there are no guidelines."""
    from markdown_it import MarkdownIt

    text = read_guidelines(workspace)
    if text is None:
        return ""
    # html=False: what stands in the file is shown, never run.
    page = MarkdownIt("commonmark", {"html": False}).enable("table")
    shown = page.render(MARKER.sub("", text))
    return f'{STYLE}<div class="gp-guide">\n{shown}</div>\n'


def fill_tables(text: str, scheme: Scheme) -> str:
    """Return guidelines with every table of the scheme in it written anew.

    Raises:
        UsageError: A table's end is missing, or its beginning (GP-GUIDE-001).
    """
    if len(MARKER.findall(text)) != 2 * len(SECTION.findall(text)):
        raise UsageError(
            "GP-GUIDE-001",
            "a table of the guidelines has no end, or no beginning",
            where="schemas/guidelines.md",
            hint="'<!-- scheme: values claim_type -->' and '<!-- /scheme -->' stand on lines of their own, in pairs",
        )
    return SECTION.sub(lambda found: _section(found["name"], scheme), text)


def _section(name: str, scheme: Scheme) -> str:
    table = _table(name, scheme) or GONE.format(name=name) + "\n"
    return f"<!-- scheme: {name} -->\n\n{table}\n<!-- /scheme -->"


def _table(name: str, scheme: Scheme) -> str:
    kind, _, subject = name.partition(" ")
    heads = HEADS.get(scheme.language.partition("-")[0], HEADS["en"])
    rows = list(ROWS[kind](scheme, subject)) if kind in ROWS else []
    if not rows:
        return ""
    head = heads[{"labels": "label", "values": "value", "relations": "relation", "topics": "topic"}[kind]]
    lines = [head, ["---"] * len(head), *([heads["any"] if cell == "*" else cell for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _labels(scheme: Scheme, subject: str) -> Iterator[Row]:
    for layer in scheme.span_layers:
        if layer.name == subject:
            yield from (_entry(label) for label in layer.labels)


def _values(scheme: Scheme, subject: str) -> Iterator[Row]:
    attributes = [entry for layer in scheme.span_layers for entry in layer.attributes]
    for entry in [*attributes, *scheme.document_labels]:
        if entry.name == subject:
            yield from (_entry(value) for value in entry.values)


def _entry(entry: Label | Value) -> Row:
    key = f"`{entry.hotkey}`" if entry.hotkey else ""
    return (key, f"**{entry.name}**", _cell(entry.short or entry.definition), _example(entry.example))


def _relations(scheme: Scheme, _: str) -> Iterator[Row]:
    for layer in scheme.relation_layers:
        ends = (", ".join(layer.starts), ", ".join(layer.ends))
        for label in layer.labels:
            yield (f"**{label.name}**", *ends, _cell(label.short or label.definition), _example(label.example))


def _topics(scheme: Scheme, _: str) -> Iterator[Row]:
    def walk(topic: Topic) -> Iterator[Row]:
        if not topic.topics:
            yield (f"`{topic.name}`", _cell(topic.definition))
        for inner in topic.topics:
            yield from walk(inner)

    for topic in scheme.topics:
        yield from walk(topic)


ROWS = {"labels": _labels, "values": _values, "relations": _relations, "topics": _topics}


def _example(text: str) -> str:
    """Set in bold what an example puts in square brackets: the words to mark."""
    return re.sub(r"\[([^\]]+)\]", r"**\1**", _cell(text))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
