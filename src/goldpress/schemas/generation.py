"""Write everything that is derived from the scheme, or say what is stale."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldpress.files import write_whole
from goldpress.schemas.contracts import Table
from goldpress.schemas.dictionary import data_dictionary
from goldpress.schemas.evolution import SchemeChange, compare_schemes, least_version, previous_scheme
from goldpress.schemas.guidelines import fill_tables, read_guidelines
from goldpress.schemas.label_config import label_config
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.suites import suites, superfluous
from goldpress.schemas.tables import released, tables
from goldpress.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class GenerationReport:
    """Paths relative to the workspace: what was written, or what is stale."""

    written: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    changes: list[SchemeChange] = field(default_factory=list)
    """Of ``diff``: what differs from the scheme before, the worst first."""
    version: str = ""
    """Of ``diff``: the version that the scheme states."""
    least: str = ""
    """Of ``diff``: the smallest version that it may have after these changes."""

    @property
    def ok(self) -> bool:
        """Whether nothing is stale, and the scheme's version says what changed."""
        return not self.stale and _parts(self.version) >= _parts(self.least)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        changes = [change._asdict() for change in self.changes]
        told = {"changes": changes, "version": self.version, "least": self.least} if self.version else {}
        return {"written": self.written, "stale": self.stale, "ok": self.ok, **told}


def generate(
    workspace: Workspace | Path | str | None = None,
    *,
    check: bool = False,
    diff: bool = False,
    against: Path | str | None = None,
) -> GenerationReport:
    """Write label config, contracts of the tables, data dictionary and suites; only what changed is touched.

    Args:
        workspace: The workspace, or a folder in it.
        check: Write nothing, and list what is stale or superfluous.
        diff: Write nothing, and say what the scheme's changes mean for labels that exist.
        against: For ``diff``: the scheme before, as a file; else the one of the newest release.

    Raises:
        UsageError: The scheme does not hold, or there is none to compare it with (GP-SCHEME-004).
    """
    workspace = open_workspace(workspace)
    if diff:
        old, new = previous_scheme(workspace, against), load_scheme(workspace)
        changes = compare_schemes(old, new)
        return GenerationReport(changes=changes, version=new.version, least=least_version(old, changes))
    wanted = derive(workspace)
    folder = workspace.schemas / "tables"
    extra = sorted(set(folder.glob("*.json")) - set(wanted)) if folder.is_dir() else []
    extra += superfluous(workspace.validation, set(wanted))
    stale = [path for path, content in wanted.items() if not path.is_file() or path.read_bytes() != content]
    names = [str(path.relative_to(workspace.root)) for path in [*stale, *extra]]
    if check:
        return GenerationReport(stale=names)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, wanted[path])
    for path in extra:
        path.unlink()
    return GenerationReport(written=names)


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part]


def derive(workspace: Workspace) -> dict[Path, bytes]:
    """Return the content of every derived file, by path."""
    scheme = load_scheme(workspace)
    contracts = {name: released(table) for name, table in tables(scheme).items()}
    wanted = {workspace.schemas / "label_config.xml": label_config(scheme).encode()}
    for name, table in contracts.items():
        wanted[workspace.schemas / "tables" / f"{name}.json"] = _contract(table)
    wanted[workspace.schemas / "README.md"] = data_dictionary(scheme, contracts).encode()
    guidelines = read_guidelines(workspace)
    if guidelines is not None:
        wanted[workspace.schemas / "guidelines.md"] = fill_tables(guidelines, scheme).encode()
    return wanted | suites(scheme, workspace.validation)


def _contract(table: Table) -> bytes:
    columns = [
        {
            "name": column.name,
            "type": column.type,
            "nullable": column.nullable,
            "about": column.about,
            **({"unit": column.unit} if column.unit else {}),
            **({"values": list(column.values)} if column.values else {}),
            **({"references": column.references} if column.references else {}),
            **({"pattern": column.pattern} if column.pattern else {}),
        }
        for column in table.columns
    ]
    document = {
        "name": table.name,
        "about": table.about,
        "key": table.key,
        "layer": table.layer,
        "columns": columns,
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
