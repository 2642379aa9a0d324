"""The audit as a file, row by row: CSV for tables, JSON lines for programs."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from django.db.models import QuerySet

from dashboard.core.names import display
from streams_admin.models import Action

COLUMNS = (
    *("number", "started_at", "finished_at", "state", "kind", "title", "operator", "approved_by", "policy", "address"),
    *("server", "key", "key_hex", "group", "why", "reason", "done", "outcome", "commands", "entry", "hash"),
)
_AT_ONCE = 200
#: A cell that begins so is a formula to some programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def as_csv(found: QuerySet[Action]) -> AsyncIterator[str]:
    """A line of names, then a line an action."""
    yield _line(COLUMNS)
    async for action in found.aiterator(chunk_size=_AT_ONCE):
        yield _line([_cell(value) for value in _row(action).values()])


async def as_json_lines(found: QuerySet[Action]) -> AsyncIterator[str]:
    """An object a line; the outcome as it is, with every id that was not done and why."""
    async for action in found.aiterator(chunk_size=_AT_ONCE):
        yield json.dumps(_row(action), ensure_ascii=False, default=str) + "\n"


def _row(action: Action) -> dict[str, Any]:
    finished = action.finished_at
    return {
        "number": action.pk,
        "started_at": action.started_at.isoformat(),
        "finished_at": finished.isoformat() if finished else None,
        "state": action.state,
        "kind": action.kind,
        "title": action.title,
        "operator": action.operator_name,
        "approved_by": action.approved_by,
        "policy": action.policy,
        "address": action.address,
        "server": action.server_name,
        "key": display(bytes(action.key)),
        "key_hex": bytes(action.key).hex(),
        "group": display(bytes(action.group)),
        "why": action.why,
        "reason": action.reason,
        "done": action.outcome.get("done", 0),
        "outcome": action.outcome,
        "commands": action.commands,
        "entry": getattr(action, "last_entry", None),
        "hash": getattr(action, "last_hash", None),
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
