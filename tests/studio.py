"""Workspaces of tests on the one embedded Label Studio of the run: a project and accounts for each."""

import contextlib
import re
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from goldpress import annotators_add, init, open_workspace
from goldpress.annotations.transport.connection import connect, find_project
from goldpress.labelstudio import Client, mint_token, save_token
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

PASSWORD = "a-password-of-tests"
TEXTS = {
    "markt": "Kanzlerin Vogt sagte 😀: „Wir liefern keine Panzer.“\n\nPräsident Mirow forderte mehr Luftabwehr.",
    "hafen": "Die Reederei Alster erklärte, der Hafen bleibe offen.\n\nAnwohner protestierten.",
}


@dataclass
class Desk:
    """A workspace with its project on the server, and the people who label there."""

    workspace: Workspace
    server: "Server"
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def project_id(self) -> int:
        """Label Studio's id of the project."""
        with connect(self.workspace) as client:
            return find_project(client, self.workspace).id

    def admin(self) -> Client:
        """Return a client of the server's first user."""
        return Client(self.server.url, self.server.token)

    def person(self, name: str) -> Client:
        """Return a client of an annotator, whose account is made on first use."""
        if name not in self.clients:
            email = f"{name}-{uuid.uuid4().hex[:8]}@example.org"
            annotators_add(
                email, self.workspace, role="adjudicator" if name == "cleo" else "primary", password=PASSWORD
            )
            self.clients[name] = Client(self.server.url, mint_token(self.server.url, email, PASSWORD))
        return self.clients[name]

    def task_ids(self) -> dict[str, int]:
        """Return the newest task of each article."""
        with self.admin() as client:
            return {stub.meta["article_id"]: stub.id for stub in client.task_index(self.project_id)}

    @property
    def config(self) -> str:
        """The label config of the project, as the server has it."""
        with self.admin() as client:
            return client.project(self.project_id).label_config

    def fetch(self, project: int) -> list[dict[str, Any]]:
        """Return every task of a project, as goldpress fetches it."""
        with self.admin() as client:
            ids = [stub.id for stub in client.task_index(project)]
            return [task for chunk in client.export_tasks(project, ids) for task in chunk]

    def spare_project(self, tasks: Sequence[dict[str, Any]] = (), *, overlap: int = 1, config: str = "") -> int:
        """Make a project beside the desk's own, with tasks, and return its id."""
        title = f"spare {uuid.uuid4().hex[:12]}"
        with self.admin() as client:
            made = client.create_project(title, label_config=config or self.config, overlap=overlap, instruction="")
            client.import_tasks(made.id, tasks)
            return made.id

    def label(self, name: str, article: str, result: Sequence[dict[str, Any]], **more: Any) -> None:
        """Submit an annotation under somebody's own account."""
        self.person(name).create_annotation(
            self.task_ids()[article], list(result), unique_id=str(uuid.uuid4()), lead_time=60.0, **more
        )

    def close(self) -> None:
        """Close every person's connection."""
        for client in self.clients.values():
            client.close()


def make_desk(server: "Server", folder: Path, texts: dict[str, str] = TEXTS, settings: str = "") -> Desk:
    """Return a new workspace that is logged in to the server, with a project title of its own."""
    root = folder / "ws"
    init(root)
    for path in (root / "seeds").glob("*"):
        path.unlink()
    for name, text in texts.items():
        write_seed(root, name, text)
    title = f"t {uuid.uuid4().hex[:12]}"
    (root / "goldpress.toml").write_text(f'{settings}\n[label_studio]\nproject = "{title}"\noverlap = 2\n', "utf-8")
    workspace = open_workspace(root)
    save_token(workspace, server.url, server.email, server.token)
    return Desk(workspace, server)


@contextlib.contextmanager
def bare_server(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Start Label Studio as goldpress would not; give its address and its log when it is up."""
    log = folder / "bare.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=dict(variables), cwd=folder, stdout=out, stderr=out) as process,
    ):
        try:
            for _ in range(1200):
                said = log.read_text("utf-8", errors="replace")
                stated = re.search(r"Starting development server at (http://127.0.0.1:\d+)/", said)
                with contextlib.suppress(httpx.HTTPError, ValueError):
                    if stated and httpx.get(f"{stated[1]}/health", trust_env=False).json()["status"] == "UP":
                        yield stated[1], said
                        return
                assert process.poll() is None, said[-2000:]
                time.sleep(0.5)
            raise AssertionError(said[-2000:])
        finally:
            process.terminate()


def write_seed(root: Path, name: str, text: str) -> None:
    """Write one article with complete front matter."""
    front = f'+++\nid = "{name}"\nlang = "de"\nsource = "Beispielblatt"\nlicence = "CC-BY-4.0"\n+++\n'
    (root / "seeds" / f"{name}.md").write_text(front + text, "utf-8")


def span(text: str, surface: str, control: str, label: str, region: str) -> dict[str, Any]:
    """Return one marked span as Label Studio stores it."""
    start = text.index(surface)
    value = {"start": start, "end": start + len(surface), "text": surface, "labels": [label]}
    return {"id": region, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def texts(*surfaces: str) -> list[dict[str, Any]]:
    """Return tasks that have a text and nothing else."""
    return [{"data": {"text": surface}} for surface in surfaces]


def answer(question: str, value: str) -> dict[str, Any]:
    """Return one answer about the whole article."""
    return {"id": question, "from_name": question, "to_name": "text", "type": "choices", "value": {"choices": [value]}}
