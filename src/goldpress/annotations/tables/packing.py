"""Files of tasks as they come: plain, gzipped or as zstd, known by their first bytes and not by their names."""

import shutil
from pathlib import Path
from typing import Any

from goldpress.errors import DataError

MAGIC: dict[bytes, Any] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""What UTF-16 begins with, as spreadsheets and Windows' older editors save it."""


def unpack(path: Path, plain: Path) -> Path:
    """Return the file itself, or ``plain`` with its content if it is packed.

    Raises:
        DataError: It is cut off, damaged or in another encoding (GP-TAB-009).
        OSError: It cannot be read, or there is no room to unpack it.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(WIDE):
        raise DataError("GP-TAB-009", "the file is UTF-16, not UTF-8", where=path, hint="save it as UTF-8")
    codec = next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)
    if codec is None:
        return path
    import pyarrow as pa

    try:
        with (
            pa.OSFile(str(path), "rb") as packed,
            pa.CompressedInputStream(packed, codec) as stream,
            plain.open("wb") as out,
        ):
            shutil.copyfileobj(stream, out, 2**20)
    except (OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the file
        raise DataError(
            "GP-TAB-009", f"the file is cut off or not {codec}: {error}", where=path, hint="download it again"
        ) from error
    return plain
