"""Bring a Chromium for the browser tests: the system's, else Debian's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from browser import find_chromium


def main() -> None:
    """Install one if none is found; say what to do if that fails."""
    if find_chromium() or _playwright_has_one():
        return
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        commands = [["apt-get", "update", "-qq"], install]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for command in commands:
        if subprocess.run(command, check=False).returncode:
            # At a desk the tests say that they are skipped; under CI they fail.
            sys.stderr.write("no Chromium could be installed; the browser tests need one\n")
            return


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    main()
