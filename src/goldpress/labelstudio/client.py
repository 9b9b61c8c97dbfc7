"""Label Studio's API, the part that goldpress needs: every answer is held against what was asked for.

The wire is httpx directly. The SDK's pager takes every 404 for the end, its POSTs are sent again after a 504, and
importing it costs seconds; it serves to validate label configs, in another room.
"""

from datetime import datetime
from types import TracebackType
from typing import Self

from goldpress.labelstudio.answers import Invite, Person
from goldpress.labelstudio.exchange import Exchange
from goldpress.labelstudio.exports import Exports
from goldpress.labelstudio.predictions import Predictions
from goldpress.labelstudio.projects import Projects
from goldpress.labelstudio.tabs import Tabs


class Client(Projects, Predictions, Exports, Tabs):
    """One person's access to one server.

    Args:
        url: Address of the server: scheme, host and port.
        token: A personal access token, or a legacy one where the server takes it.
        timeout: Seconds that one answer may take.

    Raises:
        SurroundingsError: Nothing answers (GP-LS-001), something else than Label Studio does (GP-LS-002, -015), or it
            fails (GP-LS-003, -004, -014, -016); every method may.
        UsageError: The address (GP-LS-013) or the token (GP-LS-005, -017 to -021) is refused, with the cause.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 60.0) -> None:
        super().__init__(Exchange(url, token, timeout=timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def version(self) -> str:
        """Return the server's release, such as ``1.23.2``."""
        return self._exchange.release

    def clock_ahead(self) -> float:
        """Return by how many seconds the server's clock is ahead of this machine's, to about a second."""
        return self._exchange.ahead

    def now(self) -> datetime:
        """Return what the server's clock says, to about a second."""
        return self._exchange.now()

    def whoami(self) -> Person:
        """Return whose token this is."""
        return self._exchange.get("/api/current-user/whoami", Person)

    def members(self) -> list[Person]:
        """Return everybody who has an account."""
        return self._exchange.get("/api/users/", list[Person])

    def invite_path(self) -> str:
        """Return the path of the sign-up page, with the invite's token: whoever has it can make an account."""
        return self._exchange.get("/api/invite", Invite).invite_url
