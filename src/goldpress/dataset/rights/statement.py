"""``RIGHTS.md`` of a release: what was decided about the texts, and whom to ask."""

from collections.abc import Iterator, Mapping

from goldpress.dataset.form.licences import find_licence
from goldpress.dataset.form.manifest import Manifest
from goldpress.workspace import DatasetSettings

MEANING = {
    "full": "the text is in the column `text`",
    "masked": "the text has its shape only: letters are `x` and `X`, digits `0`; all offsets hold",
    "standoff": "the text is not here: places in it, and hashes that find them again in a copy that you have",
}


def render_rights(manifest: Manifest, settings: DatasetSettings) -> str:
    """Return ``RIGHTS.md``."""
    known = find_licence(manifest.rights.annotations)
    name = f"[{known.name}]({known.url})" if known.url else known.id
    lines = [
        "# Rights",
        "",
        f"The annotations, and everything that follows from them, are under {name}.",
        "The texts of the articles are not covered by that: each keeps its own licence, which may be the same,",
        "named in the columns `licence` and `rights_holder` of the table `articles`.",
        "",
        "A text is published only under a licence that is known and allows it. Nothing known means no text.",
        "",
        *_table("what is here of the text", manifest.facts.get("texts", {}), MEANING),
        "",
        *_table("licence", manifest.facts.get("licences", {}), {}),
        "",
        "Who has the texts puts them back with `goldpress hydrate`, or with `goldpress.load(…, texts=…)`. A place is",
        "taken only where its hash and that of what stands before or after it agree; what cannot be placed is named,",
        "never guessed. A hash of a short name can be guessed with a list of names: the hashes avoid that expression",
        "is handed on, they do not keep a secret.",
        "",
        f"To have something taken down, write to {settings.contact}."
        if settings.contact
        else "To have something taken down, ask where this copy comes from: the release names no address for that.",
    ]
    return "\n".join(lines) + "\n"


def _table(head: str, counts: Mapping[str, int], meaning: Mapping[str, str]) -> Iterator[str]:
    yield from (
        f"| {head} | articles |{' meaning |' if meaning else ''}",
        f"| --- | ---: |{' --- |' if meaning else ''}",
    )
    for value, rows in counts.items():
        told = f" {meaning.get(value, '')} |" if meaning else ""
        name = " ".join(value.split()).replace("|", " ").replace("<", "&lt;")
        yield f"| {name} | {rows:,} |{told}"
