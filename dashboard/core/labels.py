"""Labels of alerts: the words that routes, silences and inhibitions look at, and that receivers are given."""

import re
from collections.abc import Iterable, Mapping

from dashboard.core.names import display

#: What every alert says of itself; a threshold's own labels may not take these names.
RESERVED = (
    *("threshold", "severity", "metric", "server", "environment"),
    *("stream", "group", "consumer", "owner", "tags"),
)
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}")
LONGEST_VALUE = 500


def labels_of(
    *,
    own: Mapping[str, str],
    threshold: str,
    severity: str,
    metric: str,
    server: str,
    environment: str = "",
    stream: bytes = b"",
    group: bytes = b"",
    consumer: bytes = b"",
    owner: str = "",
    tags: Iterable[str] = (),
) -> dict[str, str]:
    """All labels of one alert; those that are empty are left out. Names are shown as on the pages, bytes escaped."""
    given = {
        "threshold": threshold,
        "severity": severity,
        "metric": metric,
        "server": server,
        "environment": environment,
        "stream": display(stream),
        "group": display(group),
        "consumer": display(consumer),
        "owner": owner,
        "tags": ", ".join(tags),
    }
    return {name: value[:LONGEST_VALUE] for name, value in {**own, **given}.items() if value}


def label_problem(name: str, value: str) -> str:
    """What is wrong with a threshold's own label, in a sentence; empty where nothing is."""
    if not LABEL_NAME.fullmatch(name):
        return f"“{name}” is no name of a label: take letters, digits and _, for example team."
    if name in RESERVED:
        return f"“{name}” is set by Streamgauge itself: take another name."
    return f"The value of “{name}” is longer than {LONGEST_VALUE} characters." if len(value) > LONGEST_VALUE else ""
