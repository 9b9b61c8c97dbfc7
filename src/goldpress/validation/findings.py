"""From a judgement to a finding; what was repaired, and waivers that are for nothing, are findings too."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goldpress.schemas.checks import checks
from goldpress.validation.engine import Judgement
from goldpress.validation.frames import Frames
from goldpress.validation.offenders import MEASURED, PLACE, Address, describe, offenders
from goldpress.validation.verdict import Finding
from goldpress.validation.waivers import Waiver, covered, still_valid

if TYPE_CHECKING:
    import pandas as pd


def find_broken(
    judgement: Judgement,
    view: "pd.DataFrame",
    key: str,
    frames: Frames,
    waivers: tuple[Waiver, ...],
    used: set[Waiver],
    address: Address | None,
) -> Finding:
    """Return what a judgement found; the waivers that cover it are used then."""
    rows = offenders(view[_place(view, key, judgement)], judgement)
    waived = _waived(judgement, rows, waivers) if judgement.severity == "warning" else ()
    used.update(waived)
    known = checks().get(judgement.check_id.partition(".")[0])
    return Finding(
        check_id=judgement.check_id,
        severity=judgement.severity,  # type: ignore[arg-type]  # the engine's words are mapped to ours
        table=judgement.table,
        count=judgement.count or len(rows),
        rows=len(view),
        sentence=judgement.sentence,
        german=known.german if known is not None else "",
        hint=judgement.hint or (known.hint if known is not None else ""),
        examples=describe(rows, key, frames, address),
        # Only what an annotator wrote can be mended by one: no gold, no measures, no article's own faults.
        articles=tuple(rows["article_id"].dropna().unique()) if "annotation_id" in rows.columns else (),
        waived_by="; ".join(f"{waiver.by}: {waiver.reason}" for waiver in waived),
    )


def _place(view: "pd.DataFrame", key: str, judgement: Judgement) -> list[str]:
    """The columns of a view that tell where its rows are, and the one that is judged."""
    wanted = {key, *PLACE, *MEASURED, judgement.kwargs.get("column")}
    return [column for column in view.columns if column in wanted]


def _waived(judgement: Judgement, rows: "pd.DataFrame", waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """The waivers that together cover every row of a warning; none if a row is left."""
    found = covered(waivers, judgement.check_id, judgement.table)
    articles = rows["article_id"].unique().tolist() if "article_id" in rows.columns else [None]
    by_article = [next((w for w in found if w.is_for(judgement.table, article)), None) for article in articles]
    whole = [w for w in found if w.is_for(judgement.table, None)]
    if not by_article and whole:
        return (whole[0],)
    if None in by_article:
        return ()
    return tuple(dict.fromkeys(waiver for waiver in by_article if waiver is not None))


def find_idle(waivers: tuple[Waiver, ...], used: set[Waiver], today: dt.date | None) -> list[Finding]:
    """Return a finding for each waiver that has run out, or that nothing needs any more."""
    valid = still_valid(waivers, today)
    found = []
    for waiver in (w for w in waivers if w not in used):
        why = "is for nothing any more" if waiver in valid else f"ran out on {waiver.until}"
        found.append(
            Finding(
                f"W1.{waiver.check}.{waiver.scope}",
                "info",
                "waivers",
                1,
                len(waivers),
                f"The waiver of {waiver.by} for {waiver.check} on {waiver.scope} {why}.",
                hint="delete it from validation/waivers.toml, or set another day",
            )
        )
    return found


def find_repaired(frames: Frames, address: Address | None) -> Iterator[Finding]:
    """Yield what was repaired on the way into the tables, check by check: it stops nothing, and is not hidden."""
    if "repairs" not in frames:
        return
    repairs = frames["repairs"]
    for check_id, own in repairs.groupby("check_id"):
        known = checks().get(str(check_id))
        yield Finding(
            str(check_id),
            "repair",
            "repairs",
            len(own),
            len(repairs),
            known.sentence if known is not None else "A safe repair.",
            german=known.german if known is not None else "",
            examples=describe(own, "row", frames, address),
        )
