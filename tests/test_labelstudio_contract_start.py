"""What Label Studio does in silence when it is started, and why goldpress starts it in its own way."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from goldpress.errors import UsageError
from goldpress.labelstudio import Client, mint_token, start_server
from goldpress.labelstudio.launch import environment, studio
from goldpress.labelstudio.ports import HOST, is_free
from studio import PASSWORD, bare_server

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

START = """
import sys
from label_studio import server

def run(host, port, start=server._app_run):
    print("It would listen at", host, flush=True)
    start(host="127.0.0.1", port=port)

server._app_run = run
sys.exit(server.main())
"""
"""Label Studio's own start, but that nobody beyond this machine can reach it."""


@dataclass(frozen=True)
class Second:
    """A data folder that goldpress has made, started again by Label Studio's own command."""

    first: "Server"
    url: str
    log: str
    busy: int


@pytest.fixture(scope="module")
def second(server: "Server", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Second]:
    """The second start: on a port that is taken, with another password, with legacy tokens asked for."""
    assert server.url, "where it is not installed this skips"
    folder = tmp_path_factory.mktemp("second")
    with start_server(folder) as first:
        pass
    variables = {**environment(folder), "LABEL_STUDIO_PASSWORD": PASSWORD}
    with socket.socket() as other:
        # Below those that the system gives to whoever asks for any: the next one must stay free until it is taken.
        busy = next(port for port in range(21000, 30000, 2) if is_free(port) and is_free(port + 1))
        other.bind((HOST, busy))
        other.listen()
        command = [sys.executable, "-P", "-c", START, "start", "--data-dir", str(folder), "--no-browser"]
        command += ["--port", str(busy), "--enable-legacy-api-token"]
        with bare_server(command, folder, variables) as (url, log):
            yield Second(first, url, log, busy)


def test_a_busy_port_makes_it_take_the_next_one(second: Second) -> None:
    assert f"Port {second.busy} is in use" in second.log
    assert httpx.URL(second.url).port != second.busy


def test_it_would_listen_to_the_whole_network(second: Second) -> None:
    assert "It would listen at 0.0.0.0" in second.log


def test_another_password_at_a_later_start_is_ignored(second: Second) -> None:
    with pytest.raises(UsageError, match="GP-LS-022"):
        mint_token(second.url, second.first.email, PASSWORD)
    assert mint_token(second.url, second.first.email, second.first.password, replace=True)


def test_legacy_tokens_that_are_asked_for_at_a_later_start_stay_off_and_are_shown_all_the_same(second: Second) -> None:
    folder, email = second.first.folder, second.first.email
    asked = [sys.executable, "-P", studio(), "user", "--username", email, "--data-dir", str(folder)]
    shown = subprocess.run(asked, env=environment(folder), cwd=folder, capture_output=True, text=True, check=True)
    assert "'status': 'ok'" in shown.stdout
    token = shown.stdout.split("'token': '")[1].split("'")[0]
    header = {"Authorization": f"Token {token}"}
    answer = httpx.get(f"{second.url}/api/current-user/whoami", headers=header, trust_env=False)
    assert answer.status_code == 401
    assert "legacy token authentication has been disabled" in answer.text
    with pytest.raises(UsageError, match="GP-LS-021"), Client(second.url, token) as client:
        client.whoami()
