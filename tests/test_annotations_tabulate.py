"""Task JSON to tables: complete, exact, repaired with a log."""

from typing import Any

import pytest

from goldpress.annotations import tabulate
from goldpress.annotations.assembly.intake import tabulate_all
from goldpress.errors import DataError
from goldpress.schemas.scheme import Scheme, load_scheme

TEXT = (
    "Kanzlerin Vogt sagte in Berlin 😀: „Wir liefern keine Panzer.“ "
    "Präsident Mirow forderte mehr Luftabwehr. Er klagte."
)


@pytest.fixture(scope="module")
def scheme(repository: Any) -> Scheme:
    return load_scheme(repository / "schemas" / "scheme.toml")


def region(
    rid: str, control: str, label: str, surface: str, nth: int = 1, /, **attributes: str
) -> list[dict[str, Any]]:
    start = -1
    for _ in range(nth):
        start = TEXT.index(surface, start + 1)
    value = {"start": start, "end": start + len(surface), "text": surface}
    rows = [
        {
            "id": rid,
            "from_name": control,
            "to_name": "text",
            "type": "labels",
            "value": {**value, "labels": [label]},
        }
    ]
    for name, chosen in attributes.items():
        rows.append(
            {
                "id": rid,
                "from_name": name,
                "to_name": "text",
                "type": "choices",
                "value": {**value, "choices": [chosen]},
            }
        )
    return rows


CLAIM = {
    "claim_type": "commitment",
    "attribution": "direct",
    "claim_polarity": "deny",
    "claimer_kind": "span",
}


def link(start: str, end: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    return {
        "type": "relation",
        "from_id": start,
        "to_id": end,
        "direction": direction,
        "labels": list(labels),
    }


def annotation(name: str, result: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "unique_id": name,
        "completed_by": f"ann-{name}",
        "created_at": "2025-11-01T10:00:00Z",
        "updated_at": "2025-11-01T10:05:00Z",
        "lead_time": 61.5,
        "result": result,
        **more,
    }


def task(*annotations: dict[str, Any], text: str = TEXT) -> dict[str, Any]:
    return {"id": 7, "data": {"article_id": "a1", "text": text}, "annotations": list(annotations)}


def rows(tables: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables[name].to_pylist()
    return found


def test_a_span_is_the_slice_of_its_code_points_after_an_emoji(scheme: Scheme) -> None:
    tables = tabulate([task(annotation("x", region("e1", "entity", "PER", "Mirow")))], scheme)
    (span,) = rows(tables, "spans")
    assert (span["text"], TEXT[span["start"] : span["end"]]) == ("Mirow", "Mirow")
    assert (span["layer"], span["label"], span["mention"]) == ("entity", "PER", "name"), "the default is filled in"


def test_enclosing_marks_leave_the_claim_and_the_repair_is_logged(scheme: Scheme) -> None:
    result = region("c1", "claim", "CLAIM", "„Wir liefern keine Panzer.“", **CLAIM)
    tables = tabulate([task(annotation("x", result))], scheme)
    (claim,) = rows(tables, "claims")
    assert claim["text"] == "Wir liefern keine Panzer"
    (span,) = rows(tables, "spans")
    assert TEXT[span["start_raw"] : span["end_raw"]] == "„Wir liefern keine Panzer.“"
    assert {(row["check_id"], row["field"]) for row in rows(tables, "repairs")} == {
        ("T20", "start"),
        ("T20", "end"),
    }


def test_an_unlabelled_relation_from_a_claim_to_a_person_is_its_claimer(scheme: Scheme) -> None:
    result = region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM) + region("e1", "entity", "PER", "Vogt")
    tables = tabulate([task(annotation("x", [*result, link("c1", "e1")]))], scheme)
    (relation,) = rows(tables, "relations")
    assert (relation["type"], relation["inferred"]) == ("claimer", True)


def test_a_reversed_claimer_is_turned_and_a_stance_between_claims_is_not(scheme: Scheme) -> None:
    result = region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM) + region("e1", "entity", "PER", "Vogt")
    tables = tabulate([task(annotation("x", [*result, link("e1", "c1", "claimer")]))], scheme)
    (relation,) = rows(tables, "relations")
    assert relation["from_span"].endswith(":c1")
    assert relation["inferred"]


def test_an_arrow_drawn_to_the_left_points_the_other_way(scheme: Scheme) -> None:
    result = region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM) + region("e1", "entity", "PER", "Vogt")
    tables = tabulate([task(annotation("x", [*result, link("e1", "c1", "claimer", direction="left")]))], scheme)
    (relation,) = rows(tables, "relations")
    assert relation["from_span"].endswith(":c1")
    assert not relation["inferred"]


