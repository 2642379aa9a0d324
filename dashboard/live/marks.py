"""The one way from a stored mark to what pages are told of it, live or asked for."""

from dashboard.core.names import display, to_slug
from dashboard.live.events import MarkMade
from dashboard.models import Mark

_LONGEST_KEY = 200


def mark_made(mark: Mark) -> MarkMade:
    """The event of a mark; its stream, if any, is read where it did not come along."""
    group = bytes(mark.group)
    return MarkMade(
        mark=mark.pk,
        server=mark.server_id,
        stream=mark.stream_id,
        key=str(mark.stream)[:_LONGEST_KEY] if mark.stream else "",
        group=display(group),
        slug=to_slug(group),
        kind=mark.kind,
        at=mark.at,
        text=mark.text,
    )
