"""Loading a release from elsewhere: by address, in pieces, through a cache that believes nothing."""

import json
import pickle
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import goldpress
from dataset_fixtures import corpus, release, tree
from fake_hub import hub_server
from goldpress.dataset import Release
from goldpress.dataset.form.index import rewrite_index
from goldpress.errors import DataError, SurroundingsError, UsageError
from object_stores import BUCKET, moto_server, use_store


class Web:
    """A web server that gives out a folder, and remembers what it was asked for."""

    def __init__(self, root: Path) -> None:
        self.root, self.asked = root, list[str]()
        web = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                super().do_GET()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDPRESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dataset")
    release(root, version="1.0.0")
    release(root, corpus(claim_type="prediction"), version="2.0.0")
    return root


@pytest.fixture
def web(made: Path, tmp_path: Path) -> Iterator[Web]:
    """Two releases on a web server."""
    running = Web(Path(shutil.copytree(made, tmp_path / "dataset")))
    yield running
    running.stop()


def claim_type(found: Release) -> str:
    (row,) = found.claims.to_arrow().to_pylist()
    return str(row["claim_type"])


def spoil(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("wanted", "found"), [("latest", "2.0.0"), (None, "2.0.0"), (">=1,<2", "1.0.0"), ("1.0.0", "1.0.0")]
)
def test_a_version_is_chosen_by_the_index(web: Web, wanted: str | None, found: str) -> None:
    assert goldpress.load(web.url, wanted).version == found


def test_only_what_is_read_is_fetched_and_only_once(web: Web) -> None:
    found = goldpress.load(web.url)
    assert web.asked == ["/index.json", "/2.0.0/manifest.json"]
    assert claim_type(found) == "prediction"
    assert claim_type(found) == "prediction"
    assert web.asked[2:] == ["/2.0.0/data/gold_claims/train-0000.parquet"]
    assert claim_type(goldpress.load(web.url)) == "prediction"
    assert len([path for path in web.asked if path.endswith(".parquet")]) == 1


def test_the_address_of_one_release_needs_no_index(web: Web) -> None:
    (web.root / "index.json").unlink()
    assert claim_type(goldpress.load(f"{web.url}/1.0.0")) == "commitment"
    with pytest.raises(UsageError, match="the version is to be"):
        goldpress.load(f"{web.url}/1.0.0", "2.0.0")
    with pytest.raises(DataError, match="no release lies there"):
        goldpress.load(web.url)
    inside = Web(web.root / "1.0.0")
    assert claim_type(goldpress.load(inside.url, ">=1")) == "commitment"
    with pytest.raises(UsageError, match="no release fits"):
        goldpress.load(inside.url, ">=2")
    inside.stop()


def test_a_damaged_file_is_named_and_the_others_can_be_read(web: Web) -> None:
    path = web.root / "1.0.0" / "data" / "gold_claims" / "train-0000.parquet"
    good = path.read_bytes()
    spoil(path, good[:-9] + b"!" + good[-8:])
    found = goldpress.load(web.url, "1.0.0")
    with pytest.raises(DataError, match="differs from the manifest") as refused:
        found.claims.to_arrow()
    assert refused.value.where == f"{web.url}/1.0.0/data/gold_claims/train-0000.parquet"
    assert found.table("spans").num_rows == found.table("spans").to_arrow().num_rows
    path.unlink()
    with pytest.raises(DataError, match="missing there"):
        goldpress.load(web.url, "1.0.0").claims.to_arrow()
    spoil(path, good) if path.exists() else path.write_bytes(good)
    assert claim_type(goldpress.load(web.url, "1.0.0")) == "commitment"


def test_a_manifest_that_is_not_the_one_of_the_index_is_refused(web: Web) -> None:
    spoil(web.root / "2.0.0" / "manifest.json", (web.root / "1.0.0" / "manifest.json").read_bytes())
    with pytest.raises(DataError, match="not the one that the index names"):
        goldpress.load(web.url)
    (web.root / "index.json").write_text("[]")
    with pytest.raises(DataError, match="index of the releases is damaged"):
        goldpress.load(web.url)


def test_a_file_that_was_spoiled_in_the_cache_is_fetched_anew(web: Web) -> None:
    (path,) = goldpress.load(web.url).claims.files
    spoil(path, b"not what it was")
    assert claim_type(goldpress.load(web.url)) == "prediction"


