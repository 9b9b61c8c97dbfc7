"""The whole loop on a workspace's own seeds and labels: a server, three people, push, label, pull, publish."""

import datetime as dt
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goldpress.annotations.adjudication import adjudicate
from goldpress.annotations.transport.entries import newest_tasks, read_tasks
from goldpress.annotations.transport.people import annotators_add, annotators_list, new_password
from goldpress.annotations.transport.projects import side_title
from goldpress.annotations.transport.pulling import pull
from goldpress.annotations.transport.pushing import PushReport, push
from goldpress.annotations.transport.store import pull_files
from goldpress.errors import DataError, UsageError
from goldpress.files import write_private, write_whole
from goldpress.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.annotations.measurement import AgreementReport
    from goldpress.dataset import Release
    from goldpress.labelstudio import Client, Server
    from goldpress.validation import Verdict

EXAMPLE = "beispiel.md"
"""The article of a new workspace, which the demo's people have not labelled."""

PEOPLE = {"anna@example.org": "primary", "ben@example.org": "primary", "cleo@example.org": "adjudicator"}
STEPS = 10

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
        page: The page about the release.
        disagreements: The page about agreement.
        passwords: Of the demo's accounts, by e-mail address.
    """

    workspace: Workspace
    server: "Server"
    push: PushReport
    release: "Release"
    verdict: "Verdict"
    page: Path
    disagreements: Path
    passwords: dict[str, str]

    @property
    def login(self) -> tuple[str, str]:
        """E-mail address and password of the first annotator."""
        email = next(iter(PEOPLE))
        return email, self.passwords[email]

    def to_dict(self) -> dict[str, Any]:
        """Return what was made as a JSON object, without passwords."""
        return {
            "workspace": str(self.workspace.root),
            "push": self.push.to_dict(),
            "release": self.release.to_dict(),
            "verdict": self.verdict.to_dict(),
            "page": str(self.page),
            "disagreements": str(self.disagreements),
        }


AT_ONCE = dt.timedelta(seconds=5)
"""What is changed sooner after it was made was changed by nobody: the server itself looks at it again."""


class _Step:
    """A running step: what it may call with numbers, and what is said of it afterwards."""

    def __init__(self, advance: Callable[[int, int], None] | None) -> None:
        self.advance, self.outcome = advance, "done"


class _Story:
    """Numbers the steps, times them, and says what came of each."""

    def __init__(self, progress: Progress | None, say: Say) -> None:
        self._progress, self._say, self._number = progress or (lambda _: nullcontext(None)), say, 0

    @contextmanager
    def step(self, title: str) -> Iterator[_Step]:
        self._number += 1
        begun = time.monotonic()
        with self._progress(f"{self._number}/{STEPS} {title}") as advance:
            step = _Step(advance)
            yield step
        took = time.monotonic() - begun
        self._say(f"{self._number:>2}/{STEPS}  {title:<14}{step.outcome}  ({took:.1f} s)")


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
        say: Gets a line about each finished step.

    Raises:
        DataError: There are no committed labels (GP-DEMO-001), they are by too many people (GP-DEMO-003), or the
            demo's data does not hold.
        UsageError: Another folder is called ``demo`` (GP-DEMO-002).
        SurroundingsError: The embedded server does not start.
    """
    source = open_workspace(workspace)
    if not pull_files(source.annotations):
        raise DataError(
            "GP-DEMO-001",
            "the workspace has no labels to show",
            where=source.annotations,
            hint="goldpress pull",
        )
    place = _prepare(source)
    with ExitStack() as stack:
        yield _run(source, place, port, _Story(progress, say), stack)


