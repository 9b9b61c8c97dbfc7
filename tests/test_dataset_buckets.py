"""Releases in object stores: sent whole or not at all, by one machine, to servers that keep their word."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import goldpress
from dataset_fixtures import corpus, release, tree
from goldpress.dataset.loading import stores
from goldpress.dataset.targets import buckets
from goldpress.errors import DataError, SurroundingsError, UsageError
from object_stores import BUCKET, KEYS, careless_server, ceph_gateway, moto_server, use_store


@pytest.fixture(scope="module", params=["moto", "ceph"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    with moto_server() if request.param == "moto" else ceph_gateway() as url:
        yield url


@pytest.fixture
def place(store: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    use_store(monkeypatch, store)
    client().create_bucket(Bucket=BUCKET)
    return f"s3://{BUCKET}/{request.node.name.split('[')[0]}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases; the second shares most files with the first."""
    folder = tmp_path_factory.mktemp("dataset")
    release(folder, version="1.0.0")
    release(folder, corpus(claim_type="prediction"), version="2.0.0")
    return folder


def client() -> Any:
    return boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def objects(place: str) -> dict[str, bytes]:
    """Every object under a place, by its name there."""
    prefix = place.removeprefix(f"s3://{BUCKET}/") + "/"
    listed = client().list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    got = {entry["Key"]: client().get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in listed}
    return {key.removeprefix(prefix): data for key, data in got.items()}


def test_a_release_arrives_byte_for_byte_and_a_second_time_adds_nothing(root: Path, place: str) -> None:
    first = goldpress.upload(root / "1.0.0", to=place)
    there = objects(place)
    local = {f"1.0.0/{path}": data for path, data in tree(root / "1.0.0").items()}
    assert {path: data for path, data in there.items() if path != "index.json"} == local
    assert (first.sent, first.copied, first.present) == (len(local), 0, 0)
    again = goldpress.upload(root / "1.0.0", to=place)
    assert (again.sent, again.copied, again.present) == (0, 0, len(local))
    assert objects(place) == there


def test_files_that_an_older_release_has_there_are_copied_by_the_server(root: Path, place: str) -> None:
    goldpress.upload(root / "1.0.0", to=place)
    receipt = goldpress.upload(root / "2.0.0", to=place)
    assert receipt.copied > receipt.sent > 0
    there = objects(place)
    assert {path: there[f"2.0.0/{path}"] for path in tree(root / "2.0.0")} == tree(root / "2.0.0")
    index, local = json.loads(there["index.json"]), json.loads((root / "index.json").read_bytes())
    assert index == local


def test_of_two_machines_with_different_releases_one_wins_and_the_other_says_so(
    root: Path, place: str, tmp_path: Path
) -> None:
    other = release(tmp_path, corpus(articles=("hafen",)), version="1.0.0")
    gate = threading.Barrier(8)
    outcomes: list[int | str] = []

    def send(folder: Path) -> None:
        gate.wait()
        try:
            outcomes.append(goldpress.upload(folder, to=place).sent)
        except DataError as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=send, args=(path,)) for path in [root / "1.0.0", other.path] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    losers = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(losers) == 4
    assert set(losers) <= {"GP-TARGET-004", "GP-TARGET-005"}
    there = {path.removeprefix("1.0.0/"): data for path, data in objects(place).items() if path != "index.json"}
    assert there in (tree(root / "1.0.0"), tree(other.path))