def test_skipped_empty_and_labelled_stay_three_things(scheme: Scheme) -> None:
    tables = tabulate(
        [
            task(
                annotation("a", region("e1", "entity", "PER", "Vogt")),
                annotation("b", []),
                annotation("c", [], was_cancelled=True),
            )
        ],
        scheme,
    )
    states = {row["annotation_id"]: row["state"] for row in rows(tables, "annotations")}
    assert states == {"a": "labelled", "b": "empty", "c": "skipped"}


def test_what_stood_in_an_article_when_it_was_skipped_is_no_label_and_is_counted(scheme: Scheme) -> None:
    left = [*region("e1", "entity", "PER", "Vogt"), *region("e2", "entity", "PER", "Mirow")]
    plain = task(annotation("a", left, was_cancelled=True), annotation("b", left[:1], was_cancelled=False))
    for tasks in ([plain], [{**plain, "id": 1.0}]):
        found = tabulate_all(tasks, scheme)
        assert [row["annotation_id"] for row in rows(found.tables, "spans")] == ["b"]
        assert [row["state"] for row in rows(found.tables, "annotations")] == ["skipped", "labelled"]
        assert found.counts["rows of an unknown kind: left in an article that was skipped"] == 2


def test_a_stance_names_its_claimer_target_and_day(scheme: Scheme) -> None:
    result = [
        *region(
            "c1",
            "claim",
            "CLAIM",
            "mehr Luftabwehr",
            **{**CLAIM, "claim_type": "demand", "claim_polarity": "affirm"},
        ),
        *region("e1", "entity", "PER", "Mirow"),
        *region("e2", "entity", "ISSUE", "Luftabwehr"),
        link("c1", "e1", "claimer"),
        link("c1", "e2", "favor"),
    ]
    work = task(annotation("x", result))
    work["data"]["published_at"] = "2025-10-17T08:00:00+00:00"
    tables = tabulate([work], scheme)
    (stance,) = rows(tables, "stances")
    assert (stance["claimer_text"], stance["polarity"], stance["target_text"]) == (
        "Mirow",
        "favor",
        "Luftabwehr",
    )
    assert (str(stance["date"]), stance["date_source"]) == ("2025-10-17", "published")
    (gold,) = rows(tables, "gold_stances")
    assert gold["claimer_text"] == "Mirow"


def test_a_copied_region_is_dropped_and_its_relations_go_to_the_first(scheme: Scheme) -> None:
    result = [
        *region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM),
        *region("e1", "entity", "PER", "Vogt"),
        *region("e2", "entity", "PER", "Vogt"),
        link("c1", "e1", "claimer"),
        link("c1", "e2", "claimer"),
    ]
    tables = tabulate([task(annotation("x", result))], scheme)
    assert len(rows(tables, "spans")) == 2
    assert len(rows(tables, "relations")) == 1
    assert {row["check_id"] for row in rows(tables, "repairs")} == {"S2", "C8"}


def test_a_region_without_an_id_is_called_by_its_place_and_its_answers_with_it(scheme: Scheme) -> None:
    result = [
        *region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM),
        *region("e1", "entity", "PER", "Vogt"),
        *region("e2", "entity", "GPE", "Berlin"),
    ]
    for row in result:
        del row["id"]
    tables = tabulate([task(annotation("x", result))], scheme)
    assert [row["span_id"] for row in rows(tables, "spans")] == ["x:10-14", "x:24-30", "x:35-59"]
    (claim,) = rows(tables, "claims")
    assert {name: claim[name] for name in CLAIM} == CLAIM
    assert [(row["check_id"], row["new"]) for row in rows(tables, "repairs")] == [
        ("S14", "x:10-14"),
        ("S14", "x:24-30"),
        ("S14", "x:35-59"),
    ]


def test_two_regions_with_one_id_keep_it_so_that_a_check_stops_them_and_labels_of_one_region_do_not(
    scheme: Scheme,
) -> None:
    vogt, berlin, other = (
        region("e1", "entity", "PER", "Vogt"),
        region("e1", "entity", "GPE", "Berlin"),
        region("e1", "entity", "GRP", "Vogt"),
    )
    ids = [
        [row["span_id"] for row in rows(tabulate([task(annotation("x", result))], scheme), "spans")]
        for result in (vogt + berlin, vogt + other)
    ]
    assert ids == [["x:e1", "x:e1"], ["x:e1", "x:e1#GRP"]]


def test_words_that_the_page_showed_differently_are_kept_so_that_a_check_points_at_them(
    scheme: Scheme,
) -> None:
    work = task(annotation("x", region("e1", "entity", "PER", "Vogt")))
    work["annotations"][0]["result"][0]["value"]["text"] = "Bogt"
    (span,) = rows(tabulate([work], scheme), "spans")
    assert span["text"] == "Bogt"


@pytest.mark.parametrize("offsets", [(0, 9999), (-3, 4), (8, 2), ("1", 5), (None, None), (1.5, 3)])
def test_offsets_that_cannot_be_are_kept_and_not_cut(scheme: Scheme, offsets: tuple[Any, Any]) -> None:
    work = task(annotation("x", region("e1", "entity", "PER", "Vogt")))
    work["annotations"][0]["result"][0]["value"].update(start=offsets[0], end=offsets[1])
    assert len(rows(tabulate([work], scheme), "spans")) == 1


