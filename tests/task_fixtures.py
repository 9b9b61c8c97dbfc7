"""Tasks made of chance: plain ones, and ones with everything that goes wrong in exports."""

import json
import random
from typing import Any

from goldpress.annotations.tables.batches import Batch, Spot
from goldpress.schemas.scheme import Scheme

PIECES = (
    "Kanzlerin Vogt",
    "Mirow",
    "Moskau",
    "Ostseegipfel",
    "„Wir liefern keine Panzer.“",
    "„Das reicht“, sagte Vogt, „für heute.“",
    "sei „alternativlos“",
    "Re\u0301ne\u0301",
    "EU-Gipfel",
    "»Nie wieder!«,",
    "mehr Luftabwehr",
    "Alster\u00a0AG",
    'er "flog"',
    "😀😀",
    "👩‍👩‍👧",
    "“",
    "Hans' Antrag",
)
GAPS = (" ", "  ", ", ", ". ", ": ", "\n\n", "\r\n", "\t", "\u00a0", "; ", "!", "…")


def make_task(chance: random.Random, scheme: Scheme, number: int, *, odd: float) -> dict[str, Any]:
    """Return a task; ``odd`` is the share of values that are not as Label Studio's page makes them."""
    return _Task(chance, scheme, odd).task(number)


def make_batch(tasks: list[dict[str, Any]], scheme: Scheme) -> Batch:
    """Return tasks as a block, as if they had been read from lines."""
    lines = [json.dumps(task, ensure_ascii=False).encode() for task in tasks]
    spots = [Spot("made.jsonl", i, len(line), i + 1, i, "0" * 64, scheme.version) for i, line in enumerate(lines)]
    return Batch.of(lines, spots)


