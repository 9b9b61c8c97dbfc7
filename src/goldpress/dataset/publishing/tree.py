"""The files of a release: data first, then what describes them, the manifest last."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from goldpress.dataset.changes.changelog import NAME as CHANGELOG
from goldpress.dataset.changes.changelog import render_changes
from goldpress.dataset.changes.differences import Difference
from goldpress.dataset.form.batches import Batch, cut_batches
from goldpress.dataset.form.digests import SUMS, file_sha256, json_text, release_digest, render_sums, table_digest
from goldpress.dataset.form.licences import licence_text
from goldpress.dataset.form.manifest import (
    FORMAT,
    ColumnEntry,
    FileEntry,
    ForeignKey,
    Manifest,
    Rights,
    SplitEntry,
    TableEntry,
    manifest_bytes,
    seal_manifest,
)
from goldpress.dataset.form.manifest import NAME as MANIFEST
from goldpress.dataset.form.reading import read_columns
from goldpress.dataset.form.versions import Version
from goldpress.dataset.form.writing import write_file, write_parquet
from goldpress.dataset.loading.release import Release
from goldpress.dataset.papers.card import render_card
from goldpress.dataset.papers.citation import render_citation
from goldpress.dataset.papers.croissant import NAME as CROISSANT
from goldpress.dataset.papers.croissant import render_croissant
from goldpress.dataset.papers.glossary import render_agreement, render_labels
from goldpress.dataset.papers.imprint import Imprint, count_facts
from goldpress.dataset.publishing.preparation import SPLITS
from goldpress.dataset.rights.statement import render_rights
from goldpress.dataset.rights.withholding import ACCESS_COLUMN, FULL
from goldpress.engine import map_threads
from goldpress.memory import give_back
from goldpress.schemas.contracts import Table
from goldpress.schemas.tables import ACCESS, released

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1
"""Version of the tables' contract, apart from what the scheme decides."""


@dataclass(frozen=True)
class Plan:
    """What is about to be published.

    Attributes:
        version: The number of the release.
        previous: The release before it.
        bump: What the changes demanded; None for a first release.
        reasons: Why.
        difference: What changed against ``previous``.
        contracts: What each table is.
        sources: Digest of each thing that the metadata is made from.
        imprint: What the release says of itself.
        before: The rows of ``previous``, one file's after the other's.
    """

    version: Version
    previous: Release | None
    bump: str | None
    reasons: tuple[str, ...]
    difference: Difference
    contracts: Mapping[str, Table]
    sources: Mapping[str, str]
    imprint: Imprint
    before: "Mapping[str, pa.Table]" = field(default_factory=dict)


def write_tree(folder: Path, tables: Mapping[str, "pa.Table"], plan: Plan, advance: Callable[[], None]) -> Manifest:
    """Write a release's files into an empty folder and return its manifest; ``advance`` is called per table.

    Raises:
        DataError: A number is not finite (GP-DATASET-005).
    """
    entries = _write_tables(folder, tables, plan, advance)
    manifest = _describe(entries, tables, plan)
    sums = _write_changes(folder, plan)
    for path, data in _metadata(manifest, plan, tables).items():
        write_file(folder / path, data)
        sums[path] = file_sha256(folder / path)
    write_file(folder / SUMS, render_sums({entry.path: entry.sha256 for entry in manifest.files()} | sums))
    sums[SUMS] = file_sha256(folder / SUMS)
    manifest = seal_manifest(manifest, sums)
    write_file(folder / MANIFEST, manifest_bytes(manifest))
    return manifest


def _write_changes(folder: Path, plan: Plan) -> dict[str, str]:
    """Write ``changes/``: one file for each table of which rows changed; return their digests."""
    sums = {}
    for table in plan.difference.tables:
        if plan.previous is not None and table.cells is not None and table.cells.num_rows:
            path = f"changes/{table.name}.parquet"
            order = [(name, "ascending") for name in ("op", "key", "column")]
            write_parquet(table.cells.sort_by(order), folder / path)
            sums[path] = file_sha256(folder / path)
    return sums


def column_entries(contract: Table) -> tuple[ColumnEntry, ...]:
    """Return the columns of a released table as the manifest lists them."""
    return tuple(
        ColumnEntry(column.name, column.type, column.nullable, column.about, column.unit, column.values)
        for column in released(contract, SPLITS).columns
    )


def _write_tables(
    folder: Path, tables: Mapping[str, "pa.Table"], plan: Plan, advance: Callable[[], None]
) -> dict[str, TableEntry]:
    """Write the data files, several at a time: none knows of another."""
    batches = {}
    for name, contract in plan.contracts.items():
        batches[name] = [*_batches(tables[name], contract, plan)]
        (folder / "data" / name).mkdir(parents=True)
        give_back()
    jobs = [(contract, batch) for name, contract in plan.contracts.items() for batch in batches[name]]
    files = map_threads(lambda job: _write_batch(folder, *job, plan), jobs)
    written = {}
    for name in plan.contracts:
        written[name] = tuple(next(files) for _ in batches[name])
        advance()
    several = [contract for name, contract in plan.contracts.items() if len(written[name]) > 1]
    whole = map_threads(lambda contract: table_digest(tables[contract.name], contract.key), several)
    digests = {contract.name: digest for contract, digest in zip(several, whole, strict=True)}
    return {
        name: TableEntry(
            about=contract.about,
            layer=contract.layer,
            primary_key=(contract.key,),
            foreign_keys=tuple(ForeignKey((c.name,), c.references) for c in contract.columns if c.references),
            schema=column_entries(contract),
            rows=tables[name].num_rows,
            content_digest=digests.get(name, written[name][0].content_digest),
            files=written[name],
        )
        for name, contract in plan.contracts.items()
    }


