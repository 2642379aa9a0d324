"""The ASGI application: pages and the websocket. Wires things, contains nothing."""

import os
from typing import Any

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")


def _application() -> Any:
    django.setup(set_prefix=False)
    # Only now can be imported what knows the models.
    from channels.routing import ProtocolTypeRouter
    from channels.sessions import CookieMiddleware

    from dashboard.checks import refuse_to_start_misconfigured
    from dashboard.draining import drain_before_shutdown
    from dashboard.live.routing import router
    from dashboard.live.serving.origins import SameOriginOnly

    refuse_to_start_misconfigured()
    drain_before_shutdown()
    websockets = SameOriginOnly(CookieMiddleware(router))
    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": websockets})


application = _application()
