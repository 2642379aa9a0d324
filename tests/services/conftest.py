"""What is judged on SQLite and on PostgreSQL."""

from tests.databases import each_database, postgresql_server

__all__ = ["each_database", "postgresql_server"]
