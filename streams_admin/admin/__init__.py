from streams_admin.admin import action, alert, server, stream, threshold

__all__ = ["action", "alert", "server", "stream", "threshold"]
