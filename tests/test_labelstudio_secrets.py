"""Tokens and passwords are in no output, log, error, process list or file of the workspace."""

import http.server
import json
import logging
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import goldpress
from command_line import COMMANDS
from goldpress.cli import main
from goldpress.errors import GoldpressError
from goldpress.labelstudio import Client, load_token, mint_token
from goldpress.labelstudio.wire import Wire
from studio import Desk, make_desk

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

PERSONAL = f"eyJ{'a' * 40}.eyJ{'b' * 40}.{'c' * 43}"
ACCESS = f"eyJ{'d' * 40}.eyJ{'e' * 40}.{'f' * 43}"
LEGACY = "0123456789abcdef" * 2 + "01234567"
PASSWORD = "a-password-that-nobody-else-has"
INVITE = "0f0e0d0c-an-invite"
WRONG = "a-wrong-password-of-a-test"


class Repeating(http.server.BaseHTTPRequestHandler):
    """A server that repeats in its refusal whatever it was sent, as no real one does that we know."""

    at = ""
    said = (200, b"%s")

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        heard = f"{self.path} {self.headers.get('authorization')} {self.rfile.read(length).decode()}"
        answers: dict[str, Any] = {"/api/version": {"release": "1.23.2"}, "/api/token/refresh/": {"access": ACCESS}}
        status, body = 200, json.dumps(answers.get(self.path, {})).encode()
        if self.path.startswith(type(self).at):
            status, form = type(self).said
            body = form % json.dumps(f"refused: {heard}").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if 300 <= status < 400:
            self.send_header("Location", f"http://user:{PASSWORD}@elsewhere.example/x?token={INVITE}")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_GET  # noqa: N815 - the names that the library looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def repeating() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repeating) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def held(error: BaseException) -> str:
    """Return all that anybody is shown of an error, with what it came from."""
    return f"{error} {error!r} " + "".join(traceback.format_exception(error))


STATUSES = (200, 302, 400, 401, 403, 404, 409, 413, 429, 500, 502)
FORMS = (b'{"detail": %s}', b'{"validation_errors": %s}', b"[%s", b"<html>%s")


@pytest.mark.parametrize("token", [PERSONAL, LEGACY], ids=["personal", "legacy"])
@pytest.mark.parametrize("at", ["/api/version", "/api/token/refresh/", "/api/projects/7/import", "/api/tasks/7/"])
def test_no_error_repeats_a_token_though_the_server_does(
    repeating: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, token: str, at: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("goldpress.labelstudio.wire.PAUSES", ())
    monkeypatch.setattr(Repeating, "at", at)
    refused: list[GoldpressError] = []
    for said in ((status, form) for status in STATUSES for form in FORMS):
        monkeypatch.setattr(Repeating, "said", said)
        try:
            with Client(repeating, token) as client:
                client.task(7)
                client.import_tasks(7, [{"data": {}}])
        except GoldpressError as error:
            refused.append(error)
    shown = "".join(map(held, refused))
    assert not [secret for secret in (token, ACCESS, INVITE, PASSWORD) if secret in shown]
    assert len({error.code for error in refused}) > 1 or (at, token) == ("/api/token/refresh/", LEGACY), (
        "the server was heard"
    )
    assert not [secret for secret in (token, ACCESS) if secret in caplog.text]


@pytest.mark.parametrize(
    "address", [f"http://me:{PASSWORD}@127.0.0.1:1", f"http://127.0.0.1:1/?token={LEGACY}", f"http://h/#{LEGACY}"]
)
def test_an_address_that_holds_a_secret_is_refused_without_it(tmp_path: Path, address: str) -> None:
    goldpress.init(tmp_path)
    workspace = goldpress.open_workspace(tmp_path)
    for attempt in (lambda: Wire(address), lambda: load_token(workspace, address), lambda: mint_token(address, "", "")):
        with pytest.raises(GoldpressError, match="GP-LS-013") as refused:
            attempt()
        assert not [secret for secret in (PASSWORD, LEGACY) if secret in held(refused.value)]


@pytest.fixture
def desk(server: "Server", tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(server, tmp_path)
    yield made
    made.close()


@contextmanager
def watched_processes() -> Iterator[list[bytes]]:
    """Gather the command line of every process there is, again and again."""
    seen: set[bytes] = set()
    found: list[bytes] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(path.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()
        found.extend(seen)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[Any, str]:
    monkeypatch.setattr("sys.argv", ["goldpress", *arguments])
    code: Any
    code, raised = 0, ""
    try:
        main()
    except SystemExit as end:
        code = end.code
    except GoldpressError as error:  # with --debug
        code, raised = error.exit_code, held(error)
    out, err = capsys.readouterr()
    return code, out + err + raised


def test_nothing_that_is_said_listed_logged_or_written_holds_a_token_or_a_password(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("GOLDPRESS_KEYRING", "off")
    url, root = desk.server.url, str(desk.workspace.root)
    email = f"secret-{uuid.uuid4().hex[:8]}@example.org"
    typed: Iterator[str] = iter(())
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: next(typed))
    said = ""
    with watched_processes() as listed:
        with desk.admin() as client:
            invite = client.invite_path().partition("token=")[2]
        goldpress.annotators_add(email, desk.workspace, password=PASSWORD)
        log_in = ("login", url, "--email", email, "--workspace", root)
        for words, password, codes in (
            (log_in, WRONG, {2}),
            (log_in, PASSWORD, {0}),
            ((*log_in, "--json"), PASSWORD, {2}),
            (("annotators", "list", "--workspace", root), "", {0}),
            (("doctor", "--workspace", root), "", {0, 1, 3}),
            (("push", "--workspace", root, "--debug"), "", {0}),
            (("status", "--workspace", root, "--json"), "", {0}),
            (("pull", "--workspace", root), "", {0}),
            # The port of the desk's server is taken: it ends at once.
            (("serve", "--workspace", root, "--port", url.rpartition(":")[2], "--debug"), "", {3}),
        ):
            typed = iter((password,))
            code, shown = run(capsys, monkeypatch, *words)
            assert code in codes, shown
            said += shown
        minted = load_token(desk.workspace, url, email)
        monkeypatch.setenv("GOLDPRESS_TOKEN", LEGACY)
        for name, more in (("push", "--debug"), ("doctor", "--quiet"), ("pull", "--json")):
            code, shown = run(capsys, monkeypatch, name, more, "--workspace", root)
            assert code, "a token that nobody knows"
            said += shown
        for name in COMMANDS:
            said += run(capsys, monkeypatch, *name.split(), "--help")[1]
    places = {
        "output": said.encode(),
        "log": caplog.text.encode(),
        "processes": b"\n".join(listed),
        "log of the server": (desk.server.folder / "server.log").read_bytes(),
        **{str(path): path.read_bytes() for path in desk.workspace.root.rglob("*") if path.is_file()},
    }
    assert b"--data-dir" in places["processes"], "the server's own command is among them"
    secrets = {
        "first user's password": desk.server.password,
        "first user's token": desk.server.token,
        "password": PASSWORD,
        "wrong password": WRONG,
        "token": minted,
        "token of the environment": LEGACY,
        "invite": invite,
    }
    found = [
        (name, place) for name, secret in secrets.items() for place, held in places.items() if secret.encode() in held
    ]
    # Label Studio's own log names every address that it is asked for; it lies in the private folder (mode 700).
    assert set(found) <= {("invite", "log of the server")}
    assert desk.server.folder.stat().st_mode & 0o077 == 0
