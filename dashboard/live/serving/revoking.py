"""Revoking: sockets look at their session at once where this process changed something; others see it within seconds."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import signals

from dashboard.live.hub import Hub


def _recheck(**_: Any) -> None:
    # Only then do other connections see the change.
    transaction.on_commit(Hub.recheck_everywhere)


_User = get_user_model()
for _signal, _sender in (
    (signals.post_delete, Session),
    (signals.post_save, _User),
    (signals.post_delete, _User),
    (signals.m2m_changed, _User.groups.through),
    (signals.m2m_changed, _User.user_permissions.through),
    (signals.m2m_changed, Group.permissions.through),
    (signals.post_delete, Group),
):
    _signal.connect(_recheck, sender=_sender, dispatch_uid=f"streamgauge-recheck-{_sender.__name__}")
