"""Another scheme than the default one, with entities only, through the whole loop: everything follows from it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import goldpress
from goldpress.errors import UsageError

TEXT = "Vogt met Mirow in Berlin on Friday. The Baltic Council sent nobody, and Vogt regretted it."


def mark(label: str, words: str, occurrence: int = 0) -> dict[str, Any]:
    start = -1
    for _ in range(occurrence + 1):
        start = TEXT.index(words, start + 1)
    return {
        "id": f"{label}-{start}",
        "from_name": "name",
        "to_name": "text",
        "type": "labels",
        "value": {"start": start, "end": start + len(words), "text": words, "labels": [label]},
    }


def annotation(number: int, marks: list[dict[str, Any]]) -> dict[str, Any]:
    usable = {"id": f"u{number}", "from_name": "usable", "to_name": "text", "type": "choices"}
    return {
        "id": number,
        "unique_id": f"00000000-0000-4000-8000-{number:012d}",
        "completed_by": {"id": number, "email": f"annotator{number}@example.org"},
        "created_at": "2025-03-01T08:00:00.000000Z",
        "updated_at": "2025-03-01T09:00:00.000000Z",
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 12.5,
        "result": [*marks, {**usable, "value": {"choices": ["yes"]}}],
    }


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("names")
    (root / "schemas").mkdir()
    shutil.copyfile(Path(__file__).parent / "schemes/entities.toml", root / "schemas/scheme.toml")
    goldpress.init(root)
    (root / "seeds/beispiel.md").unlink()
    head = '+++\ntitle = "Talks"\nlang = "en"\nsource = "Sample Post"\nlicence = "CC0-1.0"\n+++\n\n'
    (root / "seeds/talks.md").write_text(head + TEXT + "\n", "utf-8")
    (article,) = goldpress.read_articles(root)
    both = [mark("PERSON", "Vogt"), mark("PERSON", "Mirow"), mark("PLACE", "Berlin"), mark("PERSON", "Vogt", 1)]
    annotations = [annotation(1, [*both, mark("BODY", "Baltic Council")]), annotation(2, both)]
    data = {"text": article.text, "article_id": "talks", "text_sha256": article.text_sha256}
    export = root / "export.json"
    export.write_text(json.dumps([{"id": 7, "data": data, "annotations": annotations}]), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDPRESS_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("GOLDPRESS_PSEUDONYM_KEY", "0123456789abcdef" * 4)
        goldpress.pull(root, file=export)
        goldpress.validate(root)
        goldpress.publish(root)
    return goldpress.load(root / "dataset")


def test_its_release_holds_its_labels_and_their_words(release: Any) -> None:
    rows = release.table("spans", layer="raw").to_arrow().to_pylist()
    assert {(row["label"], row["text"], row["layer"]) for row in rows} == {
        ("PERSON", "Vogt", "name"),
        ("PERSON", "Mirow", "name"),
        ("PLACE", "Berlin", "name"),
        ("BODY", "Baltic Council", "name"),
    }
    assert all(TEXT[row["start"] : row["end"]] == row["text"] for row in rows)


def test_its_gold_is_what_both_said(release: Any) -> None:
    rows = release.table("spans", layer="gold").to_arrow().to_pylist()
    assert sorted((row["label"], row["text"]) for row in rows) == [
        ("PERSON", "Mirow"),
        ("PERSON", "Vogt"),
        ("PERSON", "Vogt"),
        ("PLACE", "Berlin"),
    ]


def test_its_release_has_no_table_of_what_it_does_not_have(release: Any) -> None:
    assert not {"claims", "relations", "stances"} & set(release.names())
    with pytest.raises(UsageError, match="GP-DATASET-019"):
        release.table("claims", layer="raw")
    suites = release.path.parent.parent / "validation"
    assert not [path.name for path in suites.glob("*.json") if "claim" in path.read_text("utf-8").lower()]
