"""The clean corpus, planted defects, and which entries of the suites find them: without the engine, so it is quick."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from goldpress.annotations import assemble, tabulate
from goldpress.schemas.scheme import load_scheme
from goldpress.schemas.suites import MEASURES
from goldpress.schemas.tables import tables as contracts_of
from goldpress.validation.engine import Judgement
from goldpress.validation.frames import Frames
from goldpress.validation.measures import measure_all, measure_view
from goldpress.validation.offenders import offenders
from goldpress.validation.sources import read_folder
from goldpress.validation.views import check_view
from goldpress.workspace import ValidationSettings, open_workspace

CASES = Path(__file__).parent / "cases"
ROOT = CASES.parent.parent
SCHEME = load_scheme(ROOT / "schemas" / "scheme.toml")
PEOPLE = ("ann-1111111111", "ann-2222222222")

Tables = dict[str, pa.Table]
Case = Mapping[str, Any]


@cache
def clean_tables(folder: Path) -> Tables:
    """The tables of the clean corpus, gold and agreement with them, as a pull gives them."""
    for room in ("annotations", "seeds", "schemas"):
        (folder / room).mkdir(exist_ok=True, parents=True)
    shutil.copy(ROOT / "schemas" / "scheme.toml", folder / "schemas")
    (folder / "goldpress.toml").touch()
    head = {"goldpress_pull": 1, "config_sha256": "0" * 64, "guideline_version": SCHEME.version, "gone": []}
    head |= {"project": "x", "pulled_at": "2025-11-02T10:00:00+00:00", "server": "x", "source": "0" * 8}
    articles = json.loads((CASES / "clean.json").read_text("utf-8"))
    lines = [head, *(_task(number, article) for number, article in enumerate(articles, start=1))]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "annotations" / "20251102T100000Z-00000000.jsonl").write_text(text, "utf-8")
    return dict(assemble(open_workspace(folder)).tables)


def frames_of(case: Case, clean: Tables, release: Path, scratch: Path) -> Frames:
    """The tables of a case, with all that they are judged beside.

    Args:
        case: What to plant.
        clean: The clean corpus.
        release: A release that was made of it.
        scratch: Where a changed release goes.
    """
    if "task" in case:
        tables = {**clean, "repairs": _repaired(case["task"])}
        return Frames(tables, SCHEME, overlap=2)
    tables, place = dict(clean), None
    originals: dict[str, str] = {}
    if "files" in case or "withheld" in case:
        place = scratch / "1.0.0"
        shutil.copytree(release, place)
        for change in case.get("files", ()):
            _change_file(place, change)
        tables = dict(read_folder(place / "data", SCHEME))
    if "withheld" in case:
        originals = {row["article_id"]: row["text"] for row in clean["articles"].to_pylist()}
        tables = {name: _withhold(table, case["withheld"]) for name, table in tables.items()}
    tables = plant(tables, case)
    return Frames(
        _split(tables, case["split"]) if "split" in case else tables,
        SCHEME,
        overlap=case.get("overlap", 2),
        limits=msgspec.convert(case.get("limits", {}), ValidationSettings),
        previous=plant(dict(clean), case["previous"]) if "previous" in case else None,
        release=place,
        originals=originals,
    )


def plant(tables: Tables, case: Case) -> Tables:
    """The tables with what a case drops, sets and adds."""
    before, tables = tables, dict(tables)
    for change in case.get("drop", ()):
        rows, schema = tables[change["table"]].to_pylist(), tables[change["table"]].schema
        tables[change["table"]] = _table([row for row in rows if not _fits(row, change["where"])], schema)
    for change in case.get("set", ()):
        rows = tables[change["table"]].to_pylist()
        assert any(_fits(row, change["where"]) for row in rows), f"no row to change: {change}"
        changed = [{**row, **_typed(change["set"])} if _fits(row, change["where"]) else row for row in rows]
        tables[change["table"]] = _table(changed, tables[change["table"]].schema)
    for change in case.get("add", ()):
        table = tables[change["table"]]
        like = next(row for row in before[change["table"]].to_pylist() if _fits(row, change["like"]))
        made = [{**like, **_typed(change["set"], n)} for n in range(change.get("times", 1))]
        tables[change["table"]] = _table([*table.to_pylist(), *made], table.schema)
    return tables


def leaves_gold_alone(case: Case) -> bool:
    """Whether a case changes nothing that a view of gold looks at, so that gold need not be judged again."""
    changes = [change for kind in ("set", "add", "drop") for change in case.get(kind, ())]
    tables = {change["table"] for change in changes}
    shared = {"articles", "annotations", "entities", "agreement"}
    plain = set(case) <= {"about", "set", "add", "drop", "rows", "also"}
    return plain and bool(tables) and not any(name in shared or name.startswith("gold_") for name in tables)


def found_in(frames: Frames, only: str | None = None, *, gold: bool = True) -> dict[str, list[str]]:
    """Return for each entry of a suite that does not hold the keys of the rows that break it.

    Args:
        frames: The tables.
        only: A check; then no table without an entry of it is looked at.
        gold: Whether tables of gold are looked at.
    """
    found: dict[str, list[str]] = {}
    keys = {name: contract.key for name, contract in contracts_of(SCHEME).items() if name in frames}
    for name, key in {**keys, MEASURES: "measure_id"}.items():
        if not gold and name.startswith("gold_"):
            continue
        if only is not None and only not in checks_of(entry["meta"]["check_id"] for entry in entries_of(name)):
            continue
        view = view_of(frames, name)
        for entry in entries_of(name):
            rows = offenders(view, judgement_of(name, entry))
            if len(rows):
                found[entry["meta"]["check_id"]] = sorted(map(str, rows[key]))
    if "repairs" in frames:
        for check_id, rows in frames["repairs"].groupby("check_id"):
            found[f"{check_id}.repairs"] = sorted(map(str, rows["row"].unique()))
    return found


def view_of(frames: Frames, name: str) -> Any:
    """Return the check view of a table, or of what is measured."""
    if name == MEASURES:
        return measure_view(measure_all(frames), frames)
    return check_view(frames, contracts_of(SCHEME)[name])


@cache
def entries_of(name: str) -> list[dict[str, Any]]:
    """Return the entries of a suite of this repository."""
    entries: list[dict[str, Any]] = json.loads((ROOT / "validation" / f"{name}.json").read_text("utf-8"))[
        "expectations"
    ]
    return entries


def checks_of(found: Iterable[str]) -> set[str]:
    """Return the checks of entries: what stands before the first dot."""
    return {entry.partition(".")[0] for entry in found}


def judgement_of(table: str, entry: Mapping[str, Any]) -> Judgement:
    meta, kwargs = entry["meta"], entry["kwargs"]
    return Judgement(
        meta["check_id"], table, "error", "", "", entry["type"], kwargs, success=False, broken=False, count=0
    )


def _task(number: int, article: Mapping[str, Any]) -> dict[str, Any]:
    data = {key: article[key] for key in ("article_id", "lang", "source", "text")}
    data["text_sha256"] = hashlib.sha256(article["text"].encode()).hexdigest()
    data |= {"title": "Ohne Titel", "licence": "CC-BY-4.0", "published_at": f"2025-10-1{number}T08:00:00+00:00"}
    made = [_annotation(article, number, person) for person in (1, 2)]
    return {"id": number, "data": data, "annotations": made, "drafts": []}


def _annotation(article: Mapping[str, Any], number: int, person: int) -> dict[str, Any]:
    result: list[dict[str, Any]] = []
    for region, (label, words, length, attributes) in article["spans"].items():
        start = article["text"].index(words)
        layer = "claim" if label in {"CLAIM", "CUE"} else "entity"
        result += regions(article["text"], region, layer, label, start, start + length, attributes)
    result += [link(*relation) for relation in article["relations"]]
    choice = {"from_name": "relevance", "to_name": "text", "type": "choices", "id": "doc"}
    result.append({**choice, "value": {"choices": [article["relevance"]]}})
    who = {
        "id": number * 10 + person,
        "unique_id": f"{article['article_id']}-{person}",
        "completed_by": PEOPLE[person - 1],
    }
    times = {"created_at": "2025-11-01T10:00:00Z", "updated_at": "2025-11-01T10:05:00Z", "lead_time": 61.5}
    return {**who, **times, "result": result}


def regions(
    text: str, region: str, layer: str, label: str, start: int, end: int, attributes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what Label Studio says of a span: its label, and a row for each attribute."""
    value = {"start": start, "end": end, "text": text[start:end]}
    rows = [
        {"id": region, "from_name": layer, "to_name": "text", "type": "labels", "value": {**value, "labels": [label]}}
    ]
    for name, chosen in attributes.items():
        kind = {"kb_id": ("textarea", "text"), "topic": ("taxonomy", "taxonomy")}.get(name, ("choices", "choices"))
        answer = chosen if isinstance(chosen, list) else [chosen]
        rows.append(
            {"id": region, "from_name": name, "to_name": "text", "type": kind[0], "value": {**value, kind[1]: answer}}
        )
    return rows


