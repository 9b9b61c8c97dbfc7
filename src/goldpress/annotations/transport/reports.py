"""What a pull brought, to whoever ran it."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class PullReport:
    """What a pull brought.

    Attributes:
        path: The new file in ``annotations/``; empty if nothing has changed.
        tasks: Tasks on the server, or in the file.
        changed: Tasks that were written.
        annotations: Annotations in them.
        drafts: Drafts in them that nobody has submitted yet.
        gone: Ids of tasks that the server no longer has; what was pulled of them stays.
        vanished: Annotations that an earlier pull has and the server no longer, or only in part, with article,
            annotator and regions.
        drifted: Tasks whose text is not the one that was sent, with the difference; they are not stored.
        edited: Articles with an annotation that somebody else changed.
        repeated: Articles that one person annotated twice; the later one counts.
        resumed: Tasks that an interrupted pull had fetched already.
        set_aside: What is wrong with the entries of an export that were left out, with its code.
    """

    path: str = ""
    tasks: int = 0
    changed: int = 0
    annotations: int = 0
    drafts: int = 0
    gone: list[int] = field(default_factory=list)
    vanished: list[dict[str, Any]] = field(default_factory=list)
    drifted: list[dict[str, Any]] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    resumed: int = 0
    set_aside: list[dict[str, Any]] = field(default_factory=list)

    def join(self, others: "Sequence[PullReport]") -> "PullReport":
        """Return this report with those of the side projects added; ``path`` is the first file that was written."""
        every = [self, *others]
        return PullReport(
            path=next((report.path for report in every if report.path), ""),
            tasks=sum(report.tasks for report in every),
            changed=sum(report.changed for report in every),
            annotations=sum(report.annotations for report in every),
            drafts=sum(report.drafts for report in every),
            gone=self.gone,
            vanished=[row for report in every for row in report.vanished],
            drifted=[row for report in every for row in report.drifted],
            edited=[article for report in every for article in report.edited],
            repeated=[article for report in every for article in report.repeated],
            resumed=sum(report.resumed for report in every),
            set_aside=self.set_aside,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)
