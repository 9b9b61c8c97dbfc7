"""``CITATION.cff`` of a release, format 1.2.0."""

import re
from typing import Any

from goldpress.dataset.form.licences import find_licence
from goldpress.dataset.form.manifest import Manifest
from goldpress.workspace import Author, DatasetSettings


def render_citation(manifest: Manifest, settings: DatasetSettings) -> str:
    """Return ``CITATION.cff``."""
    import yaml

    known = find_licence(manifest.rights.annotations)
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use this data set, please cite it as below.",
        "type": "dataset",
        "title": manifest.title,
        "version": manifest.version,
        "date-released": manifest.created[:10],
        # The format takes SPDX ids only.
        **({} if known.id.startswith("LicenseRef-") else {"license": known.id}),
        "authors": [_author(author) for author in settings.authors] or [{"name": f"{manifest.name} contributors"}],
    }
    return yaml.safe_dump(fields | _contact(settings), sort_keys=False, allow_unicode=True, width=120)


def _contact(settings: DatasetSettings) -> dict[str, Any]:
    """Whom to ask, where it is an address that the format has a field for."""
    told = settings.contact.strip()
    if re.fullmatch(r"[^@\s]+@[^@\s]+", told):
        return {"contact": [{"name": settings.title, "email": told}]}
    if re.fullmatch(r"https?://\S+", told):
        return {"contact": [{"name": settings.title, "website": told}]}
    return {}


def _author(author: Author) -> dict[str, Any]:
    given = {"given-names": author.given_names} if author.given_names else {}
    return {"family-names": author.family_names, **given}
