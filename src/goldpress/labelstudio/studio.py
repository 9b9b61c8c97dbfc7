"""Label Studio's own start, tuned, which keeps a copy of the database once it is migrated and before anybody is in it.

``python studio.py start …``, run as a script: it imports nothing of goldpress. Migrating takes most of the first start;
the next data folder on this machine begins with the copy.
"""

import contextlib
import functools
import gc
import io
import os
import sqlite3
import sys
from pathlib import Path
from socketserver import StreamRequestHandler
from typing import Any

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


def read_quickly() -> None:
    """Read the JSON in the database with msgspec, three times as fast; what it does not take goes the old way."""
    import msgspec
    from django.db.models import JSONField  # type: ignore[import-untyped,unused-ignore]
    from django.db.models.fields.json import KeyTransform  # type: ignore[import-untyped,unused-ignore]

    usual, decode = JSONField.from_db_value, msgspec.json.decode

    def from_db_value(field: Any, value: Any, expression: Any, connection: Any) -> Any:
        if isinstance(value, str) and field.decoder is None and not isinstance(expression, KeyTransform):
            with contextlib.suppress(msgspec.DecodeError, UnicodeError):
                return decode(value)
        return usual(field, value, expression, connection)

    JSONField.from_db_value = from_db_value


def spare_exports() -> None:
    """Ask once for what Label Studio asks for again with every task, and let go of a task when it is written.

    For the release it starts five processes an export, for drafts and authors of comments it asks the database task by
    task. A task and its annotations point at each other, so that all of an answer would wait for the garbage collector.
    """
    from core import version  # type: ignore[import-not-found,unused-ignore]
    from data_export.api import ExportAPI  # type: ignore[import-not-found,unused-ignore]
    from data_export.serializers import ExportDataSerializer  # type: ignore[import-not-found,unused-ignore]
    from rest_framework.serializers import ListSerializer  # type: ignore[import-untyped,unused-ignore]

    class Passing(ListSerializer):  # type: ignore[misc,unused-ignore]
        @property
        def data(self) -> list[Any]:
            written: list[Any] = self.to_representation(self.instance)
            for task in self.instance:
                vars(task).get("_prefetched_objects_cache", {}).clear()
            return written

    version.get_git_version = functools.cache(version.get_git_version)
    tasks = ExportAPI.get_task_queryset
    ExportAPI.get_task_queryset = lambda view, found: tasks(view, found).prefetch_related("drafts", "comment_authors")
    ExportDataSerializer.Meta.list_serializer_class = Passing


class Whole(io.BytesIO):
    """An answer that is sent at once: Django's server asks for 8 kB at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return all that is left, however little is asked for."""
        del size
        return super().read()


def keep_no_exports() -> None:
    """Answer a pull from memory: Label Studio writes each answer to a file, with e-mail addresses, and keeps it.

    Other exports, which people make on the page, are kept until the server ends.
    """
    from data_export import models  # type: ignore[import-not-found,unused-ignore]

    usual = models.DataExport.generate_export_file

    def generate(
        project: Any, tasks: Any, output_format: str, download_resources: Any, get_args: Any, **more: Any
    ) -> tuple[Any, str, str]:
        if output_format == "JSON" and "ids[]" in get_args:
            content = models.json.dumps(tasks, ensure_ascii=False)
            return Whole(content.encode()), "application/json", "tasks.json"
        exported: tuple[Any, str, str] = usual(project, tasks, output_format, download_resources, get_args, **more)
        return exported

    models.DataExport.generate_export_file = staticmethod(generate)


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
        for tune in (remember_types, read_quickly, spare_exports, keep_no_exports):
            # Another release may have other names: then it is slower, and nothing else.
            try:
                tune()
            except (ImportError, AttributeError) as error:
                sys.stdout.write(f"goldpress: {tune.__name__} does not fit this Label Studio: {error}\n")
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
