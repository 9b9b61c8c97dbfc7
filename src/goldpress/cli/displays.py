"""What more than one command shows."""

from typing import Any

from goldpress.cli.output import Output


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
