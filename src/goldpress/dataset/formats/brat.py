"""brat stand-off: ``.txt`` and ``.ann`` for each article, and an ``annotation.conf`` that declares what they use.

Format: brat.nlplab.org/standoff.html. Offsets are code points, as ours. A span over a line break is written in pieces,
since brat takes no line break inside of one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.exports import Names, Tally
from goldpress.dataset.formats.papers import Paper, Row, attributes_of, read_papers
from goldpress.dataset.loading.release import Release

Used = dict[str, set[str]]
"""Names that ``annotation.conf`` must declare: kind by kind."""


def write_brat(release: Release, out: Path, tally: Tally) -> None:
    """Write the articles of each split into a folder of its own."""
    names, used = Names(), defaultdict[str, set[str]](set)
    values: dict[str, set[str]] = defaultdict(set)
    for paper in read_papers(release, tally):
        place = out / paper.row["split"] / names.name(paper.id)
        write_file(place.with_name(place.name + ".txt"), paper.text.encode())
        lines = "".join(f"{line}\n" for line in _lines(paper, used, values, tally))
        write_file(place.with_name(place.name + ".ann"), lines.encode())
        tally.lost["document labels have no place in this format"] += len(paper.labels)
    write_file(out / "annotation.conf", _conf(used, values).encode())


def _lines(paper: Paper, used: Used, values: Used, tally: Tally) -> Iterator[str]:
    marks = {span["span_id"]: f"T{number}" for number, span in enumerate(paper.spans, 1)}
    attributes = names = 0
    for number, span in enumerate(paper.spans, 1):
        label, mark = _word(span["label"]), marks[span["span_id"]]
        used["entities"].add(label)
        yield f"{mark}\t{label} {_pieces(paper.text, span)}"
        tally.kept["spans"] += 1
        for name, value in attributes_of(paper.claims.get(span["span_id"], {})).items():
            for one in _values(value):
                attributes += 1
                values[name].add(_word(one))
                yield f"A{attributes}\t{_word(name)} {mark} {_word(one)}"
        if span.get("kb_id"):
            names += 1
            yield f"N{names}\tReference {mark} kb:{_word(span['kb_id'])}\t{_one_line(span['text'] or '')}"
        said = [f"{name}={span[name]}" for name in ("entity_id", "mention", "gold_source") if span.get(name)]
        yield f"#{number}\tAnnotatorNotes {mark}\t{_one_line('; '.join([*said, 'span_id=' + span['span_id']]))}"
    for number, relation in enumerate(paper.relations, 1):
        kind = _word(relation["type"])
        used["relations"].add(kind)
        yield f"R{number}\t{kind} Arg1:{marks[relation['from_span']]} Arg2:{marks[relation['to_span']]}"
        tally.kept["relations"] += 1


def _pieces(text: str, span: Row) -> str:
    """Places and words of a span, cut at line breaks."""
    found = [(m.start() + span["start"], m.end() + span["start"]) for m in re.finditer(r"[^\n]+", _words(text, span))]
    places = ";".join(f"{start} {end}" for start, end in found)
    return f"{places}\t{' '.join(text[start:end] for start, end in found)}"


def _words(text: str, span: Row) -> str:
    return text[span["start"] : span["end"]]


def _values(value: Any) -> list[str]:
    """The values of an attribute, as words; a list has several, and then the attribute is repeated."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _word(text: str) -> str:
    """A name as brat takes it: no white space, no separator."""
    return re.sub(r"[^\w.+-]", "_", text) or "_"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _conf(used: Used, values: Used) -> str:
    """``annotation.conf``: every type that occurs, with any ends."""
    relations = [f"{kind}\tArg1:<ENTITY>, Arg2:<ENTITY>" for kind in sorted(used["relations"])]
    attributes = [f"{name}\tArg:<ENTITY>, Value:{'|'.join(sorted(known))}" for name, known in sorted(values.items())]
    sections = {
        "entities": sorted(used["entities"]),
        "relations": [*relations, "<OVERLAP>\tArg1:<ANY>, Arg2:<ANY>, <OVL-TYPE>:<ANY>"],
        "events": [],
        "attributes": attributes,
    }
    return "\n".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())
