"""``goldpress validate``."""

from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


@click.command()
@click.argument("version", required=False)
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="A folder of Parquet tables instead.")
@click.option(
    "--report", type=click.Path(file_okay=False, path_type=Path), help="Where the pages with all findings go."
)
@shared
def validate(version: str | None, folder: Path | None, report: Path | None, workspace: Path | None, out: Output) -> int:
    """Run the suites over the pulls, or over a release; exit 1 on findings.

    Example: goldpress validate 0.1.0
    """
    with out.progress("validate") as progress:
        verdict = goldpress.validate(workspace, version, folder=folder, report=report, progress=progress)
    out.result(verdict)
    _show_findings(verdict, out)
    return 0 if verdict.ok else 1


def _show_findings(verdict: Any, out: Output) -> None:
    rows = [(f.check_id, f.severity, f.table, f.count, f.sentence) for f in verdict.findings]
    out.table(("check", "severity", "table", "rows", "what"), rows, right=(3,))
    for finding in verdict.findings:
        for example in finding.examples[:3]:
            out.line(f"  {finding.check_id}: {', '.join(f'{k} {v}' for k, v in example.items() if v is not None)}")
    out.line(f"{verdict.checks_run} checks, {len(verdict.findings)} findings.")
