"""A block of tasks to raw tables by columns: no Python object for a region.

Most annotations are plain, and are handled as vectors. One that is not (a region id used twice, a copied region, an
attribute without its region, a fragment that inherits …) is left to the row by row path, alone; so are all annotations
of a task whose offsets may count UTF-16 units. Both paths give the same rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import (
    bool_array,
    booleans,
    codes_of,
    joined,
    numbers,
    one_chunk,
    spread,
    string_array,
    take,
    validity,
)
from goldpress.annotations.tables.decoding import PLACE, SKIPPED, person
from goldpress.annotations.tables.kinds import Kinds
from goldpress.annotations.tables.lexicon import lexicon
from goldpress.annotations.tables.links import read_relations, relation_repairs, relation_table
from goldpress.annotations.tables.spans import edge_repairs, read_spans, span_tables
from goldpress.annotations.tables.suggesters import name_suggesters, reads_suggestions
from goldpress.annotations.tables.times import read_times
from goldpress.annotations.tables.vectors import Columns, field_of, filtered, parents, sizes_of, stacked
from goldpress.schemas.scheme import Scheme

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Mask


@dataclass
class Plain:
    """What the columns of a block gave.

    Attributes:
        tables: Columns by table and name; a column that is missing is null.
        left: Annotations left to the row by row path: number of the task, number of the annotation in it.
        spoken: By task: how many annotations it has.
        unknown: Rows of the result that the scheme has no place for, by kind and article.
        doubted: Tasks whose offsets may count UTF-16 units; all of their annotations are left.
        pointed: Tasks whose offsets can be nothing else than code points.
    """

    tables: dict[str, Columns] = field(default_factory=dict)
    left: list[tuple[int, int]] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    doubted: list[int] = field(default_factory=list)
    pointed: list[int] = field(default_factory=list)


def tabulate_columns(
    table: "pa.Table", scheme: Scheme, configs: Sequence[str], versions: Sequence[str], old: Sequence[bool]
) -> Plain | None:
    """Return the raw rows of a block's annotations, or None where the block has something that needs rows.

    Args:
        table: Tasks, as ``parse_block`` returns them.
        scheme: What may be said.
        configs: SHA-256 of the label config, by task.
        versions: Version of the guidelines, by task.
        old: Whether offsets count UTF-16 units, by task.
    """
    block = Block(table, scheme, old)
    return block.tabulate(configs, versions) if block.readable else None


class Block:
    def __init__(self, table: "pa.Table", scheme: Scheme, old: Sequence[bool]) -> None:
        import numpy as np

        self.old = np.array(old, dtype=bool)
        self.doubted: Mask
        self.pointed: list[int]
        self.scheme, self.lexicon, self.table = scheme, lexicon(scheme), table
        self.ids = one_chunk(table["id"])
        data = one_chunk(table["data"])
        self.article = field_of(data, "article_id")
        self.texts = field_of(data, "text")
        listed = one_chunk(table["annotations"])
        self.task_of = parents(listed)
        self.annotations = listed.flatten()
        results = field_of(self.annotations, "result")
        self.readable = not (self.annotations.null_count or results.null_count) and reads_suggestions(table)
        if self.readable:
            self.annotation_of = parents(results)
            self.results = results.flatten()
            self.number = len(self.annotations)
            self.sizes = sizes_of(results)
            self.skipped = booleans(field_of(self.annotations, "was_cancelled"))
            self.readable = not self.results.null_count and self._articles_agree() and self._people_named()

    def _articles_agree(self) -> bool:
        """Whether every task has an article and a text, and one article has one text."""
        import numpy as np

        if self.article.null_count or self.texts.null_count:
            return False
        codes, known = codes_of(self.article)
        if len(known) < len(codes):
            texts, _ = codes_of(self.texts)
            first = np.full(len(known), -1, dtype=np.int64)
            first[codes[::-1]] = texts[::-1]
            if (first[codes] != texts).any():
                return False
        self.article_code = codes
        return True

    def _people_named(self) -> bool:
        """Whether nobody's pseudonym was taken for a point in time."""
        import pyarrow as pa

        kind = self.annotations.type
        at = kind.get_field_index("completed_by")
        return at < 0 or not pa.types.is_temporal(kind.field(at).type)

    def tabulate(self, configs: Sequence[str], versions: Sequence[str]) -> Plain:
        import numpy as np

        annotations = self._annotations(configs, versions)
        kept = self._newest()
        self.odd = np.zeros(self.number, dtype=bool)
        # Suggestions and half a reading stay in the result of an article that is skipped; they are no labels.
        kinds = Kinds(self.results, self.lexicon, ~self.skipped[self.annotation_of])
        spans = read_spans(self, kinds)
        relations = read_relations(self, kinds, spans)
        answers = self._answers(kinds)
        plain = kept & ~self.odd
        out = Plain(spoken=np.bincount(self.task_of, minlength=len(self.ids)).tolist())
        out.tables["annotations"] = filtered(annotations, plain)
        span_rows = plain[spans.annotation]
        for name, columns in span_tables(self, spans, span_rows).items():
            out.tables[name] = columns
        repairs = [edge_repairs(self, spans, span_rows)]
        if relations is not None:
            rows = plain[relations.annotation]
            out.tables["relations"] = relation_table(self, relations, rows)
            repairs.append(relation_repairs(self, relations, rows))
        if self.scheme.document_labels:
            out.tables["doc_labels"] = self._answer_table(answers, plain)
        out.tables["repairs"] = stacked(repairs)
        out.unknown = self._unknown(kinds, plain)
        out.unknown += Counter({SKIPPED: int(self.sizes[plain & self.skipped].sum())})
        left = np.flatnonzero(kept & self.odd)
        nth = np.arange(self.number) - np.searchsorted(self.task_of, self.task_of)
        out.doubted, out.pointed = np.flatnonzero(self.doubted).tolist(), self.pointed
        out.left = list(zip(self.task_of[left].tolist(), nth[left].tolist(), strict=True))
        return out

    # ── annotations ─────────────────────────────────────────────────────────────────────────────────────

    def _annotations(self, configs: Sequence[str], versions: Sequence[str]) -> Columns:
        import numpy as np
        import pyarrow as pa

        part = {name.name: self.annotations.field(i) for i, name in enumerate(self.annotations.type)}
        self.annotation_id = self._annotation_ids(part)
        self.updated = read_times(part["updated_at"])
        role_codes, roles = codes_of(part["role"])
        roles = [role or "primary" for role in roles.to_pylist()]
        state = np.where(self.skipped, 0, np.where(self.sizes > 0, 1, 2))
        self.article_id = take(self.article, self.task_of)
        return {
            "annotation_id": self.annotation_id,
            "article_id": self.article_id,
            "annotator_pid": _people(part.get("completed_by"), self.number),
            "role": spread(np.where(role_codes < 0, len(roles), role_codes), [*roles, "primary"]),
            "state": spread(state, ["skipped", "labelled", "empty"]),
            "guideline_version": take(string_array(versions), self.task_of),
            "config_sha256": take(string_array(configs), self.task_of),
            "created_at": read_times(part["created_at"]),
            "updated_at": self.updated,
            "lead_time_s": part["lead_time"].cast(pa.float64()),
            "ground_truth": bool_array(booleans(part["ground_truth"])),
            "parent_prediction": name_suggesters(self.table, self.task_of, part["parent_prediction"]),
        }

    def _annotation_ids(self, part: Columns) -> Any:
        import numpy as np

        ids = part["unique_id"]
        missing = ~validity(ids) | (sizes_of(ids) == 0)
        if not missing.any():
            return ids
        found = ids.to_pylist()
        for i in np.flatnonzero(missing).tolist():
            task = self.ids[int(self.task_of[i])].as_py()
            found[i] = f"task{task}-annotation{part['id'][i].as_py()}"
        return string_array(found)

    def _newest(self) -> "Mask":
        """Of an annotation that occurs twice in one article, the version that was changed last."""
        import numpy as np

        codes, known = codes_of(self.annotation_id)
        keys = self.article_code[self.task_of] * (len(known) + 1) + codes
        kept = np.ones(self.number, dtype=bool)
        order = np.argsort(keys, kind="stable")
        if not (np.diff(keys[order]) == 0).any():
            return kept
        moved = np.where(validity(self.updated), numbers(self.updated), np.iinfo(np.int64).max)
        newest: dict[int, int] = {}
        for i, key in enumerate(keys.tolist()):
            before = newest.get(key)
            if before is None or moved[before] <= moved[i]:
                newest[key] = i
        kept[:] = False
        kept[list(newest.values())] = True
        return kept

    # ── whole articles ──────────────────────────────────────────────────────────────────────────────────

    def _answers(self, kinds: "Kinds") -> "np.ndarray[Any, Any]":
        """The code of each annotation's answer to each question; -1 where there is none."""
        import numpy as np

        found = np.full((len(self.lexicon.questions), self.number), -1, dtype=np.int64)
        rows = kinds.replies
        self.odd[self.annotation_of[rows[kinds.odd[rows]]]] = True
        rows = rows[kinds.said[rows] >= 0]
        found[kinds.question[rows], self.annotation_of[rows]] = kinds.said[rows]
        self.values = kinds.values
        return found

    def _answer_table(self, answers: "np.ndarray[Any, Any]", plain: "Mask") -> Columns:
        import numpy as np

        parts = []
        for entry, codes in zip(self.lexicon.questions, answers, strict=True):
            rows = np.flatnonzero(plain & (codes >= 0))
            if not entry.published or not len(rows):
                continue
            ids = take(self.annotation_id, rows)
            parts.append(
                {
                    "doc_label_id": joined(":", ids, entry.name),
                    "annotation_id": ids,
                    "article_id": take(self.article_id, rows),
                    "name": string_array([entry.name] * len(rows)),
                    "value": spread(codes[rows], self.values),
                }
            )
        return stacked(parts)

    def _unknown(self, kinds: "Kinds", plain: "Mask") -> Counter[str]:
        rows = kinds.strangers[plain[self.annotation_of[kinds.strangers]]]
        if not len(rows):
            return Counter()
        types, names = (take(field_of(self.results, name), rows).to_pylist() for name in ("type", "from_name"))
        articles = take(self.article_id, self.annotation_of[rows]).to_pylist()
        said = zip(types, names, articles, strict=True)
        return Counter(f"{kind} '{name}'{PLACE}{article}" for kind, name, article in said)


def _people(column: Any, number: int) -> Any:
    import pyarrow as pa

    if column is None or pa.types.is_null(column.type):
        return pa.nulls(number, pa.string())
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_integer(column.type):
        return joined("-", "user", column.cast(pa.string()))
    return string_array([person(user) for user in column.to_pylist()])
