from streams_admin.admin import action, stream

__all__ = ["action", "stream"]
