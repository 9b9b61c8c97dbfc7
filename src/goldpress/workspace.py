"""Where things lie: a workspace is a folder with five rooms and one table of settings."""

import difflib
import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from goldpress.errors import UsageError

Kind = TypeVar("Kind", bound=msgspec.Struct)

ROOMS = ("seeds", "schemas", "annotations", "validation", "dataset")

Pattern = Annotated[str, Meta(min_length=1, description="A Python regular expression.")]


class CleaningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule that cuts text before it is pushed; every range that it removes is recorded.

    ``drop_line`` removes whole lines that match; ``drop_tail`` removes everything from the first line that
    matches to the end.
    """

    name: str
    """What the removed text is: ``boilerplate``, ``agency_tail``, ``dateline`` …"""
    source: str = "*"
    """The source that the rule is for, as in the articles' front matter; ``*`` is every source."""
    drop_line: Pattern | None = None
    drop_tail: Pattern | None = None

    def __post_init__(self) -> None:
        if (self.drop_line is None) == (self.drop_tail is None):
            raise ValueError("give exactly one of drop_line and drop_tail")
        try:
            re.compile(self.drop_line or self.drop_tail or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error


class SeedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[seeds]``: what holds for every article that does not say otherwise."""

    language: str = "de"
    """BCP 47 tag of articles that state none."""
    source: str = "unknown"
    """Source of articles that state none."""
    licence: str | None = None
    """Licence of articles that state none, as SPDX id."""
    cleaning: tuple[CleaningRule, ...] = ()


class LabelStudioSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[label_studio]``: where people label."""

    url: str | None = None
    """Address of the server; ``goldpress serve`` and ``goldpress login`` remember theirs outside the workspace."""
    project: Annotated[str, Meta(min_length=3, max_length=50)] = "goldpress"
    """Title of the project; Label Studio takes 3 to 50 characters."""
    overlap: Annotated[int, Meta(ge=1)] = 2
    """How many annotators label each article."""


class Author(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the data set's authors, for the citation."""

    family_names: str
    given_names: str = ""


class SplitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dataset.splits]``: train, validation and test; an article that was published once never moves."""

    by: Literal["none", "seed", "time", "source"] = "none"
    """What decides: nothing (all articles are for training), chance with a seed, the day, or the outlet."""
    seed: int = 1
    """For ``seed``: another number gives another split."""
    validation_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """For ``seed``: share of the groups that go to validation."""
    test_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """For ``seed``: share of the groups that go to test."""
    validation_from: date | None = None
    """For ``time``: first day (UTC) of validation."""
    test_from: date | None = None
    """For ``time``: first day (UTC) of test."""
    validation: tuple[str, ...] = ()
    """For ``source``: outlets whose articles are for validation."""
    test: tuple[str, ...] = ()
    """For ``source``: outlets whose articles are for test."""
    near: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """Two articles stay together if they share this much of their runs of five words (Jaccard)."""
    within: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """… or if the shorter one shares this much of its own."""
    story_days: Annotated[int, Meta(ge=0)] = 3
    """… or if they tell the same story: published within so many days; 0 does not ask."""
    story: Annotated[float, Meta(gt=0, le=1)] = 0.15
    """How much of its rare words the one with fewer must share with the other for that. Where one subject fills every
    day, a chain of such pairs can join months: the report names the largest group, and a larger number breaks it."""


class DatasetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dataset]``: what a release says of itself."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,95}$")] = "news-claims"
    title: str = "Annotated news"
    description: str = ""
    """A few plain sentences for the card: where the text and the labels come from."""
    licence: str = "CC-BY-4.0"
    """Licence of the annotations, as SPDX id."""
    authors: tuple[Author, ...] = ()
    contact: str = ""
    """Where a takedown request goes."""
    url: str = ""
    """Address of the data set's page, for search engines."""
    open_licences: tuple[str, ...] = (
        "CC0-*",
        "CC-BY-[0-9]*",
        "CC-BY-SA-*",
        "CC-BY-NC-[0-9]*",
        "CC-BY-NC-SA-*",
        "CC-PDDC",
        "PDDL-*",
        "DL-DE-*",
    )
    """Licences under which the text of an article is published; ``*`` stands for anything. Name a permission that
    you hold too, as in ``LicenseRef-agreement-2026``. No text leaves under any other licence, or without one."""
    withheld: Literal["standoff", "masked"] = "standoff"
    """What is published of any other article: places and hashes only, or also the text with all letters masked."""
    byte_offsets: bool = False
    """Whether places are also given in bytes of the UTF-8 text, for readers whose strings are bytes."""
    splits: SplitSettings = SplitSettings()
    """Which articles are for training, validation and test."""


class GoldSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[gold]``: when votes are enough; exactly half of them is always a tie and decides nothing."""

    user_threshold: Annotated[int, Meta(ge=1)] = 1
    """Least number of annotators who marked it."""
    confidence_threshold: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """Least share of the article's annotators who marked it."""


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits for one measure: below ``least`` validation fails, below ``good`` it warns."""

    good: Annotated[float, Meta(ge=-1, le=1)] = 0.8
    least: Annotated[float, Meta(ge=-1, le=1)] = 0.667


class AgreementSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[agreement]``: how agreement is measured, and how much of it a release needs."""

    good: Annotated[float, Meta(ge=-1, le=1)] = 0.8
    """Chance-corrected agreement (alpha) from which labels count as reliable."""
    least: Annotated[float, Meta(ge=-1, le=1)] = 0.667
    """Below this alpha a release is refused unless the finding is waived. Both limits are Krippendorff's."""
    units: Annotated[int, Meta(ge=2)] = 30
    """With fewer units an alpha is shown as not computable."""
    replicas: Annotated[int, Meta(ge=0, le=10000)] = 1000
    """Bootstrap samples of articles for the 95 % interval; 0 leaves it out."""
    seed: int = 20250601
    """Seed of the bootstrap."""
    labels: dict[str, Gate] = {}
    """Own limits, by ``layer``, ``layer.label``, ``layer.attribute`` or ``layer.attribute.value``."""


class ValidationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[validation]``: limits of what is measured over many rows; shares are 0 to 1."""

    least: Annotated[int, Meta(ge=2)] = 30
    """Rows below which nothing is measured: the finding says how many there are."""
    outlier: Annotated[float, Meta(gt=0)] = 3.5
    """Robust z beyond which a length or a pace is unusual (Iglewicz and Hoaglin 1993)."""
    hurry: Annotated[float, Meta(ge=0, le=1)] = 0.25
    """Least share of an annotator's median time that an article takes."""
    longest_run: Annotated[int, Meta(ge=2)] = 30
    """Claims with the same answers in a row."""
    chance: Annotated[float, Meta(gt=0, lt=1)] = 0.001
    """An annotator's share of articles without a claim is unusual if it is less likely than this."""
    divergence: Annotated[float, Meta(gt=0)] = 0.25
    """Largest divergence of label distributions (Jensen and Shannon, base 2: 0 to 1)."""
    accepted: Annotated[float, Meta(ge=0, le=1)] = 0.95
    """Largest share of an annotator's spans that are suggestions."""
    overlap_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """Least share of a month's articles with more than one annotator."""
    repeat: Annotated[float, Meta(ge=0, le=1)] = 0.8
    """Least agreement (F1) of annotators with themselves."""
    split_least: Annotated[int, Meta(ge=0)] = 1
    """Least number of gold spans of each label in each part of the data set."""
    source_share: Annotated[float, Meta(gt=0, le=1)] = 0.6
    """Largest share of the articles that come from one source."""
    shrink: Annotated[float, Meta(ge=0, le=1)] = 0.8
    """Least rows of a table, as a share of the rows in the last release."""
    split_by_time: bool = False
    """Whether train, validation and test follow each other in time."""
    discourse_network: bool = False
    """Whether every claim needs a topic and a claimer that is an entity."""
    takedown: tuple[str, ...] = ()
    """Ids of articles that may not be published."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that ``goldpress.toml`` (or ``[tool.goldpress]`` in ``pyproject.toml``) may say."""

    seeds: SeedSettings = SeedSettings()
    label_studio: LabelStudioSettings = LabelStudioSettings()
    dataset: DatasetSettings = DatasetSettings()
    gold: GoldSettings = GoldSettings()
    agreement: AgreementSettings = AgreementSettings()
    validation: ValidationSettings = ValidationSettings()


@dataclass(frozen=True)
class Workspace:
    """A folder with the five rooms.

    Attributes:
        root: The folder, absolute.
        settings: What its settings file says, defaults filled in.
    """

    root: Path
    settings: Settings

    @property
    def seeds(self) -> Path:
        """Articles as collected."""
        return self.root / "seeds"

    @property
    def schemas(self) -> Path:
        """The scheme and what is generated from it."""
        return self.root / "schemas"

    @property
    def annotations(self) -> Path:
        """One file a pull."""
        return self.root / "annotations"

    @property
    def validation(self) -> Path:
        """Suites, waivers and reports."""
        return self.root / "validation"

    @property
    def dataset(self) -> Path:
        """The releases."""
        return self.root / "dataset"

    @property
    def state(self) -> Path:
        """Private files of this workspace: tokens, the pseudonym key, the ledger; outside the repository.

        ``$GOLDPRESS_STATE`` overrides the user's state folder. The folder is made with mode 700.
        """
        base = os.environ.get("GOLDPRESS_STATE")
        if base is None:
            from platformdirs import user_state_path

            base = str(user_state_path("goldpress"))
        mark = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        folder = Path(base) / f"{self.root.name}-{mark}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def __fspath__(self) -> str:
        return str(self.root)


def open_workspace(start: Workspace | Path | str | None = None) -> Workspace:
    """Return the workspace at a folder, or the nearest one upwards of the current folder.

    Args:
        start: A workspace (returned as it is), its folder, or None to search from here upwards.

    Raises:
        UsageError: No settings file is found, or it does not hold (unknown key, wrong type, not TOML).
    """
    if isinstance(start, Workspace):
        return start
    folders = [Path(start).resolve()] if start is not None else [Path.cwd(), *Path.cwd().parents]
    for folder in folders:
        found = _settings_table(folder)
        if found is not None:
            table, where = found
            return Workspace(folder, _settings(table, where))
    raise UsageError(
        "GP-WORK-001",
        "no goldpress workspace here",
        where=folders[0],
        hint="go into one, name it with --workspace DIR, or make one with 'goldpress init DIR'",
    )


def _settings_table(folder: Path) -> tuple[Mapping[str, Any], str] | None:
    own = folder / "goldpress.toml"
    if own.is_file():
        return read_toml(own), str(own)
    shared = folder / "pyproject.toml"
    if shared.is_file():
        table = read_toml(shared).get("tool", {})
        if "goldpress" in table:
            return table["goldpress"], f"{shared} [tool.goldpress]"
    return None


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a table.

    Raises:
        UsageError: It is not UTF-8 or not TOML (GP-WORK-002).
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("GP-WORK-002", f"the file is not TOML: {error}", where=path, hint="mend the line") from error


def _settings(table: Mapping[str, Any], where: str) -> Settings:
    return convert_table(table, Settings, where=where, code="GP-WORK-003")


TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date",
}


