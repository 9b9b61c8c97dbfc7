"""Tables that follow from others: one row for each relation of a layer and each holder (stances)."""

from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import (
    codes_of,
    date_array,
    int_array,
    numbers,
    one_chunk,
    spread,
    take,
    validity,
)
from goldpress.annotations.tables.words import digests
from goldpress.schemas.raw_contracts import start_table
from goldpress.schemas.scheme import RelationLayer, Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints

DAY = 86_400 * 10**6
CARRIED = ("gold_source", "n_annotators", "n_votes")


def derive_tables(
    tables: "Mapping[str, pa.Table]", articles: "pa.Table", scheme: Scheme, schemas: "Mapping[str, pa.Schema]"
) -> "dict[str, pa.Table]":
    """Return every derived table of a shard.

    One row for each relation and holder; without a marked holder, one row with null. The holders of a later fragment
    are those of the fragment that it continues.

    Args:
        tables: Spans with entities, attribute tables and relations, raw or gold, by raw name.
        articles: The articles, for their date of publication.
        scheme: The scheme.
        schemas: The staged schema of each derived table, by raw name.
    """
    made = {}
    for layer in scheme.relation_layers:
        if layer.table:
            columns = _Derivation(tables, articles, layer, scheme).columns()
            made[layer.table] = fill_table(columns, schemas[layer.table])
    return made


def fill_table(columns: "Mapping[str, Any]", schema: "pa.Schema") -> "pa.Table":
    """Return columns as a table; one that is missing is null."""
    import pyarrow as pa

    size = len(next(iter(columns.values()))) if columns else 0
    arrays = [columns[f.name] if f.name in columns else pa.nulls(size, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Derivation:
    def __init__(
        self, tables: "Mapping[str, pa.Table]", articles: "pa.Table", layer: RelationLayer, scheme: Scheme
    ) -> None:
        self.layer, self.articles = layer, articles
        self.starts_in = start_table(layer, scheme)
        self.start_id = f"{self.starts_in.removesuffix('s')}_id"
        self.spans, self.starts, self.relations = tables["spans"], tables[self.starts_in], tables["relations"]
        self.inherits = [entry.name for entry in scheme.relation_layers if entry.inherits]

    def columns(self) -> dict[str, Any]:
        """Return the columns of the derived table."""
        import numpy as np

        rel = {name: one_chunk(self.relations[name]) for name in self.relations.column_names}
        kinds, names = codes_of(rel["layer"])
        at = np.flatnonzero(kinds == _position(names.to_pylist(), self.layer.name))
        span_id = one_chunk(self.spans["span_id"])
        start = _places(take(rel["from_span"], at), one_chunk(self.starts[self.start_id]))
        target = _places(take(rel["to_span"], at), span_id)
        found = (start >= 0) & (target >= 0)
        at, start, target = at[found], start[found], target[found]
        row, holder_ids = self._holders(rel, kinds, names.to_pylist(), at)
        at, start, target = at[row], start[row], target[row]
        holder = _places(holder_ids, span_id)
        role, name = self.layer.holder or "holder", str(self.layer.table).removesuffix("s")
        text, entity = one_chunk(self.spans["text"]), one_chunk(self.spans["entity_id"])
        relation_id = take(rel["relation_id"], at)
        holder_span = take(span_id, holder)
        columns = {
            f"{name}_id": digests(relation_id, holder_span),
            "article_id": take(rel["article_id"], at),
            "relation_id": relation_id,
            self.start_id: take(rel["from_span"], at),
            "target_span": take(rel["to_span"], at),
            "target_text": take(text, target),
            "target_entity_id": take(entity, target),
            "polarity": take(rel["type"], at),
            f"{role}_span": holder_span,
            f"{role}_text": take(text, holder),
            f"{role}_entity_id": take(entity, holder),
            **self._dates(take(rel["article_id"], at), start),
        }
        if self.layer.holder_kind and self.layer.holder_kind in self.starts.column_names:
            columns[self.layer.holder_kind] = take(one_chunk(self.starts[self.layer.holder_kind]), start)
        columns |= {key: take(rel[key], at) for key in ("annotation_id", *CARRIED) if key in rel}
        return columns

    def _holders(self, rel: dict[str, Any], kinds: "Ints", names: list[str], at: "Ints") -> "tuple[Ints, Any]":
        """For each relation one row per holder: the number of the relation, and the holder's id or null."""
        import numpy as np
        import pyarrow as pa

        size = len(at)
        own = np.flatnonzero(kinds == _position(names, self.layer.holder or ""))
        chain = np.flatnonzero(np.isin(kinds, [names.index(n) for n in self.inherits if n in names]))
        ids, _ = codes_of(
            pa.concat_arrays([take(rel["from_span"], x) for x in (at, own, chain)] + [take(rel["to_span"], chain)])
        )
        current, holding, later, earlier = np.split(ids, np.cumsum([size, len(own), len(chain)]))
        held = np.zeros(int(ids.max(initial=-1)) + 1, dtype=bool)
        held[holding] = True
        before = np.arange(len(held))
        before[later] = earlier
        for _ in range(len(chain)):
            moved = np.where(held[current], current, before[current])
            if (moved == current).all():
                break
            current = moved
        ends = take(rel["to_span"], own)
        order = np.lexsort((_ranks(ends), holding))
        ends, holding = take(ends, order), holding[order]
        low, high = np.searchsorted(holding, current), np.searchsorted(holding, current, side="right")
        counts = high - low
        rows = np.repeat(np.arange(size), np.maximum(counts, 1))
        nth = np.arange(len(rows)) - np.repeat(
            np.cumsum(np.maximum(counts, 1)) - np.maximum(counts, 1), np.maximum(counts, 1)
        )
        return rows, take(ends, np.where(counts[rows] > 0, low[rows] + nth, -1))

    def _dates(self, article: Any, start: "Ints") -> dict[str, Any]:
        import numpy as np
        import pyarrow as pa

        place = _places(article, one_chunk(self.articles["article_id"]))
        when = take(one_chunk(self.articles["published_at"]), place)
        days = np.where(validity(when), numbers(when) // DAY, 0).astype(np.int32)
        there = validity(when)
        source = np.where(there, 1, -1)
        name = self.layer.dated_by or ""
        if name in self.starts.column_names:
            marked = take(one_chunk(self.starts[name]), start)
            own = validity(marked)
            days = np.where(own, numbers(marked.cast(pa.int32())), days)
            source, there = np.where(own, 0, source), own | there
        date = int_array(days, there).cast(pa.date32()) if len(days) else date_array([])
        return {"date": date, "date_source": spread(source, ["marked", "published"])}


def _places(values: Any, among: Any) -> "Ints":
    import numpy as np
    import pyarrow.compute as pc

    found = pc.index_in(values, value_set=among)
    return np.where(validity(found), numbers(found), -1).astype(np.int64)


def _ranks(values: Any) -> "Ints":
    """The place of each string in their order."""
    import numpy as np

    codes, known = codes_of(values)
    names = known.to_pylist()
    rank = np.zeros(len(names) + 1, dtype=np.int64)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    ranks: Ints = rank[codes]
    return ranks


def _position(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -2
