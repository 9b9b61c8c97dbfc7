"""Real parts that tests need and no lock brings: Chromium, PostgreSQL, Ceph, Java, articles of others.

``python tests/parts.py`` brings what is missing and can be had: Chromium anywhere, the others under CI only.
Without a part its tests are skipped at a desk; under CI they fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def need(found: object, what: str) -> None:
    """Go on if a part was found; else skip the test at a desk, and fail it under CI."""
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not here")


def find_chromium() -> str | None:
    """Return the system's Chromium, or None where Playwright's own has to do."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def find_postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs, where Debian's package has put them."""
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def find_ceph() -> str | None:
    """Return Ceph's S3 gateway, if it is here with what it stands on."""
    return shutil.which("radosgw") if shutil.which("ceph-mon") and shutil.which("ceph-osd") else None


def find_collected() -> list[Path]:
    """Return articles of others, as they were collected: they lie beside the checkout, and nothing of them in it."""
    return sorted((Path(__file__).parent.parent.parent / "shared" / "seeds").glob("*.txt"))


def main() -> None:
    """Install what is not found; say so if that fails: the tests that need it say the rest."""
    wanted = [] if find_chromium() or _playwright_has_one() else ["chromium"]
    if os.environ.get("CI"):
        wanted += [] if find_postgresql() else ["postgresql"]
        wanted += [] if find_ceph() else ["ceph-mon", "ceph-osd", "radosgw"]
        wanted += [] if shutil.which("java") else ["default-jre-headless"]  # for Spark, in 'make compat'
    if not wanted:
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted]
        commands = [["apt-get", "update", "-qq"], install]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]] if "chromium" in wanted else []
    for command in commands:
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            sys.stderr.write(f"{' '.join(wanted)} could not be installed; some tests need it\n")
            return


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    main()
