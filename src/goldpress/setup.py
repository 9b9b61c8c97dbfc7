"""A new workspace, and what is wrong with one."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.errors import GoldpressError, SurroundingsError, UsageError
from goldpress.files import write_whole
from goldpress.workspace import ROOMS, Settings, Workspace, open_workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client

TESTED_SERVERS = ("1.23.2",)
FIRST_SERVER, LAST_SERVER = (1, 20), (1, 23)
LARGEST_SKEW = 60
"""Seconds."""
SETTINGS = "goldpress.toml"
LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class InitReport:
    """A new workspace: its folder, and the files that were written, relative to it."""

    root: Path
    written: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {"root": str(self.root), "written": self.written}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to try if it is not well."""

    name: str
    ok: bool
    found: str
    hint: str = ""


@dataclass(frozen=True)
class Examination:
    """Everything that ``doctor`` looked at."""

    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(check.ok for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the examination as a JSON object."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


def init(folder: Path | str = ".") -> InitReport:
    """Make a workspace: settings, five rooms, the default scheme and everything that is derived from it.

    No file that is there already is touched, and none is taken away.

    Args:
        folder: Where; made if it is missing.

    Raises:
        UsageError: The folder is a workspace already (GP-INIT-001), or holds a scheme of its own that does not hold.
        SurroundingsError: The folder cannot be written (GP-INIT-002).
    """
    root = Path(folder).resolve()
    if _is_workspace(root):
        raise UsageError(
            "GP-INIT-001",
            "this folder is a workspace already",
            where=root,
            hint="name another folder: goldpress init DIR",
        )
    try:
        written = [*_copy_template(root), *_write_derived(root)]
        # Last: what was interrupted before is no workspace yet, and init can be run again.
        written += _copy_settings(root)
    except OSError as error:
        raise SurroundingsError(
            "GP-INIT-002",
            f"the workspace cannot be written: {error.strerror}",
            where=root,
            hint="choose another folder",
        ) from error
    return InitReport(root, sorted(written))


def doctor(workspace: Workspace | Path | str | None = None) -> Examination:
    """Look at everything that a command depends on, without changing anything.

    Raises:
        UsageError: There is no workspace, or its settings do not hold.
    """
    workspace = open_workspace(workspace)
    return Examination(list(_examine(workspace)))


def _is_workspace(root: Path) -> bool:
    try:
        open_workspace(root)
    except UsageError as error:
        if error.code == "GP-WORK-001":
            return False
        raise
    return True


def _copy_template(root: Path) -> Iterator[str]:
    # Guidelines of the default scheme would mislead beside a scheme that is there already.
    left_out = {SETTINGS, "schemas/guidelines.md"} if (root / "schemas/scheme.toml").exists() else {SETTINGS}
    for room in ROOMS:
        (root / room).mkdir(parents=True, exist_ok=True)
    with as_file(files("goldpress") / "template") as template:
        for source in sorted(path for path in template.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            # Packaging tools leave dot files out: the template says "gitignore".
            name = source.relative_to(template).as_posix().replace("gitignore", ".gitignore")
            if name not in left_out:
                yield from _write_new(root / name, source.read_bytes(), root)


def _write_derived(root: Path) -> Iterator[str]:
    from goldpress.schemas.generation import derive

    for path, content in derive(Workspace(root, Settings())).items():
        yield from _write_new(path, content, root)


def _copy_settings(root: Path) -> Iterator[str]:
    yield from _write_new(root / SETTINGS, (files("goldpress") / "template" / SETTINGS).read_bytes(), root)


def _write_new(path: Path, content: bytes, root: Path) -> Iterator[str]:
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        yield path.relative_to(root).as_posix()


def _examine(workspace: Workspace) -> Iterator[Check]:
    yield Check("python", sys.version_info < (3, 14), sys.version.split()[0], "use Python 3.11 to 3.13")
    has_server = find_spec("label_studio") is not None
    yield Check(
        "embedded server",
        True,
        "installed" if has_server else "not installed (pip install 'goldpress[server]')",
    )
    yield _attempt("scheme", lambda: _scheme(workspace))
    yield _attempt("generated files", lambda: _generated(workspace))
    yield _attempt("seeds", lambda: _seeds(workspace))
    yield _private(workspace)
    free = shutil.disk_usage(workspace.root).free
    yield Check(
        "disk",
        free > LEAST_FREE_BYTES,
        f"{free / 1e9:.1f} GB free",
        "make room: pulls and releases only add files",
    )
    yield from _server(workspace)


def _attempt(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, found=look())
    except GoldpressError as error:
        return Check(name, ok=False, found=f"{error.what} [{error.code}] {error.where}".strip(), hint=error.hint)


def _scheme(workspace: Workspace) -> str:
    from goldpress.schemas import load_scheme

    scheme = load_scheme(workspace)
    return f"{scheme.name} {scheme.version}, {len(scheme.span_labels())} span labels"


def _generated(workspace: Workspace) -> str:
    from goldpress.schemas import generate

    report = generate(workspace, check=True)
    if not report.ok:
        raise UsageError("GP-DOCTOR-001", f"{len(report.stale)} files are stale", hint="goldpress generate")
    return "up to date"


def _seeds(workspace: Workspace) -> str:
    from goldpress.seeds import articles

    report = articles(workspace)
    if report.problems:
        raise UsageError("GP-DOCTOR-002", f"{len(report.problems)} files cannot be used", hint="goldpress articles")
    return f"{len(report.articles)} article{'' if len(report.articles) == 1 else 's'}"


def _private(workspace: Workspace) -> Check:
    mode = workspace.state.stat().st_mode & 0o777
    ok = os.name != "posix" or mode & 0o077 == 0
    return Check("private state", ok, f"{workspace.state} (mode {mode:o})", f"chmod 700 {workspace.state}")


def _server(workspace: Workspace) -> Iterator[Check]:
    """What a server says of itself; where it cannot be asked, that alone."""
    from goldpress.annotations.transport.connection import connect

    try:
        with connect(workspace) as client:
            yield Check("label studio", ok=True, found=f"{client.url}, logged in as {client.whoami().email}")
            yield _release(client.version(), client.url)
            ahead = client.clock_ahead()
            yield Check(
                "clock",
                abs(ahead) <= LARGEST_SKEW,
                f"the server's is {abs(ahead):.0f} s {'behind' if ahead < 0 else 'ahead'}",
                "set both clocks: tokens live five minutes, and pulls are named by time",
            )
            yield _attempt("project", lambda: _project(client, workspace))
    except GoldpressError as error:
        yield Check(
            "label studio", ok=False, found=f"{error.what} [{error.code}] {error.where}".strip(), hint=error.hint
        )


def _release(version: str, url: str) -> Check:
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return Check(
        "server version",
        FIRST_SERVER <= found <= LAST_SERVER,
        f"{version} at {url}; tested with {', '.join(TESTED_SERVERS)}",
        "goldpress is written for Label Studio 1.20 to 1.23: back up the server's data before you go on",
    )


def _project(client: "Client", workspace: Workspace) -> str:
    from goldpress.annotations.transport.configurations import compare_configs
    from goldpress.annotations.transport.shares import share_projects
    from goldpress.schemas import load_scheme
    from goldpress.schemas.label_config import label_config

    main = client.find_project(workspace.settings.label_studio.project)
    projects = [*([main] if main else []), *share_projects(client, workspace)]
    if not projects:
        return "not made yet; 'goldpress push' makes it"
    page, found = label_config(load_scheme(workspace)), []
    for project in projects:
        changes = compare_configs(project.label_config, page)
        breaking = [change.what for change in changes if change.breaking]
        if breaking:
            raise UsageError(
                "GP-DOCTOR-003",
                f"the scheme does not fit the labels of '{project.title}': {breaking[0]}",
                where=f"{client.url}/projects/{project.id}",
                hint="pull first; then set another [label_studio] project, or restore schemas/scheme.toml",
            )
        state = "its page is the scheme's" if not changes else "'goldpress push' brings its page up to date"
        found.append(f"'{project.title}', {project.task_number} tasks, {state}")
    return "; ".join(found)
