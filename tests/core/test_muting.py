"""What mutes an alert, and why."""

from datetime import UTC, datetime

import pytest

from dashboard.core.matchers import parse
from dashboard.core.muting import Inhibitor, Mute, MutedBy, Muter, Mutes, Source

UNTIL = datetime(2026, 11, 24, 13, tzinfo=UTC)


def matchers(**labels: str) -> tuple:  # type: ignore[type-arg]
    return parse([{"name": name, "op": "=", "value": value} for name, value in labels.items()])


DOWN = Inhibitor(7, "server down", matchers(metric="server_unreachable_s"), parse([]), ("server",))
SOURCE = Source(1, "shop unreachable", {"metric": "server_unreachable_s", "server": "shop"})
SILENCE = Muter(Mute(MutedBy.SILENCE, 3, "deploy", UNTIL), matchers(stream="orders"))
INHIBITED = Mute(MutedBy.INHIBITION, 7, "server down: shop unreachable", source=1)

CASES = {
    "a silence that fits": ({"stream": "orders", "server": "x"}, SILENCE.mute),
    "nothing that fits": ({"stream": "bills", "server": "x"}, None),
    "its server is unreachable": ({"stream": "bills", "server": "shop", "metric": "lag"}, INHIBITED),
    "another server is": ({"stream": "bills", "server": "other", "metric": "lag"}, None),
    "the source itself is told": (dict(SOURCE.labels), None),
    "the silence is named before the inhibition": ({"stream": "orders", "server": "shop"}, SILENCE.mute),
}


@pytest.mark.parametrize(("labels", "expected"), CASES.values(), ids=CASES)
def test_an_alert_is_muted(labels: dict[str, str], expected: Mute | None) -> None:
    assert Mutes([SILENCE], [DOWN], [SOURCE]).of(labels) == expected