def _run(source: Workspace, place: Workspace, port: int | None, story: _Story, stack: ExitStack) -> Demo:
    from goldpress.dataset import load
    from goldpress.labelstudio import serve
    from goldpress.pages import agree, report
    from goldpress.validation import validate

    with story.step("Label Studio") as step:
        server = stack.enter_context(serve(place, port=port, progress=step.advance))
        _furnish(source, place)
        passwords = _accounts(place)
        step.outcome = f"runs at {server.url} with {len(passwords)} accounts, on this machine only"
    with story.step("push") as step:
        pushed = push(place, progress=step.advance)
        step.outcome = f"{len(pushed.created)} articles sent, {len(pushed.present)} were there already"
    with story.step("label") as step:
        people = _People(source, server, passwords)
        stack.callback(people.close)
        added, known = _submit(people, place, place.settings.label_studio.project, "primary", step.advance)
        step.outcome = f"{added} annotations submitted, {known} were there already"
    with story.step("pull") as step:
        pulled = pull(place, progress=step.advance)
        step.outcome = f"{pulled.changed} of {pulled.tasks} articles changed, {pulled.annotations} annotations fetched"
    with story.step("agree") as step:
        # Not agreement.html: the pages of the checks lie there too, each under the name of its table.
        disagreements = place.validation / "reports" / "disagreements.html"
        agreement = agree(place, to=disagreements)
        step.outcome = _describe_agreement(agreement)
    with story.step("adjudicate") as step:
        sent = adjudicate(place, progress=step.advance)
        added, known = _submit(people, place, side_title(place, "adjudicator"), "adjudicator", step.advance)
        pull(place)
        step.outcome = f"{len(sent.sent)} disputed articles sent, {added + known} decided by the adjudicator"
    with story.step("validate") as step:
        verdict = validate(place, progress=step.advance)
        step.outcome = f"{verdict.checks_run} checks, {describe_findings(verdict)}"
    with story.step("publish") as step:
        step.outcome = _publish(place, step.advance)
    with story.step("load") as step:
        release = load(place.dataset)
        step.outcome = f"version {release.version}, {len(release.names())} tables"
    with story.step("report") as step:
        page = report(workspace=place)
        step.outcome = f"{page.stat().st_size // 1000} kB, one page to look at"
    return Demo(place, server, pushed, release, verdict, page, disagreements, passwords)


def describe_findings(verdict: "Verdict") -> str:
    """Return the number of findings by severity, repairs aside: ``2 findings (1 info, 1 warning)``."""
    found = {severity: number for severity, number in verdict.counts().items() if severity != "repair"}
    counts = ", ".join(f"{number} {severity}" for severity, number in found.items())
    number = sum(found.values())
    return f"{number} finding{'' if number == 1 else 's'}{f' ({counts})' if counts else ''}"


def _prepare(source: Workspace) -> Workspace:
    """Make ``demo/`` a workspace with the settings of its source; what an earlier demo left there stays."""
    root = source.root / "demo"
    if root.is_dir() and not (root / "goldpress.toml").is_file():
        raise UsageError(
            "GP-DEMO-002",
            "there is another folder called demo",
            where=root,
            hint="rename it; the demo writes there",
        )
    root.mkdir(exist_ok=True)
    settings = _without_nulls(msgspec.to_builtins(source.settings, order="sorted"))
    # First of all: a demo that was interrupted here is known as one the next time.
    write_whole(root / "goldpress.toml", msgspec.toml.encode(settings))
    return open_workspace(root)


def _furnish(source: Workspace, place: Workspace) -> None:
    """Copy the rooms that people write to; only once the server runs, for a second demo at a time is refused there."""
    for room in ("seeds", "schemas", "validation"):
        target = place.root / room
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source.root / room, target, ignore=shutil.ignore_patterns("reports"))
    for room in ("annotations", "dataset"):
        (place.root / room).mkdir(exist_ok=True)
    # One article that nobody has labelled yet: whoever leaves the server running finds work in the label stream.
    example = files("goldpress") / "template" / "seeds" / EXAMPLE
    (place.root / "seeds" / EXAMPLE).write_bytes(example.read_bytes())


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


