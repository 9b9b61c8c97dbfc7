"""What is sent: by name, by draw, by batch, by shares, with suggestions; and a label config that may change or not."""

import re
import shutil
import textwrap
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

import goldpress
from goldpress.annotations import pull, push, status
from goldpress.annotations.transport.configurations import compare_configs
from goldpress.annotations.transport.pushing import PushReport
from goldpress.annotations.transport.selection import sample_articles
from goldpress.annotations.transport.sending import MOST_BYTES, Key, bounded
from goldpress.annotations.transport.shares import deal
from goldpress.annotations.transport.suggesters import find_names, find_quotations
from goldpress.errors import GoldpressError, UsageError
from goldpress.seeds import Article, read_articles
from studio import TEXTS, Desk, make_desk, span, write_seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server


@pytest.fixture
def desk(server: "Server", tmp_path: "Path") -> "Iterator[Desk]":
    made = make_desk(server, tmp_path)
    yield made
    made.close()


def article(number: int, source: str, month: int) -> Article:
    return Article(f"a{number:03}", "Text.", "de", source, "", published_at=datetime(2026, month, 1, tzinfo=UTC))


def test_a_sample_keeps_the_proportions_of_sources_and_months_and_follows_from_its_seed() -> None:
    articles = [article(n, "Bote" if n < 60 else "Kurier", 1 + n % 2) for n in range(90)]
    drawn = sample_articles(articles, 30, seed=7)
    assert Counter((a.source, a.published_at.month) for a in drawn if a.published_at) == {
        ("Bote", 1): 10,
        ("Bote", 2): 10,
        ("Kurier", 1): 5,
        ("Kurier", 2): 5,
    }
    assert drawn == sample_articles(list(reversed(articles)), 30, seed=7)
    assert drawn != sample_articles(articles, 30, seed=8)
    assert len(sample_articles(articles, 500, seed=1)) == 90
    assert sample_articles([], 5, seed=1) == []


