"""The projects beside the main one: where disagreements are decided, and where articles are read a second time."""

from typing import TYPE_CHECKING

from goldpress.annotations.ballots import REPEAT
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project

LONGEST_TITLE = 50
"""What Label Studio takes."""
SIDES = {"adjudicator": " - adjudication", REPEAT: " - part 2"}
"""The role of every annotation in a side project, and how its title ends; who reads twice is not told so."""


def side_title(workspace: Workspace, role: str) -> str:
    """Return the title of a side project: the workspace's with a suffix, cut to what Label Studio takes."""
    suffix = SIDES[role]
    return workspace.settings.label_studio.project[: LONGEST_TITLE - len(suffix)] + suffix


def side_projects(client: "Client", workspace: Workspace) -> "list[tuple[Project, str]]":
    """Return the side projects that exist, each with the role of its annotations."""
    found = ((client.find_project(side_title(workspace, role)), role) for role in SIDES)
    return [(project, role) for project, role in found if project is not None]
