"""The default pack: installed once, piece by piece, and never over what somebody edited or deleted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from dashboard.core.pack import INHIBITIONS, ROUTES, THRESHOLDS
from dashboard.models import Inhibition, PackPiece, Route, Server, Threshold

_KINDS: tuple[tuple[type[models.Model], Mapping[str, Mapping[str, Any]]], ...] = (
    (Threshold, THRESHOLDS),
    (Inhibition, INHIBITIONS),
    (Route, ROUTES),
)
_KEYS = {key for _, pieces in _KINDS for key in pieces}


def missing() -> set[str]:
    """The keys of the pieces that were never installed here."""
    return _KEYS - set(PackPiece.objects.filter(key__in=_KEYS).values_list("key", flat=True))


def install_pack(*, now: datetime) -> list[str]:
    """Installs what was never installed here, and returns the names of it."""
    with transaction.atomic():
        return [
            str(_install(model, key, fields))
            for model, pieces in _KINDS
            for key, fields in pieces.items()
            # Two people may press the button at once: the constraint lets one of them have made this row.
            if PackPiece.objects.get_or_create(key=key, defaults={"at": now})[1]
        ]


def _install(model: type[models.Model], key: str, fields: Mapping[str, Any]) -> models.Model:
    piece = model(**fields, pack_key=key)
    piece.full_clean(exclude=["pack_key"])
    piece.save()
    return piece


def is_new() -> bool:
    """Whether nobody has set anything up yet, so that the pack is for them."""
    return not (Server.objects.exists() or Threshold.objects.exists() or PackPiece.objects.exists())
