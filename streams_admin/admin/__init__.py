from streams_admin.admin import (
    action,
    alert,
    inhibition,
    maintenance,
    notification,
    policy,
    receiver,
    route,
    server,
    stream,
    threshold,
    wall_link,
)

__all__ = [
    "action",
    "alert",
    "inhibition",
    "maintenance",
    "notification",
    "policy",
    "receiver",
    "route",
    "server",
    "stream",
    "threshold",
    "wall_link",
]
