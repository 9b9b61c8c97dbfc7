"""CSV: every table of a release, gold and raw, with all of its columns."""

from pathlib import Path

from goldpress.dataset.form.writing import write_file
from goldpress.dataset.formats.cells import render_csv
from goldpress.dataset.formats.exports import Tally
from goldpress.dataset.loading.release import Release


def write_csv(release: Release, out: Path, tally: Tally) -> None:
    """Write one file a table."""
    for name in release.names():
        table = release.table(name, "raw").to_arrow()
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        write_file(out / f"{name}.csv", render_csv(table.column_names, rows, tally))
        tally.kept["tables"] += 1
        tally.kept["rows"] += table.num_rows
