"""The store: what the sampler writes. `history.rollup` makes blocks of it, `history.reading` reads both."""

from collections.abc import Callable, Sequence

from django.db import connection, transaction

from dashboard.history.journal import JournalRow
from dashboard.history.models import JournalEntry

#: Given ids of servers, says which of them are held by this process; asked inside the transaction that writes.
Holds = Callable[[frozenset[int]], frozenset[int]]

# Hundreds a second: to make a model's instance of each takes several times as long as to write it.
_INSERT = (
    f"INSERT INTO {JournalEntry._meta.db_table} (shelf, server_id, at, body)"  # noqa: S608  (our own name)
    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def write(rows: Sequence[JournalRow], *, holds: Holds | None = None) -> int:
    """Writes rows, all of them or, where a database error is raised, none; returns how many could be written.

    Rows of servers that `holds` does not name are left out: another sampler has taken them over. A row that is there
    already stays as it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if holds is not None:
            held = holds(frozenset(row.server_id for row in rows))
            rows = [row for row in rows if row.server_id in held]
        cursor.executemany(_INSERT, rows)
    return len(rows)
