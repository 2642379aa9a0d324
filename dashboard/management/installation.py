"""The folder under which one installation keeps its database, its secrets and its embedded server's data."""

import fcntl
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.management.base import CommandError


@dataclass(frozen=True)
class Installation:
    """What `manage.py up` keeps below its var folder; secrets are readable by their owner alone."""

    folder: Path

    @property
    def environment_file(self) -> Path:
        return self.folder / "env"

    @property
    def password_file(self) -> Path:
        return self.folder / "operator-password"

    def prepare(self) -> None:
        """Makes the folder; raises CommandError where it cannot be written."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.folder / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CommandError(
                f"Cannot write to {self.folder} ({error.strerror}). Make it writable or name another with VAR_DIR=."
            ) from None

    def lock(self) -> int:
        """Returns a descriptor that keeps a second start out while it is open; raises CommandError for the second."""
        descriptor = os.open(self.folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 100).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise CommandError(
                f"Streamgauge already runs from {self.folder} (process {holder}). Stop it, or name another VAR_DIR=."
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor

    def recorded(self) -> dict[str, str]:
        """Returns the variables of the environment file, none before the first start."""
        try:
            text = self.environment_file.read_text()
        except FileNotFoundError:
            return {}
        return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, flags=re.MULTILINE))

    def record(self, **variables: str) -> bool:
        """Writes these and the secrets that are missing; True where that changed the file."""
        before = self.recorded()
        missing = {name: value for name, value in new_secrets().items() if name not in os.environ}
        after = {**missing, **before, **variables}
        if after == before:
            return False
        lines = ["# Written by `manage.py up`; the environment wins over it."]
        lines += [f"{name}={value}" for name, value in sorted(after.items())]
        write_private(self.environment_file, "\n".join(lines) + "\n")
        return True


def new_secrets() -> dict[str, str]:
    return {"SECRET_KEY": secrets.token_urlsafe(48), "CREDENTIALS_KEY": Fernet.generate_key().decode()}


def write_private(path: Path, text: str) -> None:
    """Writes a file that its owner alone may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
