"""Beating: heartbeats are pinged while alerts are found and routed in time, so that their silence is an alarm of its own."""

from datetime import datetime, timedelta

import msgspec

from dashboard.models import Beat, Receiver
from dashboard.models.fields import readable
from dashboard.receivers import Answer, Outcome, beat
from dashboard.services.lateness import lateness


class Pulse(msgspec.Struct, frozen=True):
    """One ping to be sent."""

    receiver: int
    address: str
    networks: tuple[str, ...]


def say_alive(now: datetime) -> None:
    """Says that a notifier runs; several say it in one row."""
    Beat.objects.update_or_create(name=Beat.NOTIFIER, defaults={"at": now})


def due_pulses(*, now: datetime) -> list[Pulse]:
    """The heartbeats that are to be pinged now; none while the chain is late, which is recorded as their error."""
    rows = Receiver.objects.filter(enabled=True, kind=Receiver.Kind.HEARTBEAT)
    due = [row for row in rows if row.beat_at is None or row.beat_at + timedelta(seconds=row.every_s) <= now]
    if not due:
        return []
    late = lateness(now)
    if not late.is_in_time:
        why = "; ".join(word for word in (late.sampler, late.judging, late.routing) if word != "ok")
        rows.filter(pk__in=[row.pk for row in due]).update(beat_error=f"Not sent: {why}."[:500])
        return []
    return [Pulse(row.pk, readable(row.address), tuple(row.allowed_networks.splitlines())) for row in due]


def send_pulse(pulse: Pulse) -> Answer:
    """What came of one ping. Touches no database, and never raises."""
    return beat(pulse.address, allowed_networks=pulse.networks)


def record_pulse(pulse: Pulse, answer: Answer, *, now: datetime) -> None:
    """Writes when it arrived, or why not."""
    mine = Receiver.objects.filter(pk=pulse.receiver)
    if answer.outcome is Outcome.DELIVERED:
        mine.update(beat_at=now, beat_error="")
    else:
        mine.update(beat_error=answer.detail[:500])
