"""The data dictionary: every table and column of a release, for people."""

from collections.abc import Mapping

from goldpress.schemas.contracts import Table
from goldpress.schemas.scheme import Scheme

HEAD = """# schemas

Code: `src/goldpress/schemas`

`scheme.toml` is the only place where a label is named, and `guidelines.md` says how to use them. Everything else here,
this page included, is derived from the scheme: change it, then run `goldpress generate`.
"""


def data_dictionary(scheme: Scheme, contracts: Mapping[str, Table]) -> str:
    """Return the page in Markdown: one section a table, one row a column."""
    parts = [HEAD, f"\n# Data dictionary: {scheme.title or scheme.name} {scheme.version}\n"]
    for table in contracts.values():
        parts.append(f"\n## {table.name}\n\n{table.about} Key: `{table.key}`.\n\n")
        parts.append("| column | type | null | meaning |\n| --- | --- | --- | --- |\n")
        for column in table.columns:
            unit = f" Unit: {column.unit}." if column.unit else ""
            values = f" One of {', '.join(f'`{value}`' for value in column.values)}." if column.values else ""
            parent = f" A row of `{column.references}`." if column.references else ""
            meaning = _cell(column.about + unit + values + parent)
            parts.append(
                f"| `{column.name}` | {_cell(column.type)} | {'yes' if column.nullable else ''} | {meaning} |\n"
            )
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
