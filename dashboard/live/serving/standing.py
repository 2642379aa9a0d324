"""Standing: who sits behind a session, and what they may do now. The same reading lets a socket in and throws it out."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import AbstractUser, Permission
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from dashboard.models import WallLink
from dashboard.models.wall_link import link_number

#: Without it there is no socket.
WATCH_PERMISSION = "dashboard.view_stream"
#: What an event needs beyond that, by its type; an event that is missing here reaches nobody.
EVENT_PERMISSIONS: Mapping[str, str] = {
    "sample.taken": WATCH_PERMISSION,
    "server.unreachable": "dashboard.view_server",
    "server.recovered": "dashboard.view_server",
    "mark.made": WATCH_PERMISSION,
    "alert.opened": "dashboard.view_alert",
    "alert.resolved": "dashboard.view_alert",
    "alert.changed": "dashboard.view_alert",
    "action.finished": "streams_admin.view_action",
}
_ASKED = frozenset(EVENT_PERMISSIONS.values())
#: A link to the wallboard stands in place of a session key behind this; no session's key has a colon.
WALL = "wall:"
_OF_A_WALL = frozenset({WATCH_PERMISSION, "dashboard.view_server", "dashboard.view_alert"})


@dataclass(frozen=True)
class Standing:
    """A signed-in person and those of EVENT_PERMISSIONS that they hold; or a link to the wallboard, which shows `view` alone."""

    user: int  # below 0: a link
    permissions: frozenset[str]
    view: str | None = None  # None: any


def read_standings(session_keys: Collection[str], now: datetime) -> dict[str, Standing]:
    """The standing of each session that is signed in at `now`; four queries whatever the number of sessions.

    A session is missing where it ended or ran out, its account is disabled or gone, or its password has changed; a link
    to the wallboard where it ended or was revoked.
    """
    return _people({key for key in session_keys if not key.startswith(WALL)}, now) | _walls(session_keys, now)


def _walls(keys: Collection[str], now: datetime) -> dict[str, Standing]:
    claimed = {key: link_number(key.removeprefix(WALL)) for key in keys if key.startswith(WALL)}
    if not claimed:
        return {}
    links = WallLink.objects.valid(now).in_bulk([pk for pk in claimed.values() if pk is not None])
    return {
        key: Standing(-pk, _OF_A_WALL, view=links[pk].view)
        for key, pk in claimed.items()
        if pk is not None and pk in links
    }


def _people(session_keys: Collection[str], now: datetime) -> dict[str, Standing]:
    claims = _read_claims(session_keys, now)
    users = get_user_model().objects.in_bulk({user for user, _ in claims.values()})
    valid = {
        key: users[user]
        for key, (user, proof) in claims.items()
        if user in users and users[user].is_active and constant_time_compare(proof, users[user].get_session_auth_hash())
    }
    permissions = _read_permissions({user.pk: user for user in valid.values()})
    return {key: Standing(user.pk, permissions[user.pk]) for key, user in valid.items()}


def _read_claims(session_keys: Collection[str], now: datetime) -> dict[str, tuple[int, str]]:
    claims: dict[str, tuple[int, str]] = {}
    for session in Session.objects.filter(pk__in=session_keys, expire_date__gt=now):
        data = session.get_decoded()
        if data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and SESSION_KEY in data:
            claims[session.pk] = (int(data[SESSION_KEY]), str(data.get(HASH_SESSION_KEY, "")))
    return claims


def _read_permissions(users: Mapping[int, AbstractUser]) -> dict[int, frozenset[str]]:
    held: dict[int, set[str]] = defaultdict(set)
    asked = Permission.objects.filter(codename__in={name.partition(".")[2] for name in _ASKED})
    for way in ("group__user", "user"):
        found = asked.filter(Q(**{f"{way}__in": users.keys()}))
        for user, label, codename in found.values_list(way, "content_type__app_label", "codename"):
            held[user].add(f"{label}.{codename}")
    return {
        pk: _ASKED if user.is_superuser else frozenset(held[pk]) & _ASKED  # as Django's ModelBackend has it
        for pk, user in users.items()
    }
