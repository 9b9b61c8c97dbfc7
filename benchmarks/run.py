"""Side by side: every tool does the same job, in turns, and the tables of results are printed.

    python benchmarks/run.py [--tasks 10000] [--rounds 5] [--tools goldpress duckdb …] [--into FOLDER] [--slow] [--soak]

Each run is a process of its own. One round warms up and does not count; the tools take turns (A B A B …), so that a
busy machine is busy for all. Time is CPU time (user and system, all threads), for the wall clock tells of the
neighbours; a ratio is the median of the ratios within rounds. What a run has written is counted against
the truth file: a time without the right rows does not count.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from rivals import COLUMNS
from tasks import write_tasks

HERE = Path(__file__).parent
OURS = "goldpress, raw"
QUICK = (
    "goldpress, raw",
    "goldpress",
    "duckdb",
    "duckdb, 1 thread",
    "polars",
    "polars, 1 thread",
    "orjson loop",
    "msgspec loop",
    "sdk JSON_MIN",
    "sdk CSV",
)
SLOW = ("sdk CONLL2003", "pandas", "json loop", "goldpress, row by row")
FLOORS = ("floor: start", "floor: read", "floor: parse", "floor: write")

GOALS = {"sdk CSV": 0.11, "sdk JSON_MIN": 0.25, "duckdb": 0.95, "polars": 0.8}
"""At most this much of the other's CPU time."""
FLOOR_GOAL = 3.5
PEAK_GOAL = 350
GROWTH_GOAL = 1.35

SCRIPT = "nothing, after some forty lines of your own; no check of the words, no repairs, no ids"
LOSES = {
    "goldpress": "nothing: what has no column is counted",
    "goldpress, raw": "nothing: what has no column is counted",
    "goldpress, row by row": "nothing: what has no column is counted",
    "duckdb": SCRIPT,
    "duckdb, 1 thread": SCRIPT,
    "polars": f"{SCRIPT}; one text area ends the whole file",
    "polars, 1 thread": f"{SCRIPT}; one text area ends the whole file",
    "pandas": SCRIPT,
    "orjson loop": SCRIPT,
    "msgspec loop": SCRIPT,
    "json loop": SCRIPT,
    "sdk CSV": "all relations and region ids; answers cannot be assigned to claims; skipped tasks; ground truth",
    "sdk JSON_MIN": "all relations and region ids; answers cannot be assigned to claims; skipped tasks; ground truth",
    "sdk CONLL2003": "relations, answers, all layers but one, annotators, offsets",
}


NEEDS = {
    "duckdb": "duckdb",
    "duckdb, 1 thread": "duckdb",
    "polars": "polars",
    "polars, 1 thread": "polars",
    "orjson loop": "orjson",
    "floor: parse": "simdjson",
}
"""What a tool needs that need not be installed."""


@dataclass(frozen=True)
class Run:
    """One process: CPU seconds, wall seconds, peak memory in MiB, and what was wrong with the rows it wrote."""

    cpu: float
    wall: float
    peak: float
    wrong: str = ""


def measure(tool: str, file: Path, out: Path) -> Run:
    """Run one tool on a file; KeyError for an unknown tool."""
    shutil.rmtree(out, ignore_errors=True)
    begin = time.perf_counter()
    # All are run as installed: with their byte code beside them.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "rivals.py"), tool, str(file), str(out)], stdout=subprocess.DEVNULL, env=settings
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss / (1024 if platform.system() == "Linux" else 2**20)
    wrong = f"exit code {process.returncode}" if process.returncode else verify(tool, file, out)
    return Run(used.ru_utime + used.ru_stime, wall, peak, wrong)


def verify(tool: str, file: Path, out: Path) -> str:
    """Return what differs from the truth file; nothing where all rows are there, or where there are no tables."""
    import pyarrow.parquet as pq

    if tool.startswith(("sdk", "floor")):
        return ""
    truth = json.loads(file.with_name(f"{file.name}.truth.json").read_text(encoding="utf-8"))
    wanted = {
        "articles": truth["articles"],
        "annotations": truth["annotations"],
        "spans": truth["entities"] + truth["claims"],
        "claims": truth["claims"],
        "relations": truth["relations"],
    }
    found = {name: pq.read_metadata(out / f"{name}.parquet").num_rows for name in wanted}
    lacking = [
        f"{name}.{column}"
        for name, columns in COLUMNS.items()
        for column in set(columns) - set(pq.read_schema(out / f"{name}.parquet").names)
    ]
    if lacking:
        return f"columns are missing: {', '.join(lacking)}"
    if tool.startswith("goldpress"):
        # What stands in a skipped article is no label.
        wanted["spans"] -= truth["skipped entities"] + truth["skipped claims"]
        wanted["claims"] -= truth["skipped claims"]
        wanted["relations"] -= truth["skipped relations"]
        # Copied regions and copied relations are dropped, each with a row in ``repairs``.
        repairs = pq.read_table(out / "repairs.parquet", columns=["check_id"])["check_id"].to_pylist()
        found["relations"] += repairs.count("C8")
        found["spans"] += repairs.count("S2")
    return ", ".join(f"{name} {found[name]} of {wanted[name]}" for name in wanted if found[name] != wanted[name])


