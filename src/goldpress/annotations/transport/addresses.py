"""Where a row came from: the page of its task in Label Studio, read from the pulls and never asked of a server."""

from collections import defaultdict
from functools import cached_property
from urllib.parse import urlsplit

from goldpress.annotations.transport.entries import Entry, newest_tasks, read_tasks
from goldpress.annotations.transport.store import Header
from goldpress.errors import GoldpressError
from goldpress.workspace import Workspace


class TaskAddresses:
    """Addresses of tasks on the servers that this workspace knows; the pulls are read when one is asked for.

    An address is a place on a server and no identity: a pull from a server that nobody here knows gives none.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._found: dict[str, tuple[str, dict[str, str]]] = {}

    def of(self, article_id: str, annotation_id: str | None = None) -> str:
        """Return the page of the task that holds an annotation, else of the article's first; empty if none is known."""
        if article_id not in self._found:
            self._found[article_id] = self._read(article_id)
        first, by_annotation = self._found[article_id]
        return by_annotation.get(annotation_id or "", first)

    def _read(self, article_id: str) -> tuple[str, dict[str, str]]:
        first, by_annotation = "", dict[str, str]()
        for header, task in read_tasks(self._entries.get(article_id, ())):
            address = task_address(header, task["id"]) if _plain(header.server) in self._servers else ""
            first = first or address
            by_annotation |= {str(one.get("unique_id")): address for one in task.get("annotations", ())}
        return first, by_annotation

    @cached_property
    def _entries(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in newest_tasks(self.workspace):
            found[entry.article_id].append(entry)
        return found

    @cached_property
    def _servers(self) -> set[str]:
        from goldpress.labelstudio import known_accounts

        try:
            known = [account.url for account in known_accounts(self.workspace)]
        except GoldpressError:
            known = []  # a link is an extra: a damaged file of tokens is told where a token is needed
        return {_plain(url) for url in (*known, self.workspace.settings.label_studio.url) if url} - {""}


def task_address(header: Header, task_id: int) -> str:
    """Return the page of a task as a person opens it; empty for a pull that does not say which project it is from."""
    server = _plain(header.server)
    return f"{server}/projects/{header.project_id}/data?task={task_id}" if server and header.project_id else ""


def _plain(url: str) -> str:
    """A server's address without a name, a password or a query in it; empty for what no browser opens as a page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}" if parts.scheme in ("http", "https") and host else ""
