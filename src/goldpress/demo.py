"""The whole loop on a workspace's own seeds and labels: a server, three people, push, label, pull, publish."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.annotations.people import annotators_add, annotators_list, new_password
from goldpress.annotations.pulling import pull
from goldpress.annotations.pushing import PushReport, push
from goldpress.annotations.store import newest_tasks, pull_files, read_tasks
from goldpress.errors import DataError, UsageError
from goldpress.files import write_private
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.dataset import Release
    from goldpress.labelstudio import Client, Server
    from goldpress.validation import Verdict

PEOPLE = {"anna@example.org": "primary", "ben@example.org": "primary", "cleo@example.org": "adjudicator"}

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None] | None]]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Demo:
    """What the demo made.

    Attributes:
        workspace: The demo's own workspace, beside the real rooms.
        server: The embedded Label Studio; it stops when the demo's context ends.
        push: What was sent.
        release: What was published and loaded again.
        verdict: What validation said.
    """

    workspace: Workspace
    server: "Server"
    push: PushReport
    release: "Release"
    verdict: "Verdict"
    passwords: dict[str, str]

    def next_steps(self, *, serving: bool) -> list[str]:
        """Return what a person could try next, as lines to print."""
        root = self.workspace.root
        steps = [
            f'python -c "import goldpress; print(goldpress.load({str(self.workspace.dataset)!r}).claims.to_pandas())"',
            f"goldpress report --workspace {root}",
            f"goldpress validate --workspace {root}",
        ]
        if not serving:
            return [
                "",
                "Try next:",
                *(f"  {step}" for step in steps),
                "  make demo SERVE=1   (label the next article by hand)",
            ]
        email = next(iter(PEOPLE))
        return [
            "",
            f"Label Studio runs at {self.push.url}",
            f"Log in as {email} with the password {self.passwords[email]}.",
            "Choose 'Label All Tasks', label an article, submit.",
            f"Then, in another terminal: goldpress pull --workspace {root} && goldpress publish --workspace {root}",
            "Ctrl-C stops the server.",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return what was made as a JSON object."""
        return {
            "workspace": str(self.workspace.root),
            "push": self.push.to_dict(),
            "release": self.release.to_dict(),
            "verdict": self.verdict.to_dict(),
        }


@contextmanager
def demo(
    workspace: Workspace | Path | str | None = None,
    *,
    port: int | None = None,
    progress: Progress | None = None,
    say: Say = lambda _: None,
) -> Iterator[Demo]:
    """Run the whole loop and yield what it made; the server stops when the context ends.

    The labels of the workspace's own pulls are submitted again, each annotator's under an account of their own. All of
    it happens in ``demo/``, a workspace of its own: the real rooms are only read.

    Args:
        workspace: Whose seeds, scheme and labels are used.
        port: Port on 127.0.0.1.
        progress: Opens a progress bar for a titled step.
        say: Prints a line.

    Raises:
        DataError: There are no committed labels (GP-DEMO-001), or the demo's data does not hold.
        SurroundingsError: The embedded server does not start.
    """
    from goldpress.dataset import load
    from goldpress.labelstudio import serve
    from goldpress.validation import validate

    source = open_workspace(workspace)
    if not pull_files(source.annotations):
        raise DataError(
            "GP-DEMO-001",
            "the workspace has no labels to show",
            where=source.annotations,
            hint="goldpress pull",
        )
    bar = progress or (lambda _: nullcontext(None))
    place = _prepare(source)
    with bar("1/7 Label Studio starts") as step, serve(place, port=port, progress=step) as server:
        passwords = _accounts(place)
        say(f"Label Studio: {server.url}, accounts: {', '.join(passwords)}")
        with bar("2/7 push") as step:
            pushed = push(place, progress=step)
        say(f"{len(pushed.created)} articles sent, {len(pushed.present)} were there already")
        with bar("3/7 annotators label") as step:
            added = _submit(source, place, server, passwords, step)
        say(f"{added} annotations submitted")
        with bar("4/7 pull") as step:
            pulled = pull(place, progress=step)
        say(f"{pulled.changed} of {pulled.tasks} tasks changed")
        with bar("5/7 validate") as step:
            verdict = validate(place, progress=step)
        with bar("6/7 publish") as step:
            _publish(place, step, say)
        with bar("7/7 load"):
            release = load(place.dataset)
        yield Demo(place, server, pushed, release, verdict, passwords)