def compare(file: Path, tools: Sequence[str], rounds: int) -> dict[str, list[Run]]:
    """Return the runs of each tool, without the one that warms up."""
    runs: dict[str, list[Run]] = {tool: [] for tool in tools}
    out = file.parent / "out"
    for turn in range(rounds + 1):
        for tool in tools:
            run = measure(tool, file, out)
            if tool == OURS and turn == 0:
                shutil.rmtree(file.parent / "kept-goldpress", ignore_errors=True)
                out.rename(file.parent / "kept-goldpress")
            if turn:
                runs[tool].append(run)
            print(f"  round {turn}: {tool:24} {run.cpu:7.2f} s CPU {run.wrong}", file=sys.stderr)
    return runs


def ratio(runs: dict[str, list[Run]], other: str) -> float:
    """Return the median over the rounds of our CPU time through another's."""
    pairs = zip(runs[OURS], runs[other], strict=True)
    return statistics.median(one.cpu / two.cpu for one, two in pairs)


def table(runs: dict[str, list[Run]], number: int) -> list[str]:
    """Return a Markdown table of all tools."""
    lines = [
        f"| {number:,} tasks | CPU s | wall s | peak MiB | tasks per CPU s | ours ÷ this | loses |",
        "|---|---|---|---|---|---|---|",
    ]
    for tool, done in runs.items():
        cpu, wall = statistics.median(run.cpu for run in done), min(run.wall for run in done)
        peak = max(run.peak for run in done)
        wrong = next((run.wrong for run in done if run.wrong), "")
        share = f"{ratio(runs, tool):.2f}" if OURS in runs else ""
        loses = f"**wrong: {wrong}**" if wrong else LOSES.get(tool, "")
        lines.append(f"| {tool} | {cpu:.2f} | {wall:.1f} | {peak:.0f} | {number / cpu:.0f} | {share} | {loses} |")
    return lines


def judge(runs: dict[str, list[Run]]) -> list[str]:
    """Return each goal with what was measured, and whether it is met."""
    lines = []
    for other, most in GOALS.items():
        if OURS in runs and other in runs:
            share = ratio(runs, other)
            lines.append(f"| CPU, ours ÷ {other} | ≤ {most} | {share:.2f} | {_met(share <= most)} |")
    if OURS in runs and set(FLOORS) <= runs.keys():
        cpu = {tool: statistics.median(run.cpu for run in runs[tool]) for tool in (OURS, *FLOORS)}
        start = cpu["floor: start"]
        floor = start + sum(max(cpu[tool] - start, 0) for tool in FLOORS[1:])
        share = cpu[OURS] / floor
        lines.append(
            f"| CPU, ours ÷ floors ({floor:.2f} s) | ≤ {FLOOR_GOAL} | {share:.2f} | {_met(share <= FLOOR_GOAL)} |"
        )
    if OURS in runs:
        peak = max(run.peak for run in runs[OURS])
        lines.append(f"| peak, MiB | ≤ {PEAK_GOAL} | {peak:.0f} | {_met(peak <= PEAK_GOAL)} |")
    return lines


def _met(holds: bool) -> str:
    return "met" if holds else "**missed**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", nargs="+", default=[*QUICK, *FLOORS])
    parser.add_argument("--slow", action="store_true", help="add the tools that take minutes")
    parser.add_argument("--soak", action="store_true", help="ours alone at 10,000, 50,000 and 200,000 tasks")
    parser.add_argument("--into", type=Path, help="keep the generated tasks in this folder")
    args = parser.parse_args()
    tools = [*args.tools, *(SLOW if args.slow else ())]
    absent = [tool for tool in tools if tool in NEEDS and find_spec(NEEDS[tool]) is None]
    if absent:
        print(f"Left out, for it is not installed ('make bench' does): {', '.join(absent)}", file=sys.stderr)
        tools = [tool for tool in tools if tool not in absent]
    folder = args.into or Path(tempfile.mkdtemp(prefix="goldpress-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    if args.soak:
        args.tasks, args.rounds, tools = [10_000, 50_000, 200_000], 1, ["goldpress, raw", "goldpress"]
    versions = [f"{name} {version(name)}" for name in ("pyarrow", "duckdb", "polars") if find_spec(name)]
    print(f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}")
    print(f"Load at the start: {os.getloadavg()[0]:.1f} (CPU times grow with it too)\n")
    peaks = {}
    for number in args.tasks:
        file = folder / f"tasks-{number}.json"
        if not file.exists():
            print(f"  {number} tasks are made", file=sys.stderr)
            write_tasks(number, file)
        runs = compare(file, tools, args.rounds)
        print("\n".join(table(runs, number)))
        print("\n| goal | | measured | |\n|---|---|---|---|")
        print("\n".join(judge(runs)) + "\n")
        peaks[number] = max((run.peak for run in runs.get(OURS, [])), default=0.0)
    if len(peaks) > 1:
        growth = peaks[max(peaks)] / peaks[min(peaks)]
        print(f"Peak at {max(peaks):,} ÷ peak at {min(peaks):,} tasks: {growth:.2f}", end=" ")
        print(f"(goal ≤ {GROWTH_GOAL}: {_met(growth <= GROWTH_GOAL)})")
    if args.into is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
