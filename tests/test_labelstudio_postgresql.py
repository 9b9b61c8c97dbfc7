"""A Label Studio on a real PostgreSQL: goldpress needs nothing but its address.

It runs where Debian's package is installed; the server that it starts is its own.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goldpress.annotations import pull, push, status
from goldpress.labelstudio import Server, mint_token, save_token
from goldpress.labelstudio.launch import admin_login, command, environment
from goldpress.labelstudio.ports import choose_port
from parts import find_postgresql, need
from studio import TEXTS, bare_server, make_desk, span

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(tmp_path: Path) -> "Iterator[Path]":
    """A cluster of its own, reached through a socket in its folder alone."""
    programs = find_postgresql()
    need(programs, "PostgreSQL (Debian's package)")
    assert programs
    folder = Path("/tmp") / f"pg-{os.getpid()}"  # noqa: S108 - a socket's path has at most 107 characters
    folder.mkdir(mode=0o777)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    owner = "postgres" if os.geteuid() == 0 else None

    def run(program: str, *arguments: str) -> None:
        with (tmp_path / "pg.log").open("ab") as log:
            asked: list[str | Path] = [programs / program, *arguments]
            subprocess.run(asked, check=True, cwd=folder, stdout=log, stderr=log, user=owner)

    run("initdb", "--auth=trust", "--username=studio", "--encoding=UTF8", f"--pgdata={folder}/data")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
    run("pg_ctl", f"--pgdata={folder}/data", f"--log={folder}/log", f"--options={options}", "--wait", "start")
    try:
        run("createdb", f"--host={folder}", "--username=studio", "studio")
        yield folder
    finally:
        run("pg_ctl", f"--pgdata={folder}/data", "--mode=immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def on_postgresql(database: Path, folder: Path) -> dict[str, str]:
    """Return the variables of a server whose data lie in the database."""
    variables = {
        **environment(folder),
        "DJANGO_DB": "default",
        "POSTGRE_HOST": str(database),
        "POSTGRE_PORT": "5432",
        "POSTGRE_NAME": "studio",
        "POSTGRE_USER": "studio",
        "POSTGRE_PASSWORD": "unused",
    }
    variables.pop("GOLDPRESS_TEMPLATE", None)
    return variables


@pytest.mark.timeout(900)
def test_the_loop_runs_on_postgresql(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    folder.mkdir()
    with bare_server(command(folder, choose_port(folder)), folder, on_postgresql(database, folder)) as (url, _):
        email, password = admin_login(folder)
        server = Server.__new__(Server)
        server.url, server.email = url, email
        server.token = mint_token(url, email, password)
        desk = make_desk(server, tmp_path)
        save_token(desk.workspace, url, email, server.token)
        assert len(push(desk.workspace).created) == 2
        assert push(desk.workspace).created == []
        desk.label("anna", "markt", [span(TEXTS["markt"], "Vogt", "entity", "PER", "p")])
        assert pull(desk.workspace).annotations == 1
        assert pull(desk.workspace).path == ""
        assert len(status(desk.workspace).articles) == 2
        (desk.workspace.root / "names.csv").write_text("Vogt,PER\n", "utf-8")
        assert push(desk.workspace, suggest=["gazetteer:names.csv"]).suggested["looked"] == 2
        assert push(desk.workspace, suggest=["gazetteer:names.csv"]).suggested["known"] == 2
        desk.close()
    assert not (folder / "label_studio.sqlite3").exists()
