"""The card: ``README.md`` of a release, with the YAML head that ``datasets`` and the Hub read.

The head is generated from the manifest and never optional: without it the tables are taken for one, and a
cache keyed by the folder's name returns the rows of another version.
"""

from importlib.resources import files
from string import Template
from typing import Any

from goldpress.dataset.form.licences import find_licence
from goldpress.dataset.form.manifest import ColumnEntry, Manifest, TableEntry
from goldpress.workspace import DatasetSettings

SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
)
DEFAULT_CONFIG = "articles"
APART = ("gold_provenance", "gold_doc_labels")
"""Gold tables that say nothing in a headline."""
MAP = "tag:yaml.org,2002:map"
MOST = 20
"""Sources that a card names one by one."""


def render_card(manifest: Manifest, settings: DatasetSettings, labels: str = "", agreement: str = "") -> str:
    """Return ``README.md``: YAML head, then the card; labels and agreement are tables of it."""
    head = _head(front_matter(manifest))
    body = Template(files(__package__).joinpath("card.md").read_text(encoding="utf-8"))
    said = {"labels": labels, "agreement": _told(agreement)}
    return f"---\n{head}---\n{body.substitute(_fields(manifest, settings) | said)}"


def _head(front: dict[str, Any]) -> str:
    """The YAML head, a line for each table: it is for programs, and people want to see the card below it."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(_Line, lambda dumper, value: dumper.represent_mapping(MAP, value.items(), flow_style=True))
    told = {**front, "configs": _lines(front["configs"]), "dataset_info": _lines(front["dataset_info"])}
    return yaml.dump(told, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=2**31)


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


def _lines(entries: list[dict[str, Any]]) -> list[_Line]:
    return [_Line(entry) for entry in entries]


def front_matter(manifest: Manifest) -> dict[str, Any]:
    """Return the YAML head: one config for every table, one entry for every split."""
    facts = manifest.facts
    known = find_licence(manifest.rights.annotations)
    return {
        "pretty_name": manifest.title,
        "license": known.id.lower() if "creativecommons" in known.url or "opendatacommons" in known.url else "other",
        "language": [*facts.get("languages", {})],
        "task_categories": ["token-classification", "text-classification"],
        "size_categories": [_size(manifest)],
        "configs": [_config(manifest, name) for name in manifest.order],
        "dataset_info": [_info(name, manifest.tables[name]) for name in manifest.order],
    }


def headline(manifest: Manifest) -> str:
    """Return what the release holds, in one line: articles, annotators, and the gold rows."""
    golden = [name for name in manifest.order if manifest.tables[name].layer == "gold"]
    counts = {
        "articles": _rows(manifest, "articles"),
        "annotators": len(manifest.facts.get("annotators", {})),
    }
    counts |= {name.removeprefix("gold_"): _rows(manifest, name) for name in golden if name not in APART}
    parts = [counted(rows, name.removesuffix("s")) for name, rows in counts.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(rows: int, what: str) -> str:
    """Return a number with what it counts: ``1 row``, ``2,000 rows``."""
    return f"{rows:,} {what}{'' if rows == 1 else 's'}"


def _config(manifest: Manifest, name: str) -> dict[str, Any]:
    splits = dict.fromkeys(entry.split for entry in manifest.tables[name].files)
    # The version and the digest change the key of the cache of ``datasets``.
    config: dict[str, Any] = {
        "config_name": name,
        "version": manifest.version,
        "description": f"{manifest.name} {manifest.version} {_short(manifest.content_digest)}",
    }
    if name == DEFAULT_CONFIG:
        config["default"] = True
    return config | {"data_files": [{"split": s, "path": f"data/{name}/{s}-*.parquet"} for s in splits]}


def _info(name: str, table: TableEntry) -> dict[str, Any]:
    splits: dict[str, dict[str, Any]] = {}
    for entry in table.files:
        split = splits.setdefault(entry.split, {"name": entry.split, "num_bytes": 0, "num_examples": 0})
        split["num_bytes"] += entry.bytes
        split["num_examples"] += entry.rows
    size = sum(entry.bytes for entry in table.files)
    return {
        "config_name": name,
        "features": [feature(column) for column in table.schema],
        "splits": [*splits.values()],
        "download_size": size,
        "dataset_size": size,
    }


def feature(column: ColumnEntry) -> dict[str, Any]:
    """Return a column as the head describes it; a closed set of values becomes a class label."""
    if column.values and column.type == "string":
        names = {str(i): value for i, value in enumerate(column.values)}
        return {"name": column.name, "dtype": {"class_label": {"names": names}}}
    return {"name": column.name, **_dtype(column.type)}


def _dtype(arrow: str) -> dict[str, Any]:
    if arrow.startswith("list<item: struct<"):
        pairs = [part.split(": ") for part in arrow[len("list<item: struct<") : -2].split(", ")]
        return {"list": [{"name": name, **_dtype(kind)} for name, kind in pairs]}
    if arrow.startswith("list<item: "):
        return {"list": _dtype(arrow[len("list<item: ") : -1])["dtype"]}
    return {"dtype": {"double": "float64", "float": "float32", "date32[day]": "date32"}.get(arrow, arrow)}


def _fields(manifest: Manifest, settings: DatasetSettings) -> dict[str, str]:
    facts, known = manifest.facts, find_licence(manifest.rights.annotations)
    golden = [name for name in manifest.order if manifest.tables[name].layer == "gold"]
    example = next((name for name in golden if name not in ("gold_spans", *APART)), manifest.order[0])
    return {
        "title": _inert(manifest.title),
        "description": _inert(settings.description.strip() or "Annotated news articles."),
        "version": manifest.version,
        "date": manifest.created[:10],
        "headline": headline(manifest),
        "digest": manifest.content_digest,
        "tables": _tables(manifest),
        "example": example,
        "guideline_version": manifest.guideline_version,
        "process": _process(facts),
        "gold": _listed("How it was decided that a gold row is there", facts.get("gold_sources", {}))
        + " "
        + _listed("Single decisions, in `gold_provenance`", facts.get("gold_decisions", {})),
        "licence": f"[{known.name}]({known.url})" if known.url else known.id,
        "rights": _listed("Articles by licence", facts.get("licences", {})) + _sources(facts.get("sources", {})),
        "contact": f"Requests to take something down: {_inert(settings.contact)}."
        if settings.contact
        else "The release names no address for requests to take something down.",
        "checks": _checks(manifest),
    }


def _told(agreement: str) -> str:
    head = (
        "How far the annotators' labels agree, before anything is decided (Krippendorff's alpha; `agreement` has more):"
    )
    return f"{head}\n\n{agreement}" if agreement else "Agreement was not measured."


def _tables(manifest: Manifest) -> str:
    lines = ["| table | layer | rows | key | what a row is |", "| --- | --- | ---: | --- | --- |"]
    for name in manifest.order:
        table = manifest.tables[name]
        key = ", ".join(table.primary_key)
        lines.append(f"| `{name}` | {table.layer} | {table.rows:,} | `{key}` | {_cell(table.about)} |")
    return "\n".join(lines)


def _process(facts: dict[str, dict[str, int]]) -> str:
    states = ", ".join(f"{rows:,} {state}" for state, rows in facts.get("states", {}).items())
    total = sum(facts.get("states", {}).values())
    people = counted(len(facts.get("annotators", {})), "account")
    roles = ", ".join(f"{rows:,} by the {role} role" for role, rows in facts.get("roles", {}).items())
    said = f" {roles[0].upper()}{roles[1:]}." if roles else ""
    return f"{people} submitted {counted(total, 'annotation')} ({states}).{said}"


def _sources(counts: dict[str, int]) -> str:
    if len(counts) > MOST:
        return f"\n\nThe articles come from {len(counts):,} sources."
    return "\n\n" + _listed("Articles by source", counts)


def _listed(head: str, counts: dict[str, int]) -> str:
    # On one line: a source that came with a task may hold a line end, and the card would take what follows for its own.
    told = [f"{_inert(' '.join(name.split()))} {rows:,}" for name, rows in counts.items()]
    return f"{head}: {', '.join(told) or 'none'}."


def _checks(manifest: Manifest) -> str:
    said = manifest.validation
    found = ", ".join(f"{rows:,} {kind}" for kind, rows in said.findings.items()) or "none"
    held = "no finding blocks the release" if said.success else "some findings block a release"
    where = "Details: `validation/summary.json`; why a warning is accepted: `provenance/waivers.toml`."
    return f"{counted(said.checks, 'check')} ran: {held}. Findings: {found}. {where}"


def _rows(manifest: Manifest, name: str) -> int:
    return manifest.tables[name].rows if name in manifest.tables else 0


def _size(manifest: Manifest) -> str:
    return next((name for most, name in SIZES if _rows(manifest, DEFAULT_CONFIG) < most), "1B<n<10B")


def _short(digest: str) -> str:
    kind, _, mark = digest.partition(":")
    return f"{kind}:{mark[:16]}"


def _cell(text: str) -> str:
    return " ".join(_inert(text).split()).replace("|", "\\|")


def _inert(text: str) -> str:
    """Text that a browser takes for text."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
