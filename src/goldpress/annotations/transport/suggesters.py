"""Where suggestions come from: names, quotation marks, the last release's gold, or a model of the user's own."""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from goldpress.errors import UsageError
from goldpress.schemas.scheme import Scheme
from goldpress.workspace import Workspace

GROUP = "goldpress.suggesters"
QUOTATIONS = "1"
"""Version of the rule; a change of what it finds changes it."""
FEWEST_WORDS = 3
WORD = re.compile(r"\w+")
QUOTED = re.compile(r"„([^„“”\"\n]+)[“”\"]|»([^»«\n]+)«|«([^»«\n]+)»|“([^“”\n]+)”|\"([^\"\n]+)\"")
"""A quotation within one paragraph, in the marks of German and English papers."""


@dataclass(frozen=True, order=True)
class Suggestion:
    """A span that is suggested: offsets in code points, half open, and a label of the scheme."""

    start: int
    end: int
    label: str


Look = Callable[[str, str], Iterable[Suggestion]]
"""What a suggester does: text and language in, suggestions out."""


@dataclass(frozen=True)
class Suggester:
    """One source of suggestions; ``mark`` changes when it may find something else."""

    name: str
    mark: str
    look: Look


def find_suggester(source: str, workspace: Workspace, scheme: Scheme) -> Suggester:
    """Return the suggester that ``--suggest`` names.

    A user's own model is a function of two arguments, text and language, that returns ``Suggestion``s; a package
    declares it under the entry point group ``goldpress.suggesters``. Another release of the package looks anew.

    Args:
        source: ``gazetteer:FILE`` (CSV with the columns name and label), ``quotations``, ``gold``, or the name of an
            entry point.
        workspace: Relative files are looked for there.
        scheme: Whose labels may be suggested.

    Raises:
        UsageError: There is no such source (GP-SUGGEST-001), its file cannot be used (GP-SUGGEST-002), there is no
            release whose gold could suggest (GP-SUGGEST-005), or the package cannot be loaded (GP-SUGGEST-006).
    """
    name, _, rest = source.partition(":")
    if name == "gazetteer" and rest:
        return _gazetteer(workspace.root / Path(rest).expanduser(), scheme)
    if source == "quotations":
        return _quotations(scheme)
    if source == "gold":
        return _gold(workspace, scheme)
    for point in entry_points(group=GROUP):
        if point.name == source:
            return _own(point)
    known = ", ".join(["gazetteer:FILE", "quotations", "gold", *(point.name for point in entry_points(group=GROUP))])
    raise UsageError("GP-SUGGEST-001", f"nothing suggests under the name '{source}'", hint=f"there is {known}")


def _own(point: EntryPoint) -> Suggester:
    release = point.dist.version if point.dist else ""
    try:
        look = point.load()
    except Exception as error:
        # Somebody else's code: it may fail in any way, most often for a package or a model that is not there.
        raise UsageError(
            "GP-SUGGEST-006",
            f"'{point.name}' cannot be loaded: {type(error).__name__}: {error}",
            where=point.value,
            hint="mend the package that declares it, or install what it needs",
        ) from error
    return Suggester(point.name, f"{point.value} {release}", look)


def find_names(text: str, labels: Mapping[str, str]) -> Iterator[Suggestion]:
    """Yield every whole word or run of words that is in the list; of two that overlap, the longer one.

    Args:
        text: The text.
        labels: Label by name.
    """
    yield from _find(text, _by_word(labels))


def _by_word(labels: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Names and their labels by first word, longest first: a list of a hundred thousand costs one look-up a word."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(labels, key=len, reverse=True):
        first = WORD.match(name)
        if first:
            found[first[0]].append((name, labels[name]))
    return dict(found)


def _find(text: str, by_word: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[Suggestion]:
    reached = 0
    for word in WORD.finditer(text):
        if word.start() < reached:
            continue
        for name, label in by_word.get(word[0], ()):
            end = word.start() + len(name)
            if text.startswith(name, word.start()) and not text[end : end + 1].isalnum():
                yield Suggestion(word.start(), end, label)
                reached = end
                break


def _names(name: str, mark: str, labels: Mapping[str, str]) -> Suggester:
    by_word = _by_word(labels)
    return Suggester(name, mark, lambda text, _: _find(text, by_word))


def find_quotations(text: str, label: str) -> Iterator[Suggestion]:
    """Yield what stands between quotation marks and is long enough to claim something, without its last mark."""
    for found in QUOTED.finditer(text):
        group = found.lastindex or 0
        inside = found[group]
        start = found.start(group) + len(inside) - len(inside.lstrip())
        end = found.start(group) + len(inside.rstrip(" \u00a0.,;!?…"))
        if len(text[start:end].split()) >= FEWEST_WORDS:
            yield Suggestion(start, end, label)


def _gazetteer(path: Path, scheme: Scheme) -> Suggester:
    try:
        content = path.read_bytes()
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            "GP-SUGGEST-002", "the list of names cannot be read", where=path, hint="a CSV file in UTF-8: name,label"
        ) from error
    known, labels = scheme.span_labels(), {}
    for number, row in enumerate(rows, start=1):
        if not row or row[:2] == ["name", "label"]:
            continue
        if len(row) < 2 or row[1].strip() not in known or not row[0].strip():
            raise UsageError(
                "GP-SUGGEST-002",
                f"line {number} of the list of names has no label of the scheme",
                where=path,
                hint=f"name,label; the labels are {', '.join(known)}",
            )
        labels[row[0].strip()] = row[1].strip()
    mark = hashlib.sha256(content).hexdigest()
    return _names("gazetteer", mark, labels)


def _quotations(scheme: Scheme) -> Suggester:
    layers = [layer for layer in scheme.span_layers if layer.boundary == "proposition"]
    if not layers:
        raise UsageError(
            "GP-SUGGEST-003",
            "the scheme has no layer for propositions, which quotations could suggest",
            where="schemas/scheme.toml",
            hint="suggest something else",
        )
    label = layers[0].labels[0].name
    return Suggester("quotations", QUOTATIONS, lambda text, _: find_quotations(text, label))


def _gold(workspace: Workspace, scheme: Scheme) -> Suggester:
    """Names that the gold of the last release labels, each with its most frequent label.

    What was labelled since is not in it: between two releases everybody is shown the same.
    """
    from goldpress.annotations.transport.published import published_gold

    named = {label.name for layer in scheme.span_layers if layer.boundary == "name" for label in layer.labels}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    version, spans = published_gold(workspace)
    for text, label in spans:
        # A name begins with a capital; what only refers to somebody would be wrong elsewhere.
        if label in named and text[:1].isupper():
            counts[text][label] += 1
    labels = {name: min(c, key=lambda label: (-c[label], label)) for name, c in counts.items()}
    mark = hashlib.sha256(repr((version, sorted(labels.items()))).encode()).hexdigest()
    return _names("gold", mark, labels)
