"""How the embedded server is started: its command, its environment, its first user."""

import json
import os
import secrets
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from goldpress.errors import SurroundingsError
from goldpress.files import write_private
from goldpress.labelstudio import keeper
from goldpress.labelstudio.ports import HOST
from goldpress.labelstudio.remains import PID_FILE
from goldpress.labelstudio.templates import missing_template

ADMIN = "admin@example.org"
LOGIN_FILE = "admin.json"
LOG = "server.log"

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def admin_login(folder: Path) -> tuple[str, str]:
    """Return address and password of the folder's first user.

    The password is made once and kept (mode 600): Label Studio applies it on the first start only.

    Raises:
        SurroundingsError: The file is damaged (GP-SERVE-008).
    """
    path = folder / LOGIN_FILE
    if not path.is_file():
        write_private(path, json.dumps({"email": ADMIN, "password": secrets.token_urlsafe(16)}).encode())
    try:
        found = json.loads(path.read_text("utf-8"))
        return str(found["email"]), str(found["password"])
    except (ValueError, KeyError, TypeError) as error:
        raise SurroundingsError(
            "GP-SERVE-008",
            "the file with the server's first user is damaged",
            where=path,
            hint='write {"email": …, "password": …} into it; \'label-studio reset_password\' makes a new password',
        ) from error


def launch(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start Label Studio on a data folder, under a keeper that ends it with this process; return the keeper.

    Raises:
        SurroundingsError: The extra is not installed (GP-SERVE-001).
    """
    if find_spec("label_studio") is None:
        raise SurroundingsError(
            "GP-SERVE-001", "Label Studio is not installed here", hint="pip install 'goldpress[server]'"
        )
    kept = [sys.executable, "-I", keeper.__file__, str(folder / PID_FILE), *command(folder, port)]
    with (folder / LOG).open("wb") as log:
        return subprocess.Popen(
            kept,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder),
            # Ctrl-C reaches goldpress alone, which then stops the server in order.
            start_new_session=True,
        )


def command(folder: Path, port: int) -> list[str]:
    """Return the server's command; the data folder in it tells our server from other processes."""
    # -P: Label Studio imports modules called 'core' or 'users', which must not come from the script's folder.
    start = [sys.executable, "-P", studio(), "start", "--data-dir", str(folder)]
    return [*start, "--no-browser", "--internal-host", HOST, "--port", str(port)]


def studio() -> str:
    """Return the path of the script that starts Label Studio; it is never imported here."""
    return str(Path(keeper.__file__).with_name("studio.py"))


def environment(folder: Path) -> dict[str, str]:
    """Return all variables of the server: it also reads HOST, PORT, USERNAME and PASSWORD of whoever starts it."""
    email, password = admin_login(folder)
    template = missing_template()
    return {
        **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": email,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        # Present and empty: without them Label Studio reports its errors to its makers.
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        **({"GOLDPRESS_TEMPLATE": str(template)} if template else {}),
    }
