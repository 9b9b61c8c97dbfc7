"""A change of the scheme, and what it means for labels that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import goldpress
from goldpress.errors import UsageError
from goldpress.schemas import load_scheme
from goldpress.schemas.evolution import compare_schemes, least_version

ROOT = Path(__file__).parent.parent
DEFAULT = (ROOT / "schemas/scheme.toml").read_text("utf-8")

CASES = [
    ("compatible", 'short = "Person"', 'short = "Mensch"', "short was Person and is Mensch"),
    ("compatible", 'definition = "Place without political agency."', 'definition = "A place."', "definition was"),
    ("compatible", 'name = "favor",', 'name = "mixed" },\n    { name = "favor",', "label mixed is new"),
    ("compatible", "most = 2", "most = 3", "most was 2 and is 3"),
    ("compatible", 'to = ["CUE"]', 'to = ["CUE", "ISSUE"]', "ends was CUE and is CUE, ISSUE"),
    ("compatible", "pattern = '^Q[1-9]\\d*$'\n", "", "pattern was"),
    (
        "compatible",
        'definition = "Terms of a peace agreement."',
        'definition = "Anderes."',
        "topic talks.terms definition was Terms of a peace agreement.",
    ),
    ("breaking", "most = 2", "most = 1", "most was 2 and is 1"),
    ("breaking", 'to = ["*"]', 'to = ["ISSUE"]', "ends was * and is ISSUE"),
    ("breaking", 'default = "affirm"', 'default = "deny"', "default was affirm and is deny"),
    ("breaking", 'boundary = "proposition"', 'boundary = "none"', "boundary was proposition and is none"),
    ("breaking", 'granularity = "word"', 'granularity = "symbol"', "granularity was word"),
    ("breaking", "ordinal = true", "ordinal = false", "ordinal was yes and is no"),
    ("breaking", 'name = "checkworthy"\n', 'name = "checkworthy"\nrequired = true\n', "required was no and is yes"),
    ("breaking", 'name = "note"\nkind = "text"', 'name = "note"\nkind = "date"', "kind was text and is date"),
    ("breaking", ', requires = "claimer"', "", "requires"),
    ("rename", '"GRP"', '"GROUP"', "label GRP is called GROUP now"),
    (
        "rename",
        '{ name = "talks.terms",',
        '{ name = "talks.conditions",',
        "topic talks.terms is called talks.conditions",
    ),
    ("rename", '{ name = "deny",', '{ name = "reject",', "value deny is called reject now"),
]


def write(folder: Path, text: str, name: str = "scheme.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("kind", "old", "new", "what"), CASES)
def test_a_change_is_called_what_it_is(tmp_path: Path, kind: str, old: str, new: str, what: str) -> None:
    assert old in DEFAULT
    before = load_scheme(write(tmp_path, DEFAULT, "old.toml"))
    after = load_scheme(write(tmp_path, DEFAULT.replace(old, new)))
    changes = compare_schemes(before, after)
    assert any(what in f"{change.where} {change.what}" for change in changes), changes
    if old != ', requires = "claimer"':
        assert changes[0].kind == kind, changes


def test_what_a_value_no_longer_requires_breaks_nothing(tmp_path: Path) -> None:
    before = load_scheme(write(tmp_path, DEFAULT, "old.toml"))
    after = load_scheme(write(tmp_path, DEFAULT.replace(', requires = "claimer"', "")))
    assert [change.kind for change in compare_schemes(before, after)] == ["compatible"]
    assert [change.kind for change in compare_schemes(after, before)] == ["breaking"]


def test_a_label_that_is_gone_and_one_that_means_something_else_are_no_rename(tmp_path: Path) -> None:
    text = DEFAULT.replace('"GRP"', '"CROWD"').replace("Group, nationality or unnamed actors that", "Masses that")
    changes = compare_schemes(load_scheme(write(tmp_path, DEFAULT, "old.toml")), load_scheme(write(tmp_path, text)))
    kinds = {(change.kind, change.where) for change in changes}
    assert ("breaking", "span layer entity: label GRP") in kinds
    assert ("compatible", "span layer entity: label CROWD") in kinds


def test_a_new_question_breaks_what_exists_only_if_it_must_be_answered(tmp_path: Path) -> None:
    asked = '[[document_labels]]\nname = "mood"\n{}values = [{{ name = "good" }}]\n\n[[topics]]\nname = "arms"'
    before = load_scheme(write(tmp_path, DEFAULT, "old.toml"))
    for more, kind in (("", "compatible"), ("required = true\n", "breaking")):
        text = DEFAULT.replace('[[topics]]\nname = "arms"', asked.format(more))
        assert compare_schemes(before, load_scheme(write(tmp_path, text)))[0].kind == kind


@pytest.mark.parametrize(("kind", "old", "new", "version"), [(*CASES[0][:3], "1.1.0"), (*CASES[-1][:3], "2.0.0")])
def test_the_scheme_s_version_must_say_what_changed(
    tmp_path: Path, kind: str, old: str, new: str, version: str
) -> None:
    before = load_scheme(
        write(tmp_path, re.sub(r'version = "[\d.]+"', 'version = "1.0.3"', DEFAULT, count=1), "old.toml")
    )
    changes = compare_schemes(before, load_scheme(write(tmp_path, DEFAULT.replace(old, new))))
    assert changes[0].kind == kind
    assert least_version(before, changes) == version
    assert least_version(before, []) == "1.0.3"


def test_the_command_compares_with_the_newest_release(tmp_path: Path) -> None:
    goldpress.init(tmp_path)
    with pytest.raises(UsageError, match="GP-SCHEME-004"):
        goldpress.generate(tmp_path, diff=True)
    for version, text in (("0.10.0", DEFAULT), ("0.9.0", DEFAULT.replace('"GRP"', '"CROWD"'))):
        (tmp_path / f"dataset/{version}/provenance").mkdir(parents=True)
        write(tmp_path / f"dataset/{version}/provenance", text)
    assert goldpress.generate(tmp_path, diff=True).changes == []
    write(tmp_path / "schemas", DEFAULT.replace('"GRP"', '"GROUP"'))
    before = (tmp_path / "schemas/label_config.xml").read_bytes()
    command = [sys.executable, "-m", "goldpress", "generate", "--diff", "--workspace", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    assert "rename: span layer entity: label GRP is called GROUP now" in done.stdout
    assert "Renamed: GRP = GROUP" in done.stdout
    assert "ask for 2.0.0" in done.stdout
    assert (tmp_path / "schemas/label_config.xml").read_bytes() == before
