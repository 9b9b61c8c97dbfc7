"""Log in to a server elsewhere."""

from dataclasses import asdict, dataclass
from pathlib import Path

from goldpress.labelstudio.client import Client
from goldpress.labelstudio.sessions import mint_token
from goldpress.labelstudio.tokens import save_token
from goldpress.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class LoginReport:
    """Where one is logged in, as whom, and what release the server is."""

    url: str
    email: str
    version: str

    def to_dict(self) -> dict[str, str]:
        """Return the report as a JSON object."""
        return asdict(self)


def login(
    url: str,
    workspace: Workspace | Path | str | None = None,
    *,
    email: str,
    password: str,
    replace: bool = False,
) -> LoginReport:
    """Mint a token and store it outside the workspace (mode 600); the password is stored nowhere.

    Args:
        url: Address of the server: scheme, host and port.
        workspace: The workspace, or a folder in it.
        email: One's address on that server.
        password: One's password on that server.
        replace: Revoke the token that one has already; it may be in use on another machine.

    Raises:
        UsageError: Address or password are wrong, or there is a token already and ``replace`` is not given.
        SurroundingsError: Nothing answers, or it is no Label Studio.
    """
    workspace = open_workspace(workspace)
    token = mint_token(url, email, password, replace=replace)
    with Client(url, token) as client:
        report = LoginReport(client.url, client.whoami().email, client.version())
    save_token(workspace, report.url, report.email, token)
    return report
