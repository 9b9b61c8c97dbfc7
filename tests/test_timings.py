"""Where the time goes is recorded where somebody asks for it, and nowhere else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from goldpress import assemble, init
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


def test_the_steps_from_pulls_to_tables_are_named(repository: Path) -> None:
    with recorded() as timings:
        assemble(repository)
    steps = ["index of the pulls, seeds", "tabulate, gold", "entities, stances", "agreement", "digests of the pulls"]
    assert [entry.name for entry in timings.steps] == steps


def test_a_release_that_was_refused_says_where_its_time_went_too(tmp_path: Path) -> None:
    init(tmp_path)
    done = CliRunner().invoke(publish, ["--timings", "--workspace", str(tmp_path)])
    assert done.exit_code != 0
    assert done.stderr.splitlines()[0].startswith("total")
