"""The people who label: their accounts, and what each of them decides."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from goldpress.annotations.transport.connection import connect
from goldpress.errors import UsageError
from goldpress.files import write_private
from goldpress.workspace import Workspace, open_workspace

Role = Literal["primary", "adjudicator"]

PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class Annotator:
    """One member of the server.

    ``password`` is set only right after the account was made, and is stored nowhere.
    """

    email: str
    role: str
    pid: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class AnnotatorsReport:
    """Accounts on the workspace's server."""

    url: str
    annotators: list[Annotator]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def annotators_add(
    email: str,
    workspace: Workspace | Path | str | None = None,
    *,
    role: Role = "primary",
    password: str | None = None,
    url: str | None = None,
) -> AnnotatorsReport:
    """Make an account through the server's invite link, and remember what the person decides.

    Args:
        email: The person's address.
        workspace: The workspace, or a folder in it.
        role: ``adjudicator`` for the person whose annotation decides alone.
        password: At least 8 characters; a random one is made and returned if none is given.
        url: Address of the server.

    Raises:
        UsageError: The address has an account already, or the server refuses it (GP-LS-…).
        SurroundingsError: The server does not answer.
    """
    from goldpress.annotations.transport.pseudonyms import open_pseudonyms
    from goldpress.labelstudio import sign_up

    workspace = open_workspace(workspace)
    chosen = password or new_password()
    with connect(workspace, url=url) as client:
        sign_up(client.url, client.invite_path(), email, chosen)
        _remember(workspace, email, role)
        made = Annotator(email, role, open_pseudonyms(workspace).of(email), "" if password else chosen)
        return AnnotatorsReport(client.url, [made])


def annotators_list(workspace: Workspace | Path | str | None = None, *, url: str | None = None) -> AnnotatorsReport:
    """Return every member of the workspace's server, with pseudonym and role.

    Raises:
        SurroundingsError: The server does not answer.
    """
    from goldpress.annotations.transport.pseudonyms import open_pseudonyms

    workspace = open_workspace(workspace)
    pseudonyms, known = open_pseudonyms(workspace), roles(workspace)
    with connect(workspace, url=url) as client:
        members = [Annotator(m.email, known.get(m.email, "primary"), pseudonyms.of(m.email)) for m in client.members()]
        return AnnotatorsReport(client.url, members)


def roles(workspace: Workspace) -> Mapping[str, str]:
    """Return what each person decides, by e-mail address; who is not in it is a primary annotator.

    Raises:
        UsageError: The private file is damaged (GP-PEOPLE-001).
    """
    path = workspace.state / "roles.json"
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Role])
    except msgspec.MsgspecError as error:
        raise UsageError(
            "GP-PEOPLE-001",
            f"the list of roles is damaged: {error}",
            where=path,
            hint="mend it, or delete it",
        ) from error


def _remember(workspace: Workspace, email: str, role: Role) -> None:
    known = {**roles(workspace), email: role}
    write_private(workspace.state / "roles.json", msgspec.json.format(msgspec.json.encode(known, order="sorted")))


def new_password() -> str:
    """Return a random password of letters and digits."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(PASSWORD_LENGTH))
