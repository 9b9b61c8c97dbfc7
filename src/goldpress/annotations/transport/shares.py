"""A team that shares the work: a project for each person, with some articles for all of them."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from goldpress.annotations.transport.connection import find_project, open_project
from goldpress.errors import UsageError
from goldpress.files import write_private
from goldpress.workspace import Workspace

if TYPE_CHECKING:
    from goldpress.annotations.transport.sending import Key
    from goldpress.labelstudio import Client, Project
    from goldpress.seeds import Article

LONGEST_TITLE = 50
"""What Label Studio takes."""


def share_title(workspace: Workspace, number: int) -> str:
    """Return the title of a person's project: a number, for titles are stored with the labels and names are not."""
    suffix = f" - share {number}"
    return workspace.settings.label_studio.project[: LONGEST_TITLE - len(suffix)] + suffix


def share_projects(client: "Client", workspace: Workspace) -> "list[Project]":
    """Return the projects of the people who share the work, on whichever machine they were made."""
    found: list[Project] = []
    while (project := client.find_project(share_title(workspace, len(found) + 1))) is not None:
        found.append(project)
    return found


def work_projects(client: "Client", workspace: Workspace) -> "list[Project]":
    """Return the projects in which articles are read for the first time: the main one, and those of shared work.

    Raises:
        UsageError: There is none of either yet (GP-PUSH-002), or two have one title (GP-LS-006).
    """
    shares = share_projects(client, workspace)
    if shares and client.find_project(workspace.settings.label_studio.project) is None:
        return shares
    return [find_project(client, workspace), *shares]


def sharers(workspace: Workspace) -> list[str]:
    """Return the people who share the work, as they were first named; the list lies in the private state.

    Raises:
        UsageError: The file is damaged (GP-SHARE-002).
    """
    path = workspace.state / "shares.json"
    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[str])
    except msgspec.MsgspecError as error:
        raise UsageError(
            "GP-SHARE-002", f"the list of shares is damaged: {error}", where=path, hint="mend it, names in order"
        ) from error


def open_shares(client: "Client", workspace: Workspace, people: Sequence[str]) -> "dict[str, Project]":
    """Return the project of each person, made on first use, for one annotator each.

    Raises:
        UsageError: A name stands twice or is empty (GP-SHARE-001).
    """
    if len(set(people)) != len(people) or not all(name.strip() for name in people):
        raise UsageError("GP-SHARE-001", "a name is empty or stands twice", hint="--split anna,ben")
    known = sharers(workspace)
    known += [name for name in people if name not in known]
    write_private(workspace.state / "shares.json", msgspec.json.encode(known))
    return {
        name: open_project(client, workspace, overlap=1, title=share_title(workspace, known.index(name) + 1))
        for name in people
    }


def deal(
    held: "Mapping[str, Collection[Key]]", articles: "Sequence[Article]", fraction: float, seed: int
) -> "dict[str, list[Article]]":
    """Return what each person gets: a share of the articles goes to all of them, each of the others to one.

    What lies in somebody's project already stays theirs, so that a later deal only adds: a new revision goes to those
    who have the one before, and the rest to whoever has least.

    Args:
        held: What lies in each person's project.
        articles: What is dealt, with what was dealt before.
        fraction: Share of the articles that everybody gets, 0 to 1.
        seed: Decides which.

    Raises:
        UsageError: The fraction is none (GP-SHARE-003).
    """
    if not 0 <= fraction <= 1:
        raise UsageError("GP-SHARE-003", f"{fraction} is no share of the articles", hint="say 0.2 or 20%")
    order = sorted(articles, key=lambda a: hashlib.sha256(f"{seed}:{a.article_id}".encode()).digest())
    has = {name: set(mine) for name, mine in held.items()}
    readers = _readers(held)
    common = sum(len(held) > 1 and len(readers[article.article_id]) == len(held) for article in order)
    wanted = math.floor(fraction * len(order) + 0.5)
    given: dict[str, list[Article]] = {name: [] for name in held}
    load = {name: len(mine) for name, mine in held.items()}
    for article in order:
        receivers = readers[article.article_id]
        if not receivers and common < wanted:
            common += 1
            receivers = list(held)
        for name in receivers or [min(held, key=lambda name: load[name])]:
            if (article.article_id, article.text_sha256) not in has[name]:
                given[name].append(article)
                load[name] += 1
    return given


def _readers(held: "Mapping[str, Collection[Key]]") -> dict[str, list[str]]:
    """Who has an article, in whichever revision."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, mine in held.items():
        for article_id in {article_id for article_id, _ in mine}:
            found[article_id].append(name)
    return found
