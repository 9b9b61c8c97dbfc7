"""Which row of the results is what, and what the answers say."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from goldpress.annotations.tables.arrays import codes_of, date_array, list_array, offsets, string_array, take, validity
from goldpress.annotations.tables.decoding import read_date
from goldpress.annotations.tables.lexicon import Lexicon
from goldpress.annotations.tables.vectors import Columns, field_of, first_of, numbering, position, sizes_of

if TYPE_CHECKING:
    import pyarrow as pa

    from goldpress.annotations.tables.arrays import Ints, Mask


class Kinds:
    """Which row of the results is what; those that are not ``said`` are nothing."""

    def __init__(self, results: Any, lex: Lexicon, said: "Mask") -> None:
        import numpy as np

        codes, types = codes_of(field_of(results, "type"))
        link = said & (codes == position(types.to_pylist(), "relation"))
        codes, names = codes_of(field_of(results, "from_name"))
        controls, other = names.to_pylist(), said & (codes >= 0) & ~link

        def numbered(known: Sequence[str]) -> "Ints":
            return np.where(other, numbering(controls, known, missing=-1)[codes], -1)

        self.layer = numbered([layer.name for layer in lex.layers])
        self.question = numbered([entry.name for entry in lex.questions])
        self.attribute = numbered([entry.name for entry, _ in lex.attributes])
        self.links = np.flatnonzero(link)
        self.marks = np.flatnonzero(self.layer >= 0)
        self.replies = np.flatnonzero(self.question >= 0)
        self.asked = np.flatnonzero(self.attribute >= 0)
        self.strangers = np.flatnonzero(said & ~link & (self.layer < 0) & (self.question < 0) & (self.attribute < 0))
        self.value = field_of(results, "value")
        self.size = len(results)
        self.regions = 0
        self.parts: Columns = {}
        self.said: Ints
        self.values: list[str]
        self.odd: Mask


def read_replies(kinds: Kinds, lex: Lexicon) -> "tuple[Ints, list[str], Mask]":
    """What each row of an attribute or a question says, as a code (-1 for nothing), and which rows are odd."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = {a: entry.kind for a, (entry, _) in enumerate(lex.attributes)}
    choice = np.array([kind == "choice" for kind in asked.values()] + [False], dtype=bool)
    question = np.array([entry.kind == "choice" for entry in lex.questions] + [False], dtype=bool)
    chosen = choice[kinds.attribute] | question[kinds.question]
    rows = np.sort(np.concatenate([kinds.asked, kinds.replies]))
    picked, typed = rows[chosen[rows]], rows[~chosen[rows]]
    first, _ = first_of(kinds.parts["choices"], picked)
    options = take(kinds.parts["choices"].values, first)
    first, _ = first_of(kinds.parts["list"], typed)
    written = pc.coalesce(take(kinds.parts["list"].values, first), take(kinds.parts["text"], typed))
    codes, known = codes_of(pa.concat_arrays([options, written]))
    said = np.full(kinds.size, -1, dtype=np.int64)
    values: dict[str, int] = {}
    stripped = [value.strip() for value in known.to_pylist()]
    number = np.array([values.setdefault(v, len(values)) if v else -1 for v in stripped] + [-1], dtype=np.int64)
    said[np.concatenate([picked, typed])] = number[codes]
    names = list(values)
    odd = np.zeros(kinds.size, dtype=bool)
    days = np.array([*asked.values(), ""]) == "date"
    dated = typed[days[kinds.attribute[typed]]]
    undated = np.array([not isinstance(read_date(name), date) for name in names] + [False], dtype=bool)
    odd[dated] = undated[said[dated]]
    rare = np.array([entry.kind not in {"choice", "text"} for entry in lex.questions] + [False], dtype=bool)
    odd[kinds.replies] = rare[kinds.question[kinds.replies]]
    return said, names, odd


def topic_lists(paths: Any, source: "Ints", has: "Mask") -> "pa.Array[Any]":
    """The leaves of each span's topics, as lists; null where nothing was asked or answered."""
    import numpy as np

    answered = (source >= 0) & has
    at = np.flatnonzero(answered)
    cuts = offsets(paths)
    begin, size = cuts[source[at]], sizes_of(paths)[source[at]]
    nodes = np.arange(size.sum()) + np.repeat(begin - (np.cumsum(size) - size), size)
    inner = paths.values
    lasts, lengths = offsets(inner)[1:], sizes_of(inner)
    full = lengths[nodes] > 0 if len(nodes) else np.zeros(0, dtype=bool)
    full[full] &= validity(inner.values)[lasts[nodes[full]] - 1]
    leaves = take(inner.values, lasts[nodes[full]] - 1) if len(nodes) else string_array([])
    sizes = np.zeros(len(source), dtype=np.int64)
    sizes[at] = np.bincount(np.repeat(np.arange(len(at)), size)[full], minlength=len(at)) if len(at) else 0
    ends = np.zeros(len(source) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    return list_array(ends, leaves, answered)


def read_days(codes: "Ints", names: Sequence[str]) -> Any:
    read = [read_date(name) for name in names]
    return take(date_array([day if isinstance(day, date) else None for day in read]), codes)
