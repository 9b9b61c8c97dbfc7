"""UIMA CAS as JSON, one file an article, for INCEpTION and everything that reads CAS, through dkpro-cassis.

A span layer becomes a type ``webanno.custom.<Layer>`` with its label and attributes, a relation layer one with
``Governor`` (where it starts) and ``Dependent``. Sentences and tokens stand in it because INCEpTION wants them. In the
file offsets are UTF-16 code units, as CAS has them; dkpro-cassis translates both ways.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.exports import Names, Tally
from goldpress.dataset.formats.papers import Paper, Row, attributes_of, read_papers
from goldpress.dataset.formats.tokens import sentences_around
from goldpress.dataset.loading.release import Release
from goldpress.errors import SurroundingsError

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem

CUSTOM = "webanno.custom"
SEGMENTS = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type"
METADATA = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
ANNOTATION, BASE, DOCUMENT = "uima.tcas.Annotation", "uima.cas.AnnotationBase", "uima.tcas.DocumentAnnotation"
STRING = "uima.cas.String"
ON_SPANS = ("label", "span_id", "entity_id", "mention", "kb_id", "gold_source")


def write_cas(release: Release, out: Path, tally: Tally) -> None:
    """Write the articles of each split into a folder of its own.

    Raises:
        SurroundingsError: dkpro-cassis is not installed (GP-FORMAT-003).
    """
    try:
        import cassis
    except ImportError as error:
        raise SurroundingsError(
            "GP-FORMAT-003", "dkpro-cassis is not installed", hint="pip install 'goldpress[cas]'"
        ) from error
    names, papers = Names(), list(read_papers(release, tally))
    types = _types(papers)
    for paper in papers:
        cas = cassis.Cas(typesystem=types, document_language=(paper.row["lang"] or "x-unspecified"))
        cas.sofa_string, cas.sofa_mime = paper.text, "text/plain"
        _fill(cas, types, paper, tally)
        place = out / paper.row["split"] / f"{names.name(paper.id)}.json"
        write_file(place, str(cas.to_json(pretty_print=True)).encode())


def _types(papers: list[Paper]) -> "TypeSystem":
    """The types that the release uses."""
    from cassis import TypeSystem

    types = TypeSystem()
    for name in ("Sentence", "Token"):
        types.create_type(f"{SEGMENTS}.{name}", ANNOTATION)
    metadata = types.create_type(METADATA, DOCUMENT)
    for name in ("documentId", "documentTitle", "collectionId"):
        types.create_feature(metadata, name, STRING)
    spans = {span["layer"]: set(ON_SPANS) for paper in papers for span in paper.spans}
    for paper in papers:
        for span in paper.spans:
            spans[span["layer"]] |= {*attributes_of(paper.claims.get(span["span_id"], {}))}
    for layer, features in sorted(spans.items()):
        made = types.create_type(_type(layer), ANNOTATION)
        for name in sorted(features):
            types.create_feature(made, name, STRING)
    for layer in sorted({relation["layer"] for paper in papers for relation in paper.relations} - {*spans}):
        _relation_type(types, layer)
    for layer in sorted({relation["layer"] for paper in papers for relation in paper.relations} & {*spans}):
        _relation_type(types, f"{layer}_relation")
    label = types.create_type(f"{CUSTOM}.DocumentLabel", BASE)
    for name in ("name", "value"):
        types.create_feature(label, name, STRING)
    return types


def _relation_type(types: "TypeSystem", layer: str) -> None:
    made = types.create_type(_type(layer), ANNOTATION)
    for name in ("Governor", "Dependent"):
        types.create_feature(made, name, ANNOTATION)
    for name in ("label", "gold_source", "relation_id"):
        types.create_feature(made, name, STRING)


def _fill(cas: "Cas", types: "TypeSystem", paper: Paper, tally: Tally) -> None:
    whole = {"begin": 0, "end": len(paper.text)}
    title = paper.row["title"] or ""
    metadata = types.get_type(METADATA)
    cas.add(metadata(**whole, language=cas.document_language, documentId=paper.id, documentTitle=title))
    for sentence in sentences_around(paper.text, paper.row["lang"] or "", ()):
        cas.add(types.get_type(f"{SEGMENTS}.Sentence")(begin=sentence[0][0], end=sentence[-1][1]))
        for start, end in sentence:
            cas.add(types.get_type(f"{SEGMENTS}.Token")(begin=start, end=end))
    made = {}
    for span in paper.spans:
        said = {name: span.get(name) for name in ON_SPANS} | attributes_of(paper.claims.get(span["span_id"], {}))
        told = {name: _text(value) for name, value in said.items()}
        made[span["span_id"]] = types.get_type(_type(span["layer"]))(begin=span["start"], end=span["end"], **told)
        cas.add(made[span["span_id"]])
    tally.kept["spans"] += len(paper.spans)
    layers = {span["layer"] for span in paper.spans}
    for relation in paper.relations:
        cas.add(_relation(types, relation, made, layers))
    tally.kept["relations"] += len(paper.relations)
    for label in paper.labels:
        cas.add(types.get_type(f"{CUSTOM}.DocumentLabel")(name=label["name"], value=label["value"]))
    tally.kept["document labels"] += len(paper.labels)


def _relation(types: "TypeSystem", relation: Row, made: dict[str, Any], layers: set[str]) -> Any:
    start, end = made[relation["from_span"]], made[relation["to_span"]]
    name = f"{relation['layer']}_relation" if relation["layer"] in layers else relation["layer"]
    return types.get_type(_type(name))(
        begin=end.begin,
        end=end.end,
        Governor=start,
        Dependent=end,
        label=relation["type"],
        gold_source=relation.get("gold_source"),
        relation_id=relation["relation_id"],
    )


def _type(layer: str) -> str:
    return f"{CUSTOM}.{''.join(part.capitalize() for part in layer.split('_'))}"


def _text(value: Any) -> str | None:
    """A value as CAS keeps it: several as one text with commas between them."""
    if value is None:
        return None
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
