"""What judging remembers of its subjects, in the database: read when it begins, written with what it changes."""

import logging
from collections.abc import Collection
from datetime import datetime

from dashboard.core.track_memory import DamagedMemory, packed, unpacked
from dashboard.models import Threshold, ThresholdMemory
from dashboard.services.fencing import Guard
from dashboard.services.rules import Rule

logger = logging.getLogger(__name__)


def recall(rules: Collection[Rule], server_id: int) -> None:
    """Gives each rule the tracks that were remembered by its very definition; others are dropped and logged."""
    by_threshold = {rule.threshold.pk: rule for rule in rules}
    for memory in ThresholdMemory.objects.filter(server_id=server_id, threshold_id__in=by_threshold):
        rule = by_threshold[memory.threshold_id]
        if memory.digest != rule.digest:
            logger.info("What threshold %s remembered is dropped: it says something else now.", rule.threshold.pk)
            rule.is_stale = True
            continue
        try:
            rule.tracks = unpacked(bytes(memory.tracks), memory.at, len(rule.definition.limits))
        except DamagedMemory as error:
            logger.warning("What threshold %s remembered is dropped, it is damaged: %s.", rule.threshold.pk, error)
            rule.is_stale = True


def remember(rules: Collection[Rule], server_id: int, now: datetime) -> None:
    """Writes the tracks that changed, and of those whose clocks only run that they still do; in the caller's transaction."""
    stale = [rule for rule in rules if rule.is_stale]
    # A threshold may be deleted at any moment.
    alive = set(Threshold.objects.filter(pk__in=[rule.threshold.pk for rule in stale]).values_list("pk", flat=True))
    ThresholdMemory.objects.bulk_create(
        [_memory(rule, server_id, now) for rule in stale if rule.threshold.pk in alive],
        update_conflicts=True,
        unique_fields=["threshold", "server"],
        update_fields=["digest", "at", "tracks", "pending"],
    )
    running = [rule.threshold.pk for rule in rules if rule.runs and not rule.is_stale]
    if running:
        ThresholdMemory.objects.filter(server_id=server_id, threshold_id__in=running).update(at=now)


def _memory(rule: Rule, server_id: int, now: datetime) -> ThresholdMemory:
    return ThresholdMemory(
        threshold=rule.threshold,
        server_id=server_id,
        digest=rule.digest,
        at=now,
        tracks=packed(rule.tracks) if rule.tracks else b"",
        pending=rule.pending,
    )


def forget_others(judged: Collection[int], server_id: int, guard: Guard) -> None:
    """Deletes what thresholds remembered that are not judged on the server any more: it would be stale when they are again."""
    others = ThresholdMemory.objects.filter(server_id=server_id).exclude(threshold_id__in=judged)
    if others.exists():
        with guard():
            others.delete()
