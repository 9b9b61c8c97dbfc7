"""Write docs/reference/ from the source: the commands, the errors, the settings, the checks.

``python docs/generate.py`` writes; ``--check`` writes nothing and leaves with 1 if a page is stale.
"""

import ast
import functools
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from goldpress import errors
from goldpress.cli.commands import SUMMARIES, commands
from goldpress.schemas.checks import Check, checks

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "goldpress"
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Written by docs/generate.py: change the source and run 'make docs'. -->\n"
CODE = re.compile(r"GP-[A-Z]+-\d{3}")
FAMILIES = {name: getattr(errors, name) for name in ("DataError", "UsageError", "SurroundingsError")}

AREAS = {
    "WORK": "The workspace and its settings",
    "CLI": "The command line",
    "INIT": "A new workspace",
    "DOCTOR": "What doctor finds",
    "SCHEME": "The scheme",
    "SEEDS": "Articles",
    "SERVE": "The embedded Label Studio",
    "LS": "Talking to Label Studio",
    "PSEUDO": "Pseudonyms",
    "PEOPLE": "Annotators and their roles",
    "PUSH": "Push",
    "BATCH": "Push: batches",
    "SHARE": "Push: shared work",
    "SUGGEST": "Push: suggestions",
    "REREAD": "Push: reading again",
    "PULL": "Pull",
    "EXPORT": "Pull from an export",
    "STORE": "The pulls in annotations/",
    "TAB": "From tasks to tables",
    "ENGINE": "Work in several processes",
    "CORPUS": "What a release is made from",
    "GOLD": "Gold",
    "ADJUDICATE": "Adjudication",
    "SIDE": "Projects beside the first one",
    "VALID": "Validation",
    "SUITE": "Suites",
    "NOTES": "Notes to annotators",
    "DATASET": "Releases",
    "SHRINK": "A release that would hold less",
    "FORMAT": "Export",
    "PAGES": "Pages",
    "LOAD": "Loading from elsewhere",
    "BUCKET": "Object stores",
    "TARGET": "Upload",
    "CONFIG": "The labelling page",
    "GUIDE": "The guidelines",
    "DEMO": "The demo",
}
"""Headings of the areas, in the order in which a person meets them; one that is new comes last, under its name."""

VARIABLES = {
    "GOLDPRESS_STATE": "Folder of private files (tokens, the pseudonym key, the embedded server's data) instead of the "
    "user's state folder.",
    "GOLDPRESS_TOKEN": "Token for Label Studio, where `goldpress login` is not wanted: in CI.",
    "GOLDPRESS_PSEUDONYM_KEY": "Key of the annotators' pseudonyms, where it comes from a vault.",
    "GOLDPRESS_KEYRING": "`off` keeps tokens in the private folder, also where the system has a keyring.",
    "GOLDPRESS_WORKERS": "How many processes tabulate; one for each core by default.",
    "GOLDPRESS_CACHE": "Folder for releases that were loaded from elsewhere, instead of the user's cache folder.",
    "GOLDPRESS_ZENODO": "Another Zenodo for `goldpress upload`, as `https://sandbox.zenodo.org`; the token is in "
    "`ZENODO_TOKEN`.",
    "SOURCE_DATE_EPOCH": "Time that a release is stamped with, in seconds: building it again gives the same bytes.",
}

COMMANDS_HEAD = f"""{NOTE}# Commands

Every command is a function of the same name in Python, with the same parameters: `goldpress push --limit 3` is
`goldpress.push(limit=3)`.

Each takes `--workspace DIR` (default: the nearest one upwards), `--json` (one JSON document on stdout, everything else
on stderr), `--quiet` and `--debug`.

| exit code | meaning |
| --: | --- |
| 0 | done |
| 1 | findings: data that does not hold |
| 2 | wrong use: arguments, settings, scheme |
| 3 | the surroundings: server, network, disk, permission |
| 70 | a fault in goldpress itself |
| 130 | interrupted |
| 141 | nobody reads the output any more |

An error says what broke, where, and what to try, under a [code](errors.md) that stays the same.

A shell completes commands, options and their values once this line stands in `~/.bashrc` (in `~/.zshrc` with
`zsh_source`):

```sh
eval "$(_GOLDPRESS_COMPLETE=bash_source goldpress)"
```
"""

ERRORS_HEAD = f"""{NOTE}# Errors

A code stays the same and has one meaning. `…` stands for what is filled in. The exit code follows from the family:
FAMILIES. With `--json` the same four things come as `{{"error": {{code, what, where, hint}}}}`.
"""

CHECKS_HEAD = f"""{NOTE}# Checks

What `goldpress validate` looks at. An error stops a release, a warning stops it until [somebody waives
it](../maintainers.md#waive-a-warning), what is only reported stops nothing, and a repair was made on the way into the
tables. `claims` stands for every table of claims, raw and gold; `raw:spans` for the raw one alone; `measures` for what
is measured over many rows. Limits stand in the settings under [`[validation]`](settings.md#validation).
"""

