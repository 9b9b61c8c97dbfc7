"""The embedded server: on loopback, on its own port, alone on its folder, gone with its owner."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from goldpress.errors import SurroundingsError, UsageError
from goldpress.labelstudio import Client, start_server
from goldpress.labelstudio.launch import environment
from goldpress.labelstudio.ports import HOST, choose_port
from goldpress.labelstudio.remains import end_leftover

if TYPE_CHECKING:
    from goldpress.labelstudio import Server


def test_it_listens_on_loopback_only(server: "Server") -> None:
    assert _listeners(server.port) == {"0100007F"}


def test_it_sends_nothing_to_its_makers(tmp_path: Path) -> None:
    variables = environment(tmp_path)
    assert variables["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"
    assert variables["LABEL_STUDIO_LATEST_VERSION_CHECK"] == "false"
    assert (variables["LABEL_STUDIO_SENTRY_DSN"], variables["LABEL_STUDIO_FRONTEND_SENTRY_DSN"]) == ("", "")
    assert "--internal-host" in " ".join(_command_of(tmp_path))


def test_variables_of_the_caller_do_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "USERNAME", "PASSWORD", "DJANGO_DB", "LABEL_STUDIO_HOST"):
        monkeypatch.setenv(name, "stray")
    assert "stray" not in environment(tmp_path).values()


def test_its_password_is_private(server: "Server") -> None:
    assert server.login_file.stat().st_mode & 0o777 == 0o600
    assert server.folder.stat().st_mode & 0o077 == 0
    assert server.password not in repr(server)


def test_nobody_signs_up_without_an_invite(server: "Server") -> None:
    page = httpx.get(f"{server.url}/user/signup/", trust_env=False)
    form = {"email": "x@example.org", "password": "long enough", "csrfmiddlewaretoken": page.cookies["csrftoken"]}
    answer = httpx.post(f"{server.url}/user/signup/", data=form, cookies=dict(page.cookies), trust_env=False)
    assert answer.status_code == 403


def test_a_second_one_on_the_same_folder_is_refused(server: "Server") -> None:
    with pytest.raises(SurroundingsError, match="GP-SERVE-003"):
        start_server(server.folder)


def test_a_port_that_is_taken_is_refused_before_label_studio_takes_the_next(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(SurroundingsError, match="GP-SERVE-002"):
            start_server(tmp_path, port=other.getsockname()[1])


def test_a_number_that_is_no_port_is_refused(tmp_path: Path) -> None:
    for number in (0, 70_000, -1):
        with pytest.raises(UsageError, match="GP-SERVE-007"):
            choose_port(tmp_path, number)


def test_the_last_port_is_used_again_while_it_is_free(tmp_path: Path) -> None:
    first = choose_port(tmp_path)
    assert choose_port(tmp_path) == first
    with socket.socket() as other:
        other.bind((HOST, first))
        other.listen()
        assert choose_port(tmp_path) != first


def test_something_else_than_label_studio_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hello</p>", "utf-8")
    command = [sys.executable, "-m", "http.server", "--bind", HOST, "--directory", str(tmp_path), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().split(b" port ")[1].split()[0])
            with pytest.raises(SurroundingsError, match="GP-LS-002"):
                Client(f"http://{HOST}:{port}", "0123456789abcdef")
        finally:
            process.terminate()


def test_a_server_that_a_killed_run_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    # A process with the folder in its command line, as Label Studio has it, whose keeper is gone.
    stray = [sys.executable, "-c", "import time; time.sleep(60)", "--data-dir", str(tmp_path), "--port", "1"]
    with subprocess.Popen(stray) as process:
        _until(lambda: str(tmp_path) in Path(f"/proc/{process.pid}/cmdline").read_text("utf-8"))
        (tmp_path / "server.pid").write_text(f"{process.pid}\n", "utf-8")
        end_leftover(tmp_path)
        assert process.wait(timeout=10) == -signal.SIGTERM
    assert not (tmp_path / "server.pid").exists()


def test_a_process_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        (tmp_path / "server.pid").write_text(f"{process.pid}\n", "utf-8")
        end_leftover(tmp_path)
        assert process.poll() is None
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_keeper_ends_the_server_when_its_owner_is_gone(tmp_path: Path, number: signal.Signals) -> None:
    from goldpress.labelstudio import keeper

    owner = (
        "import subprocess, sys, time; "
        f"p = subprocess.Popen([sys.executable, {keeper.__file__!r}, {str(tmp_path / 'pid')!r}, "
        "sys.executable, '-c', 'import time; time.sleep(60)'], stdin=subprocess.PIPE); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", owner], start_new_session=True) as process:
        child = int(_wait_for(tmp_path / "pid"))
        process.send_signal(number)
        process.wait(timeout=10)
    assert _gone(child)


def _listeners(port: int) -> set[str]:
    """Addresses, as the kernel prints them, that a port is listened to on."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def _command_of(folder: Path) -> list[str]:
    from goldpress.labelstudio.launch import command

    return command(folder, 8080)


def _wait_for(path: Path) -> str:
    _until(lambda: path.is_file() and bool(path.read_text("ascii").strip()))
    return path.read_text("ascii")


def _gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    _until(lambda: not status.exists() or ") Z " in status.read_text("ascii"))
    return True


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most ten seconds."""
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")
