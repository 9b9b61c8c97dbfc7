"""The commands, in the order in which a data set is made. Each is thin: parse, call the twin, print."""

from pathlib import Path
from typing import Any

import click

import goldpress
from goldpress.cli.options import shared
from goldpress.cli.output import Output


class _InOrder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(goldpress.__version__, prog_name="goldpress")
def commands() -> None:
    """News articles to Label Studio and back, as versioned, validated Parquet.

    seeds -> push -> Label Studio -> pull -> validate -> publish -> load
    """


@commands.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def init(folder: Path, as_json: bool, quiet: bool, debug: bool) -> None:
    """Make a new workspace with five rooms and the default scheme.

    Example: goldpress init my-corpus
    """
    del debug
    out = Output(as_json=as_json, quiet=quiet)
    made = goldpress.init(folder)
    out.result(made)
    out.line(f"A workspace lies at {made.root}. {len(made.written)} files were written.")
    out.line("Next: put articles into seeds/, then 'goldpress articles' and 'goldpress serve'.")


@commands.command()
@shared
def articles(workspace: Path | None, out: Output) -> int:
    """List what seeds/ holds: id, language, length, rights, warnings.

    Example: goldpress articles --json
    """
    report = goldpress.articles(workspace)
    out.result(report)
    rows = [
        (
            a.article_id,
            a.lang,
            len(a.text),
            a.licence or "-",
            a.title or "-",
            ", ".join(w.code for w in a.warnings) or "-",
        )
        for a in report.articles
    ]
    out.table(("article", "lang", "length", "licence", "title", "warnings"), rows, right=(2,))
    for problem in report.problems:
        out.line(f"not usable: {problem.where}: {problem.what} [{problem.code}]; {problem.hint}")
    out.line(f"{len(report.articles)} articles, {len(report.problems)} files that cannot be used.")
    return 1 if report.problems else 0


@commands.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a generated file is stale.")
@shared
def generate(check: bool, workspace: Path | None, out: Output) -> int:
    """Write everything that is derived from the scheme.

    Example: goldpress generate --check
    """
    report = goldpress.generate(workspace, check=check)
    out.result(report)
    if check:
        for path in report.stale:
            out.line(f"stale: {path}")
        out.line("Everything is up to date." if report.ok else "Run 'goldpress generate' and commit what changed.")
        return 0 if report.ok else 1
    for path in report.written:
        out.line(f"wrote {path}")
    out.line(f"{len(report.written)} files changed.")
    return 0


@commands.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Port on 127.0.0.1; a free one by default.")
@shared
def serve(port: int | None, workspace: Path | None, out: Output) -> None:
    """Run an embedded Label Studio on this machine until Ctrl-C.

    Example: goldpress serve
    """
    with (
        out.progress("Label Studio starts") as progress,
        goldpress.serve(workspace, port=port, progress=progress) as server,
    ):
        out.result({"url": server.url, "email": server.email, "password_file": str(server.login_file)})
        out.line(f"Label Studio: {server.url}")
        out.line(f"Login: {server.email}, password in {server.login_file}")
        out.line("Stop it with Ctrl-C. Another terminal: goldpress push, goldpress status, goldpress pull")
        server.wait()


@commands.command()
@click.argument("url")
@click.option("--email", prompt=True, help="Your address on that server.")
@click.option("--password", prompt=True, hide_input=True, help="Asked for if it is not given; better so.")
@click.option("--replace", is_flag=True, help="Revoke your present token; it may be in use on another machine.")
@shared
def login(url: str, email: str, password: str, replace: bool, workspace: Path | None, out: Output) -> None:
    """Store a token for a Label Studio elsewhere, outside the workspace.

    Example: goldpress login https://labels.example.org --email me@example.org
    """
    report = goldpress.login(url, workspace, email=email, password=password, replace=replace)
    out.result(report)
    out.line(f"A token for {report.email} at {report.url} is stored. Next: goldpress push")


@commands.group()
def annotators() -> None:
    """Add or list accounts for annotators."""


@annotators.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(["primary", "adjudicator"]), default="primary", help="Whose word decides.")
@click.option("--url", help="Address of the server.")
@shared
def annotators_add(email: str, role: Any, url: str | None, workspace: Path | None, out: Output) -> None:
    """Make an account through the server's invite link.

    Example: goldpress annotators add anna@example.org
    """
    report = goldpress.annotators_add(email, workspace, role=role, url=url)
    out.result(report)
    made = report.annotators[0]
    out.line(f"{made.email} ({made.role}) can log in at {report.url} with the password {made.password}")
    out.line(f"It is stored nowhere: pass it on now. Their pseudonym is {made.pid}.")


