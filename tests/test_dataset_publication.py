"""Publishing: whole or not at all, never over what is there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import goldpress
from dataset_fixtures import changed, corpus, default_scheme, entities_corpus, imprint, release, tree
from goldpress.annotations import assemble
from goldpress.dataset import write_release
from goldpress.dataset.form.manifest import manifest_bytes, read_manifest
from goldpress.errors import DataError, UsageError
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.tables import tables as contracts_of

ENTITIES_ONLY = Path(__file__).parent / "schemes" / "entities.toml"


def in_python(code: str, *arguments: object, seed: str) -> None:
    """Run code in another Python with the fixtures at hand."""
    path = os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], env=environment, check=True)


def test_a_release_holds_what_a_researcher_needs(tmp_path: Path) -> None:
    made = release(tmp_path / "dataset")
    names = tree(made.path)
    assert {"README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "SHA256SUMS", "manifest.json"} <= set(names)
    assert {f"data/{name}/train-0000.parquet" for name in made.names()} <= set(names)
    assert made.version == "0.1.0"
    index = json.loads((tmp_path / "dataset" / "index.json").read_bytes())
    assert index["latest"] == "0.1.0"
    assert goldpress.verify(made.path).ok
    assert all(path.stat().st_mode & 0o222 == 0 for path in made.path.rglob("*") if path.is_file())


def test_coreutils_agree_with_the_sums(tmp_path: Path) -> None:
    made = release(tmp_path)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=made.path, check=True)  # noqa: S607


def test_the_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = release(tmp_path)
    assert manifest_bytes(read_manifest(made.path)) == (made.path / "manifest.json").read_bytes()


def test_an_unchanged_corpus_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    release(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(DataError, match="nothing changed since"):
        release(tmp_path)
    assert tree(tmp_path) == before


def test_a_version_that_is_there_is_not_touched(tmp_path: Path) -> None:
    release(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(UsageError) as refused:
        release(tmp_path, corpus(claim_type="prediction"), "0.1.0")
    assert refused.value.code == "GP-DATASET-010"
    assert tree(tmp_path) == before


def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "0.1.0").mkdir()
    (tmp_path / "0.1.0" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        release(tmp_path)
    assert tree(tmp_path) == {"0.1.0/mine.txt": b"mine"}


def test_a_dry_run_says_what_would_be_and_writes_nothing(tmp_path: Path) -> None:
    made = write_release(
        corpus(), contracts_of(default_scheme()), tmp_path / "dataset", imprint=imprint(), dry_run=True
    )
    assert made.version == "0.1.0"
    assert tree(tmp_path) == {}


def test_a_corrected_label_is_a_new_version_that_shares_all_other_files(tmp_path: Path) -> None:
    first = release(tmp_path)
    before = tree(first.path)
    second = release(tmp_path, corpus(claim_type="prediction"))
    assert second.version == "0.2.0"
    assert second.manifest.bump == "minor"
    assert any(reason.startswith("claims: ") for reason in second.manifest.bump_reasons)
    rewritten = {entry.path.split("/")[1] for entry in second.manifest.files() if entry.reused_from is None}
    assert {"claims", "gold_claims"} <= rewritten
    assert not {"articles", "spans", "stances"} & rewritten
    text = "data/articles/train-0000.parquet"
    assert (first.path / text).stat().st_ino == (second.path / text).stat().st_ino
    assert tree(first.path) == before
    log = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert log.index("## 0.2.0") < log.index("## 0.1.0")


def test_what_people_wrote_into_the_changelog_stays(tmp_path: Path) -> None:
    release(tmp_path)
    path = tmp_path / "CHANGELOG.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nA pilot. Grüße!\n", encoding="utf-8")
    release(tmp_path, corpus(claim_type="prediction"))
    assert path.read_text(encoding="utf-8").endswith("\nA pilot. Grüße!\n")


def test_a_smaller_version_than_the_changes_demand_is_refused_with_the_reasons(tmp_path: Path) -> None:
    release(tmp_path, version="1.0.0")
    with pytest.raises(UsageError, match=r"too small: the changes since 1.0.0 demand 2.0.0 \(major\)") as refused:
        release(tmp_path, corpus(claim_type="prediction"), "1.1.0")
    assert "claims: " in refused.value.where


def test_new_articles_raise_the_minor_number_and_a_new_title_the_patch_number(tmp_path: Path) -> None:
    release(tmp_path, corpus(articles=("markt",)), version="1.0.0")
    more = release(tmp_path, corpus())
    # What was counted over the corpus changes too; no row that a person made does.
    changed = {reason.split(":")[0] for reason in more.manifest.bump_reasons if reason.endswith("changed")}
    assert not changed & {"spans", "claims", "annotations", "articles"}
    assert release(tmp_path, corpus(), title="Another title").manifest.bump == "patch"


def test_rows_say_in_which_release_they_came(tmp_path: Path) -> None:
    release(tmp_path, corpus(articles=("markt",)))
    rows = release(tmp_path, corpus()).articles.to_arrow().to_pylist()
    assert {row["article_id"]: row["added_in"] for row in rows} == {"markt": "0.1.0", "hafen": "0.2.0"}


def test_an_address_in_an_article_stops_the_release_without_repeating_it(tmp_path: Path) -> None:
    tables = changed(corpus(), "articles", "title", [None, "Schreiben Sie an redaktion@example.org"])
    with pytest.raises(DataError) as refused:
        release(tmp_path, tables)
    assert refused.value.code == "GP-DATASET-012"
    assert "redaktion" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_smaller_scheme_goes_through(tmp_path: Path) -> None:
    scheme = load_scheme(ENTITIES_ONLY)
    made = write_release(entities_corpus(scheme), contracts_of(scheme), tmp_path, imprint=imprint())
    assert "claims" not in made.names()
    assert made.spans.to_arrow()["text"].to_pylist() == ["Reederei Alster"]
    assert made.table("spans", "raw").num_rows == 2
    assert goldpress.verify(made.path).ok


def test_the_repository_publishes_itself_with_its_checks(repository: Path, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    made = goldpress.publish(repository, into=tmp_path, progress=lambda step, total: done.append((step, total)))
    assert done[-1][0] == done[-1][1]
    assert goldpress.verify(made.path).ok
    assert made.articles.num_rows >= 12
    assert made.manifest.validation.success
    assert made.manifest.validation.checks > 50
    assert made.to_dict()["seen"]["tasks"] == made.seen["tasks"] >= made.articles.num_rows
    rows = made.spans.to_arrow().to_pylist()
    texts = {row["article_id"]: row["text"] for row in made.articles.to_arrow().to_pylist()}
    assert rows
    assert all(row["text"] == texts[row["article_id"]][row["start"] : row["end"]] for row in rows)
    pulls = json.loads((made.path / "provenance" / "pulls.json").read_bytes())
    assert all(len(pull["sha256"]) == 64 for pull in pulls)


def test_committed_releases_follow_from_what_is_committed(repository: Path) -> None:
    """The newest one is the workspace as it stands; every one holds against its manifest."""
    folders = sorted(path.parent for path in (repository / "dataset").glob("*/manifest.json"))
    assert folders, "the repository ships no release"
    assert all(goldpress.verify(folder).ok for folder in folders)
    newest = goldpress.load(repository / "dataset")
    tables = assemble(repository).tables
    assert set(tables) == set(newest.names())
    for name, table in tables.items():
        key = newest.manifest.tables[name].primary_key[0]
        shipped = newest.table(name, "raw").to_arrow().select(table.column_names).sort_by(key)
        assert shipped.to_pylist() == table.sort_by(key).to_pylist(), name


def test_equal_input_gives_equal_bytes_in_any_order_and_process(tmp_path: Path) -> None:
    code = """