def _prepare(source: Workspace) -> Workspace:
    """Copy the rooms that people write to ``demo/``; what an earlier demo pulled and published there stays."""
    root = source.root / "demo"
    if root.is_dir() and not (root / "goldpress.toml").is_file():
        raise UsageError(
            "GP-DEMO-002",
            "there is another folder called demo",
            where=root,
            hint="rename it; the demo writes there",
        )
    for room in ("seeds", "schemas", "validation"):
        target = root / room
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source.root / room, target, ignore=shutil.ignore_patterns("reports"))
    for room in ("annotations", "dataset"):
        (root / room).mkdir(exist_ok=True)
    settings = _without_nulls(msgspec.to_builtins(source.settings, order="sorted"))
    (root / "goldpress.toml").write_bytes(msgspec.toml.encode(settings))
    return open_workspace(root)


def _without_nulls(value: Any) -> Any:
    """TOML has no null: a key without a value is left out."""
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list | tuple) else value


def _accounts(place: Workspace) -> dict[str, str]:
    """Make the three accounts on first use; their passwords lie in the private state folder."""
    path = place.state / "demo-accounts.json"
    known: dict[str, str] = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
    members = {annotator.email for annotator in annotators_list(place).annotators}
    for email, role in PEOPLE.items():
        if email not in members:
            known[email] = new_password()
            annotators_add(email, place, role=role, password=known[email])  # type: ignore[arg-type]  # the literals above
    write_private(path, msgspec.json.encode(known))
    return known


def _submit(source: Workspace, place: Workspace, server: "Server", passwords: dict[str, str], progress: Any) -> int:
    """Submit the labels of the source's pulls; a pseudonym gets the account of its role and of the same rank in it."""
    from goldpress.annotations.connection import connect, find_project
    from goldpress.labelstudio import Client, mint_token

    with connect(place) as admin:
        project = find_project(admin, place)
        task_of = {(s.meta["article_id"], s.meta["text_sha256"]): s.id for s in admin.task_index(project.id)}
    work = []
    for _, task in read_tasks(newest_tasks(source)):
        key = (task["data"]["article_id"], task["data"]["text_sha256"])
        if key in task_of:
            work += [(task_of[key], annotation) for annotation in task["annotations"]]
    account = _pair({a["completed_by"]: a.get("role", "primary") for _, a in work}, source)
    clients: dict[str, Client] = {}
    added = 0
    for done, (task_id, annotation) in enumerate(work, start=1):
        email = account[annotation["completed_by"]]
        if email not in clients:
            clients[email] = Client(server.url, mint_token(server.url, email, passwords[email], replace=True))
        added += _submit_one(clients[email], task_id, annotation)
        if progress is not None:
            progress(done, len(work))
    for client in clients.values():
        client.close()
    return added


def _pair(role_of: dict[str, str], source: Workspace) -> dict[str, str]:
    """Return an account for every pseudonym: what decides alone in the source decides alone in the demo."""
    pairs: dict[str, str] = {}
    for role in ("primary", "adjudicator"):
        emails = [email for email, own in PEOPLE.items() if own == role]
        people = sorted(pid for pid, own in role_of.items() if own == role)
        if len(people) > len(emails):
            raise DataError(
                "GP-DEMO-003",
                f"the labels are by {len(people)} people in the role '{role}'; the demo has accounts for {len(emails)}",
                where=source.annotations,
                hint="serve, push and pull show the loop with as many people as you like",
            )
        pairs |= dict(zip(people, emails, strict=False))
    return pairs


def _submit_one(client: "Client", task_id: int, annotation: dict[str, Any]) -> bool:
    return client.create_annotation(
        task_id,
        annotation["result"],
        unique_id=annotation["unique_id"],
        lead_time=annotation.get("lead_time"),
        was_cancelled=bool(annotation.get("was_cancelled")),
    )


def _publish(place: Workspace, progress: Any, say: Say) -> None:
    from goldpress.dataset import publish

    try:
        publish(place, progress=progress)
    except DataError as error:
        if error.code != "GP-PUBLISH-001":
            raise
        say("Nothing has changed since the last release of the demo.")
