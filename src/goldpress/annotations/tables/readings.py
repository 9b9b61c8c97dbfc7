"""The row by row path: tasks as Python objects to raw rows. It takes what the columns cannot, and they equal it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import typed_array
from goldpress.annotations.tables.decoding import PLACE, SKIPPED, Reading, read_annotations
from goldpress.annotations.tables.known import Known, article_row, removed_rows
from goldpress.annotations.tables.tabulation import Rows, tabulate_reading
from goldpress.annotations.tables.units import POINTS, UNITS, recount
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme
from goldpress.schemas.tables import tables as contracts

if TYPE_CHECKING:
    import pyarrow as pa

Task = Mapping[str, Any]
Stamp = tuple[str, str]
"""SHA-256 of the label config, and version of the guidelines."""

UNSPOKEN = "tasks nobody has submitted"
UNKNOWN = "rows of an unknown kind: "


def read_task(task: Task, scheme: Scheme, stamp: Stamp, *, old: bool = False) -> tuple[list[Reading], str | None]:
    """Return the readings of a task, offsets in code points, and what the task says its offsets were.

    ``old`` says that the export counts UTF-16 units.

    Raises:
        DataError: It has no text or article id (GP-TAB-002), or a broken annotation (GP-TAB-001).
    """
    data = task.get("data")
    known = isinstance(data, Mapping) and isinstance(data.get("text"), str) and isinstance(data.get("article_id"), str)
    if not known or data is None:
        raise DataError(
            "GP-TAB-002",
            "the task has no text or no article_id in its data",
            where=f"task {task.get('id')}",
            hint="bring a foreign export in with 'goldpress pull --from FILE', which adds them",
        )
    found = list(read_annotations(task, scheme, config_sha256=stamp[0], guideline_version=stamp[1]))
    return found, recount(found, data["text"], old=old)


def tabulate_rows(
    tasks: Iterable[tuple[Task, list[Reading]]], scheme: Scheme, known: Mapping[str, Known], counts: Counter[str]
) -> Rows:
    """Return the raw rows of tasks with their readings, by table name; ``counts`` is added to."""
    out: Rows = defaultdict(list)
    texts: dict[str, str] = {}
    # One annotation may come twice, from the server and from an export of it: the one changed last counts.
    readings: dict[str, dict[str, Reading]] = defaultdict(dict)
    for task, found in tasks:
        data = task["data"]
        article_id = data["article_id"]
        for reading in found:
            before = readings[article_id].get(reading.annotation_id)
            if before is None or str(before.row["updated_at"]) <= str(reading.row["updated_at"]):
                readings[article_id][reading.annotation_id] = reading
        if not readings[article_id]:
            counts[UNSPOKEN] += 1
        elif article_id not in texts:
            texts[article_id] = data["text"]
            article = known.get(article_id)
            out["articles"].append(article_row(data, article, n_chars=len(data["text"])))
            out["removed_ranges"] += removed_rows(article, data.get("text_sha256"))
    for article_id, text in texts.items():
        for reading in readings[article_id].values():
            add_reading(out, reading, text, scheme, counts)
    return out


def add_reading(out: Rows, reading: Reading, text: str, scheme: Scheme, counts: Counter[str]) -> None:
    """Add the rows of one annotation to those of others."""
    for name, rows in tabulate_reading(reading, text, scheme).items():
        out.setdefault(name, []).extend(rows)
    place = f"{PLACE}{reading.row['article_id']}"
    counts.update({f"{UNKNOWN}{name}{'' if name == SKIPPED else place}": n for name, n in reading.unknown.items() if n})


def told(counts: Counter[str]) -> Counter[str]:
    """Return counts for people: of what is unknown one article that has it, and by name the exports counted anew."""
    out: Counter[str] = Counter()
    places: dict[str, str] = {}
    for name, number in counts.items():
        what, _, place = name.partition(PLACE)
        if what.startswith(UNITS):
            what = UNITS + Path(what.removeprefix(UNITS)).name
        if not what.startswith(POINTS):
            out[what] += number
        if place:
            places[what] = min(place, places.get(what, place))
    return Counter({f"{what}, as in {places[what]}" if what in places else what: n for what, n in out.items()})


def to_arrow(rows: Rows, scheme: Scheme, names: Iterable[str] | None = None) -> dict[str, "pa.Table"]:
    """Return rows as staged Arrow tables, by default one for every table of the contract, in the order of the rows."""
    import pyarrow as pa

    known = contracts(scheme)
    out = {}
    for name in names if names is not None else known:
        schema, found = known[name].to_arrow(staged=True), rows.get(name, ())
        columns = [typed_array([row.get(field.name) for row in found], field.type) for field in schema]
        out[name] = pa.Table.from_arrays(columns, schema=schema)
    return out
