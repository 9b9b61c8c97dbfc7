"""Facts about claims: their words, their marks, their values."""

from bisect import bisect_right
from collections.abc import Iterable

from goldpress.annotations.tables.boundaries import FINAL, MARKS, PAIRS, STRAIGHT, quotation_pairs
from goldpress.schemas.scheme import SpanLayer, Value
from goldpress.validation.facts.registry import fact
from goldpress.validation.frames import Frames

MOST_SENTENCES, MOST_WORDS, LEAST_WORDS = 5, 180, 2
VERBATIM = "direct"
OPENING = frozenset({*PAIRS, STRAIGHT})
DIRECTED = ("demand", "assessment")
"""Kinds of claim that are for or against something."""
YEARS_BEFORE, YEARS_AFTER = 10, 1


@fact("T11")
def is_not_too_long(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    starts = frames.sentences
    rows = zip(frames.slices(name), frame["article_id"], frame["start"], frame["end"], strict=True)
    return [
        words is None
        or (
            len(words.split()) <= MOST_WORDS
            and bisect_right(starts[article], end - 1) - bisect_right(starts[article], start) < MOST_SENTENCES
        )
        for words, article, start, end in rows
    ]


@fact("T12")
def is_not_too_short(frames: Frames, name: str) -> Iterable[bool]:
    return [words is None or len(words.split()) >= LEAST_WORDS for words in frames.slices(name)]


@fact("T14")
def has_its_marks_in_pairs(frames: Frames, name: str) -> Iterable[bool]:
    return [row is None or _paired(*row) for row in _verbatim(frames, name)]


@fact("T15")
def stands_between_marks(frames: Frames, name: str) -> Iterable[bool]:
    return [row is None or _enclosed(*row) for row in _verbatim(frames, name)]


@fact("T16")
def ends_on_a_word(frames: Frames, name: str) -> Iterable[bool]:
    return [words is None or words[-1] not in FINAL for words in frames.slices(name)]


@fact("C3")
def has_what_it_requires(frames: Frames, name: str) -> Iterable[bool]:
    linked = _links(frames, name)
    return [all(need in linked.get(key, ()) for need in needs) for key, needs, _ in _demands(frames, name)]


@fact("C4")
def lacks_what_it_forbids(frames: Frames, name: str) -> Iterable[bool]:
    linked = _links(frames, name, inherit=False)
    return [not any(ban in linked.get(key, ()) for ban in bans) for key, _, bans in _demands(frames, name)]


@fact("C14")
def has_a_target(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    if "claim_type" not in frame.columns:
        return [True] * len(frame)
    relations = frames.relations(name)
    derived = [layer.name for layer in frames.scheme.relation_layers if layer.table]
    targeted = set(relations[relations["layer"].isin(derived)]["from_span"])
    return ~frame["claim_type"].isin(DIRECTED) | frame[_key(name)].isin(targeted)


@fact("C22")
def fits_discourse_networks(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    if not frames.limits.discourse_network or "topic" not in frame.columns:
        return [True] * len(frame)
    relations = frames.relations(name)
    spans = frames["gold_spans" if name.startswith("gold_") else "spans"]
    known = set(spans[spans["entity_id"].notna()]["span_id"])
    holders = [layer.holder for layer in frames.scheme.relation_layers if layer.holder]
    held = set(relations[relations["layer"].isin(holders) & relations["to_span"].isin(known)]["from_span"])
    topics = [bool(chosen) for chosen in frames.tables[name]["topic"].to_pylist()]
    return [topic and key in held for topic, key in zip(topics, frame[_key(name)], strict=True)]


@fact("C18")
def frameless_claim_names_nobody(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    if "attribution" not in frame.columns or "claimer_kind" not in frame.columns:
        return [True] * len(frame)
    return ~((frame["attribution"] == "none") & (frame["claimer_kind"] == "span"))


@fact("C20")
def is_dated_plausibly(frames: Frames, name: str) -> Iterable[bool]:
    frame = frames[name]
    layer = _layer(frames, name)
    dates = [entry.name for entry in layer.attributes if entry.kind == "date" and entry.name in frame.columns]
    published = frames["articles"].set_index("article_id")["published_at"]
    years = {article: moment.year for article, moment in published.dropna().items()}
    good = [True] * len(frame)
    for column in dates:
        for row, (date, article) in enumerate(zip(frame[column], frame["article_id"], strict=True)):
            if date is not None and date == date and article in years:  # noqa: PLR0124 - NaT is no date
                good[row] &= years[article] - YEARS_BEFORE <= date.year <= years[article] + YEARS_AFTER
    return good


@fact("C21")
def chooses_leaves(frames: Frames, name: str) -> Iterable[bool]:
    frame, layer = frames[name], _layer(frames, name)
    leaves = set(frames.scheme.topic_leaves())
    good = [True] * len(frame)
    for entry in (entry for entry in layer.attributes if entry.kind == "topic" and entry.name in frame.columns):
        for row, chosen in enumerate(frames.tables[name][entry.name].to_pylist()):
            good[row] &= chosen is None or (set(chosen) <= leaves and len(chosen) <= entry.most)
    return good


def _layer(frames: Frames, name: str) -> SpanLayer:
    raw = name.removeprefix("gold_")
    return next(layer for layer in frames.scheme.span_layers if layer.table == raw)


def _key(name: str) -> str:
    return f"{name.removeprefix('gold_').removesuffix('s')}_id"


def _verbatim(frames: Frames, name: str) -> Iterable[tuple[str, int, int] | None]:
    frame = frames[name]
    how = frame["attribution"] if "attribution" in frame.columns else [None] * len(frame)
    rows = zip(frames.slices(name), how, frame["article_id"], frame["start"], frame["end"], strict=True)
    for words, attribution, article, start, end in rows:
        direct = words is not None and attribution == VERBATIM
        yield (frames.texts[article], int(start), int(end)) if direct else None


def _paired(text: str, start: int, end: int) -> bool:
    pairs = quotation_pairs(text)
    return all(i in pairs for i in range(start, end) if text[i] in MARKS)


def _enclosed(text: str, start: int, end: int) -> bool:
    """An opening mark directly before; a closing one directly after, or after the final punctuation."""
    after = end
    while after < len(text) and text[after] in FINAL:
        after += 1
    return start > 0 and text[start - 1] in OPENING and after < len(text) and text[after] in MARKS


def _links(frames: Frames, name: str, *, inherit: bool = True) -> dict[str, set[str]]:
    """Relation layers that start at each span; a later fragment has those of the fragment that it continues."""
    relations = frames.relations(name)
    linked: dict[str, set[str]] = {}
    for start, layer in zip(relations["from_span"], relations["layer"], strict=True):
        linked.setdefault(start, set()).add(layer)
    if inherit:
        leads = {layer.name for layer in frames.scheme.relation_layers if layer.inherits}
        onward = relations[relations["layer"].isin(leads)]
        for later, earlier in zip(onward["from_span"], onward["to_span"], strict=True):
            linked.setdefault(later, set()).update(linked.get(earlier, ()))
    return linked


def _demands(frames: Frames, name: str) -> Iterable[tuple[str, list[str], list[str]]]:
    """Each row's key with the relation layers that its values require and forbid."""
    frame, layer = frames[name], _layer(frames, name)
    values: dict[str, dict[str, Value]] = {
        entry.name: {value.name: value for value in entry.values}
        for entry in layer.attributes
        if entry.name in frame.columns and any(v.requires or v.forbids for v in entry.values)
    }
    keys = frame[_key(name)]
    columns = {column: frame[column].tolist() for column in values}
    for row, key in enumerate(keys):
        chosen = [known[columns[column][row]] for column, known in values.items() if columns[column][row] in known]
        yield key, [v.requires for v in chosen if v.requires], [v.forbids for v in chosen if v.forbids]
