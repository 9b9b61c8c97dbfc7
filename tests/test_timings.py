"""Where the time goes is recorded where somebody asks for it, and nowhere else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from goldpress.cli.commands.publish import publish
from goldpress.timings import recorded, step


def test_steps_are_recorded_in_order_and_only_inside() -> None:
    with step("before"):
        pass
    with recorded() as timings:
        with step("one"):
            sum(range(1000))
        with pytest.raises(ValueError, match="two"), step("two"):
            raise ValueError("two")
    with step("after"):
        pass
    assert [entry.name for entry in timings.steps] == ["one", "two"]
    assert all(entry.wall >= 0 and entry.cpu >= 0 and entry.peak > 0 for entry in timings.steps)
    assert [line.split()[0] for line in timings.lines()] == ["one", "two", "total"]


def test_publish_says_where_the_time_went(repository: Path) -> None:
    from goldpress.cli import main

    done = CliRunner().invoke(publish, ["--dry-run", "--timings", "--workspace", str(repository)])
    assert done.exit_code == 0, done.output
    for name in ("index of the pulls, seeds", "tabulate, gold", "agreement", "validate", "write", "total"):
        assert any(line.startswith(name) for line in done.stderr.splitlines()), name
