from streams_admin.admin import (
    action,
    alert,
    inhibition,
    notification,
    receiver,
    server,
    stream,
    threshold,
    wall_link,
)

__all__ = [
    "action",
    "alert",
    "inhibition",
    "notification",
    "receiver",
    "server",
    "stream",
    "threshold",
    "wall_link",
]
