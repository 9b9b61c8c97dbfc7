"""Tasks as Label Studio exports them, made up: the same call gives the same bytes.

    python benchmarks/tasks.py 10000 tasks.json [--annotators 2] [--seed 1] [--ndjson]

German-like news of 1,500 to 8,000 characters with emoji, combining accents, CRLF, no-break spaces and typographic
quotes; each annotator marks about 25 entities and 6 claims with attributes, and links 6 claimers and 6 stances. Some
annotations are skipped or empty, some start from a prediction. Beside the file lies ``<file>.truth.json``: what any
reader has to find in it. All names and sentences are invented here.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def _split(words: str) -> list[str]:
    return words.split()


ONSETS = _split("b br d dr f fl g gr h j k kl kr l m n p pf r s sch schw sp st t tr v w z")
VOWELS = _split("a e i o u ä ö ü au ei ie eu")
CODAS = _split("l m n r s t ch ck nd ng rk st tz ß")
FUNCTION_WORDS = _split(
    "der die das den dem des ein eine einen und oder aber denn weil dass wenn als auch noch nicht nur "
    "schon sehr mehr in im an am auf aus bei mit nach seit von vom zu zum zur über unter vor hinter neben "
    "für gegen ohne um durch ist sind war waren wird werden wurde hat haben hatte kann soll muss will "
    "sich er sie es man sein ihre"
)
VERBS = _split("sagte forderte erklärte kritisierte betonte warnte versprach bestritt")
EMOJI = ("😀", "👩‍👩‍👧", "🇩🇪", "👍🏽", "❤️", "🚀")
LABELS = ("PER", "ORG", "GPE", "LOC", "GRP", "EVT", "ISSUE")
CLAIM = {
    "claim_type": ("assertion", "assessment", "demand", "commitment", "prediction"),
    "attribution": ("direct", "indirect", "free_indirect", "reported", "none"),
    "claim_polarity": ("affirm", "deny"),
    "claimer_kind": ("span", "unattributed", "author"),
}
STANCES = ("favor", "against", "neutral")
QUOTED = "„{}“"
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


class Maker:
    """Makes tasks one after the other from one stream of random numbers."""

    def __init__(self, annotators: int, seed: int) -> None:
        self.random = random.Random(seed * 1_000_003 + annotators)  # noqa: S311 - the same seed, the same bytes
        self.annotators = annotators
        vocabulary = random.Random(99)  # noqa: S311 - the same words for every seed
        self.words = [_word(vocabulary) for _ in range(30_000)]
        # Names come again, as in news: some often, most seldom.
        self.people = [f"{self._name(vocabulary)} {self._name(vocabulary)}" for _ in range(20_000)]
        self.bodies = [f"{self._name(vocabulary)}-Verband" for _ in range(5_000)]
        self.places = [f"{self._name(vocabulary)}stadt" for _ in range(3_000)]
        self.truth: Counter[str] = Counter()

    def tasks(self, number: int) -> Iterator[Row]:
        for index in range(1, number + 1):
            yield self._task(index)

    def _task(self, index: int) -> Row:
        text, mentions, sentences = self._article()
        prediction = self._prediction(index, mentions) if self.random.random() < 0.15 else None
        annotations = [
            self._annotation(index, who, text, mentions, sentences, prediction) for who in range(self.annotators)
        ]
        self.truth.update(articles=1, characters=len(text))
        stamp = self._stamp()
        return {
            "id": index,
            "annotations": annotations,
            "file_upload": "0a1b2c3d-tasks.json",
            "drafts": [index] if self.random.random() < 0.02 else [],
            "predictions": [prediction["id"]] if prediction else [],
            "data": {
                "article_id": f"article-{index:07d}",
                "title": " ".join(self.words[self.random.randrange(400)].capitalize() for _ in range(6)),
                "text": text,
                "lang": "de",
                "source": "Beispielblatt",
                "url": f"https://beispielblatt.example/artikel?id={index}",
                "published_at": "2025-10-17T08:00:00+00:00",
                "licence": "CC-BY-4.0",
            },
            "meta": {},
            "created_at": stamp,
            "updated_at": self._stamp(),
            "inner_id": index,
            "total_annotations": sum(not entry["was_cancelled"] for entry in annotations),
            "cancelled_annotations": sum(entry["was_cancelled"] for entry in annotations),
            "total_predictions": 1 if prediction else 0,
            "comment_count": 0,
            "unresolved_comment_count": 0,
            "last_comment_updated_at": None,
            "project": 1,
            "updated_by": 1,
            "comment_authors": [],
        }

    # ── text ────────────────────────────────────────────────────────────────────────────────────────────

    def _article(self) -> tuple[str, list[tuple[int, int, str]], list[tuple[int, int]]]:
        """Return a text, where its mentions lie, and where the contents of its sentences lie."""
        chance = self.random
        wanted = 1500 + chance.random() * 6500
        names = [(self._known(self.people), "PER") for _ in range(chance.randint(4, 9))]
        ends = (" e. V.", "\u00a0AG", "")
        names += [(self._known(self.bodies) + chance.choice(ends), "ORG") for _ in range(5)]
        names += [(self._known(self.places), "GPE") for _ in range(4)]
        if chance.random() < 0.08:
            names.append(("Re\u0301ne\u0301 " + self._known(self.people), "PER"))
        emoji, crlf = chance.random() < 0.12, chance.random() < 0.12
        parts: list[str] = []
        mentions, sentences, length = [], [], 0

        def add(piece: str) -> tuple[int, int]:
            nonlocal length
            parts.append(piece)
            length += len(piece)
            return length - len(piece), length

        while length < wanted:
            name, label = chance.choice(names)
            mentions.append((*add(name), label))
            add(f" {chance.choice(VERBS)} ")
            if chance.random() < 0.5:
                add("am Montag in ")
                place, kind = names[-2]
                mentions.append((*add(place), kind))
            quoted = chance.random() < 0.35
            add(": „" if quoted else ", ")
            sentences.append(add(" ".join(self._word() for _ in range(chance.randint(7, 24)))))
            add(".“" if quoted else ".")
            if emoji and chance.random() < 0.3:
                add(f" {chance.choice(EMOJI)}")
            draw = chance.random()
            add(("\r\n\r\n" if crlf else "\n\n") if draw < 0.18 else "\u00a0" if draw < 0.2 else " ")
        return "".join(parts), mentions, sentences

    def _word(self) -> str:
        if self.random.random() < 0.4:
            return self.random.choice(FUNCTION_WORDS)
        word = self.words[int(len(self.words) * self.random.random() ** 4.2)]
        return word.capitalize() if self.random.random() < 0.3 else word

    def _name(self, chance: random.Random) -> str:
        return self.words[int(len(self.words) * chance.random() ** 3)].capitalize()

    def _known(self, names: list[str]) -> str:
        return names[int(len(names) * self.random.random() ** 3)]

    # ── annotations ─────────────────────────────────────────────────────────────────────────────────────

    def _annotation(
        self,
        index: int,
        who: int,
        text: str,
        mentions: list[tuple[int, int, str]],
        sentences: list[tuple[int, int]],
        prediction: Row | None,
    ) -> Row:
        chance = self.random
        cancelled = chance.random() < 0.03
        empty = chance.random() < (0.7 if cancelled else 0.01)
        started = prediction if prediction is not None and chance.random() < 0.6 else None
        before = self.truth.copy()
        result = [] if empty else self._result(text, mentions, sentences, predicted=started is not None)
        if cancelled:
            self.truth.update({f"skipped {name}": number for name, number in (self.truth - before).items()})
        number = index * 10 + who
        user = (index + who) % 8 + 1
        self.truth.update(annotations=1, skipped=cancelled, empty=empty and not cancelled)
        return {
            "id": number,
            "completed_by": user,
            "result": result,
            "was_cancelled": cancelled,
            "ground_truth": who == 0 and chance.random() < 0.05,
            "created_at": self._stamp(),
            "updated_at": self._stamp(),
            "draft_created_at": self._stamp() if chance.random() < 0.8 else None,
            "lead_time": round(chance.gammavariate(3, 120), 3),
            "prediction": started or {},
            "result_count": len(result),
            "unique_id": f"{chance.getrandbits(128):032x}",
            "import_id": None,
            "last_action": None,
            "bulk_created": False,
            "task": index,
            "project": 1,
            "updated_by": user,
            "parent_prediction": started["id"] if started else None,
            "parent_annotation": None,
            "last_created_by": None,
        }

    def _result(
        self, text: str, mentions: list[tuple[int, int, str]], sentences: list[tuple[int, int]], *, predicted: bool
    ) -> list[Row]:
        chance = self.random
        number = min(len(mentions), max(3, int(chance.gauss(25, 6))))
        people: list[str] = []
        rows = []
        for start, end, label in sorted(chance.sample(mentions, number)):
            if chance.random() < 0.04 and text[end : end + 1] not in "\r\n":
                end += 1
            if chance.random() < 0.05:
                label = chance.choice(LABELS)
            region = self._region(text, start, end, "entity", label)
            region["origin"] = "prediction" if predicted and chance.random() < 0.5 else "manual"
            if chance.random() < 0.004:
                region["meta"] = {"text": ["nachsehen"]}
            rows.append(region)
            if chance.random() < 0.06:
                rows.append(self._choice(region, "mention", "nominal"))
            people.append(region["id"])
            self.truth.update(entities=1, entity_starts=start, entity_ends=end)
        for start, end in sorted(chance.sample(sentences, min(len(sentences), max(1, int(chance.gauss(6, 1.5)))))):
            if chance.random() < 0.06:
                end += 1  # the full stop
            claim = self._region(text, start, end, "claim", "CLAIM")
            rows.append(claim)
            rows += [self._choice(claim, name, chance.choice(values)) for name, values in CLAIM.items()]
            self.truth.update(claims=1, claim_starts=start, claim_ends=end)
            rows.append(self._link(claim["id"], chance.choice(people), "claimer"))
            if chance.random() < 0.95:
                rows.append(self._link(claim["id"], chance.choice(people), chance.choice(STANCES)))
        rows.append(self._answer("relevance", "relevant"))
        return rows

    def _region(self, text: str, start: int, end: int, control: str, label: str) -> Row:
        value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
        return {
            "value": value,
            "id": self._id(),
            "from_name": control,
            "to_name": "text",
            "type": "labels",
            "origin": "manual",
        }

    def _choice(self, region: Row, name: str, value: str) -> Row:
        place = {key: region["value"][key] for key in ("start", "end", "text")}
        return {**region, "value": {**place, "choices": [value]}, "from_name": name, "type": "choices"}

    def _link(self, start: str, end: str, label: str) -> Row:
        self.truth["relations"] += 1
        self.truth[f"relations {label}"] += 1
        return {"from_id": start, "to_id": end, "type": "relation", "direction": "right", "labels": [label]}

    def _answer(self, name: str, value: str) -> Row:
        return {
            "value": {"choices": [value]},
            "id": self._id(),
            "from_name": name,
            "to_name": "text",
            "type": "choices",
            "origin": "manual",
        }

    def _prediction(self, index: int, mentions: list[tuple[int, int, str]]) -> Row:
        return {
            "id": index,
            "model_version": "beispiel-1",
            "score": 0.5,
            "result": [
                {
                    "value": {"start": start, "end": end, "labels": [label]},
                    "id": self._id(),
                    "from_name": "entity",
                    "to_name": "text",
                    "type": "labels",
                }
                for start, end, label in mentions[:8]
            ],
        }

    def _id(self) -> str:
        return "".join(self.random.choices(ALPHABET, k=10))

    def _stamp(self) -> str:
        draw = self.random.randrange
        return f"2025-11-{draw(1, 29):02d}T{draw(24):02d}:{draw(60):02d}:{draw(60):02d}.{draw(10**6):06d}Z"


def write_tasks(number: int, file: Path, *, annotators: int = 2, seed: int = 1, ndjson: bool = False) -> dict[str, int]:
    """Write tasks as an array in Label Studio's compact form, or one a line; return the truth about them."""
    maker = Maker(annotators, seed)
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("" if ndjson else "[")
        for index, task in enumerate(maker.tasks(number)):
            line = json.dumps(task, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
            out.write(line + "\n" if ndjson else ("," if index else "") + line)
        out.write("" if ndjson else "]")
    truth = dict(sorted(maker.truth.items()))
    file.with_name(file.name + ".truth.json").write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
    return truth


def _word(chance: random.Random) -> str:
    return "".join(
        chance.choice(ONSETS) + chance.choice(VOWELS) + (chance.choice(CODAS) if chance.random() < 0.5 else "")
        for _ in range(chance.choice((1, 2, 2, 2, 3, 3, 4)))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--annotators", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ndjson", action="store_true", help="one task a line, not an array")
    args = parser.parse_args()
    truth = write_tasks(args.number, args.file, annotators=args.annotators, seed=args.seed, ndjson=args.ndjson)
    print(json.dumps(truth))


if __name__ == "__main__":
    main()
