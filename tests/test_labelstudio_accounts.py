"""Where tokens lie, who is told what about them, and what doctor says about a server."""

import subprocess
import sys
import types
from typing import TYPE_CHECKING

import pytest

import goldpress
from goldpress.annotations import annotators_add, annotators_list, push
from goldpress.errors import UsageError
from goldpress.labelstudio import Client, known_accounts, load_token, login, save_token
from studio import PASSWORD, Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goldpress.labelstudio import Server


@pytest.fixture
def desk(server: "Server", tmp_path: "Path") -> "Iterator[Desk]":
    made = make_desk(server, tmp_path)
    yield made
    made.close()


def test_login_stores_a_token_outside_the_workspace_for_its_owner_alone(desk: Desk) -> None:
    email = f"login-{desk.workspace.settings.label_studio.project[2:]}@example.org"
    annotators_add(email, desk.workspace, password=PASSWORD)
    report = login(desk.server.url, desk.workspace, email=email, password=PASSWORD)
    assert (report.email, report.version) == (email, "1.23.2")
    file = desk.workspace.state / "tokens.json"
    assert file.stat().st_mode & 0o777 == 0o600
    token = load_token(desk.workspace, desk.server.url, email)
    assert not any(token in path.read_text("utf-8", "replace") for path in desk.workspace.root.rglob("*.*"))
    assert token not in repr(known_accounts(desk.workspace))


def test_a_token_is_in_no_process_list(desk: Desk) -> None:
    script = f"import goldpress; goldpress.status({str(desk.workspace.root)!r})"
    push(desk.workspace)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL) as process:
        listed = subprocess.run(
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(process.pid)], capture_output=True, check=False
        )
        assert process.wait(60) == 0
    assert desk.server.token.encode() not in listed.stdout


def test_a_keyring_is_used_where_there_is_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    # A keyring needs a desktop session, which a test has not.
    ring = types.SimpleNamespace(
        get_keyring=lambda: types.SimpleNamespace(priority=5),
        set_password=lambda service, name, token: kept.__setitem__((service, name), token),
        get_password=lambda service, name: kept.get((service, name)),
    )
    monkeypatch.setitem(sys.modules, "keyring", ring)
    save_token(desk.workspace, "http://127.0.0.1:1", "a@example.org", "secret-token")
    assert "secret-token" not in (desk.workspace.state / "tokens.json").read_text("utf-8")
    assert load_token(desk.workspace, "http://127.0.0.1:1") == "secret-token"
    kept.clear()
    with pytest.raises(UsageError, match="GP-LS-031"):
        load_token(desk.workspace, "http://127.0.0.1:1")


def test_annotators_are_listed_with_pseudonym_and_role(desk: Desk) -> None:
    desk.person("cleo")
    found = [a for a in annotators_list(desk.workspace).annotators if a.role == "adjudicator"]
    assert len(found) == 1
    assert found[0].pid.startswith("ann-")


def test_doctor_finds_the_server_its_release_its_clock_and_the_project(desk: Desk) -> None:
    push(desk.workspace)
    checks = {check.name: check for check in goldpress.doctor(desk.workspace).checks}
    assert all(checks[name].ok for name in ("label studio", "server version", "clock", "project", "disk", "seeds"))
    assert "2 tasks" in checks["project"].found


def test_doctor_says_what_to_do_without_a_server_and_with_a_scheme_that_does_not_fit(desk: Desk) -> None:
    push(desk.workspace)
    scheme = desk.workspace.schemas / "scheme.toml"
    scheme.write_text(scheme.read_text("utf-8").replace('"PER"', '"HUMAN"'), "utf-8")
    checks = {check.name: check for check in goldpress.doctor(desk.workspace).checks}
    assert not checks["project"].ok
    assert checks["project"].hint
    (desk.workspace.state / "tokens.json").unlink()
    checks = {check.name: check for check in goldpress.doctor(desk.workspace).checks}
    assert (checks["label studio"].ok, "goldpress serve" in checks["label studio"].hint) == (False, True)


def test_doctor_warns_of_releases_that_it_was_not_written_for() -> None:
    from goldpress.setup import _release

    assert [_release(v, "").ok for v in ("1.19.0", "1.20.0", "1.23.2", "1.24.0", "2.0", "")] == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_client_says_nothing_of_its_token(desk: Desk) -> None:
    with Client(desk.server.url, desk.server.token) as client:
        assert desk.server.token not in repr(client)
