"""Where the files of backups are kept, and how they are named and opened."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings

from dashboard.core.names import display
from streams_admin.backup.format import SUFFIX, Damaged, Reader

_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def name_for(server: str, key: bytes, now: datetime, token: str) -> str:
    """A name of a file that says what it is; `token` makes it one of its kind."""
    words = (_ODD.sub("-", word).strip("-.")[:60] or "stream" for word in (server, display(key)))
    return "_".join((*words, f"{now:%Y%m%dT%H%M%SZ}", token[:6])) + SUFFIX


def path_of(name: str) -> Path:
    """Where the file is: in BACKUP_DIR, or anywhere where a command was given a whole path."""
    return Path(settings.BACKUP_DIR) / name


def free_bytes() -> int:
    """Room for more of them."""
    folder = Path(settings.BACKUP_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free


@contextmanager
def being_written(path: Path) -> Iterator[IO[bytes]]:
    """A file that stands at the path once it is written whole and on the disk, and leaves nothing where it is not.

    Readable by its owner alone: it holds payloads. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def being_read(name: str) -> Iterator[Reader]:
    """A reader of the backup. Raises Damaged, also where there is no file."""
    try:
        file = path_of(name).open("rb")
    except OSError as error:
        raise Damaged(f"The file {name} cannot be opened: {error.strerror}.") from None
    with file:
        yield Reader(file)
