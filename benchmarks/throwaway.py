"""A Label Studio of its own for one measurement, and a workspace on it, both gone afterwards."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WORDS = "Die Kanzlerin sagte am Montag, der Hafen bleibe offen; Präsident Mirow widersprach ihr heftig. " * 40

LABELLED = [
    {
        "id": "r",
        "from_name": "entity",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 0, "end": 1, "text": "0", "labels": ["PER"]},
    }
]
"""One marked span, which fits every article of ``prepare``."""


@contextmanager
def throwaway_server(kept: Path | None = None) -> Iterator[tuple[Any, Path]]:
    """Start a server with an empty data folder, or with one that is kept; give it, and a folder for workspaces."""
    from goldpress.labelstudio import start_server

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["GOLDPRESS_STATE"] = str(folder / "state")
        with start_server(kept or folder / "studio") as server:
            yield server, folder


def prepare(root: Path, server: Any, tasks: int) -> Any:
    """Return a workspace with articles, logged in."""
    from goldpress import init, open_workspace
    from goldpress.labelstudio import save_token

    init(root)
    for path in (root / "seeds").glob("*"):
        path.unlink()
    rows = [f'{{"id": "a{n:05}", "text": "{n} {WORDS}", "lang": "de", "source": "B"}}' for n in range(tasks)]
    (root / "seeds" / "articles.jsonl").write_text("\n".join(rows), "utf-8")
    title = f"bench {uuid.uuid4().hex[:8]}"
    (root / "goldpress.toml").write_text(f'[label_studio]\nproject = "{title}"\n', "utf-8")
    workspace = open_workspace(root)
    save_token(workspace, server.url, server.email, server.token)
    return workspace
