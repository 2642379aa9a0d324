"""What is late of acting by itself: policies that nobody runs, an event log that is behind. Its words are public."""

from datetime import datetime, timedelta

from dashboard.models import Beat
from dashboard.services.lateness import OK
from streams_admin.audit import event_log
from streams_admin.models import Policy

BEAT = "policies"
#: The runner says every five seconds that it runs; a policy under way can take some longer.
DEAD_AFTER = timedelta(minutes=2)


def say_alive(now: datetime) -> None:
    """Says that a runner of policies runs; several say it in one row."""
    Beat.objects.update_or_create(name=BEAT, defaults={"at": now})


def policies(now: datetime) -> str:
    """ "ok", or that nobody runs policies that are switched on."""
    last = Beat.objects.filter(name=BEAT).values_list("at", flat=True).first()
    if (last and last >= now - DEAD_AFTER) or not Policy.objects.running().exists():
        return OK
    if last is None:
        return "nothing runs policies: it never started"
    return f"policies were last run {(now - last).total_seconds():.0f} s ago"


def audit_log(now: datetime) -> str:
    """ "ok", or what is late of the audit's event log."""
    return event_log.behind(now) or OK
