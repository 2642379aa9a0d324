"""Looks into watched servers: a client of the right node, words for what fails, and what a reader may see."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import redis
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpResponse

from dashboard.core.payload.masks import Masks
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.view import Room, view_entry
from dashboard.models import Stream
from dashboard.redis_io.client import connect
from dashboard.redis_io.nodes import connect_to_read
from dashboard.told import told
from dashboard.views import trouble

Found = TypeVar("Found")


def read_from(stream: Stream, read: Callable[[redis.Redis, bytes], Found]) -> Found | HttpResponse:
    """What `read` makes of the stream's key, from a replica where the server is set so; or the response that says what failed."""
    key = bytes(stream.key)
    try:
        try:
            with connect_to_read(stream.server.target, key, replicas=stream.server.read_replicas) as client:
                return read(client, key)
        except redis.exceptions.MovedError as moved:
            # The slot moved while we looked for its node: where to, the former one tells.
            with connect(stream.server.target.at(moved.host, moved.port)) as client:
                return read(client, key)
    except (redis.RedisError, OSError) as error:
        return trouble.respond(error, stream)


def say_view(fields: Sequence[OpenedField], room: Room) -> dict[str, Any]:
    """An entry as a page gets it, with its notes in the reader's language."""
    view = view_entry(fields, room)
    for field in view["fields"]:
        if field.get("note"):
            field["note"] = told(field["note"])
    return view


def may_see_payloads(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether anything of a payload may reach this person."""
    return cast(User, user).has_perm("dashboard.view_payload")


def masks_for(user: AbstractBaseUser | AnonymousUser, stream: Stream) -> Masks | None:
    """What is hidden from this person in the stream's entries; None where nothing is."""
    return None if cast(User, user).has_perm("dashboard.view_masked") else stream.masks
