"""Staged tables to the rows of a release: the contract's columns, a split, no gaps, one order."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.digests import rises
from goldpress.dataset.form.manifest import ADDED_IN
from goldpress.dataset.rights.withholding import ACCESS_COLUMN, FULL, HASHES
from goldpress.errors import DataError
from goldpress.memory import give_back
from goldpress.schemas.contracts import Table
from goldpress.schemas.tables import released

if TYPE_CHECKING:
    import pyarrow as pa

SPLITS = ("train", "validation", "test")
DEFAULT_SPLIT = "train"
ADDED_VALUES = {"split": DEFAULT_SPLIT, ACCESS_COLUMN: FULL}
"""What stands in columns that a release adds where nothing else is known; null in the others."""
ADDED = {"split", ACCESS_COLUMN, *HASHES}

Tables = dict[str, "pa.Table"]


def conform_tables(tables: Mapping[str, "pa.Table"], contracts: Mapping[str, Table]) -> Tables:
    """Return the tables with exactly the released columns but ``added_in``, sorted by key.

    Raises:
        DataError: A table or a column is missing or unknown, or a value does not fit its type
            (GP-DATASET-006); null stands where none is allowed (GP-DATASET-007); a key stands twice
            (GP-DATASET-008); a row has an unknown split (GP-DATASET-009).
    """
    _same_names(set(contracts), set(tables), "table", "the staged tables")
    return {name: _conform(tables[name], contract) for name, contract in contracts.items()}


def stamp_tables(
    tables: Mapping[str, "pa.Table"],
    before: Mapping[str, "pa.Table"],
    contracts: Mapping[str, Table],
    version: str,
) -> Tables:
    """Return conformed tables with ``added_in``: as the previous release says, ``version`` for a new key."""
    stamped = {}
    for name, contract in contracts.items():
        stamped[name] = _stamp(tables[name], before.get(name), contract, version)
        give_back()
    return stamped


def _conform(table: "pa.Table", contract: Table) -> "pa.Table":
    import pyarrow as pa

    schema = released(contract, SPLITS).to_arrow()
    schema = schema.remove(schema.get_field_index(ADDED_IN))
    for name in ADDED & {*schema.names} - {*table.column_names}:
        table = table.append_column(name, pa.repeat(pa.scalar(ADDED_VALUES.get(name), pa.string()), table.num_rows))
    _same_names(set(schema.names), set(table.column_names), "column", contract.name)
    _no_gaps(table, contract, schema)
    try:
        table = table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise _misfit(f"a value does not fit its type: {error}", contract.name) from error
    _known_splits(table, contract)
    if not rises(table[contract.key]):
        table = table.sort_by([(contract.key, "ascending")])
        _unique(table, contract)
    return table.combine_chunks()


def _stamp(table: "pa.Table", before: "pa.Table | None", contract: Table, version: str) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    added: Any = pa.repeat(pa.scalar(version), table.num_rows)
    if before is not None and {contract.key, ADDED_IN} <= set(before.column_names):
        at = pc.index_in(table[contract.key], value_set=before[contract.key])
        added = pc.coalesce(pc.take(before[ADDED_IN], at), added)
    schema = released(contract, SPLITS).to_arrow()
    return table.append_column(ADDED_IN, added).select(schema.names).cast(schema)


def _same_names(wanted: set[str], given: set[str], kind: str, where: str) -> None:
    faults = [f"{kind} '{name}' is missing" for name in sorted(wanted - given)]
    faults += [f"{kind} '{name}' is unknown" for name in sorted(given - wanted)]
    if faults:
        raise _misfit("; ".join(faults), where)


def _misfit(what: str, where: str) -> DataError:
    return DataError(
        "GP-DATASET-006",
        f"the tables do not follow the scheme: {what}",
        where=where,
        hint="run 'goldpress validate': it lists what does not hold",
    )


def _no_gaps(table: "pa.Table", contract: Table, schema: "pa.Schema") -> None:
    for field in schema:
        if field.nullable or not table[field.name].null_count:
            continue
        empty = table.filter(table[field.name].is_null())
        raise DataError(
            "GP-DATASET-007",
            f"{empty.num_rows} rows have no {field.name}, and a released row needs one",
            where=f"{contract.name} {empty[contract.key][0].as_py()}",
            hint="run 'goldpress validate': it lists the rows",
        )


def _unique(table: "pa.Table", contract: Table) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if rises(table[contract.key]):
        return
    counts = table.group_by(contract.key).aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], pa.scalar(1)))
    raise DataError(
        "GP-DATASET-008",
        f"{repeated.num_rows} keys stand more than once",
        where=f"{contract.name} {min(map(str, repeated[contract.key].to_pylist()))}",
        hint="run 'goldpress validate': it lists the rows",
    )


def _known_splits(table: "pa.Table", contract: Table) -> None:
    unknown = sorted({*map(str, table["split"].unique().to_pylist())} - {*SPLITS})
    if unknown:
        raise DataError(
            "GP-DATASET-009",
            f"there is no split '{unknown[0]}'",
            where=contract.name,
            hint=f"the splits are {', '.join(SPLITS)}",
        )
