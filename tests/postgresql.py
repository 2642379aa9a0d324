"""A PostgreSQL of our own for the tests, from Debian's package: a folder, a free port, ended with the session."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.servers import free_port, install_debian, wait_until


class PostgreSQL:
    """One running server; `url(name)` leads to a database of it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="sg-pg-"))
        self._as: tuple[str, ...] = ()
        if os.geteuid() == 0:  # which PostgreSQL refuses to be
            self._as = ("setpriv", "--reuid=nobody", f"--regid={pwd.getpwnam('nobody').pw_gid}", "--clear-groups")
            shutil.chown(self.folder, "nobody")
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Starts it, also after `halt`; returns when it answers."""
        options = ("-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), "-F")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._as, _program("postgres"), "-D", f"{self.folder}/data", *options],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        wait_until(self._answers, f"PostgreSQL on port {self.port}", timeout=30)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([*self._as, _program(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(self.folder / 'log').read_text()[-2000:]}")
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        """As DATABASE_URL wants it."""
        return f"postgres://tests@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, template: str = "template0") -> None:
        """An empty database, or a copy of another one."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def halt(self) -> None:
        """Ends the server at once; what it holds stays."""
        self.process.send_signal(3)  # SIGQUIT: immediate shutdown, with its own processes
        self.process.wait(20)

    def close(self) -> None:
        """Ends the server and removes its folder."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def _program(name: str) -> str:
    """The newest version's program. Installs Debian's package where it is missing and we may."""
    for attempt in (1, 2):
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
        if found or shutil.which(name):
            return str(found[-1]) if found else str(shutil.which(name))
        if attempt == 1:
            install_debian("postgresql")
    raise FileNotFoundError(name)
