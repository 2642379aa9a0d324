"""Cells of change lists that the browser keeps up to date over the websocket (static/js/ui/admin-live.js)."""

from django.utils.html import format_html


def live_cell(kind: str, pk: int, what: str) -> str:
    """The cell of one figure: `kind` is "stream" or "server", `what` a name that admin-live.js knows."""
    return format_html('<span class="num" data-live-{}="{}" data-what="{}">–</span>', kind, pk, what)
