"""Licences of the annotations: full names, addresses, and the text that goes beside a release."""

from typing import NamedTuple


class Licence(NamedTuple):
    """A licence's SPDX id, full name and address."""

    id: str
    name: str
    url: str


_CC = "https://creativecommons.org"
_KNOWN = {
    licence.id: licence
    for licence in (
        Licence("CC-BY-4.0", "Creative Commons Attribution 4.0 International", f"{_CC}/licenses/by/4.0/"),
        Licence(
            "CC-BY-SA-4.0",
            "Creative Commons Attribution-ShareAlike 4.0 International",
            f"{_CC}/licenses/by-sa/4.0/",
        ),
        Licence(
            "CC-BY-NC-4.0",
            "Creative Commons Attribution-NonCommercial 4.0 International",
            f"{_CC}/licenses/by-nc/4.0/",
        ),
        Licence("CC0-1.0", "Creative Commons Zero 1.0 Universal", f"{_CC}/publicdomain/zero/1.0/"),
        Licence(
            "ODC-By-1.0",
            "Open Data Commons Attribution License 1.0",
            "https://opendatacommons.org/licenses/by/1-0/",
        ),
    )
}


def find_licence(spdx: str) -> Licence:
    """Return what is known of a licence; an own one (``LicenseRef-…``) has no address."""
    own = spdx.startswith("LicenseRef-")
    return _KNOWN.get(spdx, Licence(spdx, spdx, "" if own else f"https://spdx.org/licenses/{spdx}.html"))


def licence_text(spdx: str, title: str) -> str:
    """Return the text of ``LICENSE``."""
    licence = find_licence(spdx)
    address = f"\n{licence.url}\n" if licence.url else ""
    return (
        f"{title}\n\n"
        "The annotations and everything derived from them are published under\n"
        f"{licence.name} ({licence.id}).\n{address}\n"
        "The texts of the articles are not covered by that: each keeps its own licence, which may be the same.\n"
        "Licence and holder of the rights of a text stand in its row of the table articles (columns licence and\n"
        "rights_holder).\n"
    )