class _People:
    """The source's annotations, and the demo's account of everybody who made them."""

    def __init__(self, source: Workspace, server: "Server", passwords: dict[str, str]) -> None:
        self.server, self.passwords = server, passwords
        self.work = [
            ((task["data"]["article_id"], task["data"]["text_sha256"]), annotation)
            for _, task in read_tasks(newest_tasks(source))
            for annotation in task["annotations"]
        ]
        self.account = _pair({a["completed_by"]: a.get("role", "primary") for _, a in self.work}, source)
        self._clients: dict[str, Client] = {}

    def client(self, pseudonym: str) -> "Client":
        """Return a client of the account, logged in on first use."""
        from goldpress.labelstudio import Client, mint_token

        email = self.account[pseudonym]
        if email not in self._clients:
            token = mint_token(self.server.url, email, self.passwords[email], replace=True)
            self._clients[email] = Client(self.server.url, token)
        return self._clients[email]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()


def _submit(people: _People, place: Workspace, title: str, role: str, progress: Any) -> tuple[int, int]:
    """Submit what the people of one role said to the project of this title; return what was new and what was there."""
    from goldpress.annotations.transport.connection import connect

    with connect(place) as admin:
        project = admin.find_project(title)
        stubs = admin.task_index(project.id) if project is not None else []
        task_of = {(stub.meta["article_id"], stub.meta["text_sha256"]): stub.id for stub in stubs}
        said = _said(admin, project.id, list(task_of.values())) if project is not None else {}
    work = [(task_of[key], a) for key, a in people.work if key in task_of and a.get("role", "primary") == role]
    record = place.state / "demo-labels.json"
    ours: dict[str, str] = msgspec.json.decode(record.read_bytes()) if record.is_file() else {}
    added = 0
    for done, (task_id, annotation) in enumerate(work, start=1):
        client, there = people.client(annotation["completed_by"]), said.get(annotation["unique_id"])
        if there is None:
            added += _submit_one(client, task_id, annotation)
        elif there["result"] != annotation["result"] and _is_untouched(there, ours):
            # The labels were corrected since an earlier demo; what a person changed by hand stays.
            client.replace_annotation(there["id"], annotation["result"])
            ours[annotation["unique_id"]] = _digest(annotation["result"])
            added += 1
        if progress is not None:
            progress(done, len(work))
    write_whole(record, msgspec.json.encode(ours))
    return added, len(work) - added


def _said(admin: "Client", project_id: int, task_ids: list[int]) -> dict[str, Any]:
    """What lies on the server already, by unique id."""
    tasks = [task for chunk in admin.export_tasks(project_id, task_ids) for task in chunk]
    return {entry["unique_id"]: entry for task in tasks for entry in task["annotations"]}


def _is_untouched(annotation: dict[str, Any], ours: dict[str, str]) -> bool:
    """Whether it is as a demo left it: never changed, or last changed by one."""
    created, updated = (dt.datetime.fromisoformat(annotation[name]) for name in ("created_at", "updated_at"))
    return updated - created < AT_ONCE or ours.get(annotation["unique_id"]) == _digest(annotation["result"])


def _digest(result: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(result, order="sorted")).hexdigest()


def _describe_agreement(report: "AgreementReport") -> str:
    """Return the first numbers that exist, and how many places differ."""
    wanted = (("entity", "f1_strict"), ("claim", "f1_half"), ("stance", "alpha_nominal"))
    value = {(row.name, row.measure): row.value for row in report.rows if row.annotator_a is None}
    found = [(name, measure, value.get((name, measure))) for name, measure in wanted]
    shown = [
        f"{name} {measure.partition('_')[0]} {number:.2f}" for name, measure, number in found if number is not None
    ]
    return ", ".join([*shown, f"{report.disputed} places differ"])


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


def _publish(place: Workspace, progress: Any) -> str:
    from goldpress.dataset import publish

    try:
        release = publish(place, progress=progress)
    except DataError as error:
        if error.code != "GP-DATASET-011":
            raise
        return "nothing has changed since the demo's last release"
    return f"version {release.version}, {len(release.manifest.files())} files"