def test_a_withdrawn_release_names_its_replacement(web: Web) -> None:
    told = {"reason": "takedown", "replacement": "2.0.0"}
    (web.root / "1.0.0" / "WITHDRAWN.json").write_text(json.dumps(told))
    rewrite_index(web.root)
    with pytest.raises(DataError, match="was withdrawn: takedown") as refused:
        goldpress.load(web.url, "1.0.0")
    assert refused.value.hint == "use version 2.0.0"
    assert goldpress.load(web.url).version == "2.0.0"


def test_a_pinned_version_is_read_without_a_network_once_it_was_there(web: Web) -> None:
    assert claim_type(goldpress.load(web.url, "1.0.0")) == "commitment"
    web.stop()
    assert claim_type(goldpress.load(web.url, "1.0.0")) == "commitment"
    for wanted in ("latest", "2.0.0"):
        with pytest.raises(SurroundingsError, match="does not answer"):
            goldpress.load(web.url, wanted)


def test_a_release_from_elsewhere_is_verified_and_compared_as_one_from_here(web: Web) -> None:
    assert goldpress.verify(f"{web.url}/1.0.0").ok
    found = goldpress.diff(f"{web.url}/1.0.0", web.root / "2.0.0")
    claims = next(table for table in found.tables if table.name == "gold_claims")
    assert claims.transitions["claim_type"] == {"commitment": {"prediction": 1}}


def test_a_release_from_elsewhere_travels_to_other_processes(web: Web) -> None:
    found = goldpress.load(web.url)
    assert claim_type(pickle.loads(pickle.dumps(found))) == "prediction"  # noqa: S301 - made here


def test_no_error_says_the_password_of_an_address(web: Web) -> None:
    secret = web.url.replace("//", "//anna:geheim@")
    assert goldpress.load(secret).version == "2.0.0"
    web.stop()
    for place, kind in ((secret, SurroundingsError), (f"{secret}/x?signature=geheim", UsageError)):
        with pytest.raises(kind) as refused:
            goldpress.load(place)
        assert "geheim" not in str(refused.value)


def test_a_full_cache_says_where(web: Web, cache: Path) -> None:
    cache.write_text("a file where the folder belongs")
    with pytest.raises(SurroundingsError, match="cache cannot be written") as refused:
        goldpress.load(web.url)
    assert "GOLDPRESS_CACHE" in refused.value.hint


def test_an_object_store_is_read_with_and_without_its_index(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    with moto_server() as url:
        use_store(monkeypatch, url)
        client = boto3.client("s3", endpoint_url=url)
        client.create_bucket(Bucket=BUCKET)
        place = f"s3://{BUCKET}/remote/news"
        for version in ("1.0.0", "2.0.0"):
            goldpress.upload(web.root / version, to=place)
        assert claim_type(goldpress.load(place, ">=1,<2")) == "commitment"
        client.delete_object(Bucket=BUCKET, Key="remote/news/index.json")
        assert claim_type(goldpress.load(place)) == "prediction"
        assert claim_type(goldpress.load(f"{place}/1.0.0")) == "commitment"


def test_the_hub_is_read_by_tag_and_without_its_client(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub_server() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", "hf_x")
        hub.exists = True
        for version in ("1.0.0", "2.0.0"):
            hub.tags[version] = hub.commit(tree(web.root / version))
        place = "hf://datasets/press/news"
        assert claim_type(goldpress.load(place, ">=1,<2")) == "commitment"
        assert claim_type(goldpress.load(f"{place}@1.0.0")) == "commitment"
        assert claim_type(goldpress.load(f"{place}@main")) == "prediction"
        assert hub.unknown == []


def test_the_first_rows_are_read_without_the_rest_and_a_damaged_page_is_seen(web: Web) -> None:
    found = goldpress.load(web.root, "1.0.0")
    assert found.spans.head(2).equals(found.spans.to_arrow().slice(0, 2))
    assert found.spans.head(0).num_rows == 0
    assert goldpress.load(web.url).spans.head(1).num_rows == 1
    (path,) = found.spans.files
    data = bytearray(path.read_bytes())
    data[40] ^= 255
    spoil(path, bytes(data))
    with pytest.raises(DataError, match="differs from the manifest"):
        goldpress.load(web.root, "1.0.0").spans.head()
