"""The other last look: no run of words of a withheld text in any byte of a release."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from goldpress.dataset.form.contents import Contents
from goldpress.dataset.rights.withholding import RUN, Withheld, word_runs
from goldpress.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Run = tuple[str, ...]


def refuse_leaks(contents: Contents, withheld: Withheld) -> None:
    """Refuse a release that shares eight words in a row with a text that may not leave.

    Texts that may leave, and what was marked in them, are not looked at: they are published by right, whoever
    repeats them.

    Raises:
        DataError: The file, and the row in it, that holds such a run (GP-DATASET-030); never the words.
    """
    if not withheld.texts:
        return
    # What a release says at length is little; the withheld texts pass by one at a time.
    said: dict[Run, str] = {}
    for path, table in contents.tables.items():
        said |= _runs_of_rows(table, path, withheld)
    for path, text in contents.texts.items():
        said |= dict.fromkeys(word_runs(text), path)
    for article_id, text in withheld.texts.items():
        found = next((said[run] for run in word_runs(text) if run in said), None)
        if found is not None:
            raise DataError(
                "GP-DATASET-030",
                f"{RUN} words in a row of an article that may not be published would be",
                where=f"{found}, article {article_id}",
                hint="take the passage out of the scheme, guidelines or settings; or name the article's licence",
            )


def _runs_of_rows(table: "pa.Table", name: str, withheld: Withheld) -> dict[Run, str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if "article_id" in table.column_names:
        closed = pa.array(list(withheld.texts), pa.string())
        table = table.filter(pc.is_in(table["article_id"], value_set=closed))
    return {run: f"{name} ({field.name})" for field in table.schema for run in _runs(table[field.name])}


def _runs(column: Any) -> Iterator[Run]:
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        values = {str(value) for value in column.to_pylist()}
    elif pa.types.is_string(column.type):
        values = {value for value in column.unique().to_pylist() if value}
    else:
        return
    for value in values:
        yield from word_runs(value)