def test_an_attribute_whose_region_is_gone_becomes_a_span_without_a_label(scheme: Scheme) -> None:
    result = region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM)[1:2]
    (span,) = rows(tabulate([task(annotation("x", result))], scheme), "spans")
    assert span["label"] is None


def test_a_stray_default_without_a_region_is_dropped_and_logged(scheme: Scheme) -> None:
    stray = {
        "id": "z",
        "from_name": "claim_polarity",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["affirm"]},
    }
    tables = tabulate([task(annotation("x", [stray]))], scheme)
    assert rows(tables, "spans") == []
    assert [row["check_id"] for row in rows(tables, "repairs")] == ["C23"]


def test_a_note_is_never_published(scheme: Scheme) -> None:
    note = {
        "id": "n",
        "from_name": "note",
        "to_name": "text",
        "type": "textarea",
        "value": {"text": ["ruf mich an"]},
    }
    tables = tabulate([task(annotation("x", [note]))], scheme)
    assert rows(tables, "doc_labels") == []


def test_the_same_annotation_from_two_places_counts_once_in_its_newest_version(scheme: Scheme) -> None:
    old = annotation("x", region("e1", "entity", "PER", "Vogt"))
    new = annotation("x", region("e1", "entity", "ORG", "Vogt"), updated_at="2025-11-02T10:00:00Z")
    tables = tabulate([task(new), task(old)], scheme)
    assert [row["label"] for row in rows(tables, "spans")] == ["ORG"]


def test_a_later_fragment_reads_what_it_lacks_from_the_first(scheme: Scheme) -> None:
    result = [
        *region("c1", "claim", "CLAIM", "Wir liefern keine Panzer", **CLAIM),
        *region("e1", "entity", "PER", "Vogt"),
        *region("c2", "claim", "CLAIM", "mehr Luftabwehr"),
        *region("e2", "entity", "ISSUE", "Luftabwehr"),
        link("c1", "e1", "claimer"),
        link("c2", "c1", "continues"),
        link("c2", "e2", "favor"),
    ]
    tables = tabulate([task(annotation("x", result))], scheme)
    claims = {row["text"]: row for row in rows(tables, "claims")}
    assert claims["mehr Luftabwehr"]["claim_type"] == "commitment"
    assert [row["claimer_text"] for row in rows(tables, "stances")] == ["Vogt"]


def test_a_pronoun_denotes_what_its_coreference_names(scheme: Scheme) -> None:
    result = [
        *region("e1", "entity", "PER", "Mirow"),
        *region("e2", "entity", "PER", "Er", mention="pronoun"),
        link("e2", "e1", "coref"),
    ]
    tables = tabulate([task(annotation("x", result))], scheme)
    assert {row["entity_id"] for row in rows(tables, "spans")} == {"PER:Mirow"}
    assert [row["canonical_name"] for row in rows(tables, "entities")] == ["Mirow"]


def test_an_entity_bears_the_fullest_of_its_linked_names(scheme: Scheme) -> None:
    result = [
        *region("e1", "entity", "PER", "Präsident Mirow"),
        *region("e2", "entity", "PER", "Mirow"),
        link("e2", "e1", "coref"),
    ]
    tables = tabulate([task(annotation("x", result))], scheme)
    assert {row["entity_id"] for row in rows(tables, "spans")} == {"PER:Präsident Mirow"}


def test_a_pronoun_without_a_link_denotes_nothing_yet(scheme: Scheme) -> None:
    tables = tabulate([task(annotation("x", region("e2", "entity", "PER", "Er", mention="pronoun")))], scheme)
    assert [row["entity_id"] for row in rows(tables, "spans")] == [None]


def test_a_knowledge_base_id_joins_spellings(scheme: Scheme) -> None:
    kb = {
        "from_name": "kb_id",
        "to_name": "text",
        "type": "textarea",
        "value": {"text": ["Q64"], "start": 0, "end": 1},
    }
    result = [
        *region("e1", "entity", "GPE", "Berlin"),
        {**kb, "id": "e1"},
        *region("e2", "entity", "GPE", "Vogt"),
        {**kb, "id": "e2"},
    ]
    tables = tabulate([task(annotation("x", result))], scheme)
    assert {row["entity_id"] for row in rows(tables, "spans")} == {"Q64"}


def test_a_task_without_a_list_of_results_is_named(scheme: Scheme) -> None:
    with pytest.raises(DataError, match="GP-TAB-001"):
        tabulate([task({"id": 1, "result": None})], scheme)


def test_a_task_without_an_article_is_named(scheme: Scheme) -> None:
    with pytest.raises(DataError, match="GP-TAB-002"):
        tabulate([{"id": 3, "data": {"text": "x"}, "annotations": []}], scheme)
