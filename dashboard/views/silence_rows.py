"""Silences as their list shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.forms.matchers import matcher_told
from dashboard.models import Silence
from dashboard.services.silencing import matchers_of


@dataclass(frozen=True)
class SilenceRow:
    """One silence: its matchers in words, and how many open alerts it mutes now; None where that was not asked."""

    silence: Silence
    matchers: Sequence[str]
    muted: int | None


def rows_of(silences: Sequence[Silence], muted: Mapping[int, int]) -> list[SilenceRow]:
    """The rows, in their order."""
    return [SilenceRow(each, [matcher_told(m) for m in matchers_of(each)], muted.get(each.pk)) for each in silences]
