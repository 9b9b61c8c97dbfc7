"""The projects beside the main one: where disagreements are decided, and where articles are read a second time."""

from typing import TYPE_CHECKING

from goldpress.annotations.gold.ballots import REPEAT
from goldpress.annotations.transport.configurations import compare_configs
from goldpress.errors import UsageError
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


def open_side(client: "Client", workspace: Workspace, role: str, config: str, *, overlap: int) -> "Project":
    """Return a side project, made on first use, with this label config; one that harms no label is replaced.

    Raises:
        UsageError: Labels in the project do not fit the scheme any more (GP-SIDE-001).
    """
    from goldpress.schemas.guidelines import instruction
    from goldpress.schemas.label_config import config_digest

    title = side_title(workspace, role)
    project = client.find_project(title)
    if project is None:
        return client.create_project(title, label_config=config, overlap=overlap, instruction=instruction(workspace))
    if config_digest(project.label_config) == config_digest(config):
        return project
    changes = compare_configs(project.label_config, config) if project.task_number else []
    breaking = [change.what for change in changes if change.breaking]
    if breaking:
        raise UsageError(
            "GP-SIDE-001",
            f"the labels in '{title}' do not fit the scheme any more: {'; '.join(breaking[:3])}",
            where=f"{client.url}/projects/{project.id}",
            hint="pull it, then rename it in Label Studio; the next run makes a new one",
        )
    return client.update_project(project.id, label_config=config, expert_instruction=instruction(workspace))
