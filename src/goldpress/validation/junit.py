"""The verdict as JUnit XML, which every CI shows."""

from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from goldpress.files import write_whole
from goldpress.validation.verdict import Finding, Verdict


def write_junit(path: Path, verdict: Verdict) -> None:
    """Write one test case for each check: passed, failed, or skipped where a warning is waived.

    What blocks is a failure, a broken check an error. What is only reported passes.
    """
    root = Element("testsuites", name="goldpress validate")
    by_check = {finding.check_id: finding for finding in verdict.findings}
    tables = Counter(_table(check_id) for check_id in verdict.judged)
    for table, number in tables.items():
        suite = SubElement(root, "testsuite", name=table, tests=str(number))
        own = [check_id for check_id in verdict.judged if _table(check_id) == table]
        found = [by_check[check_id] for check_id in own if check_id in by_check]
        suite.set("failures", str(sum(f.blocks and f.severity != "broken" for f in found)))
        suite.set("errors", str(sum(f.severity == "broken" for f in found)))
        suite.set("skipped", str(sum(bool(f.waived_by) for f in found)))
        for check_id in own:
            case = SubElement(suite, "testcase", name=check_id, classname=f"goldpress.{table}")
            if check_id in by_check:
                _outcome(case, by_check[check_id])
    indent(root)
    file = _bytes(root)
    write_whole(path, file)


def _outcome(case: Element, finding: Finding) -> None:
    if finding.waived_by:
        SubElement(case, "skipped", message=_legal(f"waived: {finding.waived_by}"))
    elif finding.blocks:
        kind = "error" if finding.severity == "broken" else "failure"
        node = SubElement(
            case, kind, type=finding.severity, message=_legal(f"{finding.count} rows: {finding.sentence}")
        )
        lines = [", ".join(f"{k} {v}" for k, v in example.items() if v is not None) for example in finding.examples]
        node.text = _legal("\n".join([*lines, f"Try: {finding.hint}"]))


def _table(check_id: str) -> str:
    parts = check_id.split(".")
    return parts[1] if len(parts) > 1 else "other"


def _bytes(root: Element) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    ElementTree(root).write(buffer, encoding="utf-8", xml_declaration=True)
    return buffer.getvalue()


def _legal(text: str) -> str:
    """Characters that XML has no way to write are left out: an id may hold anything."""
    return "".join(
        c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
