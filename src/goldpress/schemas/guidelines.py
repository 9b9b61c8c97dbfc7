"""The guidelines for annotators, as the instruction of the Label Studio project."""

from goldpress.workspace import Workspace

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


def instruction(workspace: Workspace) -> str:
    """Return ``schemas/guidelines.md`` as HTML; nothing where there are no guidelines."""
    from markdown_it import MarkdownIt

    path = workspace.schemas / "guidelines.md"
    if not path.is_file():
        return ""
    # html=False: what stands in the file is shown, never run.
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render(path.read_text("utf-8"))
    return f'{STYLE}<div class="gp-guide">\n{page}</div>\n'
