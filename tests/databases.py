"""Fixtures: the database in a SQLite file, and in a PostgreSQL, for everything that runs in threads or processes."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.management import call_command
from django.db import connections

from tests.postgresql import PostgreSQL

KINDS = ["sqlite", "postgresql"]


@contextlib.contextmanager
def switched(settings: dict[str, Any]) -> Iterator[None]:
    """The default connection leads to another database for the length of a with block."""
    memory, known = connections["default"], connections.settings["default"]
    connections.settings["default"] = settings
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = known
        connections["default"] = memory


@contextlib.contextmanager
def sqlite_file(path: Path) -> Iterator[str]:
    """An empty, migrated database in a file; gives its DATABASE_URL."""
    memory = connections["default"]
    memory.ensure_connection()
    with contextlib.closing(sqlite3.connect(path)) as file:
        memory.connection.backup(file)
    # A short patience, so that a test can lock the file for longer.
    options = {"transaction_mode": "IMMEDIATE", "timeout": 0.3, "init_command": "PRAGMA journal_mode=WAL;"}
    with switched({**connections.settings["default"], "NAME": str(path), "OPTIONS": options}):
        yield f"sqlite:///{path}"


@contextlib.contextmanager
def postgresql_database(server: PostgreSQL) -> Iterator[str]:
    """An empty, migrated database in a PostgreSQL; gives its DATABASE_URL."""
    if not getattr(server, "migrated", False):
        server.create("migrated")
        with switched(_settings(server.url("migrated"))):
            call_command("migrate", verbosity=0)
        server.migrated = True  # type: ignore[attr-defined]
    server.create("test", template="migrated")
    with switched(_settings(server.url("test"))):
        yield server.url("test")


def _settings(url: str) -> dict[str, Any]:
    return {**connections.settings["default"], **environ.Env.db_url_config(url), "OPTIONS": {}}


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """Started at first use, ended with the session."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(params=KINDS)
def each_database(request: pytest.FixtureRequest, tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """An empty, migrated database of each kind in turn; its DATABASE_URL."""
    if request.param == "sqlite":
        with sqlite_file(tmp_path / "database.sqlite3") as url:
            yield url
    else:
        with postgresql_database(request.getfixturevalue("postgresql_server")) as url:
            yield url
