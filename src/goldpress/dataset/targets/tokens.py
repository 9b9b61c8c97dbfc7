"""Tokens of places that releases are sent to: from the environment, the keyring or a private file."""

import os
import stat
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from goldpress.errors import UsageError

SERVICE = "goldpress"
MODE_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def find_token(name: str, variable: str) -> str:
    """Return the token for a service.

    Args:
        name: The service: the user name in the keyring, and the name of the private file.
        variable: What the environment calls it.

    Raises:
        UsageError: There is none (GP-TARGET-014), or others may read the file that holds it (GP-TARGET-015).
    """
    path = user_config_path("goldpress") / f"{name}.token"
    found = os.environ.get(variable, "").strip() or _from_keyring(name) or _from_file(path)
    if found:
        return found
    raise UsageError(
        "GP-TARGET-014",
        f"there is no token for {name}",
        hint=f"set {variable}, run 'keyring set {SERVICE} {name}', or write it to {path} with mode 600",
    )


def _from_keyring(name: str) -> str:
    if os.environ.get("GOLDPRESS_KEYRING") == "off":
        return ""
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]  # it is not needed, and used where it is

        ring: Any = keyring
        return str(ring.get_password(SERVICE, name) or "")
    except Exception:  # noqa: BLE001 - no keyring, a locked one, or one that nobody answers for
        return ""


def _from_file(path: Path) -> str:
    if not path.is_file():
        return ""
    if os.name == "posix" and path.stat().st_mode & MODE_OF_OTHERS:
        raise UsageError("GP-TARGET-015", "others may read the file of a token", where=path, hint=f"chmod 600 {path}")
    return path.read_text(encoding="utf-8", errors="replace").strip()