CHECK_FAMILIES = {
    "T": "Text and offsets",
    "S": "How spans lie",
    "C": "Claims and relations",
    "P": "How people worked",
    "D": "The data set as a whole",
    "X": "Your own",
}

SETTINGS_HEAD = f"""{NOTE}# Settings

They stand in `goldpress.toml`, or in `pyproject.toml` under `[tool.goldpress]`: there every heading below starts with
`tool.goldpress.`. What is not set has the value that is written here; an unknown key is refused, with the nearest known
one. An option on the command line goes before a setting.
"""


def pages() -> dict[Path, str]:
    """Return every generated page with its content."""
    return {
        REFERENCE / "cli.md": commands_page(),
        REFERENCE / "errors.md": errors_page(),
        REFERENCE / "settings.md": settings_page(),
        REFERENCE / "checks.md": checks_page(),
    }


def main() -> int:
    """Write the pages, or check them."""
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"stale: {path.relative_to(ROOT)}; run 'make docs' and commit what changed\n")
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(pages()[path], "utf-8")
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


# ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────


def commands_page() -> str:
    """Return the page on the command line: the help of every command, and its twin."""
    parts = [
        COMMANDS_HEAD,
        "| command | |\n| --- | --- |",
        *(f"| [`{name}`](#goldpress-{name}) | {summary} |" for name, summary in SUMMARIES.items()),
        "",
    ]
    parts += [_command(name, command) for name, command in _walk(commands)]
    return "\n".join(parts).rstrip() + "\n"


def _walk(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield f"{before}{name}", command
            yield from _walk(command, f"{before}{name} ")
        elif command is not None:
            yield f"{before}{name}", command


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"goldpress {name}", max_content_width=100, terminal_width=100)
    twin = f"goldpress.{name.replace(' ', '_').replace('-', '_')}"
    told = "" if isinstance(command, click.Group) else f"\nIn Python: `{twin}()`.\n"
    return f"## goldpress {name}\n{told}\n```text\n{command.get_help(context).rstrip()}\n```\n"


# ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Raised:
    """One place where an error is made."""

    code: str
    family: str
    what: str
    hint: str
    module: str


