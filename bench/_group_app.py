"""The yardsticks of bench.fanout: a Channels group with every socket in it, written as Channels' documentation shows it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402


class GroupSocket(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """The ordinary way: the group is sent a dict, which each socket turns into JSON."""

    group = "bench"

    async def connect(self) -> None:
        """Lets in who is signed in."""
        if not self.scope["user"].is_authenticated:
            await self.close()
            return
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leaves the group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def sample_taken(self, event: dict[str, object]) -> None:
        """One frame for one browser."""
        await self.send_json(event["sample"])


class ThriftySocket(GroupSocket):
    """The thrifty way: the sender has turned it into JSON, once."""

    group = "bench-text"

    async def sample_taken(self, event: dict[str, object]) -> None:
        """One frame for one browser."""
        await self.send(text_data=event["text"])


def _application(consumer: type[GroupSocket]) -> ProtocolTypeRouter:
    routes = URLRouter([path("ws/live/", consumer.as_asgi())])
    return ProtocolTypeRouter({"websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(routes))})


ordinary = _application(GroupSocket)
thrifty = _application(ThriftySocket)
