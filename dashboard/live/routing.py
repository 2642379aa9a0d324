"""Which websocket answers at which address."""

from channels.routing import URLRouter
from django.urls import path, re_path

from dashboard.live.serving import revoking  # noqa: F401 - listens from now on
from dashboard.live.serving.origins import refuse
from dashboard.live.sockets import live_socket

websocket_urlpatterns = [
    path("ws/live/", live_socket, name="live"),  # type: ignore[arg-type]
    re_path("", refuse),  # type: ignore[arg-type]
]
router = URLRouter(websocket_urlpatterns)