def raised() -> list[Raised]:
    """Return every place in the source where an error with a code is made, by code."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call):
                found += [entry for entry in [_raised(node, path)] if entry is not None]
    return sorted(found, key=lambda entry: (entry.code, entry.module))


def _raised(node: ast.Call, path: Path) -> Raised | None:
    named = {entry.arg: entry.value for entry in node.keywords}
    values = [*node.args, *([named["code"]] if "code" in named else [])]
    code = next((text for value in values for text in [_constant(value, path)] if CODE.fullmatch(text)), "")
    if not code:
        return None
    called = ast.unparse(node.func).rpartition(".")[2]
    module = f"goldpress.{'.'.join(path.relative_to(SOURCE).with_suffix('').parts)}".removesuffix(".__init__")
    if called == "convert_table":
        return Raised(
            code, "UsageError", "an unknown key, a wrong type or a value out of range", "did you mean '…'?", module
        )
    family = called if called in FAMILIES else _family_of(called)
    if not family:
        return None
    what = _template(named.get("what") or (node.args[1] if len(node.args) > 1 else None))
    return Raised(code, family, what, _template(named.get("hint")), module)


def _constant(value: ast.expr, path: Path) -> str:
    """A string, also one that stands under a name at the top of the module."""
    if isinstance(value, ast.Name):
        value = _names(path).get(value.id, value)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def _names(path: Path) -> dict[str, ast.expr]:
    """What the names at the top of a module stand for."""
    pairs = [(t, node.value) for node in _tree(path).body if isinstance(node, ast.Assign) for t in node.targets]
    return {target.id: value for target, value in pairs if isinstance(target, ast.Name)}


@functools.cache
def _family_of(called: str) -> str:
    """The family of a class of the source that is derived from one of the three."""
    for path in SOURCE.rglob("*.py"):
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and node.name == called:
                return next((ast.unparse(base) for base in node.bases if ast.unparse(base) in FAMILIES), "")
    return ""


def _template(value: ast.expr | None) -> str:
    """The text of a message, with … for what is filled in."""
    if value is None:
        return ""
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in value.values)  # type: ignore[misc]
    if isinstance(value, ast.IfExp):
        return f"{_template(value.body)} / {_template(value.orelse)}"
    if isinstance(value, ast.BoolOp):
        return " / ".join(_template(entry) for entry in value.values)
    return "…"


def errors_page() -> str:
    """Return the page on errors: every code, what it means and what to try."""
    entries = raised()
    areas: dict[str, list[Raised]] = {}
    for entry in entries:
        areas.setdefault(entry.code.split("-")[1], []).append(entry)
    families = ", ".join(f"`{name}` {family.exit_code}" for name, family in FAMILIES.items())
    parts = [ERRORS_HEAD.replace("FAMILIES", families)]
    for area in sorted(areas, key=lambda name: (list(AREAS).index(name) if name in AREAS else len(AREAS), name)):
        parts.append(f"## {AREAS.get(area, f'GP-{area}')}\n")
        parts.append("| code | exit | what | try | from |\n| --- | --: | --- | --- | --- |")
        parts += [_row(entry) for entry in areas[area]]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _row(entry: Raised) -> str:
    exit_code = 70 if entry.code == "GP-CLI-003" else FAMILIES[entry.family].exit_code
    what, hint = (text.replace("|", "\\|").replace("\n", " ") for text in (entry.what, entry.hint))
    return f"| `{entry.code}` | {exit_code} | {what} | {hint} | `{entry.module}` |"


# ── Checks ──────────────────────────────────────────────────────────────────────────────────────────────────


def checks_page() -> str:
    """Return the page on checks: what holds, how grave a breach is and why, what to try."""
    parts = [CHECKS_HEAD]
    for letter, title in CHECK_FAMILIES.items():
        own = sorted((key for key in checks() if key.startswith(letter)), key=_place)
        if not own:
            continue
        parts.append(f"## {title}\n\n| check | severity | tables | what holds | try |\n| --- | --- | --- | --- | --- |")
        parts += [_check(key, checks()[key]) for key in own]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _check(key: str, check: Check) -> str:
    tables = ", ".join(f"`{name}`" for name in check.tables) or (
        "as its columns say" if check.severity != "repair" else ""
    )
    sentence = f"{check.sentence} *{check.why[0].upper()}{check.why[1:]}.*" if check.why else check.sentence
    row = (f"`{key}`", check.severity, tables, sentence, check.hint if check.severity != "repair" else "")
    return f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _place(key: str) -> tuple[int, str]:
    number = re.match(r"[A-Z](\d+)", key)
    return (int(number[1]) if number else 0, key)


# ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────


def settings_page() -> str:
    """Return the page on settings, from the classes in the module workspace and the sentences below their fields."""
    tree = ast.parse((SOURCE / "workspace.py").read_text("utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    parts = [
        SETTINGS_HEAD,
        *_sections(classes, "Settings", ""),
        "## Environment\n\n| variable | meaning |\n| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _sections(classes: dict[str, ast.ClassDef], name: str, path: str) -> Iterator[str]:
    rows, inner = [], []
    for field, meaning in _fields(classes[name]):
        kind, key = ast.unparse(field.annotation), ast.unparse(field.target)
        child = next((known for known in classes if re.search(rf"\b{known}\b", kind)), None)
        if child is not None:
            many = kind.startswith("tuple")
            at = f'{path}{key}."LAYER.LABEL"' if kind.startswith("dict") else f"{path}{key}"
            inner.append((child, at, many))
        else:
            default = "" if field.value is None else f"`{_toml(ast.unparse(field.value))}`"
            rows.append(f"| `{key}` | {_kind(kind)} | {default} | {meaning} |")
    if path or rows:
        yield _about(classes[name])
        yield "\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    for child, at, many in inner:
        yield f"## `[[{at}]]`\n" if many else f"## `[{at}]`\n"
        yield from _sections(classes, child, f"{at}.")


def _fields(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign, str]]:
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            text = str(after.value.value) if told else ""  # type: ignore[union-attr]
            yield field, inspect.cleandoc(text).replace("\n", " ").replace("``", "`").replace("|", "\\|")


def _about(node: ast.ClassDef) -> str:
    told = re.sub(r"^``\[\w+\]``: ", "", ast.get_docstring(node) or "")
    return (told[:1].upper() + told[1:]).replace("``", "`")


def _kind(annotation: str) -> str:
    limits = re.findall(r"(ge|gt|le|lt|min_length|max_length)=(-?[\d.]+)", annotation)
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    words |= {"min_length": "at least", "max_length": "at most"}
    base = re.sub(r"^Annotated\[(\w+),.*$", r"\1", annotation).removesuffix(" | None")
    base = {"str": "text", "int": "number", "float": "number", "Pattern": "regular expression"}.get(base, base)
    pattern = re.search(r"pattern='([^']*)'", annotation)
    told = [f"{words[word]} {limit}{' characters' if 'length' in word else ''}" for word, limit in limits]
    told += [f"like `{pattern[1]}`"] if pattern else []
    return ", ".join([base, *told]).replace("|", "\\|")


def _toml(value: str) -> str:
    return {"None": "not set", "()": "[]", "True": "true", "False": "false"}.get(value, value.replace("'", '"'))


if __name__ == "__main__":
    sys.exit(main())
