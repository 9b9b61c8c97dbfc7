"""Suggestions to annotators, as predictions: each article is looked at once by each version of what suggests."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goldpress.annotations.transport.suggesters import Suggester, Suggestion, find_suggester
from goldpress.errors import DataError
from goldpress.schemas import load_scheme
from goldpress.schemas.scheme import TEXT, Scheme
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.labelstudio import Client, Project
    from goldpress.seeds import Article

BATCH = 200
ATTEMPTS = 3


def suggest_labels(
    client: "Client", workspace: Workspace, project: "Project", articles: "Sequence[Article]", sources: Sequence[str]
) -> dict[str, int]:
    """Give every pushed article one prediction with what all sources find, and offer it in the label stream.

    An article in which nothing was found gets an empty one, so that it is not looked at again.

    Returns:
        How many articles were ``looked`` at now, in how many something was ``found``, and how many were ``known``.

    Raises:
        UsageError: A source is unknown or cannot be used (GP-SUGGEST-001 to -003).
        DataError: A source suggests what is no span of the text, or no label (GP-SUGGEST-004).
    """
    scheme = load_scheme(workspace)
    suggesters = [find_suggester(source, workspace, scheme) for source in dict.fromkeys(sources)]
    version = model_version(suggesters, scheme)
    texts = {(article.article_id, article.text_sha256): article for article in articles}
    tasks = {stub.id: texts[key] for stub in client.task_index(project.id) if (key := _key(stub)) in texts}
    known = client.predicted(project.id, version)
    missing = [task_id for task_id in tasks if task_id not in known]
    found = 0
    for start in range(0, len(missing), BATCH):
        made = []
        for task_id in missing[start : start + BATCH]:
            regions = _regions(tasks[task_id], suggesters, scheme)
            found += bool(regions)
            made.append({"task": task_id, "model_version": version, "result": regions})
        _send(client, project.id, made, version)
    if tasks:
        # The label stream offers one version only; one that came later would never be seen.
        client.update_project(project.id, model_version=version)
    return {"looked": len(missing), "found": found, "known": len(tasks) - len(missing)}


def model_version(suggesters: Sequence[Suggester], scheme: Scheme) -> str:
    """Return the name under which predictions are stored: it changes when something else may be found."""
    marks = "\n".join(f"{suggester.name} {suggester.mark}" for suggester in suggesters)
    digest = hashlib.sha256(f"{scheme.name} {scheme.version}\n{marks}".encode()).hexdigest()[:8]
    return f"{'+'.join(suggester.name for suggester in suggesters)} {digest}"


def _send(client: "Client", project_id: int, made: list[dict[str, Any]], version: str) -> None:
    from goldpress.labelstudio import UnclearAnswer

    for attempt in range(1, ATTEMPTS + 1):
        try:
            client.import_predictions(project_id, made)
        except UnclearAnswer:
            there = client.predicted(project_id, version)
            made = [entry for entry in made if entry["task"] not in there]
            if made and attempt == ATTEMPTS:
                raise
            if not made:
                return
        else:
            return


def _regions(article: "Article", suggesters: Sequence[Suggester], scheme: Scheme) -> list[dict[str, Any]]:
    layers = scheme.span_labels()
    spans: dict[tuple[int, int, str], None] = {}
    for suggester in suggesters:
        for found in suggester.look(article.text, article.lang):
            _require_sound(found, article, suggester.name, scheme)
            spans[found.start, found.end, found.label] = None
    return [
        {
            "id": hashlib.sha256(f"{article.text_sha256} {start} {end} {label}".encode()).hexdigest()[:10],
            "from_name": layers[label].name,
            "to_name": TEXT,
            "type": "labels",
            "value": {"start": start, "end": end, "text": article.text[start:end], "labels": [label]},
        }
        for start, end, label in sorted(spans)
    ]


def _require_sound(found: Suggestion, article: "Article", name: str, scheme: Scheme) -> None:
    # Label Studio stores any offset and any label.
    if 0 <= found.start < found.end <= len(article.text) and found.label in scheme.span_labels():
        return
    raise DataError(
        "GP-SUGGEST-004",
        f"'{name}' suggests {found.label} from {found.start} to {found.end}, which is no span of the article",
        where=article.article_id,
        hint="offsets count code points, half open; labels are those of the scheme",
    )


def _key(stub: Any) -> tuple[str, str]:
    return stub.meta.get("article_id", ""), stub.meta.get("text_sha256", "")
