"""Label Studio's own start, tuned, which keeps a copy of the database once it is migrated and before anybody is in it.

``python studio.py start …``, run as a script: it imports nothing of goldpress. Migrating takes most of the first start;
the next data folder on this machine begins with the copy.
"""

import contextlib
import functools
import gc
import os
import sqlite3
import sys
from pathlib import Path
from socketserver import StreamRequestHandler

from label_studio import server  # type: ignore[import-untyped,unused-ignore]

DATABASE = "label_studio.sqlite3"
COLLECT_AFTER = (1_000_000, 10, 10)
"""When Python looks for garbage in cycles. With its own 700 a list of tasks takes three times as long: each answer is
hundreds of thousands of objects, none of them garbage, which are walked through again and again."""
LARGE = 20_000
"""Objects that an answer leaves behind, after which they are looked for: in cycles, they would fill the memory."""


def remember_types() -> None:
    """Read each label config once: Label Studio reads it again for every task of an export, a third of its time."""
    from projects import models  # type: ignore[import-not-found,unused-ignore]

    read = functools.lru_cache(models.extract_data_types)
    models.extract_data_types = lambda label_config: dict(read(label_config))


def spare_exports() -> None:
    """Ask once for the release, for which Label Studio starts five processes an export, and once for all drafts."""
    from core import version  # type: ignore[import-not-found,unused-ignore]
    from data_export.api import ExportAPI  # type: ignore[import-not-found,unused-ignore]

    version.get_git_version = functools.cache(version.get_git_version)
    tasks = ExportAPI.get_task_queryset
    ExportAPI.get_task_queryset = lambda view, found: tasks(view, found).prefetch_related("drafts")


def collect_between() -> None:
    """Look for garbage when a large answer has been sent: nobody waits for it then."""
    from django.core.signals import request_finished  # type: ignore[import-untyped,unused-ignore]

    def collect(**_: object) -> None:
        if gc.get_count()[0] > LARGE:
            gc.collect()

    request_finished.connect(collect, weak=False)


def keep_copy(database: Path, template: Path) -> None:
    """Copy a migrated database without people to the template; one that has people stays where it is."""
    part = template.with_name(f".{template.name}-{os.getpid()}.tmp")
    try:
        with contextlib.closing(sqlite3.connect(database)) as source:
            if source.execute("SELECT count(*) FROM htx_user").fetchone()[0]:
                return
            with contextlib.closing(sqlite3.connect(part)) as target:
                source.backup(target)
        part.replace(template)
    finally:
        part.unlink(missing_ok=True)


def main() -> None:
    """Start Label Studio with the arguments of the command line."""
    gc.set_threshold(*COLLECT_AFTER)
    # Django sends head and body apart; without this the body waits 40 ms for the client to confirm the head.
    StreamRequestHandler.disable_nagle_algorithm = True
    migrate = server._apply_database_migrations  # noqa: SLF001 - it offers no other place

    def migrate_and_keep() -> None:
        migrate()
        # Another release may have other names: then it is slower, and nothing else.
        with contextlib.suppress(ImportError, AttributeError):
            remember_types()
            spare_exports()
        collect_between()
        # What was loaded so far stays; it need not be walked through again.
        gc.freeze()
        wanted = os.environ.get("GOLDPRESS_TEMPLATE")
        if wanted:
            # Without the copy the next first start is slow, and nothing else.
            with contextlib.suppress(OSError, sqlite3.Error):
                keep_copy(Path(os.environ["LABEL_STUDIO_BASE_DATA_DIR"]) / DATABASE, Path(wanted))

    server._apply_database_migrations = migrate_and_keep  # noqa: SLF001 - the same
    sys.exit(server.main())


if __name__ == "__main__":
    main()
