"""Suggestions to annotators, as predictions: each article is looked at once by each version of what suggests."""

import contextlib
import hashlib
import operator
from collections.abc import Container, Mapping, Sequence
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


class Suggestions:
    """What all sources together suggest for an article, and how far they have come.

    Attributes:
        version: The model version under which it is stored: it changes when something else may be found.
        looked: How many articles were looked at.
        found: In how many there was something to suggest.
        known: How many had been looked at before.

    Raises:
        UsageError: A source is unknown or cannot be used (GP-SUGGEST-001 to -003, -005, -006).
    """

    def __init__(self, workspace: Workspace, sources: Sequence[str]) -> None:
        self._scheme = load_scheme(workspace)
        self._suggesters = [find_suggester(source, workspace, self._scheme) for source in dict.fromkeys(sources)]
        self.version = model_version(self._suggesters, self._scheme)
        self.looked = self.found = self.known = 0

    def of(self, article: "Article") -> dict[str, Any]:
        """Return the prediction for an article; one that is empty says that it was looked at and nothing was found.

        Raises:
            DataError: A source suggests what is no span of the text, or no label (GP-SUGGEST-004), or fails
                (GP-SUGGEST-007).
        """
        regions = _regions(article, self._suggesters, self._scheme)
        self.looked += 1
        self.found += bool(regions)
        return {"model_version": self.version, "result": regions}

    def add(self, client: "Client", project: "Project", tasks: "Mapping[int, Article]") -> None:
        """Give tasks that were pushed before the prediction that they do not have yet."""
        there = self._there(client, project, list(tasks))
        missing = [task_id for task_id in tasks if task_id not in there]
        for start in range(0, len(missing), BATCH):
            made = [{"task": i, **self.of(tasks[i])} for i in missing[start : start + BATCH]]
            _send(client, project.id, made, self.version)
        self.known += len(tasks) - len(missing)

    def _there(self, client: "Client", project: "Project", ids: list[int]) -> set[int]:
        """Which of the tasks have it; of a few it is faster to ask for them than to search the project."""
        if len(ids) > BATCH:
            return client.predicted(project.id, self.version)
        found = client.predictions(project.id, ids)
        return {i for i, guesses in found.items() if any(guess.model_version == self.version for guess in guesses)}

    def offer(self, client: "Client", project: "Project") -> None:
        """Make the label stream offer these: it offers one version only, and one that came later would not be seen."""
        if self.looked or self.known:
            client.update_project(project.id, model_version=self.version)

    def report(self) -> dict[str, int]:
        """Return how many articles were looked at, found worth suggestions, and known already."""
        return {"looked": self.looked, "found": self.found, "known": self.known}


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
    layers, text_sha256 = scheme.span_labels(), article.text_sha256
    spans: dict[tuple[int, int, str], None] = {}
    for suggester in suggesters:
        for found in _look(suggester, article):
            start, end, label = _sound(found, article, suggester.name, layers)
            spans[start, end, label] = None
    return [
        {
            "id": hashlib.sha256(f"{text_sha256} {start} {end} {label}".encode()).hexdigest()[:10],
            "from_name": layers[label].name,
            "to_name": TEXT,
            "type": "labels",
            "value": {"start": start, "end": end, "text": article.text[start:end], "labels": [label]},
        }
        for start, end, label in sorted(spans)
    ]


def _look(suggester: Suggester, article: "Article") -> list[Suggestion]:
    try:
        return list(suggester.look(article.text, article.lang))
    except Exception as error:
        # A model of somebody's own may fail in any way; whoever runs it has to know at which article.
        raise DataError(
            "GP-SUGGEST-007",
            f"'{suggester.name}' failed: {type(error).__name__}: {error}",
            where=article.article_id,
            hint="it gets a text and its language, and returns a list of goldpress.Suggestion; what was sent stays",
        ) from error


def _sound(found: Any, article: "Article", name: str, labels: Container[str]) -> tuple[int, int, str]:
    """Return offsets and label if they are those of a span: Label Studio itself stores any."""
    with contextlib.suppress(AttributeError, TypeError):
        # Offsets out of an array are no int of Python's.
        start, end, label = operator.index(found.start), operator.index(found.end), found.label
        if 0 <= start < end <= len(article.text) and label in labels:
            return start, end, label
    said = f"{found.label} from {found.start} to {found.end}" if isinstance(found, Suggestion) else repr(found)
    raise DataError(
        "GP-SUGGEST-004",
        f"'{name}' suggests {said}, which is no span of the article",
        where=article.article_id,
        hint="offsets count code points, half open; labels are those of the scheme",
    )
