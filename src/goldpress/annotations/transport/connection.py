"""From a workspace to its project on a server: which address, which token, which project."""

from typing import TYPE_CHECKING

from goldpress.annotations.transport.configurations import compare_configs
from goldpress.errors import UsageError
from goldpress.schemas import load_scheme
from goldpress.schemas.label_config import config_digest, label_config
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project

SHOWN = 5
"""Changes that an error names."""


def connect(workspace: Workspace, *, url: str | None = None) -> "Client":
    """Return a client for the workspace's server: the address given, in the settings, or remembered from a login.

    Raises:
        UsageError: No address is known (GP-PUSH-001), or no token for it (GP-LS-…).
        SurroundingsError: The server does not answer.
    """
    from goldpress.labelstudio import Client, known_accounts, load_token

    address = url or workspace.settings.label_studio.url
    if address is None:
        accounts = known_accounts(workspace)
        if not accounts:
            raise UsageError(
                "GP-PUSH-001",
                "this workspace knows no Label Studio",
                where=workspace.root,
                hint="'goldpress serve' starts one here, 'goldpress login URL' uses one elsewhere",
            )
        address = accounts[0].url
    return Client(address, load_token(workspace, address))


def find_project(client: "Client", workspace: Workspace) -> "Project":
    """Return the workspace's project.

    Raises:
        UsageError: There is none yet (GP-PUSH-002).
    """
    title = workspace.settings.label_studio.project
    project = client.find_project(title)
    if project is None:
        raise UsageError(
            "GP-PUSH-002",
            f"the server has no project '{title}'",
            where=client.url,
            hint="'goldpress push' makes it",
        )
    return project


def open_project(
    client: "Client", workspace: Workspace, *, overlap: int | None = None, title: str | None = None
) -> "Project":
    """Return the workspace's project, with the scheme's label config, guidelines and this overlap; made on first use.

    A label config that differs in looks, or has labels more, is replaced; one that labels would be lost by is not.

    Raises:
        UsageError: The project's label config is not the one of the scheme, and labels would be lost or mean something
            else if it were replaced (GP-PUSH-003).
    """
    from goldpress.schemas.guidelines import instruction

    scheme = load_scheme(workspace)
    config = label_config(scheme)
    settings = workspace.settings.label_studio
    name = title or settings.project
    project = client.find_project(name)
    if project is None:
        return client.create_project(
            name,
            label_config=config,
            overlap=overlap or settings.overlap,
            instruction=instruction(workspace),
        )
    if overlap not in (None, project.overlap):
        project = client.update_project(project.id, maximum_annotations=overlap)
    fields = {}
    if config_digest(project.label_config) != config_digest(config):
        _require_safe(project, config, where=f"{client.url}/projects/{project.id}")
        fields["label_config"] = config
    # Guidelines change more often than the scheme, and the server's cleaning of them leaves nothing to compare.
    return client.update_project(project.id, expert_instruction=instruction(workspace), **fields)


def _require_safe(project: "Project", config: str, *, where: str) -> None:
    """Refuse to replace a label config that labels would be lost by."""
    if project.task_number == 0:
        return
    breaking = [change.what for change in compare_configs(project.label_config, config) if change.breaking]
    if breaking:
        raise UsageError(
            "GP-PUSH-003",
            f"the labels in '{project.title}' do not fit the scheme any more: {'; '.join(breaking[:SHOWN])}",
            where=where,
            hint="pull first; then set another [label_studio] project in the settings, or restore schemas/scheme.toml",
        )
