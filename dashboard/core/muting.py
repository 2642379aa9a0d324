"""Muting: what keeps receivers from hearing of an alert, and why. Nothing here hides one from a page."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from dashboard.core.matchers import Matcher, fits

Labels: TypeAlias = Mapping[str, str]


class MutedBy(StrEnum):
    """What sort of thing mutes."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"
    ACKNOWLEDGED = "acknowledged"


class Mute(msgspec.Struct, frozen=True):
    """What mutes an alert now. `until` is None where nobody can know its end."""

    by: MutedBy
    id: int  # of the silence, the window or the inhibition; of an acknowledged alert its own
    why: str
    until: datetime | None = None
    source: int | None = None  # of an inhibition: the alert that mutes


class Muter(msgspec.Struct, frozen=True):
    """A silence, or a maintenance window, that is active now."""

    mute: Mute
    matchers: tuple[Matcher, ...]


class Source(msgspec.Struct, frozen=True):
    """An open alert, as far as it may mute others."""

    id: int
    title: str
    labels: Labels


class Inhibitor(msgspec.Struct, frozen=True):
    """Mutes its targets while a source is open that has the same values of the `equal` labels."""

    id: int
    name: str
    sources: tuple[Matcher, ...]
    targets: tuple[Matcher, ...]
    equal: tuple[str, ...]

    def key(self, labels: Labels) -> tuple[str, ...]:
        """The values that source and target must share."""
        return tuple(labels.get(name, "") for name in self.equal)


class Mutes:
    """All that mutes at one moment. An alert is looked up in time that does not grow with the number of alerts."""

    def __init__(self, muters: Iterable[Muter], inhibitors: Iterable[Inhibitor], sources: Iterable[Source]) -> None:
        self._muters = tuple(muters)
        self._inhibitors = [(each, dict[tuple[str, ...], Source]()) for each in inhibitors]
        for source in sources:
            for inhibitor, found in self._inhibitors:
                if fits(inhibitor.sources, source.labels):
                    found.setdefault(inhibitor.key(source.labels), source)

    def __bool__(self) -> bool:
        """Whether anything could be muted at all."""
        return bool(self._muters) or any(sources for _, sources in self._inhibitors)

    def of(self, labels: Labels) -> Mute | None:
        """What mutes an alert with these labels, the first that does; acknowledging is the alert's own affair."""
        for muter in self._muters:
            if fits(muter.matchers, labels):
                return muter.mute
        return self._inhibited(labels)

    def _inhibited(self, labels: Labels) -> Mute | None:
        for inhibitor, sources in self._inhibitors:
            source = sources.get(inhibitor.key(labels)) if sources else None
            # What could mute others by the same inhibition is not muted by it: neither two of a kind, nor itself.
            if source and fits(inhibitor.targets, labels) and not fits(inhibitor.sources, labels):
                return Mute(MutedBy.INHIBITION, inhibitor.id, f"{inhibitor.name}: {source.title}", source=source.id)
        return None
