"""The guidelines for annotators, as the instruction of the Label Studio project."""

from goldpress.workspace import Workspace


def instruction(workspace: Workspace) -> str:
    """Return ``schemas/guidelines.md`` as HTML; nothing where there are no guidelines."""
    from markdown_it import MarkdownIt

    path = workspace.schemas / "guidelines.md"
    # html=False: what stands in the file is shown, never run.
    return (
        MarkdownIt("commonmark", {"html": False}).enable("table").render(path.read_text("utf-8"))
        if path.is_file()
        else ""
    )
