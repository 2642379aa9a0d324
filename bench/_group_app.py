"""The yardstick of bench.fanout: a plain Channels consumer, each socket in a group of the same channel layer."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

GROUP = "bench"


class GroupSocket(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends what its group is sent. The text was encoded by the sender, which is the cheaper way to use a group."""

    groups = (GROUP,)

    async def frame(self, message: dict[str, str]) -> None:
        """One frame for one browser."""
        await self.send(text_data=message["text"])


application = ProtocolTypeRouter({"websocket": GroupSocket.as_asgi()})