def convert_table(table: Any, kind: type[Kind], *, where: str | Path, code: str) -> Kind:
    """Return a table as a typed value; an unknown key is refused with the nearest known one.

    Raises:
        UsageError: Under ``code``; the message names the path inside the table.
    """
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise UsageError(code, _plainly(str(error)), where=where, hint=_suggestion(str(error), kind)) from error


def _plainly(message: str) -> str:
    """What msgspec says, with the place first, in the words of TOML."""
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").removeprefix(".")
    if unknown := re.fullmatch(r"Object contains unknown field `([^`]+)`", what):
        return f"unknown key '{unknown[1]}'" + (f" in {place}" if place else "")
    what = re.sub(r"`([a-z]+)(?: \| null)?`", lambda found: TYPES.get(found[1], found[0]), what)
    return f"{place}: {what[:1].lower()}{what[1:]}" if place else what


def _suggestion(message: str, kind: type[msgspec.Struct]) -> str:
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown is None:
        return "see docs/reference/settings.md for what may stand here" if kind is Settings else "mend the entry"
    known = sorted(_field_names(kind))
    near = difflib.get_close_matches(unknown[1], known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"


def _field_names(kind: Any) -> set[str]:
    """Every key that may stand anywhere in a table of this kind."""
    names: set[str] = set()
    seen: set[type] = set()
    waiting = [msgspec.inspect.type_info(kind)]
    while waiting:
        info = waiting.pop()
        if isinstance(info, msgspec.inspect.StructType) and info.cls not in seen:
            seen.add(info.cls)  # a topic holds topics
            names |= {field.encode_name for field in info.fields}
            waiting += [field.type for field in info.fields]
        elif isinstance(info, msgspec.inspect.UnionType):
            waiting += list(info.types)
        elif isinstance(info, (msgspec.inspect.VarTupleType, msgspec.inspect.ListType)):
            waiting.append(info.item_type)
    return names