import sys
import pyarrow as pa
from dataset_fixtures import *
target, threads, articles = sys.argv[1:]
pa.set_cpu_count(int(threads))
tables = corpus(articles=tuple(articles.split(",")))
if threads == "1":
    tables = {name: pa.concat_tables([t.slice(1), t.slice(0, 1)]) for name, t in reversed(tables.items())}
release(Path(target), tables)
"""
    trees = []
    for threads, order, seed in (("1", "markt,hafen", "1"), ("4", "hafen,markt", "2")):
        in_python(code, tmp_path / threads, threads, order, seed=seed)
        trees.append(tree(tmp_path / threads))
    assert trees[0].keys() == trees[1].keys()
    assert [name for name in trees[0] if trees[0][name] != trees[1][name]] == []


def test_the_order_in_which_pulls_were_written_does_not_matter(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    pull = max((repository / "annotations").glob("*.jsonl"))
    head, *tasks = pull.read_bytes().splitlines(keepends=True)
    parts = [("2030", tasks[:4]), ("2031", tasks[2:9]), ("2032", tasks[8:]), ("2033", tasks[:1])]
    trees = []
    for number, order in enumerate(([0, 1, 2, 3], [3, 1, 0, 2])):
        root = tmp_path / str(number)
        for room in ("seeds", "schemas", "validation"):
            shutil.copytree(repository / room, root / room, ignore=shutil.ignore_patterns("reports"))
        shutil.copyfile(repository / "pyproject.toml", root / "pyproject.toml")
        (root / "annotations").mkdir()
        for age, i in enumerate(order):
            path = root / "annotations" / f"{parts[i][0]}0101T000000Z-{pull.stem[-8:]}.jsonl"
            path.write_bytes(head + b"".join(parts[i][1]))
            os.utime(path, (age, age))
        trees.append(tree(goldpress.publish(root).path))
    assert trees[0] == trees[1]


def test_the_time_of_a_release_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    from goldpress.dataset.papers.imprint import creation_time

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")
    assert creation_time().isoformat() == "2025-01-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    with pytest.raises(UsageError, match="no number of seconds"):
        creation_time()
