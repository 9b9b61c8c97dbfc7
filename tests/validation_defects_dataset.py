"""Planted into the reference data as a whole, and into the files of a release."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from validation_reference import (
    NAMES,
    Reference,
    Row,
    add,
    change,
    defect,
    drop,
)


@defect(
    "D1",
    D14="of an article that is not there no licence is stated",
    T3="and no length is known",
)
def a_span_of_no_article(ref: Reference) -> Row:
    return {"set": [change("spans", ref.alone(), article_id="fehlt")]}


@defect("D2")
def an_article_twice(ref: Reference) -> Row:
    return {"overlap": 0, "add": [add("articles", "article_id", ref.rows("articles")[0])]}


def _copy(ref: Reference, text: str, **values: Any) -> Row:
    digest = hashlib.sha256(text.encode()).hexdigest()
    like = ref.rows("articles")[0]
    one = add("articles", "article_id", like, text=text, text_sha256=digest, n_chars=len(text), **values)
    return {"overlap": 0, "split": {"planted": "test"}, "limits": {"split_least": 0}, "add": [one]}


@defect("D3", D4="a copy of an article holds all that an agency could have written of it")
def a_copy_with_a_dateline_in_test(ref: Reference) -> Row:
    return _copy(ref, f"KIEL. {ref.rows('articles')[0]['text']}")


@defect("D4")
def the_text_of_an_agency_in_test(ref: Reference) -> Row:
    shared = ref.rows("articles")[0]["text"].split("\n")
    part = max(shared, key=len)
    return _copy(
        ref, f"Die Redaktion fragte drei Fachleute, die alle etwas anderes meinten.\n{part}", source="Nordwarte"
    )


@defect("D5")
def an_article_of_train_newer_than_test(ref: Reference) -> Row:
    oldest = min(ref.rows("articles"), key=lambda r: r["published_at"])["article_id"]
    newest = max(ref.rows("articles"), key=lambda r: r["published_at"])
    date = "2020-01-01T00:00:00"
    return {
        "limits": {"split_by_time": True, "split_least": 0},
        "split": {newest["article_id"]: "test", oldest: "train"},
        "set": [change("articles", newest, published_at=date)],
    }


@defect("D6")
def a_claimer_of_train_in_test(ref: Reference) -> Row:
    by: dict[str, set[str]] = {}
    for row in ref.rows("gold_stances"):
        if row["claimer_entity_id"]:
            by.setdefault(row["article_id"], set()).add(row["claimer_entity_id"])
    apart = next(a for a in by if not by[a] & {e for other in by if other != a for e in by[other]})
    known = next(iter(sorted(e for a in by if a != apart for e in by[a])))
    like = ref.first("gold_stances", lambda r: r["article_id"] == apart and r["claimer_entity_id"] is not None)
    return {
        "limits": {"split_least": 0},
        "split": {apart: "test"},
        "set": [
            {"table": "gold_stances", "where": {"stance_id": like["stance_id"]}, "set": {"claimer_entity_id": known}}
        ],
    }


@defect("D7")
def claims_that_are_cues_now(ref: Reference) -> Row:
    del ref
    cues = [{"table": "spans", "where": {"label": label}, "set": {"label": "CUE"}} for label in ("CLAIM", "PER", "GPE")]
    return {"previous": {"set": cues}}


@defect("D8")
def a_label_that_test_lacks(ref: Reference) -> Row:
    gold = [r for r in ref.rows("gold_spans") if r["label"] in NAMES]
    linked = {r[end] for r in ref.rows("gold_relations") for end in ("from_span", "to_span")}
    counts = Counter((r["article_id"], r["label"]) for r in gold)
    row = next(r for r in gold if counts[r["article_id"], r["label"]] == 1 and r["span_id"] not in linked)
    return {"split": {row["article_id"]: "test"}, "drop": [drop("gold_spans", "span_id", row)]}


@defect("D9")
def a_source_above_its_share(ref: Reference) -> Row:
    others = [row for row in ref.rows("articles") if row["source"] != "Nordwarte"][:9]
    return {"limits": {"least": 10}, "set": [change("articles", row, source="Nordwarte") for row in others]}


@defect("D10")
def half_of_the_spans_gone(ref: Reference) -> Row:
    many = {"table": "spans", "like": {"span_id": ref.rows("spans")[0]["span_id"]}, "times": 3000}
    return {"limits": {"divergence": 1.0}, "previous": {"add": [many | {"set": {"span_id": "k{n}"}}]}}


@defect("D11")
def a_gap_in_a_column_that_has_none(ref: Reference) -> Row:
    return {"set": [change("articles", ref.rows("articles")[0], url=None, rights_holder=None, source=None)]}


@defect("D14")
def no_licence(ref: Reference) -> Row:
    return {"set": [change("articles", ref.rows("articles")[0], licence="")]}


@defect("D16")
def an_article_that_had_to_go(ref: Reference) -> Row:
    return {"limits": {"takedown": [ref.rows("articles")[0]["article_id"]]}}


def release_defects(release: Path, ref: Reference) -> dict[str, Row]:
    """What is planted into the files of the newest release: the manifest names every byte, so that D17 follows."""
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    reasons = json.dumps(manifest["bump_reasons"], indent=2).replace("\n", "\n  ")
    before = f'"previous": {json.dumps(manifest["previous"])}'
    card = (release / "README.md").read_text("utf-8")
    row = re.search(r"^\| `claims` \| raw \| ([\d,]+) \|", card, re.MULTILINE)
    assert row is not None
    article = ref.rows("articles")[0]["article_id"]
    sentence = " ".join(ref.texts[article].split()[20:50])
    files = sorted((release / "data" / "doc_labels").glob("*.parquet"))
    return {
        "D12": {
            "files": [
                {"path": "manifest.json", "replace": [f'"bump_reasons": {reasons}', '"bump_reasons": []']},
                {"path": "manifest.json", "replace": [before, '"previous": "0.0.1"']},
            ]
        },
        "D13": {"files": [{"path": f"data/doc_labels/{files[0].name}", "cell": {"value": "x@example.org"}}]},
        "D15": {"withheld": [article], "files": [{"path": "CHANGELOG.md", "append": f"\n{sentence}\n"}]},
        "D17": {"files": [{"path": "LICENSE", "append": "\n"}]},
        "D18": {"files": [{"path": "README.md", "replace": [row.group(), row.group().replace(row[1], f"{row[1]}1")]}]},
    }


RELEASE_ALSO = {
    "D13": {"D17": "the file is not the one of the manifest any more"},
    "D15": {"D17": "the file is not the one of the manifest any more"},
    "D18": {"D17": "the file is not the one of the manifest any more"},
}
