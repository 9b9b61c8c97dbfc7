"""The public names as a user's type checker sees them: never run, checked by 'make lint'."""

from pathlib import Path
from typing import assert_type

import pandas as pd
import polars as pl
import pyarrow as pa

import goldpress
from goldpress import DataError, Release, Verdict, Workspace

workspace = goldpress.open_workspace("corpus")
assert_type(workspace, Workspace)
assert_type(workspace.settings.label_studio.overlap, int)

found = goldpress.articles(workspace)
assert_type(found.articles[0].text, str)

pushed = goldpress.push(workspace, only=("markt",), limit=3)
pulled = goldpress.pull("corpus", full=True)
goldpress.pull(file=Path("export.json"), text_field="body")
assert_type(pulled.changed, int)

verdict = goldpress.validate(workspace, "0.1.0")
assert_type(verdict, Verdict)
assert_type(verdict.ok, bool)

release = goldpress.load("dataset", version=">=0.1,<2")
assert_type(release, Release)
assert_type(release.claims.to_arrow(), pa.Table)
assert_type(release.claims.to_pandas(), pd.DataFrame)
assert_type(release.table("claims", layer="raw").to_polars(), pl.DataFrame)

assert_type(goldpress.publish(workspace, dry_run=True), Release)
assert_type(goldpress.report("0.1.0", to="page.html"), Path)
assert_type(goldpress.verify("0.1.0", workspace=workspace).ok, bool)

with goldpress.serve(workspace) as server:
    assert_type(server.url, str)

try:
    goldpress.diff("0.1.0", "0.2.0")
except DataError as error:
    assert_type(error.code, str)
    assert_type(error.exit_code, int)