@annotators.command("list")
@click.option("--url", help="Address of the server.")
@shared
def annotators_list(url: str | None, workspace: Path | None, out: Output) -> None:
    """List the server's members with pseudonym and role.

    Example: goldpress annotators list
    """
    report = goldpress.annotators_list(workspace, url=url)
    out.result(report)
    out.table(("e-mail", "role", "pseudonym"), [(a.email, a.role, a.pid) for a in report.annotators])


@commands.command()
@click.option("--only", multiple=True, metavar="ID", help="Send this article; may be given several times.")
@click.option("--limit", type=click.IntRange(1), help="Send at most this many new articles.")
@click.option("--overlap", type=click.IntRange(1), help="Annotators per article, when the project is made.")
@click.option("--url", help="Address of the server.")
@shared
def push(
    only: tuple[str, ...],
    limit: int | None,
    overlap: int | None,
    url: str | None,
    workspace: Path | None,
    out: Output,
) -> None:
    """Send articles to Label Studio; running it again adds nothing.

    Example: goldpress push --limit 20
    """
    with out.progress("push") as progress:
        report = goldpress.push(workspace, only=only, limit=limit, overlap=overlap, url=url, progress=progress)
    out.result(report)
    out.line(f"{len(report.created)} articles sent, {len(report.present)} were there already: {report.url}")
    for article_id in report.stale:
        out.line(f"stale: an older revision of {article_id} stays beside the new one")


@commands.command()
@click.option("--url", help="Address of the server.")
@shared
def status(url: str | None, workspace: Path | None, out: Output) -> None:
    """Show what each annotator has done with each article.

    Example: goldpress status
    """
    report = goldpress.status(workspace, url=url)
    out.result(report)
    pids = sorted({pid for state in report.articles for pid in state.by})
    rows = [
        (s.article_id, *(s.by.get(pid, "open") for pid in pids), "stale" if s.stale else "") for s in report.articles
    ]
    out.table(("article", *pids, ""), rows)
    finished = sum(len([v for v in s.by.values() if v != "draft"]) >= report.overlap for s in report.articles)
    drafts = sum(state == "draft" for s in report.articles for state in s.by.values())
    out.line(f"{finished} of {len(report.articles)} articles have {report.overlap} annotations: {report.url}")
    if drafts:
        out.line(f"{drafts} unsubmitted drafts: they are not pulled until somebody submits them")
    if report.not_pushed:
        out.line(f"{len(report.not_pushed)} articles of seeds/ are not pushed yet")


@commands.command()
@click.option("--full", is_flag=True, help="Fetch every task, changed or not.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="Take a JSON export of Label Studio instead of a server.",
)
@click.option("--text-field", default="text", show_default=True, help="In an export: the field that was labelled.")
@click.option("--url", help="Address of the server.")
@shared
def pull(full: bool, file: Path | None, text_field: str, url: str | None, workspace: Path | None, out: Output) -> None:
    """Fetch labels into a new file of annotations/: only what changed.

    Example: goldpress pull --from export.json
    """
    with out.progress("pull") as progress:
        report = goldpress.pull(workspace, full=full, file=file, text_field=text_field, url=url, progress=progress)
    out.result(report)
    if not report.path:
        out.line(f"Nothing has changed in {report.tasks} tasks.")
    else:
        out.line(f"{report.changed} of {report.tasks} tasks, {report.annotations} annotations: {report.path}")
    if report.drafts:
        out.line(f"{report.drafts} drafts are not submitted yet")
    if report.gone:
        out.line(f"{len(report.gone)} tasks are gone from the server; what was pulled of them stays")


@commands.command()
@click.argument("version", required=False)
@shared
def validate(version: str | None, workspace: Path | None, out: Output) -> int:
    """Run the suites over the pulls, or over a release; exit 1 on findings.

    Example: goldpress validate 0.1.0
    """
    with out.progress("validate") as progress:
        verdict = goldpress.validate(workspace, version, progress=progress)
    out.result(verdict)
    _show_findings(verdict, out)
    return 0 if verdict.ok else 1


@commands.command()
@click.option("--version", help="The new version; computed from what changed by default.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Another dataset folder.")
@click.option("--dry-run", is_flag=True, help="Build and check everything, publish nothing.")
@shared
def publish(version: str | None, into: Path | None, dry_run: bool, workspace: Path | None, out: Output) -> None:
    """Publish gold and raw as the next version under dataset/.

    Example: goldpress publish
    """
    with out.progress("publish") as progress:
        release = goldpress.publish(workspace, version=version, into=into, dry_run=dry_run, progress=progress)
    out.result(release)
    show_release(release, out)


