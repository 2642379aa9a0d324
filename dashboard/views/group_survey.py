"""A survey of pending entries as a page is told it: names for the eye, ids as text."""

from typing import Any

from dashboard.core import names
from dashboard.core.survey import Bars, Pending, Survey


def survey_json(found: Survey) -> dict[str, Any]:
    """The survey as JSON. A bar stands for values from its beginning up to the next one's."""
    return {
        "looked_at": found.looked_at,
        "complete": found.complete,
        "waits_s": _bars(found.waits),
        "deliveries": _bars(found.deliveries),
        "poison": found.poison,
        "poisonous": [_pending(row) for row in found.poisonous],
        "ghosts": found.ghosts,
        "ghosts_at_least": found.ghosts_at_least,
        "ghostly": [str(entry_id) for entry_id in found.ghostly],
    }


def _bars(bars: Bars) -> dict[str, Any]:
    return {"begins": bars.begins, "counts": bars.counts}


def _pending(row: Pending) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "consumer": names.display(row.consumer),
        "deliveries": row.deliveries,
        "idle_s": row.idle_s,
    }
