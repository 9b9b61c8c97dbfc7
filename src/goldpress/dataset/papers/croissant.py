"""``croissant.json`` of a release: Croissant 1.1 with the vocabulary for responsible AI, for data set search engines.

Written with ``json`` alone. It follows what loads, not only what validates: the media type is
``application/x-parquet``, a file set has no ``containedIn``, and keys that join tables stay in the manifest.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from goldpress.dataset.form.digests import json_text
from goldpress.dataset.form.licences import find_licence
from goldpress.dataset.form.manifest import ColumnEntry, Manifest, TableEntry
from goldpress.dataset.papers.card import counted, headline
from goldpress.workspace import DatasetSettings

NAME = "croissant.json"
PARQUET = "application/x-parquet"
MEDIA = {"md": "text/markdown", "json": "application/json", "xml": "application/xml", "toml": "application/toml"}

_TERMS = """arrayShape citeAs column containedIn extract field fileProperty fileObject fileSet format includes isArray
isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace separator source subField
transform"""
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
TYPES = {
    "string": "sc:Text",
    "int32": "cr:Int32",
    "float": "cr:Float32",
    "double": "sc:Float",
    "bool": "sc:Boolean",
    "date32[day]": "sc:Date",
}
_STRUCT = re.compile(r"list<item: struct<(.+)>>")


def render_croissant(manifest: Manifest, settings: DatasetSettings, sha256: Mapping[str, str]) -> str:
    """Return ``croissant.json``.

    Args:
        manifest: What the release holds.
        settings: What it says of itself.
        sha256: Metadata files that are described beside the data, each with its digest.
    """
    known = find_licence(manifest.rights.annotations)
    people = [f"{a.given_names} {a.family_names}".strip() for a in settings.authors]
    named = people or [f"{manifest.name} contributors"]
    return json_text(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "name": manifest.name,
            "description": " ".join(settings.description.split()) or "Annotated news articles.",
            "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
            "license": known.url or known.id,
            # The format wants an address; without one, the page about the data set is the card that lies beside it.
            "url": settings.url or "README.md",
            "version": manifest.version,
            "datePublished": manifest.created[:10],
            "creator": [{"@type": "sc:Person", "name": name} for name in named],
            "citeAs": f"{', '.join(named)} ({manifest.created[:4]}): {manifest.title}, version {manifest.version}.",
            "inLanguage": [*manifest.facts.get("languages", {})],
            "isLiveDataset": False,
            "distribution": [*_distribution(manifest, sha256)],
            "recordSet": [
                _records(name, manifest.tables[name]) for name in manifest.order if manifest.tables[name].rows
            ],
            **_responsible(manifest, settings),
        }
    )


def _distribution(manifest: Manifest, sha256: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for path, mark in sorted(sha256.items()):
        media = MEDIA.get(path.rpartition(".")[2], "text/plain")
        yield _file(path, media, mark)
    for entry in manifest.files():
        yield {**_file(entry.path, PARQUET, entry.sha256), "contentSize": f"{entry.bytes} B"}
    for name in manifest.order:
        yield {
            "@type": "cr:FileSet",
            "@id": f"{name}-files",
            "name": f"{name}-files",
            "encodingFormat": PARQUET,
            "includes": f"data/{name}/*.parquet",
        }


def _file(path: str, media: str, sha256: str) -> dict[str, Any]:
    name = path.replace("/", "-")
    return {"@type": "cr:FileObject", "@id": path, "name": name, "contentUrl": path, "encodingFormat": media} | {
        "sha256": sha256
    }


def _records(name: str, table: TableEntry) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table.about,
        "key": {"@id": f"{name}/{table.primary_key[0]}"},
        "field": [_field(name, column) for column in table.schema],
    }


def _field(table: str, column: ColumnEntry) -> dict[str, Any]:
    own = {
        "@type": "cr:Field",
        "@id": f"{table}/{column.name}",
        "name": column.name,
        "description": column.description + (f" Unit: {column.unit}." if column.unit else ""),
    }
    source = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": column.name}}
    struct = _STRUCT.fullmatch(column.type)
    if struct:
        pairs = [pair.split(": ") for pair in struct[1].split(", ")]
        parts = [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{column.name}/{part}",
                "name": part,
                "dataType": TYPES.get(kind, "sc:Text"),
                "source": {**source, "transform": {"jsonPath": f"[*].{part}"}},
            }
            for part, kind in pairs
        ]
        return {**own, "repeated": True, "subField": parts}
    if column.type.startswith("list<item: "):
        inner = column.type[len("list<item: ") : -1]
        return {**own, "dataType": TYPES.get(inner, "sc:Text"), "repeated": True, "source": source}
    kind = "sc:DateTime" if column.type.startswith("timestamp") else TYPES.get(column.type, "sc:Text")
    return {**own, "dataType": kind, "source": source}


def _responsible(manifest: Manifest, settings: DatasetSettings) -> dict[str, Any]:
    """What can be computed of the vocabulary for responsible AI; the card says the rest in words."""
    facts = manifest.facts
    articles = manifest.tables["articles"].rows if "articles" in manifest.tables else 0
    labelled = sum(facts.get("states", {}).values())
    golden = ", ".join(f"{name} {rows:,}" for name, rows in facts.get("gold_sources", {}).items()) or "none"
    return {
        "rai:dataCollection": " ".join(settings.description.split()) or "News articles; see README.md.",
        "rai:dataAnnotationPlatform": "Label Studio",
        "rai:dataAnnotationProtocol": (
            f"Scheme and guidelines {manifest.guideline_version}, under provenance/. {headline(manifest)}."
        ),
        "rai:annotationsPerItem": f"{labelled / articles:.2f}" if articles else "0",
        "rai:dataAnnotationAnalysis": (
            f"Agreement stands in the table agreement. How it was decided that a gold row is there: {golden}."
        ),
        "rai:annotatorDemographics": f"{counted(len(facts.get('annotators', {})), 'account')}, pseudonymous.",
        "rai:dataPreprocessingProtocol": (
            "Texts are canonical: Unicode NFC, one kind of line break. What cleaning cut stands in removed_ranges; "
            "repairs of labels in repairs."
        ),
        "rai:personalSensitiveInformation": [
            "The articles may name persons. Annotators appear under keyed pseudonyms only."
        ],
        "rai:dataReleaseMaintenancePlan": (
            "Releases never change; a correction is a new version, and CHANGELOG.md says what it changed."
            + (f" Takedown requests: {settings.contact}." if settings.contact else "")
        ),
    }