def _batches(table: "pa.Table", contract: Table, plan: Plan) -> Iterator[Batch]:
    entry = plan.previous.manifest.tables.get(contract.name) if plan.previous else None
    return cut_batches(table, contract.key, SPLITS, entry, plan.before.get(contract.name))


def _write_batch(folder: Path, contract: Table, batch: Batch, plan: Plan) -> FileEntry:
    rows = batch.rows
    digest = table_digest(rows, contract.key)
    path = f"data/{contract.name}/{batch.name}"
    reused = _take_over(folder / path, rows.schema, contract.name, digest, plan.previous)
    if reused is None:
        write_parquet(rows, folder / path)
    give_back()
    size, sha256 = (folder / path).stat().st_size, file_sha256(folder / path)
    return FileEntry(path, batch.split, rows.num_rows, size, sha256, digest, reused)


def _take_over(path: Path, schema: "pa.Schema", name: str, digest: str, previous: Release | None) -> str | None:
    """Take the previous release's file where its rows and schema are equal; return which release wrote it."""
    if previous is None or name not in previous.manifest.tables:
        return None
    for entry in previous.manifest.tables[name].files:
        source = previous.path / entry.path
        if entry.content_digest == digest and read_columns(source).equals(schema, check_metadata=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, path)
            except OSError:
                shutil.copyfile(source, path)
            return entry.reused_from or previous.version
    return None


def _describe(entries: dict[str, TableEntry], tables: Mapping[str, "pa.Table"], plan: Plan) -> Manifest:
    imprint = plan.imprint
    return Manifest(
        manifest_version=FORMAT,
        name=imprint.settings.name,
        title=imprint.settings.title,
        version=str(plan.version),
        previous=plan.previous.version if plan.previous else None,
        bump=plan.bump,
        bump_reasons=plan.reasons,
        created=imprint.created.isoformat().replace("+00:00", "Z"),
        edition=_edition(tables),
        content_digest=release_digest({name: entry.content_digest for name, entry in entries.items()}),
        schema_version=SCHEMA_VERSION,
        guideline_version=imprint.scheme.version,
        label_taxonomy_digest=f"sha256:{imprint.taxonomy_digest}",
        order=tuple(entries),
        tables=entries,
        split_digests={
            name: SplitEntry(digests, _unchanged_since(name, digests, plan))
            for name, digests in _split_digests(entries, tables).items()
        },
        facts=count_facts(tables),
        sources=dict(plan.sources),
        rights=Rights(imprint.settings.licence),
        validation=imprint.judgement,
        tool=imprint.tool,
    )


def _split_digests(entries: dict[str, TableEntry], tables: Mapping[str, "pa.Table"]) -> dict[str, dict[str, str]]:
    """The digest of each table's rows in each split, by split and table: of its files, whatever their number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, dict[str, str]] = {}
    for name, entry in entries.items():
        for split in dict.fromkeys(file.split for file in entry.files):
            own = [file for file in entry.files if file.split == split]
            if len(own) == 1:
                digest = own[0].content_digest
            elif len(own) == len(entry.files):
                digest = entry.content_digest
            else:
                rows = tables[name].filter(pc.equal(tables[name]["split"], pa.scalar(split)))
                digest = table_digest(rows, entry.primary_key[0])
            found.setdefault(split, {})[name] = digest
    return found


def _edition(tables: Mapping[str, "pa.Table"]) -> str:
    """How much of the texts is here: ``full``, or the least of what any article's rights allow."""
    found = {*tables["articles"][ACCESS_COLUMN].to_pylist()} if "articles" in tables else set()
    return next((access for access in reversed(ACCESS) if access in found), FULL)


def _unchanged_since(split: str, digests: dict[str, str], plan: Plan) -> str:
    before = plan.previous.manifest.split_digests.get(split) if plan.previous else None
    return before.unchanged_since if before is not None and before.tables == digests else str(plan.version)


def _metadata(manifest: Manifest, plan: Plan, tables: Mapping[str, "pa.Table"]) -> dict[str, bytes]:
    imprint = plan.imprint
    texts = {
        "README.md": render_card(manifest, imprint.settings, render_labels(imprint.scheme), render_agreement(tables)),
        "CITATION.cff": render_citation(manifest, imprint.settings),
        "RIGHTS.md": render_rights(manifest, imprint.settings),
        "LICENSE": licence_text(imprint.settings.licence, manifest.title),
        CHANGELOG: render_changes(manifest, plan.difference),
        "validation/summary.json": json_text(imprint.summary),
    }
    if imprint.leakage is not None:
        texts["validation/splits.json"] = json_text(imprint.leakage)
    files = {path: text.encode() for path, text in texts.items()}
    files |= {f"provenance/{name}": data for name, data in imprint.provenance.items()}
    marks = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    return files | {CROISSANT: render_croissant(manifest, imprint.settings, marks).encode()}