class _Task:
    def __init__(self, chance: random.Random, scheme: Scheme, odd: float) -> None:
        self.chance, self.scheme, self.odd = chance, scheme, odd
        self.text = "".join(chance.choice(PIECES) + chance.choice(GAPS) for _ in range(chance.randint(1, 14)))
        self.ids = [f"r{i}" for i in range(chance.randint(1, 12))]

    @staticmethod
    def any(*changes: dict[str, Any]) -> list[dict[str, Any]]:
        return list(changes)

    def seldom(self, share: float = 1.0) -> bool:
        return self.chance.random() < self.odd * share

    def task(self, number: int) -> dict[str, Any]:
        article = f"a{number if not self.seldom(0.3) else self.chance.randint(0, 3)}"
        if article != f"a{number}":
            self.text = "Vogt sagte nichts."
        data: dict[str, Any] = {"article_id": article, "text": self.text, "title": self.chance.choice(("T", "", None))}
        if self.chance.random() < 0.5:
            data["published_at"] = self.chance.choice(("2025-10-17T08:00:00+02:00", "2025-10-17", "gestern"))
        if self.seldom(0.2):
            data["lang"] = self.chance.choice((7, "en", ["de"]))
        annotations = [self.annotation(number, i) for i in range(self.chance.randint(0, 3))]
        task = {"id": number, "data": data, "annotations": annotations, "drafts": self.chance.choice((0, 2, 0))}
        if self.seldom(0.1):
            task["drafts"] = [{"result": []}]
        if number % 3 == 0:
            task["predictions"] = self.suggestions(number)
        return task

    def suggestions(self, number: int) -> list[Any]:
        versions = ("beispiel-1", "", None) if not self.seldom() else (7, "2026-01-01T00:00:00", ["x"])
        found: list[Any] = [
            {"id": number * 10 + i, "model_version": self.chance.choice(versions), "score": 0.5, "result": []}
            for i in range(self.chance.randint(0, 2))
        ]
        return found if not self.seldom(0.3) else [entry["id"] for entry in found]

    def annotation(self, number: int, i: int) -> dict[str, Any]:
        chance = self.chance
        made = {
            "id": number * 10 + i,
            "unique_id": f"u{number}-{i if not self.seldom(0.2) else 0}",
            "completed_by": f"ann-{i}",
            "created_at": "2025-11-01T10:00:00Z",
            "updated_at": f"2025-11-0{chance.randint(1, 9)}T10:00:00.{chance.randint(0, 999999):06d}Z",
            "lead_time": chance.choice((61.5, 3, None)),
            "was_cancelled": chance.random() < 0.1,
            "result": self.result() if chance.random() < 0.9 else [],
        }
        if number % 3 < 2:
            made["parent_prediction"] = chance.choice((number * 10, number * 10 + 1, None))
        if self.seldom(0.2):
            made[chance.choice(("unique_id", "completed_by", "updated_at", "created_at", "role", "lead_time"))] = None
        if self.seldom(0.15):
            made |= chance.choice(
                (
                    {"completed_by": 7},
                    {"completed_by": {"id": 3, "email": "x@example.org"}},
                    {"updated_at": "2025-11-01T10:00:00"},
                    {"lead_time": "lang"},
                    {"prediction": {"result": []}},
                    {"unique_id": 5},
                    {"ground_truth": True},
                )
            )
        return made

    def result(self) -> list[Any]:
        rows: list[Any] = []
        for region in self.ids:
            rows += self.region(region)
        for _ in range(self.chance.randint(0, 6)):
            rows.append(self.link())
        if self.chance.random() < 0.7:
            rows.append(self.answer(self.chance.choice(self.scheme.document_labels).name))
        if self.seldom():
            rows.append(self.chance.choice(self.strange()))
        if self.seldom(0.5):
            self.chance.shuffle(rows)
        return rows

    def region(self, region: str) -> list[Any]:
        chance = self.chance
        layer = chance.choice(self.scheme.span_layers)
        label = chance.choice(layer.labels).name
        start = chance.randrange(len(self.text))
        end = min(len(self.text), start + chance.randint(1, 40))
        shown = self.text[start:end].replace("\n", "\\n")
        value = {"start": start, "end": end, "text": shown}
        if self.seldom(0.3):
            value |= chance.choice(
                (
                    {"text": "anderes"},
                    {"text": None},
                    {"end": 9999},
                    {"start": end, "end": start},
                    {"start": -2},
                    {"start": None},
                    {"end": 2**40},
                    {"end": 4.0},
                    {"start": "1"},
                    {"start": start + 1, "end": end + 1},
                )
            )
        span: dict[str, Any] = {
            "id": region,
            "from_name": layer.name,
            "type": "labels",
            "value": {**value, "labels": [label]},
        }
        if chance.random() < 0.3:
            span["origin"] = chance.choice(("manual", "prediction"))
        if self.seldom(0.4):
            span |= chance.choice(
                self.any(
                    {"id": "r0"},
                    {"id": None},
                    {"meta": {"text": ["nachsehen"]}},
                    {"value": {**value, "labels": ["PER", "ORG"]}},
                    {"value": {**value, "labels": []}},
                    {"value": {**value, "labels": ["FOO"]}},
                    {"value": {**value, "labels": [None]}},
                    {"value": {**value, "labels": "PER"}},
                    {"value": {**value, "labels": [""]}},
                    {"value": None},
                    {"from_name": self.scheme.span_layers[0].name},
                    {"from_name": "fremd"},
                )
            )
        rows = [span]
        if self.seldom(0.3):
            rows.append(json.loads(json.dumps({**span, "id": f"{region}x"})))
        for entry in layer.attributes:
            own = not entry.on or label in entry.on
            if (own and chance.random() < 0.6) or self.seldom(0.05):
                rows.append(self.attribute(region, entry, value))
                if self.seldom(0.2):
                    rows.append(self.attribute(region, entry, value))
        return rows

    def attribute(self, region: str, entry: Any, value: dict[str, Any]) -> dict[str, Any]:
        chance = self.chance
        said: dict[str, Any]
        if entry.kind == "choice":
            said = {"choices": [chance.choice(entry.values).name]}
        elif entry.kind == "topic":
            said = {"taxonomy": [["x", leaf] for leaf in self.scheme.topic_leaves()[: chance.randint(0, 2)]]}
        else:
            said = {"text": [chance.choice(("Q567", " 2024-02-24 ", "2024-02-24"))]}
        if self.seldom(0.2):
            said = chance.choice(
                (
                    {"choices": []},
                    {"choices": [" "]},
                    {"text": ["32. Mai"]},
                    {"taxonomy": [[]]},
                    {"taxonomy": [["x", "2026-05-01"]]},
                    {},
                )
            )
        place = {} if self.seldom(0.1) else {key: value[key] for key in ("start", "end")}
        owner = region if not self.seldom(0.1) else "weg"
        return {"id": owner, "from_name": entry.name, "type": "choices", "value": {**place, **said}}

    def link(self) -> dict[str, Any]:
        chance = self.chance
        labels = [name for layer in self.scheme.relation_layers for name in (x.name for x in layer.labels)]
        made: dict[str, Any] = {
            "type": "relation",
            "from_id": chance.choice(self.ids),
            "to_id": chance.choice(self.ids),
            "direction": "right",
            "labels": [chance.choice(labels)],
        }
        if chance.random() < 0.2:
            del made["labels"]
        if self.seldom(0.5):
            made |= chance.choice(
                (
                    {"to_id": "zzz"},
                    {"from_id": None},
                    {"direction": "bi"},
                    {"direction": "left"},
                    {"direction": None},
                    {"labels": []},
                    {"labels": ["FOO"]},
                    {"labels": labels[:2]},
                    {"labels": [None]},
                )
            )
        return made

    def answer(self, name: str) -> dict[str, Any]:
        entry = next(entry for entry in self.scheme.document_labels if entry.name == name)
        said = {"choices": [self.chance.choice(entry.values).name]} if entry.values else {"text": ["ruf mich an"]}
        return {"id": "d", "from_name": name, "type": "choices", "value": said}

    def strange(self) -> list[Any]:
        return [
            {"id": "z", "from_name": "claim_polarity", "type": "choices", "value": {"choices": ["affirm"]}},
            {"id": "z", "from_name": "fremd", "type": "rectangle", "value": {"x": 1.5, "labels": ["PER"]}},
            {"id": "z", "from_name": None, "type": None, "value": {}},
            {"id": "z", "from_name": "entity", "type": "labels"},
            {"id": 5, "from_name": "entity", "type": "labels", "value": {"start": 0, "end": 3, "labels": ["PER"]}},
            {"id": "z", "from_name": ["entity"], "type": "labels", "value": []},
            "kein Objekt",
            None,
        ]