def test_batches_are_bounded_by_tasks_and_by_bytes() -> None:
    small = [{"data": {"text": "x"}} for _ in range(450)]
    assert [len(batch) for batch in bounded(small)] == [200, 200, 50]
    large = [{"data": {"text": "ü" * (MOST_BYTES // 4)}} for _ in range(5)]
    assert [len(batch) for batch in bounded(large)] == [1, 1, 1, 1, 1]
    assert list(bounded([])) == []


def test_two_pushes_at_once_send_every_article_once(desk: Desk) -> None:
    with ThreadPoolExecutor(3) as pool:
        reports = [job.result() for job in [pool.submit(push, desk.workspace) for _ in range(3)]]
    assert sorted(name for report in reports for name in report.created) == ["hafen", "markt"]
    with desk.admin() as client:
        assert len(client.task_index(desk.project_id)) == 2


def test_what_lies_there_twice_is_told(desk: Desk) -> None:
    from goldpress.annotations.transport.pushing import to_task

    push(desk.workspace)
    with desk.admin() as client:
        client.import_tasks(desk.project_id, [to_task(entry) for entry in read_articles(desk.workspace)])
    assert push(desk.workspace).doubled == ["hafen", "markt"]


def test_a_frozen_batch_stays_what_it_is(desk: Desk) -> None:
    first = push(desk.workspace, batch="w1", limit=1)
    again = push(desk.workspace, batch="w1", limit=2)
    assert (again.created, again.present) == ([], first.created)
    seed = desk.workspace.seeds / f"{first.created[0]}.md"
    seed.write_text(seed.read_text("utf-8") + " Nachtrag.", "utf-8")
    with pytest.raises(UsageError, match="GP-BATCH-003"):
        push(desk.workspace, batch="w1")
    with pytest.raises(UsageError, match="GP-BATCH-001"):
        push(desk.workspace, batch="../w1")


def test_options_that_contradict_each_other_are_refused_before_anything_is_sent(desk: Desk) -> None:
    for options in ({"sample": 1}, {"batch": "b", "only": ["markt"]}, {"overlap_fraction": 0.2}):
        with pytest.raises(UsageError, match="GP-PUSH-005"):
            push(desk.workspace, **options)
    with desk.admin() as client:
        assert client.find_project(desk.workspace.settings.label_studio.project) is None


def test_people_who_share_the_work_get_a_project_each_and_pull_brings_all(server: "Server", tmp_path: "Path") -> None:
    desk = make_desk(server, tmp_path, {f"a{n}": f"Artikel {n}: Vogt sprach in Alster." for n in range(10)})
    report = push(desk.workspace, split=["anna", "ben"], overlap_fraction=0.2)
    assert Counter(Counter(report.created).values()) == {1: 8, 2: 2}
    with desk.admin() as client:
        sizes = [len(client.task_index(int(url.split("/")[-2]))) for url in report.shares.values()]
    assert sizes == [6, 6]
    assert push(desk.workspace, split=["ben", "anna"], overlap_fraction=0.2).created == []
    _require_revisions_to_follow(desk, report)
    state = status(desk.workspace)
    assert (len(state.articles), state.overlap, state.not_pushed) == (15, 1, [])
    checks = {check.name: check for check in goldpress.doctor(desk.workspace).checks}
    assert checks["project"].ok
    assert [f"{n} tasks, its page is the scheme's" in checks["project"].found for n in (7, 8)] == [True, True]
    assert pull(desk.workspace).tasks == 15
    with pytest.raises(UsageError, match="GP-REREAD-002"):
        push(desk.workspace, split=["anna", "ben"], reannotate=0.5)
    stored = "".join(path.read_text("utf-8") for path in desk.workspace.annotations.glob("*.jsonl"))
    assert "anna" not in stored
    with pytest.raises(UsageError, match="GP-SHARE-001"):
        push(desk.workspace, split=["anna", "anna"])


def _require_revisions_to_follow(desk: Desk, report: PushReport) -> None:
    """A new revision goes to whoever has the one before: to one, or to all."""
    projects = [int(url.split("/")[-2]) for url in report.shares.values()]
    held = [_articles_in(desk, project) for project in projects]
    revised = [min(held[1].keys() - held[0].keys()), min(held[0].keys() & held[1].keys())]
    for name in revised:
        write_seed(desk.workspace.root, name, f"Neue Fassung von {name}: Vogt sprach in Alster.")
    push(desk.workspace, split=["ben", "anna"], overlap_fraction=0.2)
    held = [_articles_in(desk, project) for project in projects]
    assert [[counts[name] for counts in held] for name in revised] == [[0, 2], [2, 2]]


def _articles_in(desk: Desk, project: int) -> Counter[str]:
    return Counter(task["data"]["article_id"] for task in desk.fetch(project))


def test_people_who_share_the_work_are_all_shown_the_same_suggestions(server: "Server", tmp_path: "Path") -> None:
    desk = make_desk(server, tmp_path, {f"a{n}": f"Artikel {n}: Vogt sprach in Alster." for n in range(6)})
    names = desk.workspace.root / "names.csv"
    names.write_text("Vogt,PER\n", "utf-8")

    def share(*people: str) -> tuple[PushReport, dict[str, Counter[tuple[str, ...]]], set[str]]:
        report = push(desk.workspace, split=people, overlap_fraction=0.5, suggest=["gazetteer:names.csv"])
        projects = {name: int(url.split("/")[-2]) for name, url in report.shares.items()}
        with desk.admin() as client:
            offered = {
                client._exchange.send("GET", f"/api/projects/{i}/").json()["model_version"] for i in projects.values()
            }
            guesses = {
                name: client.predictions(i, [stub.id for stub in client.task_index(i)]) for name, i in projects.items()
            }
        found = {
            name: Counter(
                tuple(region["value"]["text"] for guess in of_task for region in msgspec.json.decode(guess.result))
                for of_task in tasks.values()
            )
            for name, tasks in guesses.items()
        }
        return report, found, offered

    first, found, offered = share("anna", "ben")
    # Three articles lie in both projects, and each of the two tasks is looked at.
    assert first.suggested == {"looked": 9, "found": 9, "known": 0}
    assert sum(found["anna"].values()) + sum(found["ben"].values()) == 9
    assert set(found["anna"]) == set(found["ben"]) == {("Vogt",)}
    again, found, same = share("ben", "anna")
    assert (again.created, again.suggested) == ([], {"looked": 0, "found": 0, "known": 9})
    assert set(found["anna"]) == set(found["ben"]) == {("Vogt",)}, "nothing is suggested twice"
    names.write_text("Alster,ORG\n", "utf-8")
    (desk.workspace.seeds / "neu.md").write_text(
        '+++\nid = "neu"\nlang = "de"\nsource = "B"\nlicence = "CC-BY-4.0"\n+++\nIn Alster regnet es.', "utf-8"
    )
    later, found, other = share("anna", "ben")
    assert later.suggested == {"looked": 9 + len(later.created), "found": 9 + len(later.created), "known": 0}
    assert found["anna"] + found["ben"] == Counter({("Vogt", "Alster"): 9, ("Alster",): len(later.created)})
    assert len(offered) == len(other) == 1, "the stream of everybody offers one version"
    assert offered == same != other, "and it is the newest"


def test_what_is_revised_and_what_lies_twice_is_told_where_the_work_is_shared_too(desk: Desk) -> None:
    from goldpress.annotations.transport.pushing import to_task

    report = push(desk.workspace, split=["anna", "ben"])
    assert (sorted(report.created), report.stale, report.doubled) == (["hafen", "markt"], [], [])
    write_seed(desk.workspace.root, "hafen", "Der Hafen ist wieder offen.")
    with desk.admin() as client:
        projects = [int(url.split("/")[-2]) for url in report.shares.values()]
        (mine,) = (i for i in projects if client.task_index(i)[0].meta["article_id"] == "markt")
        markt = next(article for article in read_articles(desk.workspace) if article.article_id == "markt")
        client.import_tasks(mine, [to_task(markt)])
    report = push(desk.workspace, split=["anna", "ben"])
    assert (report.created, report.stale, report.doubled) == (["hafen"], ["hafen"], ["markt"])
    assert [state.stale for state in status(desk.workspace).articles if state.article_id == "hafen"] == [True, False]


def test_a_new_revision_goes_to_whoever_has_the_one_before() -> None:
    articles = [article(n, "Bote", 1) for n in range(40)]
    held: dict[str, list[Key]] = {"anna": [], "ben": [], "cleo": []}

    def hand_out(offered: list[Article], *people: str) -> dict[str, list[str]]:
        given = deal({name: held[name] for name in people}, offered, 0.2, seed=7)
        for name, dealt in given.items():
            held[name] += [(entry.article_id, entry.text_sha256) for entry in dealt]
        return {name: sorted(entry.article_id for entry in dealt) for name, dealt in given.items()}

    first = hand_out(articles, "anna", "ben", "cleo")
    assert Counter(Counter(name for names in first.values() for name in names).values()) == {1: 32, 3: 8}
    revised = [Article(a.article_id, "Ein anderer Text.", "de", a.source, "") for a in articles]
    assert hand_out([*revised[:20], *articles[20:]], "cleo", "ben", "anna") == {
        name: [entry for entry in ids if entry < "a020"] for name, ids in first.items()
    }
    assert hand_out([*revised[:20], *articles[20:]], "anna", "ben", "cleo") == {"anna": [], "ben": [], "cleo": []}
    # Who is not there any more passes on what was theirs; who is keeps what they have.
    again = hand_out(revised, "anna", "ben")
    assert set(first["anna"]) & {f"a{n:03}" for n in range(20, 40)} <= set(again["anna"])
    assert {name for names in again.values() for name in names} >= {f"a{n:03}" for n in range(20, 40)}
    # A push that ended between two projects is completed.
    lost = next(entry for entry in held["ben"] if entry in held["anna"] and entry[1] == revised[0].text_sha256)
    held["ben"].remove(lost)
    assert lost[0] in {article_id for article_id, _ in held["ben"]}
    assert hand_out(revised, "anna", "ben") == {"anna": [], "ben": [lost[0]]}


def test_the_overlap_of_a_project_can_be_raised_later(desk: Desk) -> None:
    push(desk.workspace)
    push(desk.workspace, overlap=3)
    with desk.admin() as client:
        assert client.project(desk.project_id).overlap == 3


def test_a_label_more_is_put_on_the_page_and_a_label_less_is_refused(desk: Desk) -> None:
    push(desk.workspace)
    path = desk.workspace.schemas / "scheme.toml"
    before = path.read_text("utf-8")
    path.write_text(
        before + '\n[[document_labels]]\nname = "mood"\n[[document_labels.values]]\nname = "calm"\n', "utf-8"
    )
    push(desk.workspace)
    with desk.admin() as client:
        assert 'name="mood"' in client.project(desk.project_id).label_config
    path.write_text(before, "utf-8")
    with pytest.raises(UsageError, match="'mood' is gone"):
        push(desk.workspace)


def test_configs_are_compared_by_what_ends_up_in_labels() -> None:
    page = '<View><Labels name="e" toName="text"><Label value="A"/></Labels><Text name="text" value="$text"/></View>'
    assert compare_configs(page, page.replace('value="A"', 'value="A" background="red" hotkey="1"')) == []
    for old, new in (('value="A"', 'value="B"'), ("$text", "$body"), ('name="e"', 'name="f"'), ("Text ", "HyperText ")):
        assert any(change.breaking for change in compare_configs(page, page.replace(old, new))), (old, new)
    more = page.replace("<Label value", '<Label value="C"/><Label value')
    assert [change.breaking for change in compare_configs(page, more)] == [False]
    assert compare_configs("<View>", page)[0].breaking


def test_names_are_found_whole_and_the_longer_one_first() -> None:
    text = "Anna Vogt traf Vogt 😀 in Vogtland, Anna Vogts Rede."
    labels = {"Vogt": "PER", "Anna Vogt": "PER", "Rede": "EVT"}
    assert [text[s.start : s.end] for s in find_names(text, labels)] == ["Anna Vogt", "Vogt", "Rede"]
    assert list(find_names("", labels)) == list(find_names(text, {})) == []


def test_quotations_are_found_in_every_style_and_an_unbalanced_one_is_not() -> None:
    text = "Er sagte: „Wir liefern keine Panzer.“ »Das ist falsch, sagte sie«, „zwei Worte“ „offen bleibt dieses"
    found = [text[s.start : s.end] for s in find_quotations(text, "CLAIM")]
    assert found == ["Wir liefern keine Panzer", "Das ist falsch, sagte sie"]


def test_suggestions_are_stored_once_by_version_also_where_nothing_was_found(desk: Desk) -> None:
    (desk.workspace.root / "names.csv").write_text("name,label\nVogt,PER\n", "utf-8")
    sources = ["gazetteer:names.csv", "quotations"]
    assert push(desk.workspace, suggest=sources).suggested == {"looked": 2, "found": 1, "known": 0}
    assert push(desk.workspace, suggest=sources).suggested == {"looked": 0, "found": 0, "known": 2}
    with desk.admin() as client:
        tasks = {t["data"]["article_id"]: t for t in (client.task(i) for i in desk.task_ids().values())}
    assert {name: len(task["predictions"]) for name, task in tasks.items()} == {"markt": 1, "hafen": 1}
    result = tasks["markt"]["predictions"][0]["result"]
    text = TEXTS["markt"]
    surfaces = [text[r["value"]["start"] : r["value"]["end"]] for r in result]
    assert surfaces == ["Vogt", "Wir liefern keine Panzer"]
    assert tasks["hafen"]["predictions"][0]["result"] == []
    (desk.workspace.root / "names.csv").write_text("name,label\nVogt,PER\nAlster,ORG\n", "utf-8")
    assert push(desk.workspace, suggest=sources).suggested == {"looked": 2, "found": 2, "known": 0}


def test_suggestions_from_gold_are_those_of_the_last_release_and_not_of_what_was_labelled_since(
    desk: Desk, repository: "Path"
) -> None:
    with pytest.raises(UsageError, match="GP-SUGGEST-005"):
        push(desk.workspace, suggest=["gold"])
    shutil.copytree(repository / "dataset", desk.workspace.dataset, dirs_exist_ok=True)
    known = goldpress.load(desk.workspace.dataset).table("gold_spans").to_arrow().to_pylist()
    name = next(row["text"] for row in known if row["label"] == "PER" and row["text"] and row["text"][:1].isupper())
    push(desk.workspace, only=["markt"])
    desk.label("anna", "markt", [span(TEXTS["markt"], "Mirow", "entity", "PER", "p")])
    pull(desk.workspace)
    (desk.workspace.seeds / "neu.md").write_text(
        f'+++\nid = "neu"\nlang = "de"\nsource = "B"\nlicence = "CC-BY-4.0"\n+++\nMirow und {name} kamen zurück.',
        "utf-8",
    )
    assert push(desk.workspace, only=["neu"], suggest=["gold"]).suggested["found"] == 1
    with desk.admin() as client:
        (guess,) = client.task(desk.task_ids()["neu"])["predictions"]
    assert [region["value"]["text"] for region in guess["result"]] == [name]
    assert guess["model_version"].startswith("gold ")


def install(files: dict[str, str], folder: "Path", monkeypatch: pytest.MonkeyPatch) -> None:
    """Build a package from its files, and put what is in its wheel on the path, as an installer does."""
    from hatchling.build import build_wheel

    (folder / "source").mkdir(parents=True)
    for name, content in files.items():
        (folder / "source" / name).write_text(content, "utf-8")
    with monkeypatch.context() as patch:
        patch.chdir(folder / "source")
        wheel = build_wheel(str(folder))
    with zipfile.ZipFile(folder / wheel) as packed:
        packed.extractall(folder / "site")
    monkeypatch.syspath_prepend(folder / "site")


def test_the_package_that_the_page_shows_suggests_with_the_rules_of_spacy_and_looks_once(
    desk: Desk, repository: "Path", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (repository / "docs/label-studio.md").read_text("utf-8")
    shown = re.findall(r"^`(pyproject\.toml|my_rules\.py)`\n\n((?:    .*\n|\n)+)", page, re.MULTILINE)
    install({name: textwrap.dedent(content) for name, content in shown}, tmp_path / "rules", monkeypatch)
    assert push(desk.workspace, suggest=["rules"]).suggested == {"looked": 2, "found": 1, "known": 0}
    assert push(desk.workspace, suggest=["rules"]).suggested == {"looked": 0, "found": 0, "known": 2}
    with desk.admin() as client:
        guesses = {name: client.task(i)["predictions"] for name, i in desk.task_ids().items()}
    (guess,) = guesses["markt"]
    places = [(region["value"]["start"], region["value"]["end"]) for region in guess["result"]]
    assert [TEXTS["markt"][start:end] for start, end in places] == ["Vogt", "Mirow"], "behind an emoji too"
    assert [g["result"] for g in guesses["hafen"]] == [[]], "looked at, and nothing found"


BROKEN = """
import sys
from goldpress import Suggestion
raising = lambda text, lang: 1 / 0
none = lambda text, lang: None
tuples = lambda text, lang: [(0, 4, "PER")]
beyond = lambda text, lang: [Suggestion(0, len(text) + 1, "PER")]
half = lambda text, lang: [Suggestion(0.0, 4.5, "PER")]
"""
"""What somebody's own package may do."""


def test_a_model_of_ones_own_that_fails_is_told_with_its_article_and_nothing_of_the_batch_is_sent(
    desk: Desk, tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {"raising": "007", "none": "007", "tuples": "004", "beyond": "004", "half": "004", "absent": "006"}
    points = "".join(f'{name} = "broken_model:{name}"\n' for name in codes)
    head = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    project = (
        f'[project]\nname = "broken-model"\nversion = "1.0"\n[project.entry-points."goldpress.suggesters"]\n{points}'
    )
    install({"pyproject.toml": head + project, "broken_model.py": BROKEN}, tmp_path / "broken", monkeypatch)
    for name, code in codes.items():
        with pytest.raises(GoldpressError, match=f"GP-SUGGEST-{code}"):
            push(desk.workspace, suggest=[name])
    assert desk.task_ids() == {}


def test_a_source_of_suggestions_that_cannot_be_used_is_refused(desk: Desk) -> None:
    (desk.workspace.root / "names.csv").write_text("Vogt,NOBODY\n", "utf-8")
    for source, code in (("gazetteer:names.csv", "002"), ("gazetteer:none.csv", "002"), ("spacy", "001")):
        with pytest.raises(UsageError, match=f"GP-SUGGEST-{code}"):
            push(desk.workspace, suggest=[source])
