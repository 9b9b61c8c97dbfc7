"""Guidelines on their way to the annotators."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import goldpress
from goldpress.labelstudio.tokens import save_token

if TYPE_CHECKING:
    from goldpress.labelstudio import Server

pytestmark = pytest.mark.server


def shown(server: "Server", project_id: int) -> str:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        access = client.post("/api/token/refresh/", json={"refresh": server.token}).json()["access"]
        answer = client.get(f"/api/projects/{project_id}/", headers={"Authorization": f"Bearer {access}"})
    return str(answer.json()["expert_instruction"])


def test_guidelines_that_changed_reach_a_project_that_is_there(tmp_path: Path, server: "Server") -> None:
    goldpress.init(tmp_path)
    settings = tmp_path / "goldpress.toml"
    title = f"guidelines {uuid.uuid4().hex[:8]}"
    settings.write_text(settings.read_text("utf-8").replace('project = "goldpress"', f'project = "{title}"'), "utf-8")
    save_token(goldpress.open_workspace(tmp_path), server.url, server.email, server.token)
    project_id = goldpress.push(tmp_path).project_id
    assert "<table>" in shown(server, project_id)
    page = tmp_path / "schemas/guidelines.md"
    page.write_text(page.read_text("utf-8") + "\nNeue Regel: erst fragen.\n", "utf-8")
    assert goldpress.push(tmp_path).created == []
    assert "Neue Regel: erst fragen." in shown(server, project_id)
