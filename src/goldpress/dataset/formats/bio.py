"""CoNLL columns with BIO tags: one token a line with its place, one column of tags a layer, a file a split."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.exports import Tally
from goldpress.dataset.formats.papers import Paper, Row, layers_of, read_papers
from goldpress.dataset.formats.tokens import Range, sentences_around
from goldpress.dataset.loading.release import Release


def write_bio(release: Release, out: Path, tally: Tally) -> None:
    """Write ``train.conll`` and its like."""
    layers = layers_of(release)
    files: dict[str, list[str]] = defaultdict(list)
    for paper in read_papers(release, tally):
        files[paper.row["split"]].append(_render(paper, layers, tally))
        tally.lost["relations have no place in this format"] += len(paper.relations)
        tally.lost["attributes of claims have no place in this format, but for the label"] += len(paper.claims)
        tally.lost["document labels have no place in this format"] += len(paper.labels)
    head = f"# {release.manifest.name} {release.version}\n# columns: token start end {' '.join(layers)}\n"
    for split, texts in files.items():
        write_file(out / f"{split}.conll", (head + "\n".join(texts)).encode())


def _render(paper: Paper, layers: Sequence[str], tally: Tally) -> str:
    kept = {layer: _flat([s for s in paper.spans if s["layer"] == layer], layer, tally) for layer in layers}
    ranges = [(span["start"], span["end"]) for spans in kept.values() for span in spans]
    sentences = sentences_around(paper.text, paper.row["lang"] or "", ranges)
    every = [token for sentence in sentences for token in sentence]
    columns = [_tags(every, kept[layer], tally) for layer in layers]
    rows = iter(zip(every, *columns, strict=True))
    lines = [f"# article_id = {_one_line(paper.id)}"]
    for sentence in sentences:
        for _ in sentence:
            (start, end), *tags = next(rows)
            lines.append("\t".join([paper.text[start:end], str(start), str(end), *tags]))
        lines.append("")
    return "\n".join(lines) + "\n"


def _flat(spans: Sequence[Row], layer: str, tally: Tally) -> list[Row]:
    """Spans that do not overlap: the longest first, of equal ones the one before."""
    kept: list[Row] = []
    for span in sorted(spans, key=lambda s: (s["start"] - s["end"], s["start"], s["span_id"])):
        if all(span["end"] <= other["start"] or other["end"] <= span["start"] for other in kept):
            kept.append(span)
        else:
            tally.lost[f"spans of the layer {layer} that overlap a longer one are left out"] += 1
    return kept


def _tags(tokens: Sequence[Range], spans: Sequence[Row], tally: Tally) -> list[str]:
    tags = ["O"] * len(tokens)
    for span in spans:
        inside = [n for n, (start, end) in enumerate(tokens) if start < span["end"] and span["start"] < end]
        free = [number for number in inside if tags[number] == "O"]
        if not free:
            tally.lost["spans without a token of their own are left out"] += 1
            continue
        for number in free:
            tags[number] = f"I-{span['label']}"
        tags[free[0]] = f"B-{span['label']}"
        tally.kept["spans"] += 1
        if tokens[free[0]][0] < span["start"] or tokens[free[-1]][1] > span["end"]:
            tally.lost["spans that begin or end inside a token are widened to it"] += 1
    return tags


def _one_line(text: str) -> str:
    return " ".join(text.split())
