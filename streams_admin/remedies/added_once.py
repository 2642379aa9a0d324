"""Where an action that adds entries goes on, so that each is added once, also where a marker can be evicted or expire."""

from typing import TYPE_CHECKING

from streams_admin.redis_io.appending import Appender
from streams_admin.redis_io.scripts import Failed
from streams_admin.wording import ABORTED

if TYPE_CHECKING:
    from streams_admin.run import Run

_MARKED = "marked"


def begun(appender: Appender, run: "Run") -> tuple[str, int]:
    """The source's id up to which earlier runs got, empty at the beginning, and how many they added. Raises Failed, Unanswered.

    The marker is made before anything is added, and that it was is saved before anything is added. So one that is missing
    either never was, or took with it what nobody can know any more.
    """
    reached = appender.reached()
    # What has added something had a marker, also where that was not saved, as it was not always.
    if reached is None and (_MARKED in run.outcome.made or run.outcome.done):
        raise Failed(ABORTED["marker-gone"])
    if reached is None:
        appender.begin()
        reached = ("", 0)
    if _MARKED not in run.outcome.made:
        run.outcome.made[_MARKED] = "yes"
        run.save()
    return reached