@commands.command()
@click.argument("a")
@click.argument("b")
@shared
def diff(a: str, b: str, workspace: Path | None, out: Output) -> int:
    """Show what changed between two releases, table by table.

    Example: goldpress diff 0.1.0 0.2.0
    """
    difference = goldpress.diff(a, b, workspace=workspace)
    out.result(difference)
    rows = [(t.name, t.added, t.removed, t.changed, t.unchanged) for t in difference.tables]
    out.table(("table", "added", "removed", "changed", "unchanged"), rows, right=(1, 2, 3, 4))
    for table in difference.tables:
        for cell in table.examples[:3]:
            out.line(f"{table.name} {cell.key} {cell.column}: {cell.old} -> {cell.new}")
    return 0


@commands.command()
@click.argument("version")
@shared
def verify(version: str, workspace: Path | None, out: Output) -> int:
    """Hold a release against its manifest; exit 1 if a byte differs.

    Example: goldpress verify 0.1.0
    """
    verification = goldpress.verify(version, workspace=workspace)
    out.result(verification)
    for fault in verification.faults:
        out.line(f"fault: {fault}")
    out.line(f"{verification.files} files hold." if verification.ok else f"{len(verification.faults)} faults.")
    return 0 if verification.ok else 1


@commands.command()
@click.argument("version", required=False)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Where the page is written.")
@shared
def report(version: str | None, to: Path | None, workspace: Path | None, out: Output) -> None:
    """Write a page about a release: one file, to be opened in a browser.

    Example: goldpress report 0.1.0
    """
    path = goldpress.report(version, workspace=workspace, to=to)
    out.result({"path": str(path)})
    out.line(f"The page lies at {path}")


@commands.command()
@shared
def doctor(workspace: Path | None, out: Output) -> int:
    """Find what is wrong with this set-up, and the way out.

    Example: goldpress doctor
    """
    examination = goldpress.doctor(workspace)
    out.result(examination)
    for check in examination.checks:
        out.line(f"{'ok ' if check.ok else 'BAD'} {check.name}: {check.found}")
        if not check.ok:
            out.line(f"    try: {check.hint}")
    return 0 if examination.ok else 3


@commands.command()
@click.option("--serve", "keep", is_flag=True, help="Leave Label Studio running, to label by hand.")
@click.option("--port", type=click.IntRange(1024, 65535), help="Port on 127.0.0.1; a free one by default.")
@shared
def demo(keep: bool, port: int | None, workspace: Path | None, out: Output) -> None:
    """Run the whole loop on this repository's seeds.

    Example: goldpress demo --serve
    """
    with goldpress.demo(workspace, port=port, progress=out.progress, say=out.line) as shown:
        out.result(shown)
        show_release(shown.release, out)
        out.line(f"Findings: {len(shown.verdict.findings)}")
        show_claims(shown.release, out)
        for line in shown.next_steps(serving=keep):
            out.line(line)
        if keep:
            shown.server.wait()


def show_release(release: Any, out: Output) -> None:
    """Print the tables of a release."""
    rows = [(name, release.table(name, layer="raw").num_rows) for name in release.names()]
    out.table(("table", "rows"), rows, right=(1,))
    out.line(f"{release.path}")


def show_claims(release: Any, out: Output) -> None:
    """Print the first gold claims with claimer and stance."""
    stances = release.table("stances").to_arrow().to_pylist()
    texts = {row["claim_id"]: row["text"] for row in release.table("claims").to_arrow().to_pylist()}
    rows = [
        (
            s["claimer_text"] or f"({s['claimer_kind']})",
            s["polarity"],
            s["target_text"],
            texts[s["claim_id"]][:70],
        )
        for s in stances[:8]
    ]
    out.table(("claimer", "stance", "target", "claim"), rows)


def _show_findings(verdict: Any, out: Output) -> None:
    rows = [(f.check_id, f.severity, f.table, f.count, f.sentence) for f in verdict.findings]
    out.table(("check", "severity", "table", "rows", "what"), rows, right=(3,))
    for finding in verdict.findings:
        for example in finding.examples[:3]:
            out.line(f"  {finding.check_id}: {', '.join(f'{k} {v}' for k, v in example.items() if v is not None)}")
    out.line(f"{verdict.checks_run} checks, {len(verdict.findings)} findings.")
