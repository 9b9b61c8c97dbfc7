"""A small corpus for tests of releases: two articles, two annotators, one disagreement."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldpress.annotations import tabulate
from goldpress.dataset import Imprint, Release, write_release
from goldpress.dataset.form.manifest import Judgement
from goldpress.schemas.scheme import Scheme, load_scheme
from goldpress.schemas.tables import tables as contracts_of
from goldpress.workspace import Author, DatasetSettings

SCHEME_FILE = Path(__file__).parent.parent / "schemas" / "scheme.toml"
TEXTS = {
    "markt": "Kanzlerin Vogt sagte 😀: „Wir liefern keine Panzer.“ Präsident Mirow forderte mehr Luftabwehr.",
    "hafen": "Die Reederei Alster erklärte, der Hafen bleibe offen.\n\nAnwohner protestierten.",
}
CLAIM = {"attribution": "direct", "claim_polarity": "deny", "claimer_kind": "span"}

Tables = dict[str, pa.Table]


@cache
def default_scheme() -> Scheme:
    """Return the repository's scheme."""
    return load_scheme(SCHEME_FILE)


def corpus(*, claim_type: str = "commitment", articles: tuple[str, ...] = ("hafen", "markt")) -> Tables:
    """Return staged tables; ``claim_type`` is what both annotators chose for the claim of the article ``markt``."""
    return {**_corpus(claim_type, articles)}


@cache
def _corpus(claim_type: str, articles: tuple[str, ...]) -> Tables:
    return tabulate([_task(name, claim_type) for name in articles], default_scheme())


def imprint(**changes: Any) -> Imprint:
    """Return what a test release says of itself; changes are settings."""
    said = {
        "name": "probe",
        "title": "A probe",
        "description": "Two invented articles.",
        "authors": (Author("Vogt", "Anna"),),
        **changes,
    }
    return Imprint(
        settings=DatasetSettings(**said),
        scheme=default_scheme(),
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        judgement=Judgement(success=True, checks=90, findings={"warning": 1}),
        summary={"checks": 90, "findings": []},
        provenance={"scheme.toml": SCHEME_FILE.read_bytes(), "pulls.json": b"[]\n"},
    )


def release(root: Path, tables: Tables | None = None, version: str | None = None, **changes: Any) -> Release:
    """Publish staged tables (the small corpus by default) into a folder."""
    staged = corpus() if tables is None else tables
    return write_release(staged, contracts_of(default_scheme()), root, imprint=imprint(**changes), version=version)


def entities_corpus(scheme: Scheme) -> Tables:
    """Return staged tables of a scheme with names only: one article, one name that two annotators marked."""
    task = _task("hafen", "")
    for annotation in task["annotations"]:
        answer = {"from_name": "usable", "to_name": "text", "type": "choices", "value": {"choices": ["yes"]}}
        annotation["result"] = [*_span("hafen", "o", "name", "BODY", "Reederei Alster"), answer]
    return tabulate([task], scheme)


def changed(tables: Tables, name: str, column: str, values: list[Any]) -> Tables:
    """Return tables in which one column of one table has other values."""
    table = tables[name]
    field = table.schema.field(column)
    fresh = table.set_column(table.column_names.index(column), field, pa.array(values, field.type))
    return {**tables, name: fresh}


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder, with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def table_json(release: Release) -> str:
    """Return all rows of a release as one text."""
    rows = {name: release.table(name, "raw").to_arrow().to_pylist() for name in release.names()}
    return json.dumps(rows, default=str, sort_keys=True)


def _task(name: str, claim_type: str) -> dict[str, Any]:
    data = {
        "article_id": name,
        "text": TEXTS[name],
        "title": "" if name == "hafen" else "Kein Panzer",
        "lang": "de",
        "source": "Beispielblatt",
        "licence": "CC-BY-4.0",
        "published_at": "2025-10-17T08:00:00+00:00",
    }
    people = ("ann-1111111111", "ann-2222222222")
    return {"id": 1, "data": data, "annotations": [_annotation(name, pid, claim_type) for pid in people]}


def _annotation(name: str, pid: str, claim_type: str) -> dict[str, Any]:
    second = pid.endswith("2")
    if name == "hafen":
        result = [*_span(name, "o", "entity", "ORG", "Reederei Alster"), *_document("no_claim")]
        result += _span(name, "g", "entity", "GRP", "Anwohner") if second else []
    else:
        result = [
            *_span(name, "c", "claim", "CLAIM", "Wir liefern keine Panzer", claim_type=claim_type, **CLAIM),
            *_span(name, "p", "entity", "PER", "Vogt"),
            *_span(name, "q", "entity", "PER", "Mirow"),
            *_span(name, "i", "entity", "ISSUE", "Panzer"),
            _link("c", "p", "claimer"),
            _link("c", "i", "against"),
            *_document("relevant"),
        ]
    return {
        "id": 1,
        "unique_id": f"{name}-{pid[-1]}",
        "completed_by": pid,
        "created_at": "2025-11-01T10:00:00Z",
        "updated_at": "2025-11-01T10:05:00Z",
        "lead_time": 61.5,
        "result": result,
    }


def _span(name: str, region: str, control: str, label: str, surface: str, **attributes: str) -> list[dict[str, Any]]:
    start = TEXTS[name].index(surface)
    value = {"start": start, "end": start + len(surface), "text": surface}
    base = {"id": region, "to_name": "text"}
    chosen = [
        {**base, "from_name": key, "type": "choices", "value": {**value, "choices": [choice]}}
        for key, choice in attributes.items()
    ]
    return [{**base, "from_name": control, "type": "labels", "value": {**value, "labels": [label]}}, *chosen]


def _link(start: str, end: str, label: str) -> dict[str, Any]:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": [label]}


def _document(value: str) -> list[dict[str, Any]]:
    row = {
        "id": "d",
        "from_name": "relevance",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": [value]},
    }
    return [row]
