from streams_admin.admin import action, alert, server, stream, threshold, wall_link

__all__ = ["action", "alert", "server", "stream", "threshold", "wall_link"]
