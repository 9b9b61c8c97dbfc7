"""What more than one command shows."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldpress.cli.output import Output, counted, printable

FIRST_CLAIMS = 8
FIRST_NAMES = 3


def show_release(release: Any, out: Output, *, made: bool = True) -> None:
    """Print the tables of a release, raw and gold side by side, and where it lies, or would lie."""
    if out.silent:
        return
    tables = release.manifest.tables
    gold = {name.removeprefix("gold_"): entry.rows for name, entry in tables.items() if name.startswith("gold_")}
    rows = [
        (name, f"{tables[name].rows:,}", f"{gold.pop(name):,}" if name in gold else "", tables[name].about)
        for name in release.names()
        if not name.startswith("gold_")
    ]
    rows += [(f"gold_{name}", "", f"{number:,}", tables[f"gold_{name}"].about) for name, number in gold.items()]
    out.table(("table", "rows", "gold", "what"), rows, right=(1, 2), clip=(3,))
    facts = release.manifest.facts
    findings = sum(n for severity, n in release.manifest.validation.findings.items() if severity != "repair")
    out.line(
        f"{counted(tables['articles'].rows, 'article')}, {counted(len(facts.get('annotators', {})), 'annotator')}, "
        f"{counted(release.manifest.validation.checks, 'check')}, {counted(findings, 'finding')}"
    )
    out.line(f"{'' if made else 'nothing was published; it would be '}version {release.version}: {near(release.path)}")


def show_seen(seen: Mapping[str, int], out: Output) -> None:
    """Print in one line what was read, and by kind whatever of it no table holds, Label Studio's own fields aside."""
    kinds: dict[str, dict[str, int]] = {}
    for what, number in seen.items():
        kind, _, name = what.partition(": ")
        if number and kind != "tasks" and not _known(name):
            kinds.setdefault(kind, {})[name] = number
    told = []
    for kind, numbers in kinds.items():
        number = len(numbers) if kind.startswith("fields") else sum(numbers.values())
        names = [*filter(None, numbers)]
        more = " …" if len(names) > FIRST_NAMES else ""
        told.append(f"{number} {_kind(kind, number)}" + (f" ({', '.join(names[:FIRST_NAMES])}{more})" if names else ""))
    if told:
        tasks = counted(seen.get("tasks", 0), "task")
        out.line(printable(f"Of {tasks}, not in the tables as they are: {', '.join(told)}."))


def _kind(kind: str, number: int) -> str:
    noun, _, rest = kind.partition(" ")
    return f"{noun.removesuffix('s')} {rest.replace('that are', 'that is')}".strip() if number == 1 else kind


def _known(name: str) -> bool:
    from goldpress.annotations.tables.parsing import KNOWN

    level, _, field = name.partition(".")
    return field in KNOWN.get(level, ())


def show_claims(release: Any, out: Output) -> None:
    """Print the first gold claims with claimer and stance, if the scheme has any."""
    if out.silent or not {"gold_claims", "gold_stances"} <= set(release.names()):
        return
    names = {row["entity_id"]: row["canonical_name"] for row in release.table("entities").to_arrow().to_pylist()}
    claims = {row["claim_id"]: row for row in release.table("claims").to_arrow().to_pylist()}
    stances = release.table("stances").to_arrow().to_pylist()
    shown = [s for s in stances if s["claim_id"] in claims and claims[s["claim_id"]]["text"]]
    shown.sort(key=lambda s: (s["article_id"], claims[s["claim_id"]]["start"]))
    rows = [
        (
            _named(stance["claimer_text"], stance["claimer_entity_id"], names) or f"({stance['claimer_kind']})",
            claims[stance["claim_id"]]["text"],
            stance["polarity"],
            _named(stance["target_text"], stance["target_entity_id"], names),
        )
        for stance in shown[:FIRST_CLAIMS]
    ]
    if rows:
        out.heading(f"The first {len(rows)} of {len(stances)} stances")
        out.table(("claimer", "claim", "stance", "target"), rows, clip=(1,))


def wait_for_the_end(server: Any, out: Output) -> None:
    """Wait until the server ends; Ctrl-C is how a person ends it."""
    try:
        server.wait()
    except KeyboardInterrupt:
        out.line("\nLabel Studio stops; what was labelled stays in its data folder.")


def near(path: Path) -> str:
    """Return a path as a person here would type it."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def program(name: str) -> str:
    """Return how a program beside this Python is called: by its name, if the shell finds it."""
    own = Path(sys.executable).parent / name
    found = shutil.which(name)
    return name if found and Path(found) == own else near(own)


def _named(text: str | None, entity: str | None, names: Mapping[str, str]) -> str:
    """The words of the text, with the name of who is meant where that is another one: ``sie (Anna Vogt)``."""
    name = names.get(entity or "", "")
    return f"{text} ({name})" if text and name and name not in text else text or name
