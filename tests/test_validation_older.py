"""A release from before a column was added: it is judged by what its own manifest names."""

import json
from pathlib import Path

from goldpress.schemas.scheme import load_scheme
from goldpress.validation import validate
from goldpress.validation.frames import Frames
from goldpress.validation.measures.drift import columns_of_the_contract
from goldpress.validation.sources import read_folder

ROOT = Path(__file__).parent.parent
SCHEME = load_scheme(ROOT / "schemas" / "scheme.toml")
OLDER = ROOT / "dataset" / "0.1.0"


def wrong_in(release: Path | None) -> list[str]:
    frames = Frames(read_folder(OLDER / "data", SCHEME), SCHEME, release=release)
    return [one.scope for one in columns_of_the_contract(frames) if not one.holds]


def test_a_column_that_was_added_since_is_not_missing_from_an_older_release() -> None:
    assert wrong_in(OLDER) == []


def test_without_a_manifest_the_same_tables_lack_a_column() -> None:
    assert wrong_in(None) == ["annotations: parent_prediction"]


def test_a_column_that_the_manifest_names_is_missing(tmp_path: Path) -> None:
    manifest = json.loads((OLDER / "manifest.json").read_bytes())
    manifest["tables"]["annotations"]["schema"].append({"name": "parent_prediction"})
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert wrong_in(tmp_path) == ["annotations: parent_prediction"]


def test_a_release_is_judged_by_what_it_was_to_follow_and_with_the_waivers_of_then(tmp_path: Path) -> None:
    verdict = validate(ROOT, "1.0.0", report=tmp_path)
    assert [finding.check_id for finding in verdict.findings if finding.blocks] == []
    assert [finding.check_id for finding in verdict.findings if finding.check_id.startswith("W1")] == []
