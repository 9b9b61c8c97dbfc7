"""What validation says: findings, and whether a release may be made."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info", "repair", "broken"]

BLOCKING = ("error", "broken")


@dataclass(frozen=True)
class Finding:
    """One check that does not hold on one table.

    Attributes:
        check_id: As in the list of checks; what stands behind the first dot names table and column.
        severity: ``broken`` means that the check itself could not be judged, which is never a pass; ``repair`` that
            rows were mended on the way into the tables, which stops nothing.
        table: The table.
        count: Rows that break it; 0 where the table as a whole does.
        rows: Rows that were judged.
        sentence: What should hold.
        german: The same for annotators.
        hint: What to try.
        examples: The first rows: key, article, offsets, pseudonym, the task's page in Label Studio; never text.
        waived_by: Who has waived it, and why; empty where nobody has.
        articles: Every article in which an annotator's row breaks it, for notes; not part of the JSON object.
    """

    check_id: str
    severity: Severity
    table: str
    count: int
    rows: int
    sentence: str
    german: str = ""
    hint: str = ""
    examples: list[dict[str, Any]] = field(default_factory=list)
    waived_by: str = ""
    articles: tuple[str, ...] = field(default=(), repr=False)

    @property
    def blocks(self) -> bool:
        """Whether it stops a release: an error always, a warning unless somebody has waived it."""
        return self.severity in BLOCKING or (self.severity == "warning" and not self.waived_by)


@dataclass(frozen=True)
class Verdict:
    """The outcome of a validation.

    Attributes:
        findings: What does not hold, gravest first.
        checks_run: How many checks were judged.
        rows: Rows of each table; an empty table passes every check of its rows, so it is named.
        report: The page that shows all of it, if one was made.
        judged: Id of every check that was judged, in the order of the tables.
        notes: What was not measured, and why.
        absent: Tables of the scheme that were not there: their suites did not run.
        sent_back: What was written onto the articles concerned; None where nothing was sent.
        seen: Of pulls: tasks, and by kind whatever no table holds (fields that are not read, drafts …); else empty.
    """

    findings: list[Finding]
    checks_run: int
    rows: dict[str, int]
    report: str = ""
    judged: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    sent_back: dict[str, Any] | None = None
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing stops a release."""
        return not any(finding.blocks for finding in self.findings)

    @property
    def empty_tables(self) -> list[str]:
        """Tables without rows, about which the verdict says nothing."""
        return sorted(name for name, rows in self.rows.items() if not rows)

    def notes_to_annotators(self, language: str) -> dict[str, str]:
        """Return what to look at again, by article: one line a check, in the annotators' language, without names.

        Findings that somebody has waived are left out, and those of gold and of measures, which no annotator can mend.
        """
        lines: dict[str, list[str]] = {}
        for finding in self.findings:
            if finding.blocks:
                line = finding.german if language == "de" and finding.german else finding.sentence
                for article in finding.articles:
                    lines.setdefault(article, []).append(f"{line} ({finding.check_id.partition('.')[0]})")
        return {article: "\n".join(dict.fromkeys(found)) for article, found in lines.items()}

    def work(self) -> list[tuple[str, str, str, str, str, str]]:
        """Return what has to be mended by whom: annotator, article, place, check, what should hold in German, page.

        Waived findings are left out, and rows of gold and of measures, which no annotator can mend.
        """
        rows = [
            (
                str(at["annotator"]),
                str(at.get("article_id") or ""),
                _range(at),
                f.check_id,
                f.german or f.sentence,
                str(at.get("task") or ""),
            )
            for f in self.findings
            if f.severity in ("error", "warning") and not f.waived_by
            for at in f.examples
            if at.get("annotator")
        ]
        return sorted(rows)

    def counts(self) -> dict[str, int]:
        """Return the number of findings by severity; waived ones count apart."""
        found = Counter("waived" if f.waived_by else f.severity for f in self.findings)
        return dict(sorted(found.items()))

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as a JSON object."""
        return {
            "ok": self.ok,
            "checks_run": self.checks_run,
            "counts": self.counts(),
            "rows": self.rows,
            "empty_tables": self.empty_tables,
            "absent_tables": self.absent,
            "report": self.report,
            "not_computable": self.notes,
            "sent_back": self.sent_back,
            "findings": [_plain(finding) for finding in self.findings],
            # A release's summary of its verdict says nothing of pulls.
            **({"seen": self.seen} if self.seen else {}),
        }


def _plain(finding: Finding) -> dict[str, Any]:
    fields = asdict(finding) | {"blocks": finding.blocks}
    return {name: value for name, value in fields.items() if name != "articles"}


def _range(example: dict[str, Any]) -> str:
    return f"{example['start']}-{example['end']}" if example.get("start") is not None else ""