def test_an_upload_that_is_cut_short_anywhere_shows_no_release_and_the_next_one_finishes_it(
    root: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = ("create", "copy", "replace")
    real = {name: getattr(stores.Store, name) for name in calls}
    for kill_at in (1, 2, 3, 7, 20):
        left = [kill_at]
        where = f"{place}/{kill_at}"

        def cut(name: str, left: list[int] = left) -> Any:
            def call(*arguments: Any) -> Any:
                left[0] -= 1
                if left[0] <= 0:
                    raise ConnectionError
                return real[name](*arguments)

            return call

        with monkeypatch.context() as patch:
            for name in calls:
                patch.setattr(stores.Store, name, cut(name))
            with pytest.raises(ConnectionError):
                goldpress.upload(root / "1.0.0", to=where)
        assert "1.0.0/manifest.json" not in objects(where)
        receipt = goldpress.upload(root / "1.0.0", to=where)
        assert receipt.sent + receipt.present == len(tree(root / "1.0.0"))
        there = objects(where)
        assert {path: there[f"1.0.0/{path}"] for path in tree(root / "1.0.0")} == tree(root / "1.0.0")


def test_a_killed_run_between_manifest_and_index_is_mended_by_the_next(
    root: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(buckets, "_update_index", lambda _: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            goldpress.upload(root / "1.0.0", to=place)
    goldpress.upload(root / "2.0.0", to=place)
    assert [*json.loads(objects(place)["index.json"])["versions"]] == ["1.0.0", "2.0.0"]


def test_two_versions_that_are_sent_at_once_both_stand_in_the_index(root: Path, place: str) -> None:
    gate = threading.Barrier(2)

    def send(version: str) -> None:
        gate.wait()
        goldpress.upload(root / version, to=place)

    threads = [threading.Thread(target=send, args=(version,)) for version in ("1.0.0", "2.0.0")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*json.loads(objects(place)["index.json"])["versions"]] == ["1.0.0", "2.0.0"]


def test_other_bytes_under_the_version_are_never_overwritten(root: Path, place: str, tmp_path: Path) -> None:
    goldpress.upload(root / "1.0.0", to=place)
    before = objects(place)
    other = release(tmp_path, corpus(articles=("hafen",)), version="1.0.0")
    with pytest.raises(DataError, match="another release lies there") as refused:
        goldpress.upload(other.path, to=place)
    assert refused.value.code == "GP-TARGET-004"
    assert objects(place) == before


def test_what_a_stranger_left_where_a_file_belongs_stops_the_upload(root: Path, place: str) -> None:
    prefix = place.removeprefix(f"s3://{BUCKET}/")
    client().put_object(Bucket=BUCKET, Key=f"{prefix}/1.0.0/README.md", Body=b"mine")
    with pytest.raises(DataError, match="other bytes") as refused:
        goldpress.upload(root / "1.0.0", to=place)
    assert refused.value.where.endswith("/1.0.0/README.md")
    assert objects(place)["1.0.0/README.md"] == b"mine"
    assert "1.0.0/manifest.json" not in objects(place)


def test_a_damaged_release_is_not_sent(place: str, tmp_path: Path) -> None:
    broken = release(tmp_path, version="1.0.0")
    readme = broken.path / "README.md"
    readme.chmod(0o644)
    readme.write_bytes(readme.read_bytes() + b"!")
    with pytest.raises(DataError, match=r"README\.md") as refused:
        goldpress.upload(broken.path, to=place)
    assert refused.value.code == "GP-TARGET-002"
    assert objects(place) == {}


@pytest.mark.parametrize(("garble", "code"), [(False, "GP-BUCKET-002"), (True, "GP-BUCKET-003")])
def test_a_server_that_keeps_no_condition_or_no_byte_gets_no_release(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, garble: bool, code: str
) -> None:
    with careless_server(garble=garble) as url:
        use_store(monkeypatch, url)
        with pytest.raises(SurroundingsError) as refused:
            goldpress.upload(root / "1.0.0", to=f"s3://{BUCKET}/news")
    assert refused.value.code == code


def test_no_error_says_the_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_server() as url:
        use_store(monkeypatch, url)
        with pytest.raises(SurroundingsError) as missing:
            goldpress.upload(root / "1.0.0", to="s3://no-such-bucket/news")
    use_store(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setattr(stores, "PATIENCE", 0)
    with pytest.raises(SurroundingsError) as unreachable:
        goldpress.upload(root / "1.0.0", to=f"s3://{BUCKET}/news")
    for refused in (missing.value, unreachable.value):
        assert refused.code == "GP-BUCKET-005"
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in f"{refused}{refused.__cause__!r}"


def test_keys_are_found_in_the_profile_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = a\n[press]\naws_access_key_id = b\naws_secret_access_key = c\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "press")
    assert stores._keys() == {"access_key_id": "b", "secret_access_key": "c"}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from the environment")
    assert stores._keys() == {}


@pytest.mark.parametrize("text", ["s3://", "s3://UPPER/x", "s3://ok/../x", "hf://models/a/b", "ftp://x/y", "zenodo:x"])
def test_an_address_of_no_known_form_is_refused(root: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        goldpress.upload(root / "1.0.0", to=text)
    assert refused.value.code == "GP-TARGET-001"


def test_another_folder_gets_the_same_files_once(root: Path, tmp_path: Path) -> None:
    there = tmp_path / "shared"
    total = len(tree(root / "1.0.0"))
    assert goldpress.upload(root / "1.0.0", to=there).sent == total
    assert tree(there / "1.0.0") == tree(root / "1.0.0")
    assert goldpress.upload(root / "1.0.0", to=there).present == total
    assert goldpress.verify(there / "1.0.0").ok
    other = release(tmp_path / "other", corpus(articles=("hafen",)), version="1.0.0")
    with pytest.raises(DataError, match="another release"):
        goldpress.upload(other.path, to=there)