def link(start: str, end: str, label: str | None = None, direction: str = "right") -> dict[str, Any]:
    """Return a relation as Label Studio writes it: without labels where nobody named it."""
    named = {} if label is None else {"labels": [label]}
    return {"type": "relation", "from_id": start, "to_id": end, "direction": direction, **named}


def _repaired(task: Mapping[str, Any]) -> pa.Table:
    data = {"article_id": "hafen", "text": task["text"], "lang": "de", "source": "x", "licence": "CC-BY-4.0"}
    times = {"created_at": "2025-11-01T10:00:00Z", "updated_at": "2025-11-01T10:05:00Z", "lead_time": 61.5}
    who = {"id": 1, "unique_id": "hafen-1", "completed_by": PEOPLE[0]}
    return tabulate([{"id": 1, "data": data, "annotations": [{**who, **times, "result": task["result"]}]}], SCHEME)[
        "repairs"
    ]


def _change_file(place: Path, change: Mapping[str, Any]) -> None:
    path = place / change["path"]
    if "append" in change:
        path.write_text(path.read_text("utf-8") + change["append"], "utf-8")
    elif "replace" in change:
        old, new = change["replace"]
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {path.name}"
        path.write_text(text.replace(old, new), "utf-8")
    else:
        table = pq.ParquetFile(path).read()
        rows = table.to_pylist()
        rows[0] |= change["cell"]
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def _withhold(table: pa.Table, withheld: list[str]) -> pa.Table:
    rows = table.to_pylist()
    words = [n for n in table.column_names if n in ("text", "title", "canonical_name") or n.endswith("_text")]
    gone = [{**row, **dict.fromkeys(words)} if row.get("article_id") in withheld else row for row in rows]
    return _table(gone, table.schema)


def _split(tables: Tables, parts: Mapping[str, str]) -> Tables:
    out = {}
    for name, table in tables.items():
        if "article_id" in table.column_names:
            if "split" in table.column_names:
                table = table.drop_columns(["split"])
            column = [parts.get(str(article), "train") for article in table["article_id"].to_pylist()]
            table = table.append_column("split", pa.array(column, pa.string()))
        out[name] = table
    return out


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([field.with_nullable(True) for field in schema]))


def _fits(row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(row[column] == value for column, value in where.items())


def _typed(values: Mapping[str, Any], n: int = 0) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, given in values.items():
        value = given.replace("{n}", str(n)) if isinstance(given, str) else given
        if name.endswith("_at"):
            out[name] = datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif name == "claim_date":
            out[name] = datetime.fromisoformat(value).date()
        elif isinstance(value, str) and value.startswith("sha256 of "):
            out[name] = hashlib.sha256(value.removeprefix("sha256 of ").encode()).hexdigest()
        else:
            out[name] = value
    return out
